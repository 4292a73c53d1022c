//! A room's life in a client: from outside to member and back.

mod answers;
mod consent;
mod events;
mod fetching;
mod finding;
mod keeping;
mod look_ups;
mod recovery;

use super::back_off::BackOff;
use super::conversation::Talk;
use super::elsewhere::Fetching;
use super::in_flight::{Asked, InFlight, Knock};
use super::member::{Member, Step};
use super::outside::ExternalJoin;
use super::wants::{Wants, Wish};
use crate::client::context::Context;
use crate::timers::TimerPurpose;
use crate::vocabulary::reasons;
pub(in crate::client) use keeping::WrittenRoom;
use std::collections::BTreeMap;
use throng_mls::engine::Engine;
use throng_stack::{Counter, Fact, MembershipWish, OpenWish, Reason, Timer, WishKind};
use throng_workloads::intent::UserId;
use throng_workloads::time::SimTime;

/// One client in one room.
pub(in crate::client) struct RoomSession<E: Engine> {
    standing: Standing<E>,
    wants: Wants<E::Message>,
    conversation: Talk,
    /// Users who are asked whether they may be added, and since when that is wanted.
    consents: BTreeMap<UserId, SimTime>,
    /// What the hub has not answered yet. A Welcome may come while the client knocks, so this can outlast
    /// a standing.
    in_flight: Option<Box<InFlight<E>>>,
    /// A Welcome that waits for its tree.
    fetching: Option<Box<Fetching<E>>>,
    back_off: BackOff,
    /// How often it has joined anew since it last took another's commit, or the hub took its own.
    rejoins: u32,
}

/// What a client is in a room.
enum Standing<E: Engine> {
    /// No member: never was, was removed, or waits for a Welcome.
    Outside,
    /// It is to create the room.
    Creating {
        /// Whether that was tried before, with an unknown end.
        again: bool,
    },
    /// It is to join from outside.
    Joining(ExternalJoin),
    /// A member.
    Member(Member<E>),
}

impl<E: Engine> Default for RoomSession<E> {
    fn default() -> Self {
        Self::standing(Standing::Outside)
    }
}

impl<E: Engine> RoomSession<E> {
    fn standing(standing: Standing<E>) -> Self {
        Self {
            standing,
            wants: Wants::default(),
            conversation: None,
            consents: BTreeMap::new(),
            in_flight: None,
            fetching: None,
            back_off: BackOff::default(),
            rejoins: 0,
        }
    }

    /// The session of a member of a room that began before time zero.
    pub(in crate::client) fn of_member(group: E::Group) -> Self {
        Self::standing(Standing::Member(Member::new(group)))
    }

    /// The wishes that are not fulfilled.
    pub(in crate::client) fn open_wishes(&self) -> impl Iterator<Item = OpenWish> {
        let joining = match &self.standing {
            Standing::Joining(join) => Some(OpenWish {
                kind: WishKind::Join,
                since: join.since(),
                lets_in: Vec::new(),
            }),
            _ => None,
        };
        let asked = self.consents.iter().map(|(user, since)| OpenWish {
            kind: WishKind::Join,
            since: *since,
            lets_in: vec![*user],
        });
        self.wants.open().chain(asked).chain(joining)
    }

    /// Nobody can act in a room while offline or before being a member, so the latency of what is wanted
    /// there begins no earlier than `now`.
    pub(in crate::client) fn wish_no_earlier_than(&mut self, now: SimTime) {
        self.wants.no_earlier_than(now);
        if let Standing::Joining(join) = &mut self.standing {
            join.no_earlier_than(now);
        }
    }

    // ---- wishes ----

    /// Something is wanted of the room's members.
    pub(in crate::client) fn want(
        &mut self,
        cx: &mut Context<'_, E>,
        since: SimTime,
        what: Wish<E::Message>,
    ) {
        self.wants.push(since, what);
        self.advance(cx);
    }

    /// The room is to be created.
    pub(in crate::client) fn create(&mut self, cx: &mut Context<'_, E>) {
        if !matches!(self.standing, Standing::Member(_)) {
            self.standing = Standing::Creating { again: false };
        }
        self.advance(cx);
    }

    /// The client is to become a member by itself.
    pub(in crate::client) fn join_from_outside(&mut self, cx: &mut Context<'_, E>, since: SimTime) {
        if !matches!(self.standing, Standing::Outside) {
            return cx.skip(&reasons::ALREADY_MEMBER);
        }
        self.standing = Standing::Joining(ExternalJoin::new(since));
        cx.note(Fact::Wanted {
            room: cx.room,
            what: MembershipWish::JoinFromOutside,
            since,
        });
        self.advance(cx);
    }

    /// The client has lost its state of the group and is to join anew.
    pub(in crate::client) fn resync(&mut self, cx: &mut Context<'_, E>, since: SimTime) {
        if !matches!(self.standing, Standing::Member(_)) {
            return cx.skip(&reasons::NO_STATE_TO_RESYNC);
        }
        self.wants.forget_proposed();
        self.drop_state(cx);
        self.join_from_outside(cx, since);
    }

    /// The membership is over, and with it what is in flight.
    fn drop_state(&mut self, cx: &mut Context<'_, E>) {
        if let Some(asked) = self.in_flight.take() {
            cx.device.uplink.forget(asked.request);
            if let Asked::Knock(Knock::Commit { group }) = asked.what {
                cx.forget(*group);
            }
        }
        self.back_off.cancel();
        self.stand(cx, Standing::Outside);
    }

    /// Be this from now on. A group that the client was a member of is of no more use.
    fn stand(&mut self, cx: &mut Context<'_, E>, standing: Standing<E>) {
        if let Standing::Member(member) = std::mem::replace(&mut self.standing, standing) {
            cx.forget(member.into_group());
        }
    }

