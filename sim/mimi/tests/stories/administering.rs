//! Those who administer a room, and those whose role does not let them.

use super::bench::{Bench, provider};
use throng_mimi::refusal::Refusal;
use throng_stack::Fact;
use throng_workloads::intent::{Action, Measure, RoomId, UserId};
use throng_workloads::time::SimSpan;

const ROOM: RoomId = RoomId(0);

/// User 0 at provider 0 has made the room, users 1 and 2 are in it, user 3 is outside.
fn room(profile: &str) -> Bench {
    let profile = format!("policy.profile={profile}");
    let overrides = [&*profile, "churn.join_by=add", "policy.commit_delay=1s"];
    let mut bench = Bench::new(&[0, 1, 1, 1], &[(0, 0)], &overrides);
    bench.open_room(0, 0, &[1, 2]);
    bench
}

fn takes(bench: &mut Bench, by: u32, user: u32, measure: Measure) {
    bench.wish(
        by,
        Action::Administer {
            room: ROOM,
            user: UserId(user),
            measure,
        },
    );
    bench.run();
}

fn says(bench: &mut Bench, who: u32) {
    let action = Action::Message {
        room: ROOM,
        bytes: 70,
    };
    bench.wish(who, action);
    bench.run();
}

fn joins(bench: &mut Bench, who: u32) {
    bench.wish(who, Action::JoinExternal { room: ROOM });
    bench.run();
}

fn adds(bench: &mut Bench, by: u32, user: u32) {
    let users = vec![UserId(user)];
    bench.wish(by, Action::Add { room: ROOM, users });
    bench.run();
}

fn refused(bench: &Bench, reason: Refusal) -> usize {
    bench.count(
        provider(0),
        |fact| matches!(fact, Fact::Refused { reason: found, .. } if *found == reason.reason()),
    )
}

#[test]
fn whoever_is_kicked_may_come_back() {
    let mut bench = room("cooperative");
    takes(&mut bench, 0, 2, Measure::Kick);
    assert_eq!(bench.epoch(0, 2), None);
    bench.assert_alive(0, &[0, 1]);
    // Still a participant: by itself, and by anybody who may add.
    joins(&mut bench, 2);
    bench.assert_alive(0, &[0, 1, 2]);
    takes(&mut bench, 0, 2, Measure::Kick);
    adds(&mut bench, 1, 2);
    bench.assert_alive(0, &[0, 1, 2]);
    assert_eq!(refused(&bench, Refusal::Role), 0);
}

#[test]
fn whoever_is_banned_stays_out_until_it_is_not() {
    let mut bench = room("cooperative");
    takes(&mut bench, 0, 2, Measure::Ban);
    assert_eq!(bench.epoch(0, 2), None);
    joins(&mut bench, 2);
    assert_eq!(bench.epoch(0, 2), None);
    assert!(refused(&bench, Refusal::NotLetIn) > 0);
    assert_eq!(bench.skipped(2), ["whoever-would-join-is-not-let-in"]);
    adds(&mut bench, 1, 2);
    assert_eq!(bench.skipped(1), ["the-own-role-does-not-allow-it"]);
    bench.assert_alive(0, &[0, 1]);
    takes(&mut bench, 0, 2, Measure::Unban);
    joins(&mut bench, 2);
    bench.assert_alive(0, &[0, 1, 2]);
}

#[test]
fn ordinary_users_administer_nobody() {
    let mut bench = room("cooperative");
    for (number, measure) in (1..).zip(Measure::ALL) {
        takes(&mut bench, 1, 2, measure);
        assert_eq!(bench.skipped(1).len(), number, "{measure:?}");
    }
    // They remove each other, and not whoever administers the room.
    let remove = |user| Action::Remove {
        room: ROOM,
        user: UserId(user),
    };
    bench.wish(1, remove(0));
    bench.run();
    assert_eq!(bench.skipped(1).len(), 6);
    bench.assert_alive(0, &[0, 1, 2]);
    bench.wish(1, remove(2));
    bench.run();
    bench.assert_alive(0, &[0, 1]);
    assert_eq!(refused(&bench, Refusal::Role), 0, "clients know their role");
}

#[test]
fn whoever_is_promoted_administers_and_whoever_is_demoted_does_not() {
    let mut bench = room("cooperative");
    takes(&mut bench, 0, 1, Measure::Promote);
    takes(&mut bench, 1, 2, Measure::Kick);
    assert_eq!(bench.epoch(0, 2), None);
    takes(&mut bench, 1, 0, Measure::Demote);
    takes(&mut bench, 0, 1, Measure::Kick);
    assert_eq!(bench.skipped(0), ["the-own-role-does-not-allow-it"]);
    bench.assert_alive(0, &[0, 1]);
    // Nobody can be less than what everybody is.
    takes(&mut bench, 1, 0, Measure::Demote);
    let none = ["whom-it-is-about-has-that-role,-or-is-no-participant"];
    assert_eq!(bench.skipped(1), none);
}

