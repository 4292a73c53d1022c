//! What a room's group says of its hub: a hub for which handshakes are encrypted, and clients that send them otherwise.

use crate::engines::on_both_engines;
use crate::hub_members::{Hub, device, directory, engine, hub_of, refusals, rules_of};
use throng_mimi::hub::RoomRules;
use throng_mimi::refusal::Refusal;
use throng_mimi::room_state::FrankingAgentData;
use throng_mimi::room_state::components::FRANKING_AGENT;
use throng_mimi::wire::HandshakeBundle;
use throng_mimi::wire::notify::FanoutEvent;
use throng_mls::app_data::{AppData, AppDataRules};
use throng_mls::engine::{Engine, ProposalPlan};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::ExternalSender;
use throng_mls::wire::semi_private::{EXTERNAL_RECEIVERS, ExternalReceiver};
use throng_workloads::intent::UserId;
use throng_workloads::scenario::Profile;
use tls_codec::Serialize;

const RULES: Option<AppDataRules> = Some(AppDataRules::MIMI);

/// A list with users 0 and 3 on it.
fn listing() -> AppData {
    let mut app_data = AppData::default();
    for user in [0, 3] {
        let uri = directory().user_uri(UserId(user)).unwrap();
        app_data.participants.push(uri.as_bytes(), 2);
    }
    app_data
}

/// With a group that names these to read its handshakes, if the hub takes it.
fn naming<E: Engine>(receivers: Vec<ExternalReceiver>) -> Result<Hub<E>, Refusal> {
    let mut app_data = listing();
    if !receivers.is_empty() {
        let data = receivers.tls_serialize_detached().unwrap();
        app_data.others.insert(EXTERNAL_RECEIVERS, data);
    }
    let held_to = RoomRules {
        reads: true,
        ..rules_of(Profile::Unchecked)
    };
    Hub::made(RULES, &app_data, held_to)
}

fn hub<E: Engine>() -> Hub<E> {
    let engine = engine::<E>(RULES);
    let mine = engine.external_receiver(&hub_of(&engine)).unwrap();
    naming(vec![mine]).unwrap_or_else(|refusal| panic!("{refusal}"))
}

impl<E: Engine> Hub<E> {
    /// What the founder proposes, encrypted or not, and not sent.
    fn made_only(&mut self, plan: &ProposalPlan<'_, E::Message>) -> E::Message {
        let (mls, group) = (&mut self.founder.mls, &mut self.group);
        self.engine.propose(mls, group, plan).unwrap()
    }

    /// The PublicMessage in a message of the founder's.
    fn in_clear(&mut self, sealed: &E::Message) -> E::Message {
        let (info, tree) = self
            .engine
            .group_info(&mut self.founder.mls, &self.group)
            .unwrap();
        let state = self.engine.hub(&info, &tree).unwrap();
        self.engine
            .hub_open(&mut self.identity, &state, sealed)
            .unwrap()
    }

    fn refused(&mut self, proposal: E::Message) -> Vec<Refusal> {
        let bundle = HandshakeBundle::Proposal {
            proposal,
            more_proposals: Vec::new(),
        };
        let decision = self.update(self.founder.member, bundle);
        refusals(&decision.facts)
    }

    /// Two come in from outside, and the founder hears of it.
    fn come(&mut self) {
        for (user, client) in [(0, 7), (3, 8)] {
            let mut comes = device(&self.engine, user, client, client.into());
            let (decision, _) = self.join(&mut comes);
            let FanoutEvent::Commit { message, .. } = &decision.fanouts[0].message.event else {
                panic!("no commit");
            };
            let (mls, group) = (&mut self.founder.mls, &mut self.group);
            self.engine.process(mls, group, message).unwrap();
        }
    }
}

/// Whoever creates a room can name the hub and nobody else.
fn a_group_that_others_read_is_no_rooms<E: Engine>() {
    let engine = engine::<E>(RULES);
    let mine = engine.external_receiver(&hub_of(&engine)).unwrap();
    let other = device(&engine, 0, 7, 7).mls;
    let other = engine.external_receiver(&other).unwrap();
    for named in [
        vec![],
        vec![other.clone()],
        vec![mine.clone(), other.clone()],
        vec![other, mine.clone()],
    ] {
        assert_eq!(naming::<E>(named).err(), Some(Refusal::WrongGroup));
    }
    assert!(naming::<E>(vec![mine]).is_ok());
}

/// Nor can it name anybody else who stamps messages, or proposes from outside.
fn a_group_that_takes_another_for_its_hub_is_no_rooms<E: Engine>() {
    let engine = engine::<E>(RULES);
    let agent = |who: &E::Client| FrankingAgentData::of(&engine, who);
    let sender = |who: &E::Client| ExternalSender {
        signature_key: engine.signature_key(who).into(),
        credential: engine.credential(who),
    };
    let (hub, other) = (hub_of(&engine), device(&engine, 0, 7, 7).mls);
    let made = |agents: Option<&E::Client>, senders: &[&E::Client]| {
        let mut app_data = listing();
        if let Some(who) = agents {
            let data = agent(who).tls_serialize_detached().unwrap();
            app_data.others.insert(FRANKING_AGENT, data);
        }
        app_data.external_senders = senders.iter().map(|who| sender(who)).collect();
        Hub::<E>::made(RULES, &app_data, rules_of(Profile::Unchecked)).err()
    };
    assert_eq!(made(Some(&hub), &[&hub]), None);
    assert_eq!(made(None, &[]), None);
    for (agent, senders) in [
        (Some(&other), &[][..]),
        (None, &[&other]),
        (None, &[&hub, &other]),
        (Some(&hub), &[&other]),
        (Some(&other), &[&hub]),
    ] {
        assert_eq!(made(agent, senders), Some(Refusal::WrongGroup));
    }
}

fn what_others_could_read_is_refused<E: Engine>() {
    let mut hub = hub::<E>();
    // Who comes from outside has no keys.
    hub.come();
    let epoch = hub.epoch();
    let sealed = hub.made_only(&ProposalPlan::Update);
    let clear = hub.in_clear(&sealed);
    assert_eq!(hub.refused(clear), [Refusal::InClear]);
    assert_eq!(hub.refused(sealed), []);
    let decision = hub.commit(&mut [], &[]);
    assert_eq!(refusals(&decision.facts), []);
    assert_eq!(hub.epoch(), epoch + 1);
}

/// And who leaves is to be read by those who come from outside, all of it.
fn who_leaves_is_heard_in_clear<E: Engine>() {
    let mut hub = hub::<E>();
    hub.come();
    let before = hub.made_only(&ProposalPlan::Remove(1));
    let leaves = hub.made_only(&ProposalPlan::SelfRemove);
    let after = hub.made_only(&ProposalPlan::Remove(2));
    assert_eq!(hub.refused(leaves), []);
    assert_eq!(hub.refused(before), [Refusal::NotInClear]);
    assert_eq!(hub.refused(after), []);
}
on_both_engines!(
    a_group_that_others_read_is_no_rooms,
    a_group_that_takes_another_for_its_hub_is_no_rooms,
    what_others_could_read_is_refused,
    who_leaves_is_heard_in_clear
);
