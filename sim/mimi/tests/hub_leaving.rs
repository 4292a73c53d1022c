//! Those who leave, at a room's hub: what it still takes from them, and what from others who come from outside meanwhile.

use crate::engines::on_both_engines;
use crate::hub_members::{
    Device, Hub, adding, clients, device, receivers, refusals, removing, uri,
};
use throng_mimi::hub::Decision;
use throng_mimi::refusal::Refusal;
use throng_mimi::wire::*;
use throng_mls::app_data::{AppDataRules, AppDataUpdate};
use throng_mls::engine::{CommitPlan, Engine, ExternalPlan, ProposalPlan};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;

/// A room of user 0, who founded it, and user 1, who leaves; 0 and 3 are on the list to begin with, and 1 comes last.
struct Leaving<E: Engine> {
    hub: Hub<E>,
    leaver: Device<E>,
    group: E::Group,
}

const LEAVER: u32 = 2;

impl<E: Engine> Leaving<E> {
    fn new() -> Self {
        let mut hub = Hub::<E>::of(Some(AppDataRules::MIMI));
        let mut leaver = device(&hub.engine, 1, 1, 1);
        let (joined, group) = hub.join_with(&mut leaver, &[adding(&uri(1), 2)]);
        receivers(&joined);
        let commit = &joined.fanouts[0].message.event.message().clone();
        let (engine, mls) = (&hub.engine, &mut hub.founder.mls);
        engine.process(mls, &mut hub.group, commit).unwrap();
        Self { hub, leaver, group }
    }

