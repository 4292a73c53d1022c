//! The same seed gives the same bytes: in one process, in another, on any number of threads.

use crate::room;

use room::{Room, config};
use throng_mls::engine::*;
use throng_workloads::scenario::Ciphersuite;

/// Twelve rounds of proposals, commits, joins and messages; a hash over every byte on the wire. No
/// commit covers more than one Update or Remove: OpenMLS orders those from a randomly seeded map.
fn script(ciphersuite: Ciphersuite, seed: u64) -> (String, Vec<usize>) {
    let mut room = Room::at_once(
        EngineConfig {
            ciphersuite,
            ..config()
        },
        seed,
        12,
    );
    for round in 0..12u64 {
        let committer = round % 5;
        match round % 4 {
            0 => {
                let plan = ProposalPlan::Update;
                room.propose((committer + 1) % 5, &plan);
                room.commit(committer, &[], &[], false);
            }
            1 => {
                room.add(
                    committer,
                    100 + 10 * round..103 + 10 * round,
                    round % 3 == 0,
                );
            }
            2 => {
                let leaf = room.leaf(11 - round / 4);
                room.propose(4 - committer.min(3), &ProposalPlan::Remove(leaf));
                room.commit(committer.min(3), &[], &[], false);
            }
            _ => {
                room.join_external(200 + round, committer);
            }
        }
        room.say(committer, &round.to_be_bytes());
    }
    (room.hasher.finalize().to_hex().to_string(), room.lengths)
}

const SUITES: [Ciphersuite; 3] = [
    Ciphersuite::X25519Aes128Sha256Ed25519,
    Ciphersuite::P256Aes128Sha256P256,
    Ciphersuite::X25519ChaCha20Sha256Ed25519,
];

fn on_threads(threads: usize, suite: Ciphersuite, seed: u64) -> (String, Vec<usize>) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| script(suite, seed))
}

#[test]
fn bytes_do_not_depend_on_threads() {
    for suite in SUITES {
        let one = on_threads(1, suite, 1);
        assert_eq!(one, on_threads(2, suite, 1));
        assert_eq!(one, on_threads(7, suite, 1));
    }
}

#[test]
fn another_seed_gives_other_bytes_of_the_same_lengths() {
    for suite in SUITES {
        let (first, second) = (script(suite, 1), script(suite, 2));
        assert_ne!(first.0, second.0);
        assert_eq!(first.1, second.1);
    }
}

#[test]
#[ignore = "run by another_process_makes_the_same_bytes"]
fn print_the_hash() {
    println!("hash={}", script(SUITES[0], 1).0);
}

#[test]
fn another_process_makes_the_same_bytes() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "repeat::print_the_hash",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected = format!("hash={}", script(SUITES[0], 1).0);
    assert!(printed.contains(&expected), "{expected} not in:\n{printed}");
}

/// Where OpenMLS's own order is random, lengths and structure still repeat.
#[test]
fn many_removals_by_reference_keep_lengths_and_structure() {
    let run = || {
        let mut room = Room::at_once(config(), 3, 12);
        for leaf in 5..9 {
            room.propose(u64::from(leaf) - 4, &ProposalPlan::Remove(leaf));
        }
        for proposer in 1..4 {
            room.propose(proposer, &ProposalPlan::Update);
        }
        let effect = room.commit(0, &[], &[10, 11], false);
        (effect, room.lengths)
    };
    assert_eq!(run(), run());
}
