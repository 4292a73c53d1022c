//! What the engine counts against what OpenMLS really does.

use crate::room;

use rand_core::Rng;
use room::{Room, config};
use throng_mls::engine::*;
use throng_mls::work::Work;
use throng_workloads::stream::{StreamOwner, Streams};

impl Room {
    fn take_work(&mut self, index: u64) -> Work {
        let member = self.members.get_mut(&index).unwrap();
        self.engine.take_work(&mut member.client)
    }

    /// Let everyone make a commit and throw it away; count the ciphertexts of all.
    fn ciphertexts_of_all(&mut self) -> u64 {
        let members: Vec<u64> = self.members.keys().copied().collect();
        let mut sum = 0;
        for index in members {
            self.take_work(index);
            self.make_commit(index, &[], &[], true).unwrap();
            sum += self.take_work(index).seals;
            let member = self.members.get_mut(&index).unwrap();
            self.engine
                .clear_pending(&mut member.client, &mut member.group)
                .unwrap();
        }
        sum
    }
}

/// A room whose tree has gone through random adds, removals and updates.
fn churned(seed: u64, steps: usize) -> Room {
    let mut stream = Streams::new(seed, 0).stream(StreamOwner::Run, "churn");
    let mut below = |limit: usize| stream.next_u32() as usize % limit;
    let mut room = Room::at_once(config(), seed, 4);
    let mut next = 100;
    for _ in 0..steps {
        let members: Vec<u64> = room.members.keys().copied().collect();
        let committer = members[below(members.len())];
        match below(4) {
            0 if members.len() > 3 => {
                let other = members
                    .iter()
                    .find(|index| **index != committer)
                    .copied()
                    .unwrap();
                let leaf = room.leaf(other);
                room.commit(committer, &[], &[leaf], false);
            }
            1 => {
                room.commit(committer, &[], &[], true);
            }
            2 => {
                next += 1;
                room.join_external(next, committer);
            }
            _ => {
                let joiners = next + 1..next + 2 + below(3) as u64;
                next = joiners.end;
                room.add(committer, joiners, below(2) == 0);
            }
        }
    }
    room
}

#[test]
fn tree_health_foretells_the_ciphertexts_of_real_commits() {
    for seed in 1..=6 {
        let mut room = churned(seed, 14);
        let health = room.engine.hub_health(&room.hub);
        assert_eq!(
            room.ciphertexts_of_all(),
            health.ciphertexts_sum,
            "seed {seed}: {health:?}"
        );
    }
}

#[test]
fn the_hub_counts_the_ciphertexts_that_the_committer_sealed() {
    let mut room = churned(7, 10);
    for round in 0..6u64 {
        let committer = *room
            .members
            .keys()
            .nth(round as usize % room.members.len())
            .unwrap();
        room.take_work(committer);
        let adds = round % 3;
        let effect = room.add(committer, 500 + 10 * round..501 + 10 * round + adds, true);
        let work = room.take_work(committer);
        // Besides the path a Welcome seals to each joiner.
        assert_eq!(work.seals, u64::from(effect.ciphertexts) + adds + 1);
        assert!(effect.path);
    }
    let effect = room.join_external(900, *room.members.keys().next().unwrap());
    // Besides the path an external joiner encapsulates to the external key.
    assert_eq!(room.take_work(900).seals, u64::from(effect.ciphertexts) + 1);
}

/// A GroupContext (RFC 9420, section 8.1): version, suite, the room's identifier, epoch, two hashes, no extensions.
const CONTEXT: u64 = 2 + 2 + (1 + room::GROUP_ID.len() as u64) + 8 + 2 * (1 + 32) + 1;