    /// The leaver proposes all of these at once; the founder hears of what the hub takes.
    fn propose(
        &mut self,
        plans: &[ProposalPlan<'_, E::Message>],
    ) -> (Decision<E, UpdateOutcome>, Vec<E::Message>) {
        let (engine, mls) = (&self.hub.engine, &mut self.leaver.mls);
        let made: Vec<E::Message> = plans
            .iter()
            .map(|plan| engine.propose(mls, &mut self.group, plan).unwrap())
            .collect();
        let bundle = HandshakeBundle::Proposal {
            proposal: made[0].clone(),
            more_proposals: made[1..].to_vec(),
        };
        let decision = self.hub.update(self.leaver.member, bundle);
        let (engine, mls) = (&self.hub.engine, &mut self.leaver.mls);
        match decision.outcome {
            UpdateOutcome::Success { .. } => {
                let (mls, group) = (&mut self.hub.founder.mls, &mut self.hub.group);
                for proposal in &made {
                    engine.process(mls, group, proposal).unwrap();
                }
            }
            _ => engine.withdraw(mls, &mut self.group, &made).unwrap(),
        }
        (decision, made)
    }

    /// Leave by SelfRemove, off the list.
    fn leave(&mut self) -> Vec<E::Message> {
        let off = removing(LEAVER);
        let (decision, made) =
            self.propose(&[ProposalPlan::SelfRemove, ProposalPlan::AppData(&off)]);
        assert_eq!(receivers(&decision).all[..], clients(&[0]));
        made
    }

    /// User 3 is a member, and both others know it.
    fn third(&mut self) {
        let decision = self.join(&[], &[]);
        let commit = decision.fanouts[0].message.event.message();
        let engine = &self.hub.engine;
        let (mls, group) = (&mut self.hub.founder.mls, &mut self.hub.group);
        engine.process(mls, group, commit).unwrap();
        let (mls, group) = (&mut self.leaver.mls, &mut self.group);
        engine.process(mls, group, commit).unwrap();
    }

    /// User 3 comes from outside, with this in its commit.
    fn join(
        &mut self,
        pending: &[E::Message],
        app_data: &[AppDataUpdate],
    ) -> Decision<E, UpdateOutcome> {
        let mut joiner = device(&self.hub.engine, 3, 3, 3);
        let plan = ExternalPlan { pending, app_data };
        self.hub.join_by(&mut joiner, &plan).0
    }
}

/// It must take them with it, and off the list those who are wholly gone; nobody else.
fn who_comes_from_outside_takes_who_leaves_with_it<E: Engine>() {
    let mut room = Leaving::<E>::new();
    let waits = room.leave();
    let epoch = room.hub.epoch();
    let off = [removing(LEAVER)];
    for (pending, app_data, refusal) in [
        (&waits[..0], &[][..], Refusal::MissingProposals),
        (&waits[..0], &off[..], Refusal::MissingProposals),
        (&waits[..], &[], Refusal::ListedLeaver),
        (&waits[..], &[removing(0)], Refusal::RoomState),
        (
            &waits[..],
            &[removing(LEAVER), adding(&uri(2), 2)],
            Refusal::RoomState,
        ),
    ] {
        let decision = room.join(pending, app_data);
        assert_eq!(refusals(&decision.facts), [refusal], "{app_data:?}");
    }
    assert_eq!(room.hub.epoch(), epoch);
    // The founder hears of it, and so does who is removed by it.
    let decision = room.join(&waits, &off);
    assert_eq!(receivers(&decision).all[..], clients(&[0, 1]));
    let commit = decision.fanouts[0].message.event.message();
    let (engine, mls) = (&room.hub.engine, &mut room.hub.founder.mls);
    engine.process(mls, &mut room.hub.group, commit).unwrap();
    let processed = engine.process(&mut room.leaver.mls, &mut room.group, commit);
    assert!(
        format!("{processed:?}").contains("removed: true"),
        "{processed:?}"
    );
    assert_eq!(receivers(&room.hub.hello()).all[..], clients(&[3]));
}

/// A SelfRemove takes a client out of the group, and nobody off the list who has not asked for that.
fn nobody_is_taken_off_who_has_not_asked<E: Engine>() {
    let mut room = Leaving::<E>::new();
    let (decision, waits) = room.propose(&[ProposalPlan::SelfRemove]);
    receivers(&decision);
    let refused = room.join(&waits, &[removing(LEAVER)]);
    assert_eq!(refusals(&refused.facts), [Refusal::RoomState]);
    let joined = room.join(&waits, &[]);
    assert_eq!(receivers(&joined).all[..], clients(&[0, 1]));
}

/// By Removes, too: what is said is for them no more, and from them only what takes their own clients out.
fn who_has_left_is_served_no_more<E: Engine>() {
    for by_itself in [true, false] {
        let mut room = Leaving::<E>::new();
        room.third();
        let said = |room: &mut Leaving<E>| {
            let (engine, mls) = (&room.hub.engine, &mut room.leaver.mls);
            let message = engine.encrypt(mls, &mut room.group, b"bye");
            room.hub.say(message.unwrap(), room.leaver.member, 1)
        };
        assert_eq!(receivers(&said(&mut room)).all[..], clients(&[0, 3]));
        // Whoever has proposed something says nothing: what comes later was encrypted before.
        let (engine, mls) = (&room.hub.engine, &mut room.leaver.mls);
        let late = engine.encrypt(mls, &mut room.group, b"late").unwrap();
        let (engine, mls) = (&room.hub.engine, &mut room.hub.founder.mls);
        let to_all = engine.encrypt(mls, &mut room.hub.group, b"hello").unwrap();
        let own = engine.own_leaf(&room.group);
        let off = removing(LEAVER);
        let go = match by_itself {
            true => ProposalPlan::SelfRemove,
            false => ProposalPlan::Remove(own),
        };
        let (left, _) = room.propose(&[go, ProposalPlan::AppData(&off)]);
        receivers(&left);
        let late = room.hub.say(late, room.leaver.member, 1);
        assert_eq!(refusals(&late.facts), [Refusal::RemovedParticipant]);
        assert_eq!(late.outcome, SubmitOutcome::NotAllowed);
        let (founder, user) = (room.hub.founder.member, room.hub.founder.user);
        let hello = room.hub.say(to_all, founder, user);
        assert_eq!(receivers(&hello).all[..], clients(&[3]));
        // Nothing but that own clients go.
        let listed = adding(&uri(2), 2);
        let third = room.hub.engine.own_leaf(&room.hub.group) + 2;
        for plan in [ProposalPlan::Remove(third), ProposalPlan::AppData(&listed)] {
            let (decision, _) = room.propose(std::slice::from_ref(&plan));
            let refused = refusals(&decision.facts);
            assert_eq!(refused, [Refusal::RemovedParticipant], "{plan:?}");
        }
        // Nor can it come back before it is out.
        let mut again = device(&room.hub.engine, 1, 7, 7);
        let (decision, _) = room.hub.join_with(&mut again, &[]);
        let refusal = match by_itself {
            true => Refusal::MissingProposals,
            false => Refusal::RemovedParticipant,
        };
        assert_eq!(refusals(&decision.facts), [refusal]);
        // The commit that takes it out still comes to it.
        let out = room.hub.commit_with(&mut [], &[], &[]);
        assert_eq!(receivers(&out).all[..], clients(&[1, 3]));
    }
}

/// What is proposed beside a SelfRemove about the same leaf no commit could cover.
fn nothing_else_is_proposed_about_who_leaves<E: Engine>() {
    let mut room = Leaving::<E>::new();
    let (engine, mls) = (&room.hub.engine, &mut room.hub.founder.mls);
    // Made before it is heard of.
    let own = engine.own_leaf(&room.group);
    let remove = engine.propose(mls, &mut room.hub.group, &ProposalPlan::Remove(own));
    let remove = remove.unwrap();
    room.leave();
    let bundle = HandshakeBundle::Proposal {
        proposal: remove.clone(),
        more_proposals: Vec::new(),
    };
    let decision = room.hub.update(room.hub.founder.member, bundle);
    assert_eq!(refusals(&decision.facts), [Refusal::InvalidProposal]);
    let (engine, mls) = (&room.hub.engine, &mut room.hub.founder.mls);
    engine
        .withdraw(mls, &mut room.hub.group, &[remove])
        .unwrap();
    let again = ProposalPlan::Remove(own);
    let again = engine.propose(mls, &mut room.hub.group, &again);
    assert!(again.is_err());
    // A commit may name it by value all the same: it is the SelfRemove that it covers.
    receivers(&room.hub.commit_with(&mut [], &[own], &[]));
    // Who leaves commits nothing, and proposes nothing else about itself.
    let (engine, mls) = (&room.hub.engine, &mut room.leaver.mls);
    let plan = CommitPlan {
        adds: &[],
        removes: &[],
        app_data: &[],
        force_path: true,
    };
    assert!(engine.commit(mls, &mut room.group, &plan).is_err());
    for plan in [ProposalPlan::SelfRemove, ProposalPlan::Update] {
        assert!(engine.propose(mls, &mut room.group, &plan).is_err());
    }
}

on_both_engines!(
    who_comes_from_outside_takes_who_leaves_with_it,
    nobody_is_taken_off_who_has_not_asked,
    who_has_left_is_served_no_more,
    nothing_else_is_proposed_about_who_leaves
);