/// A cooperatively administered room has at least one administrator.
#[test]
fn the_only_administrator_hands_the_room_over_and_leaves() {
    let mut bench = room("cooperative");
    bench.wish(0, Action::Leave { room: ROOM });
    bench.run();
    assert_eq!(bench.epoch(0, 0), None);
    bench.assert_alive(0, &[1, 2]);
    takes(&mut bench, 1, 2, Measure::Kick);
    assert_eq!(bench.epoch(0, 2), None, "the first on the list is it now");
}

#[test]
fn strict_rooms_are_added_to_by_administrators_and_come_into_by_a_code() {
    let mut bench = room("strict");
    adds(&mut bench, 1, 3);
    assert_eq!(bench.skipped(1), ["the-own-role-does-not-allow-it"]);
    assert_eq!(bench.epoch(0, 3), None);
    joins(&mut bench, 3);
    bench.assert_alive(0, &[0, 1, 2, 3]);
    takes(&mut bench, 0, 3, Measure::Ban);
    joins(&mut bench, 3);
    assert_eq!(bench.epoch(0, 3), None, "a code does not lift a ban");
}

#[test]
fn in_moderated_rooms_only_those_with_a_voice_speak() {
    let mut bench = room("moderated");
    joins(&mut bench, 3);
    let before = bench.read_by(0);
    says(&mut bench, 3);
    assert_eq!(bench.skipped(3), ["the-own-role-does-not-allow-it"]);
    assert_eq!(bench.read_by(0), before);
    takes(&mut bench, 0, 3, Measure::Promote);
    says(&mut bench, 3);
    assert_eq!(bench.read_by(0), before + 1);
    takes(&mut bench, 0, 3, Measure::Demote);
    says(&mut bench, 3);
    assert_eq!(bench.read_by(0), before + 1);
    says(&mut bench, 1);
    assert_eq!(bench.read_by(0), before + 2);
}

#[test]
fn a_hosts_own_come_into_a_room_of_several_organizations_and_others_do_not() {
    let overrides = [
        "policy.profile=multi-organization",
        "policy.commit_delay=1s",
    ];
    let mut bench = Bench::new(&[0, 0, 1, 1], &[(0, 0)], &overrides);
    bench.open_room(0, 0, &[2]);
    joins(&mut bench, 1);
    bench.assert_alive(0, &[0, 1, 2]);
    joins(&mut bench, 3);
    assert_eq!(bench.epoch(0, 3), None);
    // An organization's administrator adds its own, and nobody else's.
    takes(&mut bench, 0, 2, Measure::Promote);
    adds(&mut bench, 2, 3);
    bench.assert_alive(0, &[0, 1, 2, 3]);
    takes(&mut bench, 2, 1, Measure::Kick);
    assert_eq!(
        bench.skipped(2),
        [] as [&str; 0],
        "kicks go across organizations"
    );
    adds(&mut bench, 2, 1);
    bench.assert_alive(0, &[0, 1, 2, 3]);
    takes(&mut bench, 2, 1, Measure::Ban);
    assert_eq!(bench.skipped(2), ["the-own-role-does-not-allow-it"]);
}

/// What the code has opened is open after the hub's process has ended, too.
#[test]
fn a_code_that_was_shown_is_stored() {
    use throng_mimi::wire::FrameKind;
    let mut bench = room("strict");
    bench.wish(3, Action::JoinExternal { room: ROOM });
    bench.run_until_sent(FrameKind::GroupInfoResponse);
    bench.restart(0, &[0]);
    bench.run();
    bench.assert_alive(0, &[0, 1, 2, 3]);
    assert_eq!(refused(&bench, Refusal::Role), 0);
}

/// Whoever comes from outside takes along who leaves by SelfRemove, also where that is the only administrator, and hands nothing over.
#[test]
fn the_only_administrator_leaves_by_itself_and_somebody_comes_in() {
    let overrides = [
        "policy.profile=strict",
        "policy.leave=self-remove",
        "policy.commit_delay=1h",
    ];
    let mut bench = Bench::new(&[0, 1, 1, 1], &[(0, 0)], &overrides);
    bench.open_room(0, 0, &[1, 2]);
    bench.wish(0, Action::Leave { room: ROOM });
    bench.run_for(SimSpan::from_secs(1));
    bench.wish(3, Action::JoinExternal { room: ROOM });
    bench.run_for(SimSpan::from_secs(5));
    bench.assert_alive(0, &[1, 2, 3]);
    assert_eq!(bench.epoch(0, 0), None);
    assert_eq!(bench.skipped(3), [] as [&str; 0]);
}