#[test]
fn work_follows_from_structure() {
    let mut room = Room::at_once(config(), 9, 8);
    let indices: Vec<u64> = room.members.keys().copied().collect();
    for index in &indices {
        room.take_work(*index);
    }
    room.engine.take_hub_work(&mut room.hub);
    let bundle = room.make_commit(0, &[], &[], true).unwrap();
    let made = room.take_work(0);
    // Eight leaves, all other parents blank: 1 + 2 + 4 ciphertexts. Leaf, commit and GroupInfo are
    // signed. Key pairs: the leaf's, three parents', and the new epoch's external one.
    let bytes = (bundle.commit.as_slice().len() + bundle.group_info.as_slice().len()) as u64;
    let expected = Work {
        operations: 1,
        seals: 7,
        key_pairs: 5,
        signatures: 3,
        // Fifteen nodes three times over; eight members, and once more for their keys.
        tree_nodes: 45,
        member_nodes: 32,
        // The next epoch's keys, and room for the secrets of all leaves.
        epochs: 1,
        secret_slots: 8,
        bytes,
        // Under the signatures of the commit and of the GroupInfo; the context of seven seals, two secrets and a tag.
        signed_context_bytes: 2 * CONTEXT,
        context_bytes: (7 + 2 + 1) * CONTEXT,
        ..Work::default()
    };
    assert_eq!(made, expected);
    room.deliver_commit(0, &bundle);
    let bytes = bundle.commit.as_slice().len() as u64;
    for index in &indices[1..] {
        let work = room.take_work(*index);
        assert_eq!(
            (work.operations, work.opens, work.tree_nodes, work.bytes),
            (1, 1, 45, bytes)
        );
        assert_eq!((work.seals, work.signatures, work.verifications), (0, 0, 2));
        assert_eq!((work.member_nodes, work.ciphertexts), (32, 7));
        assert_eq!((work.epochs, work.secret_slots), (1, 8));
        assert_eq!(
            (work.checked_context_bytes, work.context_bytes),
            (CONTEXT, (1 + 2 + 1) * CONTEXT)
        );
    }
    let hub = room.engine.take_hub_work(&mut room.hub);
    assert_eq!(
        (hub.operations, hub.verifications, hub.tree_nodes, hub.opens),
        (1, 2, 45, 0)
    );
    assert_eq!((hub.member_nodes, hub.ciphertexts), (32, 7));
    assert_eq!(hub.bytes, bytes);
    // A hub has no secrets.
    assert_eq!((hub.epochs, hub.secret_slots), (0, 0));

    let message = room.encrypt(3, &[0; 200]);
    let sent = room.take_work(3);
    // The root, two parents, and the leaf with its ratchets.
    assert_eq!(sent.secret_nodes, 4);
    let len = message.as_slice().len() as u64;
    assert_eq!((sent.message_bytes, sent.bytes), (len, 0));
    assert_eq!(
        (sent.signed_context_bytes, sent.context_bytes),
        (CONTEXT, 0)
    );
    room.encrypt(3, &[0; 200]);
    assert_eq!(room.take_work(3).secret_nodes, 0);
    assert_eq!(
        (
            sent.operations,
            sent.signatures,
            sent.seals,
            sent.tree_nodes
        ),
        (1, 1, 0, 0)
    );
}

/// The committer foretells the tree that the others see once the commit is merged.
#[test]
fn committer_receivers_and_hub_count_the_same_tree() {
    let tree = |work: Work| {
        (
            work.tree_nodes,
            work.member_nodes,
            work.leaf_steps,
            work.proposals,
        )
    };
    for seed in 11..=16 {
        let mut room = churned(seed, 9);
        for round in 0..6u64 {
            let members: Vec<u64> = room.members.keys().copied().collect();
            let committer = members[(seed * 7 + round) as usize % members.len()];
            let other = members[(seed * 7 + round + 1) as usize % members.len()];
            for index in &members {
                room.take_work(*index);
            }
            room.engine.take_hub_work(&mut room.hub);
            let before = u64::from(room.engine.hub_health(&room.hub).members);
            let mut path = true;
            let receiver = match round % 3 {
                0 => {
                    path = round == 0;
                    room.add(committer, 700 + 10 * round..702 + 10 * round, path);
                    other
                }
                1 if members.len() > 2 => {
                    let leaf = room.leaf(other);
                    room.commit(committer, &[], &[leaf], false);
                    let rest = |index: &&u64| **index != other && **index != committer;
                    *members.iter().find(rest).unwrap()
                }
                _ => {
                    room.propose(other, &ProposalPlan::Update);
                    for index in &members {
                        room.take_work(*index);
                    }
                    room.engine.take_hub_work(&mut room.hub);
                    room.commit(committer, &[], &[], false);
                    other
                }
            };
            let made = room.take_work(committer);
            let made_checks = made.leaf_checks;
            let mut made = tree(made);
            if round % 3 == 0 {
                // The Welcome's and the hub's GroupInfo are each signed over a copy of the tree, encoded from another.
                made.1 -= 4 * room.members.len() as u64;
            }
            let hub = room.engine.take_hub_work(&mut room.hub);
            let read = room.take_work(receiver);
            assert_eq!(made, tree(hub), "seed {seed}, round {round}");
            assert_eq!(tree(read), tree(hub), "seed {seed}, round {round}");
            // Who reads a commit checks the leaf in its path against all members and them against it.
            let of_path = if path { 2 * before } else { 0 };
            assert_eq!(hub.leaf_checks, made_checks + of_path);
            assert_eq!(read.leaf_checks, hub.leaf_checks);
            let stats = room.hub.tree_stats();
            let health = room.engine.hub_health(&room.hub);
            assert_eq!(
                (stats.leaves, stats.members),
                (health.leaves, health.members)
            );
            assert_eq!(stats.unmerged, u64::from(health.unmerged_leaves));
            let parents = stats.leaves - 1 - health.blank_parents;
            assert_eq!(stats.filled_parents, parents);
            let encoded = room.engine.hub_tree_len(&room.hub);
            assert_eq!(stats.encoded_len, encoded as u64);
        }
    }
}

