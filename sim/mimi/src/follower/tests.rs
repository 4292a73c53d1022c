//! What a follower keeps for its clients, and what it gives up.

use super::*;
use crate::framed::Framed;
use crate::wire::FrameKind;
use throng_stack::{Kind, Packet};

fn package(expires: u64) -> StoredKeyPackage<u32> {
    StoredKeyPackage {
        message: 0,
        reference: vec![expires as u8],
        bytes: 10,
        expires: SimTime::from_nanos(expires),
        last_resort: false,
    }
}

fn last_resort(expires: u64) -> StoredKeyPackage<u32> {
    StoredKeyPackage {
        last_resort: true,
        ..package(expires)
    }
}

#[test]
fn a_key_package_is_handed_out_once_and_never_after_its_lifetime() {
    let mut follower = Follower::default();
    let client = ClientId(1);
    follower.register(client, UserId(0), true);
    follower
        .publish(
            SimTime::ZERO,
            client,
            vec![package(5), package(50), package(60)],
        )
        .unwrap();
    let first = follower.take(client, SimTime::from_nanos(10));
    assert_eq!(first.expired, 1);
    assert_eq!(first.key_package.map(|p| p.reference), Some(vec![50]));
    let second = follower.take(client, SimTime::from_nanos(10));
    assert_eq!(second.key_package.map(|p| p.reference), Some(vec![60]));
    assert!(
        follower
            .take(client, SimTime::from_nanos(10))
            .key_package
            .is_none()
    );
    let empty = Stored {
        exhausted: 1,
        ..Stored::default()
    };
    assert_eq!(follower.stored(), empty);
}

#[test]
fn that_of_last_resort_is_handed_out_when_all_others_are_gone_and_until_it_ends() {
    let mut follower = Follower::default();
    let (client, now) = (ClientId(1), SimTime::from_nanos(10));
    follower.register(client, UserId(0), true);
    let packages = vec![package(50), package(60), last_resort(70)];
    follower.publish(SimTime::ZERO, client, packages).unwrap();
    let stored = follower.stored();
    assert_eq!((stored.key_packages, stored.key_package_bytes), (2, 30));
    assert_eq!(stored.exhausted, 0);
    let mut take = |now| {
        let taken = follower.take(client, now);
        let reference = taken.key_package.map(|p| (p.reference[0], p.last_resort));
        (reference, taken.left)
    };
    assert_eq!(take(now), (Some((50, false)), 1));
    assert_eq!(take(now), (Some((60, false)), 0));
    assert_eq!(take(now), (Some((70, true)), 0));
    assert_eq!(take(now), (Some((70, true)), 0));
    assert_eq!(take(SimTime::from_nanos(70)), (None, 0));
    let stored = follower.stored();
    assert_eq!((stored.key_package_bytes, stored.exhausted), (0, 1));
    // Two Welcomes can come for it, and one for each of the others.
    let mut owner = |reference: u8| follower.welcomed(&[reference]);
    assert_eq!([owner(50), owner(50)], [Some(client), None]);
    assert_eq!([owner(70), owner(70)], [Some(client), Some(client)]);
}

#[test]
fn one_of_last_resort_takes_the_place_of_the_one_before() {
    let mut follower = Follower::default();
    let client = ClientId(1);
    follower.register(client, UserId(0), true);
    let mut publish = |expires| {
        let packages = vec![last_resort(expires)];
        follower.publish(SimTime::ZERO, client, packages)
    };
    assert_eq!([publish(70), publish(90)], [Ok(0), Ok(0)]);
    assert_eq!(follower.stored().key_package_bytes, 10);
    let taken = follower.take(client, SimTime::from_nanos(80));
    assert_eq!(taken.key_package.map(|p| p.reference), Some(vec![90]));
    follower.keep_at_most(Keeps {
        key_package_bytes: 9,
        ..Keeps::ALL
    });
    assert_eq!(
        follower.publish(SimTime::ZERO, client, vec![last_resort(99)]),
        Err(Refusal::StoreFull)
    );
}

/// The rule of [`storage`](crate::storage).
#[test]
fn what_is_queued_and_acknowledged_is_rows() {
    let mut follower: Follower<u32> = Follower::default();
    let (client, mut out) = (ClientId(1), Outputs::default());
    follower.register(client, UserId(0), false);
    let packages = vec![package(5), package(50)];
    follower.publish(SimTime::ZERO, client, packages).unwrap();
    for bytes in [7, 8, 9] {
        let packet = Packet::of_structure(Kind::new(0, "event"), bytes, ());
        let envelope = Envelope::new(Peer::Client(client), packet);
        follower.deliver(client, envelope, &mut out).unwrap();
    }
    follower.acknowledge(client, 2).unwrap();
    let rows = follower.take_rows();
    let (written, deleted) = (rows.rows_written, rows.rows_deleted);
    // The account, what it publishes, and three places, which the account numbers. Who queues something counts its bytes.
    assert_eq!((written, deleted), (1 + 2 + 6, 2));
    assert_eq!(rows.stored_bytes, 20);
    follower.take(client, SimTime::from_nanos(10));
    follower.acknowledge(client, 2).unwrap();
    let rows = follower.take_rows();
    // One is old, and one is handed out.
    assert_eq!((rows.rows_written, rows.rows_deleted), (1, 2));
    follower.welcomed(&[50]);
    assert_eq!(follower.take_rows().rows_deleted, 1);
    assert_eq!(follower.take_rows(), Storage::default());
}