    // ---- going on ----

    /// Do what can be done now, and see to what others proposed.
    pub(in crate::client) fn go_on(&mut self, cx: &mut Context<'_, E>) {
        self.advance(cx);
        if let Standing::Member(member) = &mut self.standing {
            member.arm_commit(cx);
        }
        self.report(cx);
    }

    fn idle(&self) -> bool {
        self.in_flight.is_none() && !self.back_off.waiting()
    }

    fn advance(&mut self, cx: &mut Context<'_, E>) {
        while cx.ready && self.idle() {
            match &mut self.standing {
                Standing::Outside => return,
                Standing::Creating { again } => {
                    let again = *again;
                    return self.create_group(cx, again);
                }
                Standing::Joining(join) => match join.ask(cx) {
                    Ok(asked) => self.in_flight = Some(Box::new(asked)),
                    Err(reason) => return self.give_up_entering(cx, reason),
                },
                Standing::Member(member) => {
                    let first = self
                        .wants
                        .first()
                        .filter(|want| member.can_see_to(cx.device, want));
                    let Some(want) = first else { return };
                    let number = want.number;
                    match member.attempt(cx, self.conversation.as_deref(), want) {
                        Step::Wait => return,
                        Step::Asked(asked) => self.in_flight = Some(Box::new(asked)),
                        Step::Drop(reason) => {
                            cx.skip(reason);
                            self.wants.take(number);
                        }
                        Step::Done => {
                            self.wants.take(number);
                        }
                    }
                }
            }
        }
    }

    /// A timer of the room is due.
    pub(in crate::client) fn timer(&mut self, cx: &mut Context<'_, E>, timer: Timer) {
        match TimerPurpose::of(timer.purpose) {
            Some(TimerPurpose::Retry) => {
                if self.back_off.is_over(timer.generation) {
                    self.go_on(cx);
                }
            }
            Some(TimerPurpose::CommitPending) => self.commit_pending(cx),
            Some(TimerPurpose::Refresh) => self.refresh(cx),
            Some(TimerPurpose::Overdue) => self.commit_overdue(cx, timer.generation),
            Some(TimerPurpose::Report) => {
                if let Some(talk) = &mut self.conversation {
                    talk.is_due(timer.generation);
                }
                self.report(cx);
            }
            Some(TimerPurpose::Renew) => self.renew(cx),
            // The client's, and providers'.
            Some(
                TimerPurpose::Request
                | TimerPurpose::Resend
                | TimerPurpose::Notice
                | TimerPurpose::Evict
                | TimerPurpose::Consent
                | TimerPurpose::Gather,
            )
            | None => {}
        }
    }

    /// Report what came, where it is time and it can be done.
    fn report(&mut self, cx: &mut Context<'_, E>) {
        let Some(talk) = self.conversation.as_deref_mut().filter(|_| cx.ready) else {
            return;
        };
        if let Standing::Member(member) = &mut self.standing {
            member.report(cx, talk);
        }
        // Who is no member any more still has what it read.
        talk.report_abuse(cx);
        talk.fetch(cx);
    }

    /// Time to commit what others proposed.
    fn commit_pending(&mut self, cx: &mut Context<'_, E>) {
        let idle = self.idle();
        let Standing::Member(member) = &mut self.standing else {
            return;
        };
        let Some(since) = member.turn_comes(cx) else {
            return;
        };
        if !(idle && member.can_cover(cx)) {
            return;
        }
        let step = member.cover(cx, since);
        self.unasked(cx, step);
    }

    /// Time to refresh the own leaf for the tree's sake. Whoever has anything else to do with the group leaves it to others.
    fn refresh(&mut self, cx: &mut Context<'_, E>) {
        let idle = self.idle();
        let Standing::Member(member) = &mut self.standing else {
            return;
        };
        if !(idle && cx.ready) || member.waits(&cx.device.engine) {
            return;
        }
        let step = member.refresh(cx);
        self.unasked(cx, step);
    }

    /// The leaf that came of a KeyPackage is old.
    fn renew(&mut self, cx: &mut Context<'_, E>) {
        if matches!(self.standing, Standing::Member(_)) {
            self.wants.push(cx.now, Wish::Update);
            self.go_on(cx);
        }
    }

    /// What came of something that nobody here has wished.
    fn unasked(&mut self, cx: &mut Context<'_, E>, step: Step<E>) {
        match step {
            Step::Asked(asked) => self.in_flight = Some(Box::new(asked)),
            Step::Drop(reason) => cx.skip(reason),
            Step::Done | Step::Wait => {}
        }
    }

    // ---- entering ----

    fn create_group(&mut self, cx: &mut Context<'_, E>, again: bool) {
        match Member::create(cx, again) {
            Ok((member, asked)) => {
                self.standing = Standing::Member(member);
                self.in_flight = Some(Box::new(asked));
                self.wish_no_earlier_than(cx.now);
            }
            Err(reason) => self.give_up_entering(cx, reason),
        }
    }

    fn give_up_entering(&mut self, cx: &mut Context<'_, E>, reason: &'static Reason) {
        self.stand(cx, Standing::Outside);
        cx.skip(reason);
    }

    /// The client is a member now; how it joined may be `counted`.
    fn joined(&mut self, cx: &mut Context<'_, E>, group: E::Group, counted: Option<Counter>) {
        self.fetch_no_more(cx);
        let member = Member::new(group);
        member.report_epoch(cx, true, counted);
        // Who was added while it knocked is a member already, with the group of the Welcome.
        self.stand(cx, Standing::Member(member));
        self.wish_no_earlier_than(cx.now);
        self.advance(cx);
        self.report(cx);
    }
}
