//! What a client's user says: of which kind, about what, in which words.

use super::Conversation;
use super::fetching::attach;
use crate::client::context::{Context, Device};
use crate::client::saying::{Composed, Said};
use crate::content::asset::AES_128_GCM;
use crate::content::compose::{Around, Earlier};
use crate::content::id::SHA_256;
use crate::content::message::ExternalPart;
use crate::content::{Kind, MessageId, MimiContent};
use crate::franking::franking_tag;
use rand_core::Rng;
use throng_mls::engine::Engine;
use throng_workloads::dist::{below, unit};
use throng_workloads::intent::{RoomId, UserId};
use throng_workloads::scenario::Structured;
use throng_workloads::stream::Stream;

/// What people react with.
const EMOJIS: [&str; 6] = [
    "\u{2764}",
    "\u{1f44d}",
    "\u{1f602}",
    "\u{1f389}",
    "\u{1f62e}",
    "\u{1f622}",
];

/// Media types and file names of what people attach.
const ATTACHED: [(&str, &str); 4] = [
    ("image/jpeg", "photo.jpg"),
    ("video/mp4", "video.mp4"),
    ("audio/ogg", "voice.ogg"),
    ("application/pdf", "document.pdf"),
];

/// By whom and where something is said.
struct Place {
    user: UserId,
    user_uri: String,
    room_uri: String,
}

impl Place {
    fn of<E: Engine>(device: &Device<E>, room: RoomId) -> Option<Self> {
        Some(Self {
            user: device.user,
            user_uri: device.directory.user_uri(device.user)?,
            room_uri: device.directory.room_uri(room)?,
        })
    }

    fn around(&self, content: &mut Stream) -> Around<'_> {
        Around {
            salt: random(content),
            sender_uri: &self.user_uri,
            room_uri: &self.room_uri,
        }
    }

    fn composed(&self, message: &MimiContent) -> Option<Composed> {
        let content = message.encode();
        let id = MessageId::of(&self.user_uri, &self.room_uri, &content, &message.salt)?;
        let kind = Kind::of(message);
        Some(Composed {
            subject: kind.subject(),
            upload: None,
            tag: franking_tag(&message.salt, &content),
            content,
            said: Said {
                id,
                kind,
                in_reply_to: message.in_reply_to,
                replaces: message.replaces,
                by: self.user,
            },
        })
    }
}

fn random<const LENGTH: usize>(content: &mut Stream) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    content.fill_bytes(&mut bytes);
    bytes
}

/// So many letters and spaces.
fn words(bytes: u32, content: &mut Stream) -> Vec<u8> {
    const LETTERS: &[u8; 32] = b"etaoinshrdlucmfwypvbgkjqxz      ";
    let mut words = vec![0; bytes as usize];
    content.fill_bytes(&mut words);
    for letter in &mut words {
        *letter = LETTERS[usize::from(*letter % 32)];
    }
    words
}

impl Conversation {
    /// Something that the client's user wants to say, of which so many bytes are what a person writes. `None` where somebody has no name.
    pub(in crate::client::room) fn compose<E: Engine>(
        &self,
        cx: &mut Context<'_, E>,
        how: &Structured,
        bytes: u32,
    ) -> Option<Composed> {
        let place = Place::of(cx.device, cx.room)?;
        let home = cx.device.directory.provider_of(place.user)?;
        let host = cx.device.directory.domain(home)?.to_owned();
        let (kinds, content) = (&mut cx.device.kinds, &mut cx.device.content);
        let kind = drawn(how, kinds);
        let target = self.target(kind, place.user, kinds);
        let around = place.around(content);
        let earlier = |said: &Said| Earlier {
            id: said.id,
            in_reply_to: said.in_reply_to,
        };
        let mut upload = None;
        let message = match (kind, target) {
            (Kind::Attachment, _) => {
                let mut part = attached(&host, bytes, kinds, content);
                if let Some(downloads) = &how.downloads {
                    let stored = attach(cx.device, (&host, &downloads.size), part).ok()?;
                    (part, upload) = (stored.0, Some(stored.1));
                }
                around.attachment("", part)
            }
            (Kind::Reply, Some(to)) => around.reply(to.id, words(bytes, content)),
            (Kind::Reaction, Some(to)) => {
                let emoji = below(content, EMOJIS.len() as u64) as usize;
                around.reaction(to.id, EMOJIS[emoji])
            }
            (Kind::Edit, Some(of)) => around.edit(earlier(of), words(bytes, content)),
            (Kind::Delete, Some(of)) => around.delete(earlier(of)),
            // There is nothing that it could be about.
            _ => around.text(words(bytes, content)),
        };
        Some(Composed {
            upload,
            ..place.composed(&message)?
        })
    }

    /// That the client's user is writing.
    pub(in crate::client::room) fn typing<E: Engine>(cx: &mut Context<'_, E>) -> Option<Composed> {
        let place = Place::of(cx.device, cx.room)?;
        let notice = place.around(&mut cx.device.content).typing();
        place.composed(&notice)
    }

