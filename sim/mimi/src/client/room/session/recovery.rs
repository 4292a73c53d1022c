//! When the state of a group is of no use: joining anew from outside (resync).
//!
//! RFC 9420, section 12.4.3.2: an external commit removes the old leaf of whoever makes it.

use super::{RoomSession, Standing};
use crate::client::context::Context;
use crate::client::room::in_flight::{Asked, Handshake};
use crate::client::room::outside::ExternalJoin;
use crate::client::uplink::Question;
use crate::timers::TimerPurpose;
use crate::vocabulary::reasons;
use throng_mls::engine::Engine;
use throng_stack::{Fact, Reason};
use throng_workloads::time::SimSpan;

/// So often a client joins anew without having taken another's commit in between. More would not help either, and
/// each costs all others a commit.
const MOST_REJOINS: u32 = 10;

/// A commit that the hub spoke of is waited for so many times as long as an answer: it may be under way from
/// provider to provider.
const COMMIT_PATIENCE: u64 = 4;

impl<E: Engine> RoomSession<E> {
    /// Drop the state and join anew, for this reason. What was proposed is void after that and is wanted again.
    pub(super) fn rejoin(&mut self, cx: &mut Context<'_, E>, reason: &'static Reason) {
        self.wants.settle_proposed(true);
        self.drop_state(cx);
        if self.rejoins >= MOST_REJOINS {
            return cx.skip(&reasons::REJOINED_IN_VAIN);
        }
        cx.note(Fact::Rejoining {
            room: cx.room,
            reason,
        });
        if self.rejoins > 0 {
            self.back_off.begin(cx, self.rejoins);
        }
        self.rejoins += 1;
        let now = cx.now;
        self.join_from_outside(cx, now);
    }

    /// A commit came that nobody can read.
    pub(in crate::client) fn missed_commit(&mut self, cx: &mut Context<'_, E>) {
        if matches!(self.standing, Standing::Member(_)) {
            self.rejoin(cx, &reasons::COMMIT_UNREADABLE);
        }
    }

    /// A Welcome came that is of no use: the client's leaf is in the tree all the same.
    pub(in crate::client) fn missed_welcome(&mut self, cx: &mut Context<'_, E>) {
        if matches!(self.standing, Standing::Outside) {
            self.rejoin(cx, &reasons::WELCOME_OF_NO_USE);
        }
    }

    // ---- answers that do not come ----

    /// A request was sent often enough, and never answered.
    pub(in crate::client) fn unanswered(
        &mut self,
        cx: &mut Context<'_, E>,
        number: u32,
        question: Question,
    ) {
        match question {
            Question::KeyMaterial(user) => {
                cx.skip(&reasons::KEY_PACKAGES_UNANSWERED);
                self.wants.found(user, Vec::new());
            }
            Question::Find(user) => self.not_found(cx, user, &reasons::FIND_UNANSWERED),
            Question::LookUp => cx.skip(&reasons::KEY_PACKAGES_UNANSWERED),
            // It may have been sent: twice would be worse than not at all.
            Question::Message(..) => cx.skip(&reasons::MESSAGE_UNANSWERED),
            Question::Notice(_) => cx.skip(&reasons::NOTICE_UNANSWERED),
            Question::Consent(user) => self.consent_refused(cx, user, &reasons::CONSENT_UNANSWERED),
            // Where nobody hears that, the user is asked in vain.
            Question::NoConsent => {}
            Question::Upload | Question::Download(_) => cx.skip(&reasons::ASSET_UNANSWERED),
            Question::Tree => self.fetched(cx, number, None),
            Question::Report => cx.skip(&reasons::REPORT_UNANSWERED),
            Question::Handshake => {
                if let Some(asked) = self.in_flight.take_if(|asked| asked.request == number) {
                    self.in_flight_unanswered(cx, asked.what);
                }
            }
        }
        self.go_on(cx);
    }

    /// Nobody knows whether the hub took it.
    fn in_flight_unanswered(&mut self, cx: &mut Context<'_, E>, asked: Asked<E>) {
        match asked {
            Asked::Handshake(Handshake::Create { .. }) => {
                self.drop_state(cx);
                self.standing = Standing::Joining(ExternalJoin::of_creator(cx.now));
            }
            Asked::Handshake(_) => self.rejoin(cx, &reasons::HANDSHAKE_UNANSWERED),
            Asked::Knock(_) => self.in_flight_lost(cx, asked),
        }
    }

    // ---- commits that do not come ----

    /// Where something can be lost: wake up if a commit that the hub spoke of does not come.
    pub(super) fn watch_for_commit(&self, cx: &mut Context<'_, E>) {
        let Standing::Member(member) = &self.standing else {
            return;
        };
        let awaited = member.awaits(&cx.device.engine);
        if let (Some(epoch), Some(timeout)) = (awaited, cx.device.policy.request_timeout) {
            let wait = SimSpan::from_nanos(timeout.as_nanos().saturating_mul(COMMIT_PATIENCE));
            cx.set_timer(wait, TimerPurpose::Overdue, epoch as u32);
        }
    }

    /// The time for a commit is up; `generation` is the end of its epoch's number.
    pub(super) fn commit_overdue(&mut self, cx: &mut Context<'_, E>, generation: u32) {
        let Standing::Member(member) = &self.standing else {
            return;
        };
        let awaited = member.awaits(&cx.device.engine);
        // Whoever is offline watches anew when it is back.
        if cx.ready && awaited.is_some_and(|epoch| epoch as u32 == generation) {
            self.rejoin(cx, &reasons::COMMIT_OVERDUE);
        }
    }

    /// All that waited for the client is handled.
    pub(in crate::client) fn caught_up(&mut self, cx: &mut Context<'_, E>) {
        self.go_on(cx);
        self.watch_for_commit(cx);
    }
}
