//! What a client knows of what was said in a room: what it can refer to, and what it has to report.
//!
//! It outlasts memberships: whoever joins anew still has what it read. `composing`: what the client's user says; `fetching`: what is attached
//! to messages; `evidence`: what it holds against others; `keeping`: being written down.

mod composing;
mod evidence;
mod fetching;
mod keeping;

use crate::client::context::Context;
use crate::client::saying::{Composed, Said};
use crate::content::{
    Content as Decoded, Kind, MessageId, MessageStatus, PerMessageStatus, decode,
};
use crate::franking::{self, Received};
use crate::timers::TimerPurpose;
use crate::vocabulary::{reasons, subjects};
use evidence::Evidence;
use fetching::Fetching;
pub(super) use fetching::fetched;
pub(super) use keeping::WrittenConversation;
use std::collections::VecDeque;
use std::sync::Arc;
use throng_mls::engine::Engine;
use throng_stack::{Reason, Subject};
use throng_workloads::scenario::{Receipts, Structured};
use throng_workloads::time::SimSpan;

/// So many of the last messages can be referred to: people answer what they still see.
const REMEMBERED: usize = 64;

/// What a client knows of what was said in a room.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Oldest first.
    known: VecDeque<Said>,
    /// What proves who said what.
    evidence: Evidence,
    /// What is attached to messages and not fetched yet.
    fetching: Fetching,
    /// What is to be reported, in the order in which it came.
    due: Vec<PerMessageStatus>,
    /// Whether the timer runs until that is to be done.
    gathering: bool,
    /// Whether it was to be done and could not be.
    late: bool,
    /// That of the last timer.
    generation: u32,
}

/// What a session has of it: nothing, where nothing was said that anybody can refer to.
pub(super) type Talk = Option<Box<Conversation>>;

impl Conversation {
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
        (content, stamp): (&[u8], Option<&Received<'_>>),
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
        if let Some(stamp) = stamp {
            let device = &mut *cx.device;
            let hub = directory
                .hub_of(cx.room)
                .and_then(|hub| directory.provider_uri(hub));
            let hub = hub.ok_or(&reasons::NAMELESS_ROOM)?;
            let (engine, mls) = (&*device.engine, &mut device.mls);
            franking::check(engine, mls, &hub, stamp, (&message, content))
                .map_err(|_| &reasons::WRONG_FRANK)?;
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
        if let Some(stamp) = stamp {
            self.evidence.keep(cx.device, how, &said, (content, stamp));
        }
        self.will_report(cx, how, &said);
        self.fetching.want(cx, how, &said, *message);
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

    /// Report to the hub what is held against others, now that it can be done.
    pub(super) fn report_abuse<E: Engine>(&mut self, cx: &mut Context<'_, E>) {
        self.evidence.report(cx);
    }

    /// Fetch what is attached to messages, now that it can be done.
    pub(super) fn fetch<E: Engine>(&mut self, cx: &mut Context<'_, E>) {
        self.fetching.fetch(cx);
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
    fn gather<E: Engine>(&mut self, cx: &mut Context<'_, E>, how: &Structured) {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::intent::UserId;
    use throng_workloads::stream::{Stream, StreamOwner, Streams};

    pub(super) fn said(number: u8, kind: Kind, by: u32) -> Said {
        Said {
            id: MessageId([number; 32]),
            kind,
            in_reply_to: None,
            replaces: None,
            by: UserId(by),
        }
    }

    pub(super) fn stream(purpose: &str) -> Stream {
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