    /// One of the messages that a message of this kind can be about.
    fn target(&self, kind: Kind, user: UserId, kinds: &mut Stream) -> Option<&Said> {
        let fits = |said: &&Said| match kind {
            Kind::Reply | Kind::Reaction => said.kind.is_read(),
            // What comes in the place of a message is about the first of them, not about what came in its place before.
            Kind::Edit => said.by == user && matches!(said.kind, Kind::Text | Kind::Reply),
            Kind::Delete => {
                let own = said.by == user;
                own && matches!(said.kind, Kind::Text | Kind::Reply | Kind::Attachment)
            }
            Kind::Text | Kind::Attachment | Kind::Typing => false,
        };
        let count = self.known.iter().filter(fits).count() as u64;
        // Drawn in any case: of which kinds later messages are does not hang on what was said before.
        let which = below(kinds, count.max(1)) as usize;
        self.known.iter().filter(fits).nth(which)
    }
}

/// A kind, as often as it is to be.
fn drawn(how: &Structured, kinds: &mut Stream) -> Kind {
    const IN_ORDER: [Kind; 6] = [
        Kind::Text,
        Kind::Reply,
        Kind::Reaction,
        Kind::Edit,
        Kind::Delete,
        Kind::Attachment,
    ];
    let mut left = unit(kinds);
    for (kind, (_, share)) in IN_ORDER.into_iter().zip(how.kinds.each()) {
        if left < share {
            return kind;
        }
        left -= share;
    }
    Kind::Text
}

/// Something on the user's provider, from 16 kB to 128 MB, that is encrypted for the room, with so many bytes about it.
fn attached(host: &str, bytes: u32, kinds: &mut Stream, content: &mut Stream) -> ExternalPart {
    let (content_type, filename) = ATTACHED[below(kinds, ATTACHED.len() as u64) as usize];
    // As likely in each power of two.
    let size = (1u64 << (14 + below(kinds, 13))) as f64 * (1.0 + unit(kinds));
    let asset: [u8; 8] = random(content);
    ExternalPart {
        content_type: content_type.to_owned(),
        url: format!("https://{host}/assets/{:016x}", u64::from_be_bytes(asset)),
        expires: 0,
        size: size as u64,
        enc_alg: AES_128_GCM,
        key: random::<16>(content).to_vec(),
        nonce: random::<12>(content).to_vec(),
        aad: Vec::new(),
        hash_alg: SHA_256,
        content_hash: random::<32>(content).to_vec(),
        // They are letters and spaces, so nothing is lost.
        description: String::from_utf8_lossy(&words(bytes, content)).into_owned(),
        filename: filename.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{said, stream};
    use super::*;
    use throng_workloads::dist::Dist;
    use throng_workloads::scenario::{Kinds, Receipts};

    #[test]
    fn what_is_referred_to_fits() {
        let mut talk = Conversation::default();
        let kinds = [
            Kind::Text,
            Kind::Reaction,
            Kind::Attachment,
            Kind::Edit,
            Kind::Typing,
        ];
        for (number, kind) in (0..).zip(kinds) {
            talk.remember(said(number, kind, 1));
            talk.remember(said(100 + number, kind, 2));
        }
        let mut draws = stream("targets");
        let mut targets = |kind, user| {
            let each = (0..200).filter_map(|_| talk.target(kind, UserId(user), &mut draws));
            let mut found: Vec<u8> = each.map(|said| said.id.0[0]).collect();
            found.sort_unstable();
            found.dedup();
            found
        };
        let read = vec![0, 2, 3, 100, 102, 103];
        assert_eq!(targets(Kind::Reply, 1), read);
        assert_eq!(targets(Kind::Reaction, 3), read);
        assert_eq!(targets(Kind::Edit, 1), [0]);
        assert_eq!(targets(Kind::Delete, 2), [100, 102]);
        assert_eq!(targets(Kind::Edit, 3), [0; 0]);
        assert_eq!(targets(Kind::Text, 1), [0; 0]);
    }

    #[test]
    fn kinds_come_as_often_as_they_are_to() {
        let kinds = Kinds {
            text: 0.5,
            reply: 0.0,
            reaction: 0.25,
            edit: 0.0,
            delete: 0.125,
            attachment: 0.125,
        };
        let how = Structured {
            kinds,
            receipts: Receipts::None,
            receipt_delay: Dist::Constant(1.0),
            typing: false,
            franking: false,
            reports: 0.0,
            downloads: None,
        };
        let mut draws = stream("kinds");
        let drawn: Vec<Kind> = (0..8_000).map(|_| drawn(&how, &mut draws)).collect();
        let count = |kind| drawn.iter().filter(|one| **one == kind).count();
        assert_eq!(count(Kind::Reply) + count(Kind::Edit), 0);
        for (kind, expected) in [
            (Kind::Text, 4_000),
            (Kind::Reaction, 2_000),
            (Kind::Delete, 1_000),
            (Kind::Attachment, 1_000),
        ] {
            let found = count(kind);
            assert!(found.abs_diff(expected) < 150, "{kind:?}: {found}");
        }
    }
}