#[test]
fn a_welcome_takes_the_group_info_for_its_context() {
    let mut room = Room::at_once(config(), 21, 5);
    room.take_work(0);
    let mut joiners = Vec::new();
    for index in [50, 51, 52] {
        let streams = Streams::new(21, 0);
        let identity = format!("joiner {index}");
        let owner = StreamOwner::Client(index);
        joiners.push(
            room.engine
                .client(identity.as_bytes(), &streams, owner)
                .unwrap(),
        );
    }
    let adds: Vec<_> = joiners
        .iter_mut()
        .map(|joiner| room.engine.key_package(joiner).unwrap().message)
        .collect();
    let bundle = room.make_commit(0, &adds, &[], false).unwrap();
    let made = room.take_work(0);
    let welcome = bundle.welcome.unwrap();
    room.engine.take_work(&mut joiners[1]);
    room.engine.join(&mut joiners[1], &welcome, None).unwrap();
    let joined = room.engine.take_work(&mut joiners[1]);
    assert_eq!((made.seals, joined.opens), (3, 1));
    assert_eq!(made.context_bytes, 3 * joined.context_bytes);
    assert_eq!(made.tree_bytes, 2 * joined.tree_bytes);
    assert_eq!((made.proposals, joined.ciphertexts), (3, 3));
    // The encrypted GroupInfo holds the tree and is most of the Welcome.
    assert!(joined.context_bytes > joined.tree_bytes / 2);
    assert!(joined.context_bytes < welcome.as_slice().len() as u64);
    // Eight members in eight leaves, each of whom is checked against all of them, twice.
    assert_eq!((joined.tree_nodes, joined.leaf_checks), (15, 128));
}

#[test]
fn what_is_done_for_each_pair_of_leaves_is_counted() {
    let mut room = Room::at_once(config(), 23, 5);
    let pairs = |work: Work| (work.leaf_checks, work.leaf_steps, work.resolved_nodes);
    room.take_work(0);
    room.take_work(1);
    room.engine.take_hub_work(&mut room.hub);
    room.add(0, 50..53, false);
    // Each of three, twice over, is checked against five members, and they against it. They pass those five, and the ones
    // before them. Eight members in a bare tree: seven nodes to resolve for each.
    let made = room.take_work(0);
    assert_eq!(pairs(made), (4 * 3 * 5, 5 + 6 + 7, 3 * 7));
    let hub = room.engine.take_hub_work(&mut room.hub);
    assert_eq!(pairs(hub), (60, 18, 0));
    assert_eq!(pairs(room.take_work(1)), (60, 18, 0));
    // The one who joins checks each of eight against all of them, and back.
    assert_eq!(pairs(room.take_work(50)), (2 * 8 * 8, 0, 0));
    // A place that became free is found first. The path that removes somebody is checked by those who read it.
    let leaf = room.leaf(51);
    room.commit(0, &[], &[leaf], false);
    assert_eq!(pairs(room.take_work(0)), (0, 0, 0));
    assert_eq!(pairs(room.take_work(1)), (2 * 8, 0, 0));
    room.engine.take_hub_work(&mut room.hub);
    room.add(0, 60..61, true);
    // With the committer's path set, the copath of leaf 0 is leaf 1, two leaves, and four below a parent without a key.
    assert_eq!(pairs(room.take_work(0)), (4 * 7, u64::from(leaf), 7));
    let hub = room.engine.take_hub_work(&mut room.hub);
    assert_eq!(pairs(hub), (4 * 7 + 2 * 7, u64::from(leaf), 0));
    // Nothing is far in a room as small as this.
    assert_eq!((made.far_leaf_checks, made.far_resolved_nodes), (0, 0));
}

#[test]
fn key_material_kept_for_a_member_stays_small() {
    let mut room = Room::at_once(config(), 10, 16);
    for round in 0..20 {
        room.propose(round % 5, &ProposalPlan::Update);
        room.commit(5 + round % 3, &[], &[], false);
    }
    for member in room.members.values() {
        // At most a leaf and four parents, some 66 bytes each.
        assert!(
            member.group.stored_bytes() < 450,
            "{} B",
            member.group.stored_bytes()
        );
    }
}
