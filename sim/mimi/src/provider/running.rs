//! Errands being run: another provider is asked, and whoever waits gets the answer.

use super::downloading::refused;
use super::errands::{ERRANDS, Errand, Waits};
use super::state::Provider;
use crate::assets::LONGEST_ASSET;
use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::wire::{Download, Frame};
use throng_mls::engine::Engine;
use throng_stack::{Envelope, Fact, Outputs, Packet, Peer, RequestId};
use throng_workloads::intent::ProviderId;
use throng_workloads::time::SimTime;

impl<E: Engine> Provider<E> {
    /// Ask another provider something for somebody who waits; again, where that one asks again. Nobody waits for more than a share.
    pub(super) fn run_errand(
        &mut self,
        now: SimTime,
        (waits, to): (Waits, ProviderId),
        packet: Packet,
        out: &mut Outputs,
    ) -> Result<(), Refusal> {
        self.errands.end(now);
        if let Some(errand) = self.errands.of(waits) {
            let again = (Peer::Provider(errand.to), errand.envelope.clone());
            out.sends.push(again);
            return Ok(());
        }
        self.errands.has_room(waits)?;
        let number = self.errands.number(now);
        let request = RequestId {
            provider: self.me,
            client: ERRANDS,
            number,
        };
        let envelope = Envelope {
            request: Some(request),
            ..self.envelope_about(None, packet)
        };
        out.sends.push((Peer::Provider(to), envelope.clone()));
        let errand = Errand {
            since: now,
            to,
            waits,
            envelope,
        };
        self.errands.put(number, errand);
        Ok(())
    }

    /// Another provider answers: whoever waits gets it.
    pub(super) fn errand_done(&mut self, by: ProviderId, answer: Envelope, out: &mut Outputs) {
        let frame = answer.packet.open::<E::Message>();
        let done = frame
            .map_err(|_| Refusal::MalformedFrame)
            .and_then(|frame| {
                let errand = self.errands.take(self.me, by, &answer);
                Ok((errand.ok_or(Refusal::Unasked)?.waits, frame))
            });
        match done {
            Ok((
                waits,
                Frame::ProxyDownloadResponse(download) | Frame::FetchAssetResponse(download),
            )) => {
                // It is passed on as it came: no longer here than where it is kept.
                let download = match download {
                    Download::Asset(asset) if asset.len() > LONGEST_ASSET => {
                        refused(Refusal::AssetTooLong, out)
                    }
                    download => download,
                };
                self.downloaded(waits, download, out);
            }
            Ok((Waits::Client(about, _), Frame::IdentifierResponse(_))) => {
                self.give_unnumbered(about, answer.packet, out);
            }
            // Nobody else looks for somebody by way of this one.
            Ok(_) => {}
            Err(reason) => out.note(Fact::Rejected {
                reason: reason.reason(),
            }),
        }
    }
}
