//! What a client knows of what was said in a room: what it can refer to, and what it has to report.
//!
//! It outlasts memberships: whoever joins anew still has what it read.

use crate::client::context::{Context, Device};
use crate::client::saying::{Composed, Said};
use crate::content::compose::{Around, Earlier};
use crate::content::id::SHA_256;
use crate::content::message::ExternalPart;
use crate::content::{
    Content as Decoded, Kind, MessageId, MessageStatus, MimiContent, PerMessageStatus, decode,
};
use crate::timers::TimerPurpose;
use crate::vocabulary::{reasons, subjects};
use rand_core::Rng;
use std::collections::VecDeque;
use std::sync::Arc;
use throng_mls::engine::Engine;
use throng_stack::{Reason, Subject};
use throng_workloads::dist::{below, unit};
use throng_workloads::intent::{RoomId, UserId};
use throng_workloads::scenario::{Receipts, Structured};
use throng_workloads::stream::Stream;
use throng_workloads::time::SimSpan;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize};

/// So many of the last messages can be referred to: people answer what they still see.
const REMEMBERED: usize = 64;

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

/// AES-128-GCM in the registry of AEAD algorithms (RFC 5116).
const AES_128_GCM: u16 = 1;

/// What a client knows of what was said in a room.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Oldest first.
    known: VecDeque<Said>,
    /// What is to be reported, in the order in which it came.
    due: Vec<PerMessageStatus>,
    /// Whether the timer runs until that is to be done.
    gathering: bool,
    /// Whether it was to be done and could not be.
    late: bool,
    /// That of the last timer.
    generation: u32,
}

/// What is written of it.
#[derive(Debug, Default, TlsSize, TlsSerialize, TlsDeserialize)]
pub(super) struct WrittenConversation {
    known: Vec<WrittenSaid>,
    due: Vec<([u8; 32], u8)>,
    generation: u32,
}

/// A message that others can refer to: its id, kind, what it is about, and the URI of whose it is.
#[derive(Debug, TlsSize, TlsSerialize, TlsDeserialize)]
struct WrittenSaid {
    id: [u8; 32],
    kind: u8,
    in_reply_to: Option<[u8; 32]>,
    by: tls_codec::VLBytes,
}

