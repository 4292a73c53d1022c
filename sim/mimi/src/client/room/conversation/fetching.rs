//! What is attached to messages: stored before it is spoken of, and fetched by those who read of it.
//!
//! Whoever reads a message of another user fetches what is attached to it when it is connected and has caught up, each once, and sees that it is
//! what the message says. Nothing of that is written down of a client that rests.

use crate::assets;
use crate::client::context::{Context, Device};
use crate::client::saying::{Said, Wanted};
use crate::client::uplink::Question;
use crate::content::asset::{AES_128_GCM, TAG, open, seal};
use crate::content::id::SHA_256;
use crate::content::message::{ExternalPart, Part};
use crate::content::{Kind, MimiContent};
use crate::vocabulary::{counters, reasons};
use crate::wire::{Download, DownloadRequest, Frame, UploadAsset};
use rand_core::Rng;
use std::sync::Arc;
use throng_mls::engine::Engine;
use throng_stack::{Fact, Reason};
use throng_workloads::dist::Dist;
use throng_workloads::scenario::{DownloadsBy, Structured};
use throng_workloads::stream::Stream;

/// What is to be fetched when it can be.
#[derive(Debug, Default)]
pub(super) struct Fetching(Vec<Arc<Wanted>>);

impl Fetching {
    /// A message came: what is attached to it is wanted, where people fetch that.
    pub(super) fn want<E: Engine>(
        &mut self,
        cx: &Context<'_, E>,
        how: &Structured,
        said: &Said,
        message: MimiContent,
    ) {
        let own = said.by == cx.device.user;
        let Some(downloads) = how.downloads.as_ref().filter(|_| !own) else {
            return;
        };
        if let (Kind::Attachment, Part::External(part)) = (said.kind, message.body.part) {
            self.0.push(Arc::new(Wanted {
                part: *part,
                since: cx.now,
                by: downloads.by,
            }));
        }
    }

    /// Fetch all that is to be fetched.
    pub(super) fn fetch<E: Engine>(&mut self, cx: &mut Context<'_, E>) {
        for wanted in std::mem::take(&mut self.0) {
            let request = DownloadRequest {
                download_url: wanted.part.url.as_bytes().into(),
            };
            let frame = match wanted.by {
                DownloadsBy::Hub => Frame::ProxyDownload(request),
                DownloadsBy::Provider => Frame::FetchAsset(request),
            };
            if cx.ask(Question::Download(wanted), &frame).is_err() {
                cx.skip(&reasons::TOO_LONG);
            }
        }
    }
}

/// It came, or did not.
pub(in crate::client::room) fn fetched<E: Engine>(
    cx: &mut Context<'_, E>,
    wanted: &Wanted,
    download: &Download,
) {
    let opened = match download {
        Download::Asset(asset) => {
            open(&wanted.part, asset.as_slice()).map_err(|_| &reasons::ASSET_UNREADABLE)
        }
        Download::Refused(_) => Err(&reasons::ASSET_REFUSED),
    };
    match opened {
        Ok(content) => {
            cx.note(Fact::Counted(vec![
                (counters::ASSETS_FETCHED, 1),
                (counters::ASSET_BYTES_FETCHED, content.len() as u64),
            ]));
            cx.note(Fact::Fetched {
                room: cx.room,
                since: wanted.since,
            });
        }
        Err(reason) => cx.skip(reason),
    }
}

/// Something to attach: as much as people attach, encrypted, with what a message says of it, and what is to be stored before.
///
/// Its length, its keys and all that is in it are drawn by themselves, so that everything else is as it is where nobody fetches anything.
pub(super) fn attach<E: Engine>(
    device: &mut Device<E>,
    (host, size): (&str, &Dist),
    part: ExternalPart,
) -> Result<(ExternalPart, UploadAsset), &'static Reason> {
    let draws = &mut device.assets;
    let most = (assets::LONGEST_ASSET - TAG) as f64;
    let length = size.sample(draws).clamp(0.0, most) as usize;
    let (id, key, nonce) = (random(draws), random::<16>(draws), random::<12>(draws));
    let mut content = vec![0; length];
    draws.fill_bytes(&mut content);
    let (sealed, hash) = seal(&content, &key, &nonce).map_err(|_| &reasons::ASSET_NOT_STORED)?;
    let url = assets::url(host, id);
    let part = ExternalPart {
        url: url.clone(),
        size: sealed.len() as u64,
        enc_alg: AES_128_GCM,
        key: key.to_vec(),
        nonce: nonce.to_vec(),
        hash_alg: SHA_256,
        content_hash: hash.to_vec(),
        ..part
    };
    let upload = UploadAsset {
        url: url.into_bytes().into(),
        asset: sealed.into(),
    };
    Ok((part, upload))
}

fn random<const LENGTH: usize>(draws: &mut Stream) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    draws.fill_bytes(&mut bytes);
    bytes
}