/// What is refused leaves no trace, and what is gone makes room.
#[test]
fn no_more_is_kept_for_a_client_than_is_allowed() {
    let mut follower = Follower::default();
    follower.keep_at_most(Keeps {
        key_packages: 3,
        key_package_bytes: 25,
        queued: 2,
        queued_bytes: 10,
    });
    let client = ClientId(1);
    follower.register(client, UserId(0), true);
    let early = SimTime::ZERO;
    let mut publish = |count| follower.publish(early, client, vec![package(5); count]);
    assert_eq!(publish(4), Err(Refusal::StoreFull));
    assert_eq!(publish(3), Err(Refusal::StoreFull), "30 bytes");
    assert_eq!(publish(2), Ok(0));
    assert_eq!(publish(1), Err(Refusal::StoreFull));
    assert_eq!(follower.stored().key_packages, 2);
    assert!(follower.take(client, early).key_package.is_some());
    assert_eq!(follower.publish(early, client, vec![package(5)]), Ok(0));
    // Both are over by then.
    let late = SimTime::from_nanos(5);
    let fresh = vec![package(50), package(51)];
    assert_eq!(follower.publish(late, client, fresh), Ok(2));
    assert_eq!(follower.stored().key_package_bytes, 20);

    let mut out = Outputs::default();
    let envelope = |bytes| {
        let packet = Packet::received(FrameKind::NotifyApplication, vec![0; bytes]);
        Envelope::new(Peer::Client(client), packet)
    };
    let mut deliver = |bytes| follower.deliver(client, envelope(bytes), &mut out);
    assert_eq!(deliver(11), Err(Refusal::QueueFull));
    assert_eq!((deliver(1), deliver(1)), (Ok(()), Ok(())));
    assert_eq!(deliver(1), Err(Refusal::QueueFull));
    assert_eq!(out.sends.len(), 2);
    follower.acknowledge(client, 1).unwrap();
    let mut deliver = |bytes| follower.deliver(client, envelope(bytes), &mut out);
    assert_eq!(deliver(10), Err(Refusal::QueueFull), "11 bytes");
    assert_eq!(deliver(9), Ok(()));
    assert_eq!(follower.stored().queued_bytes, 10);
    assert_eq!(out.sends.last().unwrap().1.sequence, 2, "without a gap");
}

/// However much a client fetches, events have half of its queue.
#[test]
fn assets_leave_room_for_events() {
    let mut follower: Follower<u32> = Follower::default();
    let client = ClientId(1);
    follower.register(client, UserId(0), true);
    assert!(follower.has_room_for_asset(client, 16 << 20));
    follower.keep_at_most(Keeps {
        queued: 10,
        queued_bytes: 100,
        ..Keeps::ALL
    });
    let mut out = Outputs::default();
    let mut deliver = |follower: &mut Follower<u32>, bytes| {
        let packet = Packet::received(FrameKind::NotifyApplication, vec![0; bytes]);
        follower.deliver(
            client,
            Envelope::new(Peer::Client(client), packet),
            &mut out,
        )
    };
    assert!(!follower.has_room_for_asset(client, 51));
    assert!(follower.has_room_for_asset(client, 50));
    deliver(&mut follower, 50).unwrap();
    assert!(!follower.has_room_for_asset(client, 1));
    assert_eq!(deliver(&mut follower, 50), Ok(()), "an event");
    follower.acknowledge(client, 2).unwrap();
    for _ in 0..5 {
        assert!(follower.has_room_for_asset(client, 0));
        deliver(&mut follower, 0).unwrap();
    }
    assert!(!follower.has_room_for_asset(client, 0));
}

#[test]
fn a_client_is_told_once_that_few_are_left() {
    let mut follower: Follower<u32> = Follower::default();
    let client = ClientId(1);
    follower.register(client, UserId(0), true);
    assert!(follower.tell_low(client, 1, 5));
    assert!(!follower.tell_low(client, 0, 5));
    follower
        .publish(SimTime::ZERO, client, vec![package(5)])
        .unwrap();
    assert!(follower.tell_low(client, 1, 5));
}

#[test]
fn a_client_that_connects_anew_is_told_again_that_few_are_left() {
    let mut follower: Follower<u32> = Follower::default();
    let client = ClientId(1);
    follower.register(client, UserId(0), true);
    assert!(follower.tell_low(client, 1, 5));
    follower.disconnect(client);
    // What it published then did not arrive.
    follower
        .connect(client, 0, &mut Outputs::default())
        .unwrap();
    assert!(follower.tell_low(client, 1, 5));
}

fn of_kind(kind: FrameKind) -> Envelope {
    let packet = Packet::of_structure(kind.into(), 10, ());
    Envelope::new(Peer::Client(ClientId(0)), packet)
}

/// For a device without a connection, and only for what somebody is to read.
#[test]
fn a_device_without_a_connection_is_sent_for() {
    let mut follower: Follower<u32> = Follower::default();
    let client = ClientId(1);
    follower.register(client, UserId(0), false);
    let pushes = |follower: &mut Follower<u32>, kind| {
        let mut out = Outputs::default();
        follower.deliver(client, of_kind(kind), &mut out).unwrap();
        out.pushes.len()
    };
    assert_eq!(pushes(&mut follower, FrameKind::NotifyCommit), 0);
    assert_eq!(pushes(&mut follower, FrameKind::NotifyApplication), 1);
    assert_eq!(pushes(&mut follower, FrameKind::NotifyWelcome), 1);
    let mut out = Outputs::default();
    follower.connect(client, 0, &mut out).unwrap();
    assert_eq!(pushes(&mut follower, FrameKind::NotifyApplication), 0);
    // What it has not acknowledged waits, but it is not sent for because of that, unless all connections broke.
    follower.disconnect(client);
    assert_eq!(out.pushes, []);
    follower.send_for_all(&mut out);
    assert_eq!(out.pushes, [client]);
    assert_eq!(pushes(&mut follower, FrameKind::NotifyApplication), 1);
}
