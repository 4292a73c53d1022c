//! What the hub sent on: commits, proposals, application messages and Welcomes of others.

use super::{RoomSession, Standing};
use crate::client::context::Context;
use crate::client::room::in_flight::{Asked, InFlight};
use crate::client::room::member::{Came, Effect};
use crate::client::room::wants::{Want, Wish};
use crate::vocabulary::{counters, reasons};
use crate::wire::notify::FanoutEvent;
use crate::wire::{FanoutMessage, RatchetTreeOption};
use throng_mls::engine::Engine;
use throng_stack::Fact;

impl<E: Engine> RoomSession<E> {
    /// The hub sent on what others did.
    pub(in crate::client) fn notified(
        &mut self,
        cx: &mut Context<'_, E>,
        event: Option<u64>,
        fanout: FanoutMessage<E::Message>,
    ) {
        if let Some(fetching) = &mut self.fetching {
            return fetching.hold(event, fanout);
        }
        let commit = matches!(fanout.event, FanoutEvent::Commit { .. });
        let mut stamp = None;
        let (message, more) = match fanout.event {
            FanoutEvent::Welcome {
                message,
                ratchet_tree,
            } => return self.welcome(cx, &message, &ratchet_tree),
            FanoutEvent::Application { message, frank } => {
                stamp = frank;
                (message, Vec::new())
            }
            FanoutEvent::Commit {
                message,
                external_proposals,
            } => (message, external_proposals),
            FanoutEvent::Proposal {
                message,
                more_proposals,
            } => (message, more_proposals),
        };
        let Some(event) = event else { return };
        let came = Came {
            event,
            commit,
            timestamp: fanout.timestamp,
            frank: stamp,
        };
        self.process(cx, came.clone(), &message);
        // What is stapled to a commit is of the epoch that it creates.
        let came = Came {
            commit: false,
            ..came
        };
        for message in &more {
            self.process(cx, came.clone(), message);
        }
        cx.note(Fact::Handled {
            room: cx.room,
            event,
        });
        self.go_on(cx);
    }

    fn process(&mut self, cx: &mut Context<'_, E>, came: Came, message: &E::Message) {
        let Standing::Member(member) = &mut self.standing else {
            return cx.unprocessable(&reasons::NO_MEMBER);
        };
        // The hub takes one commit an epoch and sends them in order. Whoever sees the next epoch while its own commit
        // is under way therefore knows that this was taken; only the answer is late.
        let engine = &cx.device.engine;
        let taken = self
            .in_flight
            .take_if(|asked| asked.is_commit() && member.is_next(engine, message));
        if let Some(InFlight {
            request,
            what: Asked::Handshake(handshake),
        }) = taken.map(|asked| *asked)
        {
            cx.device.uplink.forget(request);
            member.accepted(cx, &mut self.wants, &handshake);
        }
        match member.process(cx, (&mut self.wants, &mut self.conversation), came, message) {
            Effect::None => {}
            Effect::NewEpoch => {
                member.consider_refresh(cx);
                self.rejoins = 0;
            }
            Effect::Removed => self.removed(cx),
            Effect::LeftBehind => self.rejoin(cx, &reasons::COMMIT_NOT_PROCESSED),
        }
    }

    fn removed(&mut self, cx: &mut Context<'_, E>) {
        let left = |want: &Want<E::Message>| matches!(want.what, Wish::Leave);
        for want in self.wants.take_all().filter(|want| !left(want)) {
            cx.skip(match want.what {
                Wish::Message(_) => &reasons::REMOVED_BEFORE_MESSAGE,
                _ => &reasons::REMOVED_BEFORE_CHANGE,
            });
        }
        if let Some(talk) = &mut self.conversation {
            talk.over();
        }
        self.ask_no_consent(cx);
        self.drop_state(cx);
        cx.note(Fact::Excluded { room: cx.room });
    }

    fn welcome(
        &mut self,
        cx: &mut Context<'_, E>,
        welcome: &E::Message,
        tree: &RatchetTreeOption<E::Tree>,
    ) {
        if matches!(self.standing, Standing::Member(_)) {
            return cx.unprocessable(&reasons::WELCOME_TO_MEMBER);
        }
        let tree = match tree {
            RatchetTreeOption::Full(tree) => Some(tree),
            RatchetTreeOption::HttpsUri { ratchet_tree_url } => {
                return self.fetch(cx, welcome, ratchet_tree_url);
            }
            RatchetTreeOption::OutOfBand | RatchetTreeOption::DistributionService => None,
        };
        let device = &mut *cx.device;
        match device.engine.join(&mut device.mls, welcome, tree) {
            Ok(group) => self.joined(cx, group, Some(counters::WELCOMES)),
            Err(_) => {
                cx.unprocessable(&reasons::WELCOME_REFUSED);
                self.missed_welcome(cx);
            }
        }
    }
}
