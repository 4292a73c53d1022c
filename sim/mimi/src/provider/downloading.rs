//! Assets on their way: from a user's client to its provider, and from there to those who read of them.
//!
//! Whoever reads asks its own provider. That asks the room's hub to fetch the asset (`proxyDownload`), which asks the provider that has it: so
//! this sees neither who reads nor where, and the hub not who. Where the reader asks for that, its provider fetches the asset itself, and
//! the hub sees nothing. Requests between providers have names of their own, by which nobody knows which client they are for
//! ([`errands`](super::errands)).
//!
//! Nobody fetches anything but assets, and from nobody but providers that are known here: it is no open proxy.

use super::answers::About;
use super::errands::Waits;
use super::state::Provider;
use crate::assets::{AssetId, parse};
use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::vocabulary::counters;
use crate::wire::{Download, DownloadRequest, Frame, FrameKind, Status, UploadAsset};
use throng_mls::engine::Engine;
use throng_stack::{Envelope, Fact, Outputs, Packet, Peer};
use throng_workloads::intent::ProviderId;
use throng_workloads::time::SimTime;

impl<E: Engine> Provider<E> {
    /// An own client stores an asset, or wants one.
    pub(super) fn own_asset(
        &mut self,
        now: SimTime,
        about: About,
        envelope: &Envelope,
        out: &mut Outputs,
    ) {
        let kind = envelope.packet.frame_kind();
        let done = match envelope.packet.open::<E::Message>() {
            Ok(Frame::UploadAsset(upload)) => self.store_asset(about, &upload, out),
            Ok(Frame::ProxyDownload(request)) => self.download(now, about, &request, true, out),
            Ok(Frame::FetchAsset(request)) => self.download(now, about, &request, false, out),
            _ => Err(Refusal::MalformedFrame),
        };
        if let Err(reason) = done {
            self.turn_down(now, about, kind, reason, out);
        }
    }

    fn store_asset(
        &mut self,
        about: About,
        upload: &UploadAsset,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        let (home, id) = self.asset_named(upload.url.as_slice())?;
        if home != self.me {
            return Err(Refusal::NoAsset);
        }
        let client = about.request.client;
        let user = self.durable.follower.user_of(client);
        let user = user.ok_or(Refusal::NoAccount)?;
        if self.durable.assets.put(id, user, upload.asset.clone())? {
            self.durable.rows.write(upload.asset.len() as u64);
            out.note(Fact::Counted(vec![(counters::ASSETS_STORED, 1)]));
        }
        let stored = Frame::<E::Message>::UploadAssetResponse(Status::ACCEPTED);
        let packet = Packet::seal(&stored).map_err(|_| Refusal::Unanswerable)?;
        self.give_unnumbered(about, packet, out);
        Ok(())
    }

    /// An own client wants an asset, by way of the room's hub or not.
    fn download(
        &mut self,
        now: SimTime,
        about: About,
        request: &DownloadRequest,
        by_hub: bool,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        let (home, id) = self.asset_named(request.download_url.as_slice())?;
        let asked = match by_hub {
            true => FrameKind::ProxyDownload,
            false => FrameKind::FetchAsset,
        };
        let waits = Waits::Client(about, asked);
        if home == self.me {
            let download = self.asset(id, out);
            self.downloaded(waits, download, out);
            return Ok(());
        }
        let hub = self.directory.hub_of(about.room);
        let (to, frame) = match hub.filter(|hub| by_hub && *hub != self.me) {
            Some(hub) => (hub, Frame::ProxyDownload(request.clone())),
            None => (home, Frame::FetchAsset(request.clone())),
        };
        let packet = Packet::seal::<E::Message>(&frame).map_err(|_| Refusal::Unanswerable)?;
        self.run_errand(now, (waits, to), packet, out)
    }

    /// Another provider wants an asset: one from here, or one that it is to be fetched for it.
    pub(super) fn asset_asked(
        &mut self,
        now: SimTime,
        by: ProviderId,
        envelope: &Envelope,
        out: &mut Outputs,
    ) {
        let opened = envelope.packet.open::<E::Message>();
        let (request, fetches) = match opened {
            Ok(Frame::ProxyDownload(request)) => (request, true),
            Ok(Frame::FetchAsset(request)) => (request, false),
            _ => return rejected(Refusal::MalformedFrame, out),
        };
        let (Some(name), Some(kind)) = (envelope.request, envelope.packet.frame_kind()) else {
            return rejected(Refusal::MissingHeader, out);
        };
        let waits = Waits::Provider(by, name, kind);
        let found = match self.asset_named(request.download_url.as_slice()) {
            Ok((home, id)) if home == self.me => self.asset(id, out),
            Ok((home, _)) if fetches => {
                let fetch = Frame::<E::Message>::FetchAsset(request);
                let Ok(packet) = Packet::seal(&fetch) else {
                    return rejected(Refusal::Unanswerable, out);
                };
                match self.run_errand(now, (waits, home), packet, out) {
                    Ok(()) => return,
                    Err(reason) => refused(reason, out),
                }
            }
            Ok(_) => refused(Refusal::NoAsset, out),
            Err(reason) => refused(reason, out),
        };
        self.downloaded(waits, found, out);
    }

    /// Where an asset is, and which it is.
    fn asset_named(&self, url: &[u8]) -> Result<(ProviderId, AssetId), Refusal> {
        let (domain, id) = parse(url).ok_or(Refusal::ForeignAsset)?;
        let home = self.directory.provider_at(domain);
        Ok((home.ok_or(Refusal::ForeignAsset)?, id))
    }

    /// An asset from here.
    fn asset(&self, id: AssetId, out: &mut Outputs) -> Download {
        match self.durable.assets.get(id) {
            Some(asset) => {
                out.note(Fact::Counted(vec![
                    (counters::ASSETS_SERVED, 1),
                    (counters::ASSET_BYTES_SERVED, asset.len() as u64),
                ]));
                Download::Asset(asset)
            }
            None => refused(Refusal::NoAsset, out),
        }
    }

    /// Whoever waits for an asset gets what came of that.
    pub(super) fn downloaded(&mut self, waits: Waits, download: Download, out: &mut Outputs) {
        let download = match (waits, download) {
            (Waits::Client(about, _), Download::Asset(asset))
                if !self
                    .durable
                    .follower
                    .has_room_for_asset(about.request.client, asset.len() as u64) =>
            {
                refused(Refusal::NoRoomForAsset, out)
            }
            (_, download) => download,
        };
        let frame = match waits.asked() {
            FrameKind::FetchAsset => Frame::<E::Message>::FetchAssetResponse(download),
            _ => Frame::ProxyDownloadResponse(download),
        };
        let Ok(packet) = Packet::seal(&frame) else {
            return rejected(Refusal::Unanswerable, out);
        };
        match waits {
            Waits::Client(about, _) => {
                self.give_unnumbered(about, packet, out);
            }
            Waits::Provider(by, name, _) => {
                let answer = Envelope {
                    request: Some(name),
                    ..self.envelope_about(None, packet)
                };
                out.sends.push((Peer::Provider(by), answer));
            }
        }
    }
}

pub(super) fn refused(reason: Refusal, out: &mut Outputs) -> Download {
    rejected(reason, out);
    Download::Refused(reason.into())
}

fn rejected(reason: Refusal, out: &mut Outputs) {
    out.note(Fact::Rejected {
        reason: reason.reason(),
    });
}