/// Those kinds that others can refer to, by the number by which they are written.
const REFERRED: [Kind; 5] = [
    Kind::Text,
    Kind::Reply,
    Kind::Reaction,
    Kind::Edit,
    Kind::Attachment,
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
    // ---- what is said ----

    /// Something that the client's user wants to say, of which so many bytes are what a person writes. `None` where somebody has no name.
    pub(super) fn compose<E: Engine>(
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
        let message = match (kind, target) {
            (Kind::Attachment, _) => around.attachment("", attached(&host, bytes, kinds, content)),
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
        place.composed(&message)
    }

    /// That the client's user is writing.
    pub(super) fn typing<E: Engine>(cx: &mut Context<'_, E>) -> Option<Vec<u8>> {
        let place = Place::of(cx.device, cx.room)?;
        Some(place.around(&mut cx.device.content).typing().encode())
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

    /// The hub took what the client's user said.
    pub(super) fn sent(&mut self, composed: &Composed) {
        self.remember(composed.said);
    }

    fn remember(&mut self, said: Said) {
        if said.kind == Kind::Delete {
            return self.known.retain(|known| Some(known.id) != said.replaces);
        }
        if said.kind == Kind::Typing {
            return;
        }
        if self.known.len() >= REMEMBERED {
            self.known.pop_front();
        }
        self.known.push_back(said);
    }

    // ---- what is heard ----

    /// Take what another client sent, whose identity MLS says where it can: what it is about.
    ///
    /// # Errors
    /// Why it is of no use.
    pub(super) fn hear<E: Engine>(
        &mut self,
        cx: &mut Context<'_, E>,
        how: &Structured,
        sender: Option<&[u8]>,
        content: &[u8],
    ) -> Result<&'static Subject, &'static Reason> {
        let directory = Arc::clone(&cx.device.directory);
        let by_mls = sender.map(|identity| directory.client_named(identity).map(|found| found.0));
        let message = match decode(content).map_err(|_| &reasons::CONTENT_MALFORMED)? {
            Decoded::Message(message) => message,
            Decoded::Status(report) => {
                if by_mls == Some(Some(cx.device.user)) {
                    self.reported_elsewhere(&report);
                }
                return Ok(&subjects::STATUS);
            }
        };
        let said_by = message.extensions.sender_uri.as_deref();
        let said_in = message.extensions.room_uri.as_deref();
        let (Some(sender_uri), Some(room_uri)) = (said_by, said_in) else {
            return Err(&reasons::CONTENT_OF_ANOTHER);
        };
        let by = directory.user_named(sender_uri.as_bytes());
        let here = directory.room_uri(cx.room);
        let by = match (by, by_mls) {
            // Of an epoch that is over only the message itself says it.
            (Some((by, _)), by_mls) if by_mls.is_none_or(|sender| sender == Some(by)) => by,
            _ => return Err(&reasons::CONTENT_OF_ANOTHER),
        };
        if here.as_deref() != Some(room_uri) {
            return Err(&reasons::CONTENT_OF_ANOTHER);
        }
        let id = MessageId::of(sender_uri, room_uri, content, &message.salt);
        let id = id.ok_or(&reasons::CONTENT_OF_ANOTHER)?;
        let said = Said {
            id,
            kind: Kind::of(&message),
            in_reply_to: message.in_reply_to,
            replaces: message.replaces,
            by,
        };
        self.check(&said)?;
        self.remember(said);
        self.will_report(cx, how, &said);
        Ok(said.kind.subject())
    }

    /// What the draft has receivers discard (sections 9.1 and 9.3), as far as the earlier message is known.
    fn check(&self, said: &Said) -> Result<(), &'static Reason> {
        if self.known.iter().any(|known| known.id == said.id) {
            return Err(&reasons::CONTENT_TWICE);
        }
        let Some(of) = said.replaces else {
            return Ok(());
        };
        let mut known = self.known.iter();
        let foreign = known.find(|known| known.id == of && known.by != said.by);
        foreign.map_or(Ok(()), |_| Err(&reasons::FOREIGN_CHANGE))
    }

    // ---- reports ----

    /// Where it is to be reported that this came, do so after a while.
    fn will_report<E: Engine>(&mut self, cx: &mut Context<'_, E>, how: &Structured, said: &Said) {
        let status = match how.receipts {
            Receipts::None => return,
            Receipts::Delivery => MessageStatus::DELIVERED,
            Receipts::Read => MessageStatus::READ,
        };
        if !said.kind.is_read() || said.by == cx.device.user {
            return;
        }
        self.due.push(PerMessageStatus {
            message_id: said.id,
            status,
        });
        self.gather(cx, how);
    }

    /// Report what is to be reported after a while, if that is not under way.
    pub(super) fn gather<E: Engine>(&mut self, cx: &mut Context<'_, E>, how: &Structured) {
        if self.due.is_empty() || self.gathering || self.late {
            return;
        }
        self.gathering = true;
        self.generation = self.generation.wrapping_add(1);
        let delay = how.receipt_delay.sample(&mut cx.device.receipts);
        let delay = SimSpan::from_secs_f64(delay);
        cx.set_timer(delay, TimerPurpose::Report, self.generation);
    }

    /// The timer of this generation is due.
    pub(super) fn is_due(&mut self, generation: u32) {
        if self.gathering && self.generation == generation {
            self.gathering = false;
            self.late = true;
        }
    }

    /// What is to be reported now; nothing, where it is not time.
    pub(super) fn overdue(&self) -> Option<&[PerMessageStatus]> {
        (self.late && !self.due.is_empty()).then_some(&self.due)
    }

    /// That is on its way.
    pub(super) fn reports(&mut self) -> Vec<PerMessageStatus> {
        self.late = false;
        std::mem::take(&mut self.due)
    }

    /// The hub did not take it, and takes it later.
    pub(super) fn report_again(&mut self, report: Vec<PerMessageStatus>) {
        self.due.splice(0..0, report);
        self.gathering = false;
        self.late = true;
    }

    /// Another device of the same user reported these: of what is read once nobody says so twice. That a device has them is each device's
    /// own to say.
    fn reported_elsewhere(&mut self, report: &[PerMessageStatus]) {
        self.due.retain(|due| {
            due.status != MessageStatus::READ || report.iter().all(|said| said != due)
        });
        self.late &= !self.due.is_empty();
    }

    /// The client is no member any more, and has nobody to report to.
    pub(super) fn over(&mut self) {
        self.due.clear();
        self.gathering = false;
        self.late = false;
    }

    // ---- being written down ----

    pub(super) fn written<E: Engine>(&self, device: &Device<E>) -> WrittenConversation {
        let written = |said: &Said| {
            let kind = REFERRED.iter().position(|kind| *kind == said.kind)?;
            Some(WrittenSaid {
                id: said.id.0,
                kind: kind as u8,
                in_reply_to: said.in_reply_to.map(|id| id.0),
                by: device.directory.user_uri(said.by)?.into_bytes().into(),
            })
        };
        let due = self.due.iter().map(|due| (due.message_id.0, due.status.0));
        WrittenConversation {
            known: self.known.iter().filter_map(written).collect(),
            due: due.collect(),
            generation: self.generation,
        }
    }

    /// One that goes on from that. What is to be reported is when the client is back.
    pub(super) fn resumed(
        directory: &dyn crate::directory::Directory,
        written: WrittenConversation,
    ) -> Self {
        let said = |written: WrittenSaid| {
            Some(Said {
                id: MessageId(written.id),
                kind: *REFERRED.get(usize::from(written.kind))?,
                in_reply_to: written.in_reply_to.map(MessageId),
                replaces: None,
                by: directory.user_named(written.by.as_slice())?.0,
            })
        };
        let due = |(id, status)| PerMessageStatus {
            message_id: MessageId(id),
            status: MessageStatus(status),
        };
        Self {
            known: written.known.into_iter().filter_map(said).collect(),
            late: !written.due.is_empty(),
            due: written.due.into_iter().map(due).collect(),
            gathering: false,
            generation: written.generation,
        }
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
    use super::*;
    use throng_workloads::scenario::Kinds;
    use throng_workloads::stream::{StreamOwner, Streams};

    fn said(number: u8, kind: Kind, by: u32) -> Said {
        Said {
            id: MessageId([number; 32]),
            kind,
            in_reply_to: None,
            replaces: None,
            by: UserId(by),
        }
    }

    fn stream(purpose: &str) -> Stream {
        Streams::new(1, 0).stream(StreamOwner::Run, purpose)
    }

    #[test]
    fn only_whose_it_is_can_change_a_message() {
        let mut talk = Conversation::default();
        talk.remember(said(1, Kind::Text, 1));
        for kind in [Kind::Edit, Kind::Delete] {
            let change = |by, of: u8| Said {
                replaces: Some(MessageId([of; 32])),
                ..said(9, kind, by)
            };
            let foreign = talk.check(&change(2, 1)).map_err(|reason| reason.id);
            assert_eq!(foreign, Err(reasons::FOREIGN_CHANGE.id));
            assert_eq!(talk.check(&change(1, 1)), Ok(()));
            // Of what came before one was there nobody knows whose it is.
            assert_eq!(talk.check(&change(2, 7)), Ok(()));
        }
        let twice = talk.check(&said(1, Kind::Text, 1));
        assert_eq!(twice, Err(&reasons::CONTENT_TWICE));
    }

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
    fn what_is_deleted_or_long_past_is_not_referred_to() {
        let mut talk = Conversation::default();
        for number in 0..=(REMEMBERED as u8) {
            talk.remember(said(number, Kind::Text, 1));
        }
        assert_eq!(talk.known.len(), REMEMBERED);
        assert_eq!(talk.known[0].id, MessageId([1; 32]));
        talk.remember(Said {
            replaces: Some(MessageId([5; 32])),
            ..said(200, Kind::Delete, 1)
        });
        assert_eq!(talk.known.len(), REMEMBERED - 1);
        let gone = [[5; 32], [200; 32]].map(MessageId);
        assert!(talk.known.iter().all(|known| !gone.contains(&known.id)));
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
            receipt_delay: throng_workloads::dist::Dist::Constant(1.0),
            typing: false,
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

    #[test]
    fn a_report_that_another_device_made_is_not_made_again() {
        let due = |number: u8, status| PerMessageStatus {
            message_id: MessageId([number; 32]),
            status,
        };
        let mut talk = Conversation {
            due: vec![
                due(1, MessageStatus::READ),
                due(2, MessageStatus::READ),
                due(3, MessageStatus::DELIVERED),
            ],
            late: true,
            ..Conversation::default()
        };
        talk.reported_elsewhere(&[
            due(1, MessageStatus::READ),
            due(3, MessageStatus::DELIVERED),
        ]);
        let left = [
            due(2, MessageStatus::READ),
            due(3, MessageStatus::DELIVERED),
        ];
        assert_eq!(talk.overdue(), Some(&left[..]));
        // Not taken by the hub, it goes before what came since.
        let report = talk.reports();
        assert_eq!(talk.overdue(), None);
        talk.due.push(due(4, MessageStatus::READ));
        talk.report_again(report);
        let order = talk.overdue().expect("it is late");
        assert_eq!(order.len(), 3);
        assert_eq!(order[2], due(4, MessageStatus::READ));
    }
}
