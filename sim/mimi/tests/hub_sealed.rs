//! A hub to which handshakes are to come encrypted, and clients that send them in clear.

use crate::engines::on_both_engines;
use crate::hub_members::{Hub, device, directory, refusals, rules_of};
use throng_mimi::hub::RoomRules;
use throng_mimi::refusal::Refusal;
use throng_mimi::wire::notify::FanoutEvent;
use throng_mls::app_data::{AppData, AppDataRules};
use throng_mls::engine::{Engine, ProposalPlan};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_workloads::intent::UserId;
use throng_workloads::scenario::Profile;

/// Its group names nobody outside, so that its members encrypt for nobody.
fn hub<E: Engine>() -> Hub<E> {
    let mut app_data = AppData::default();
    for user in [0, 3] {
        let uri = directory().user_uri(UserId(user)).unwrap();
        app_data.participants.push(uri.as_bytes(), 2);
    }
    let held_to = RoomRules {
        reads: true,
        ..rules_of(Profile::Unchecked)
    };
    let made = Hub::made(Some(AppDataRules::MIMI), &app_data, held_to);
    made.unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn what_others_could_read_is_refused<E: Engine>() {
    let mut hub = hub::<E>();
    let epoch = hub.epoch();
    let decision = hub.commit(&mut [], &[]);
    assert_eq!(refusals(&decision.facts), [Refusal::InClear]);
    let decision = hub.propose_all(&[ProposalPlan::Update]);
    assert_eq!(refusals(&decision.facts), [Refusal::InClear]);
    assert_eq!(hub.epoch(), epoch);
    // Who comes from outside has no keys.
    let mut another = device(&hub.engine, 0, 7, 7);
    let (decision, _) = hub.join(&mut another);
    assert_eq!(refusals(&decision.facts), []);
    assert_eq!(hub.epoch(), epoch + 1);
}
/// And who leaves is to be read by those.
fn who_leaves_is_heard_in_clear<E: Engine>() {
    let mut hub = hub::<E>();
    for (user, client) in [(0, 7), (3, 8)] {
        let mut comes = device(&hub.engine, user, client, client.into());
        let (decision, _) = hub.join(&mut comes);
        let FanoutEvent::Commit { message, .. } = &decision.fanouts[0].message.event else {
            panic!("no commit");
        };
        let (mls, group) = (&mut hub.founder.mls, &mut hub.group);
        hub.engine.process(mls, group, message).unwrap();
    }
    // First that it does, and what it proposes with that then.
    let decision = hub.propose_all(&[ProposalPlan::Update]);
    assert_eq!(refusals(&decision.facts), [Refusal::InClear]);
    let leave = [ProposalPlan::SelfRemove, ProposalPlan::Remove(1)];
    let decision = hub.propose_all(&leave);
    assert_eq!(refusals(&decision.facts), []);
}
on_both_engines!(
    what_others_could_read_is_refused,
    who_leaves_is_heard_in_clear
);
