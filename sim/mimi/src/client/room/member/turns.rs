//! A member's turn to commit what others proposed.

use super::Member;
use super::committing::{Activity, Look, Pending, Sight, Waiting, turn};
use crate::client::context::{Context, Device};
use crate::timers::TimerPurpose;
use throng_mls::engine::Engine;
use throng_workloads::intent::RoomId;
use throng_workloads::scenario::Policy;
use throng_workloads::time::{SimSpan, SimTime};

/// A member in its group, as it decides who commits.
struct Seat<'a, E: Engine> {
    member: &'a Member<E>,
    device: &'a Device<E>,
    room: RoomId,
    group: Vec<u8>,
}

impl<E: Engine> Sight for Seat<'_, E> {
    fn own_leaf(&self) -> u32 {
        self.device.engine.own_leaf(&self.member.group)
    }

    fn able(&self) -> Vec<u32> {
        let engine = &self.device.engine;
        let going = self.member.going(engine);
        let mut leaves = engine.leaves(&self.member.group);
        leaves.retain(|leaf| !going.contains(leaf));
        leaves
    }

    fn lower(&self) -> u32 {
        let (engine, own) = (&self.device.engine, self.own_leaf());
        let going = self.member.going(engine).range(..own).count() as u32;
        engine
            .members_before(&self.member.group, own)
            .saturating_sub(going)
    }

    fn group(&self) -> (&[u8], u64) {
        (&self.group, self.device.engine.epoch(&self.member.group))
    }

    fn activity(&self) -> &Activity {
        &self.member.activity
    }

    fn is_admin(&self) -> bool {
        self.member.is_admin(self.device, self.room)
    }
}

impl<E: Engine> Member<E> {
    /// How many come before this member in committing what others proposed; `None` where it is not for it to do.
    fn turn(&self, cx: &Context<'_, E>) -> Option<u32> {
        let committer = cx.device.policy.committer;
        let named = committer
            .in_turn()
            .then(|| cx.device.directory.group_uri(cx.room));
        let seat = Seat {
            member: self,
            device: cx.device,
            room: cx.room,
            group: named.flatten().unwrap_or_default().into_bytes(),
        };
        turn(committer, &seat)
    }

    /// Whether proposals are pending that the member could commit.
    fn covers(&self, engine: &E) -> bool {
        engine.pending_proposals(&self.group) > 0 && !self.leaving(engine)
    }

    /// Whether there is something to commit that others proposed, and nothing against it.
    pub(in crate::client::room) fn can_cover(&self, cx: &Context<'_, E>) -> bool {
        cx.ready && self.covers(&cx.device.engine)
    }

    /// Wait for the turn to commit pending proposals, if there are any and this client is to do that; where it waits already, look again
    /// once more are pending.
    pub(in crate::client::room) fn arm_commit(&mut self, cx: &mut Context<'_, E>) {
        self.see_proposals(cx);
        if !self.can_cover(cx) {
            return;
        }
        match self.waiting.as_deref().copied() {
            None => self.begin_to_wait(cx),
            Some(waiting) => self.look_again(cx, waiting),
        }
    }

    /// Note when proposals were seen, where commits wait for several.
    fn see_proposals(&mut self, cx: &Context<'_, E>) {
        if cx.device.policy.commit_batch > 1 {
            let pending = cx.device.engine.pending_proposals(&self.group);
            self.seen.resize(pending, cx.now);
        }
    }

    fn begin_to_wait(&mut self, cx: &mut Context<'_, E>) {
        // Whether it may is asked last: that looks somebody up.
        let Some(turn) = self.turn(cx) else { return };
        let device = &mut *cx.device;
        let drawn = device.policy.commit_delay.sample(&mut device.choices);
        let drawn = SimSpan::from_secs_f64(drawn);
        let pending = device.engine.pending_proposals(&self.group);
        self.wait(cx, Waiting::new(cx.now, drawn, (turn, pending)));
    }

    fn look_again(&mut self, cx: &mut Context<'_, E>, mut waiting: Waiting) {
        let policy = &cx.device.policy;
        if policy.commit_batch <= 1 && !policy.committer.in_turn() {
            return;
        }
        let pending = cx.device.engine.pending_proposals(&self.group);
        if pending == waiting.pending {
            return;
        }
        if let Some(turn) = self.turn(cx) {
            waiting.looks_again(turn, pending);
            self.wait(cx, waiting);
        }
    }

    fn wait(&mut self, cx: &mut Context<'_, E>, mut waiting: Waiting) {
        let policy = &cx.device.policy;
        let pending = Pending {
            seen: &self.seen,
            since: waiting.since,
            drawn: waiting.drawn,
        };
        let turns = (pending.due(policy, 0), pending.due(policy, waiting.turn));
        let look = waiting.comes(cx.now, turns, step(policy));
        self.waiting = Some(Box::new(waiting));
        if let Some(wait) = look {
            cx.set_timer(wait, TimerPurpose::CommitPending, 0);
        }
    }

    /// A timer to commit pending proposals is due: since when they could be committed, if the turn has come.
    pub(in crate::client::room) fn turn_comes(
        &mut self,
        cx: &mut Context<'_, E>,
    ) -> Option<SimTime> {
        let step = step(&cx.device.policy);
        match self.waiting.as_mut()?.looked(cx.now, step) {
            Look::Stale => None,
            Look::Later(wait) => {
                cx.set_timer(wait, TimerPurpose::CommitPending, 0);
                None
            }
            Look::Turn(since) => {
                self.waiting = None;
                Some(since)
            }
        }
    }
}

/// Those who wait in turn look now and then: of a thousand who stand in line for hours the first commits, and nobody else has to be kept
/// awake for that.
fn step(policy: &Policy) -> Option<SimSpan> {
    policy.committer.in_turn().then_some(policy.commit_fallback)
}
