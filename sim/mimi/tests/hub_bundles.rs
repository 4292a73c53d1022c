//! What a hub is handed stands or falls as a whole: a commit with its Welcome and GroupInfo, proposals with their
//! companions. What it refuses leaves no trace.

use crate::engines::on_both_engines;

use throng_mls::engine::{
    BundleOf, CommitParts, CommitPlan, Engine, EngineConfig, MlsError, ProposalPlan, SentGroupInfo,
    Uncoverable,
};
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::{EmbeddedMessage, PartialGroupInfo, RatchetTreePresence};
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};
use tls_codec::Size;

/// A hub with a group of three, and one who is not in it yet.
struct Room<E: Engine> {
    engine: E,
    hub: E::Hub,
    members: Vec<(E::Client, E::Group)>,
    outsider: E::Client,
}

impl<E: Engine> Room<E> {
    fn new() -> Self {
        let engine = E::new(EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519));
        let streams = Streams::new(7, 0);
        let client = |index: u64| {
            let identity = format!("mimi://a.example/d/u{index}.{index}");
            engine
                .client(identity.as_bytes(), &streams, StreamOwner::Client(index))
                .unwrap()
        };
        let mut founder = client(0);
        let mut first = engine
            .create(&mut founder, b"mimi://a.example/g/r0")
            .unwrap();
        let (info, tree) = engine.group_info(&mut founder, &first).unwrap();
        let mut hub = engine.hub(&info, &tree).unwrap();
        let mut joiners = [client(1), client(2)];
        let adds = joiners
            .each_mut()
            .map(|joiner| engine.key_package(joiner).unwrap().message);
        let plan = CommitPlan {
            adds: &adds,
            removes: &[],
            app_data: &[],
            force_path: false,
        };
        let bundle = engine.commit(&mut founder, &mut first, &plan).unwrap();
        engine.hub_accept(&mut hub, &bundle.commit).unwrap();
        engine.merge_pending(&mut founder, &mut first).unwrap();
        let welcome = bundle.welcome.unwrap();
        let mut members = vec![(founder, first)];
        for mut joiner in joiners {
            let group = engine.join(&mut joiner, &welcome, None).unwrap();
            members.push((joiner, group));
        }
        Self {
            outsider: client(3),
            engine,
            hub,
            members,
        }
    }

    /// Member `who` adds the outsider.
    fn add(&mut self, who: usize) -> BundleOf<E> {
        let package = self.engine.key_package(&mut self.outsider).unwrap();
        let (client, group) = &mut self.members[who];
        let plan = CommitPlan {
            adds: &[package.message],
            removes: &[],
            app_data: &[],
            force_path: false,
        };
        self.engine.commit(client, group, &plan).unwrap()
    }

    fn propose(&mut self, who: usize, plan: &ProposalPlan<'_, E::Message>) -> E::Message {
        let (client, group) = &mut self.members[who];
        self.engine.propose(client, group, plan).unwrap()
    }

    /// The error of a commit with these parts, which must change nothing.
    fn refused(&mut self, parts: CommitParts<'_, E::Message>) -> MlsError {
        let before = (
            self.engine.hub_epoch(&self.hub),
            self.engine.hub_health(&self.hub),
        );
        let error = self
            .engine
            .hub_check_commit(&mut self.hub, parts)
            .map(|(checked, _)| checked.sender)
            .unwrap_err();
        let after = (
            self.engine.hub_epoch(&self.hub),
            self.engine.hub_health(&self.hub),
        );
        assert_eq!(before, after);
        error
    }
}

fn parts<'a, M>(bundle: &'a throng_mls::engine::CommitBundle<M>) -> CommitParts<'a, M> {
    CommitParts {
        commit: &bundle.commit,
        welcome: bundle.welcome.as_ref(),
        group_info: SentGroupInfo::Whole(&bundle.group_info),
    }
}

fn a_commit_needs_its_own_parts<E: Engine>() {
    let mut room = Room::<E>::new();
    let mine = room.add(0);
    let other = room.add(1);
    let cases = [
        (
            "another's GroupInfo",
            CommitParts {
                group_info: SentGroupInfo::Whole(&other.group_info),
                ..parts(&mine)
            },
        ),
        (
            "no Welcome",
            CommitParts {
                welcome: None,
                ..parts(&mine)
            },
        ),
        (
            "another's Welcome",
            CommitParts {
                welcome: other.welcome.as_ref(),
                ..parts(&mine)
            },
        ),
    ];
    for (what, case) in cases {
        let error = room.refused(case);
        assert!(matches!(error, MlsError::WrongParts(_)), "{what}: {error}");
    }
    let (client, group) = &mut room.members[2];
    let old = room.engine.group_info(client, group).unwrap().0;
    let error = room.refused(CommitParts {
        group_info: SentGroupInfo::Whole(&old),
        ..parts(&mine)
    });
    assert!(
        matches!(error, MlsError::WrongParts(_)),
        "the epoch before: {error}"
    );

    let (checked, whole) = room
        .engine
        .hub_check_commit(&mut room.hub, parts(&mine))
        .unwrap();
    assert_eq!(whole, mine.group_info);
    assert_eq!(checked.sender, b"mimi://a.example/d/u0.0");
    assert_eq!(checked.admits, [b"mimi://a.example/d/u3.3"]);
    assert_eq!(checked.excludes, [[0; 0]; 0]);
    let effect = room
        .engine
        .hub_take_commit(&mut room.hub, checked.handshake)
        .unwrap();
    assert_eq!(effect.adds, [(3, b"mimi://a.example/d/u3.3".to_vec())]);
    assert_eq!(room.engine.hub_epoch(&room.hub), effect.epoch);
}

/// What comes back is what the committer made, to the byte.
fn a_hub_completes_a_group_info<E: Engine>() {
    let mut room = Room::<E>::new();
    let mine = room.add(0);
    let partial = room.engine.partial_group_info(&mine.group_info).unwrap();
    assert_eq!(
        partial.ratchet_tree_presence,
        RatchetTreePresence::NoRatchetTree
    );
    // Presence, external_pub with 32 bytes of key in four vectors, a signature of 64 bytes.
    assert_eq!(
        partial.tls_serialized_len(),
        1 + (1 + 2 + 1 + 1 + 32) + (2 + 64)
    );
    let (checked, whole) = room
        .engine
        .hub_check_commit(
            &mut room.hub,
            CommitParts {
                group_info: SentGroupInfo::Partial(&partial),
                ..parts(&mine)
            },
        )
        .unwrap();
    assert_eq!(
        whole.tls_serialized_len(),
        mine.group_info.tls_serialized_len()
    );
    if E::Message::ENCODED {
        assert_eq!(whole, mine.group_info);
    }
    room.engine
        .hub_take_commit(&mut room.hub, checked.handshake)
        .unwrap();
    let tree = room.engine.hub_tree(&room.hub).unwrap();
    // Somebody joins by it, whom the committer did not know of.
    let identity = b"mimi://a.example/d/u4.4";
    let (engine, owner) = (&room.engine, StreamOwner::Client(4));
    let mut late = engine.client(identity, &Streams::new(7, 0), owner).unwrap();
    assert!(engine.join_external(&mut late, &whole, &tree).is_ok());
}

/// Each is refused for what is wrong with it.
#[test]
fn a_partial_group_info_that_is_not_the_commits_is_refused() {
    let mut room = Room::<OpenMlsEngine>::new();
    let (mine, other) = (room.add(0), room.add(1));
    let right = room.engine.partial_group_info(&mine.group_info).unwrap();
    let foreign = room.engine.partial_group_info(&other.group_info).unwrap();
    let extensions = right.group_info_extensions.as_slice();
    let of = |extensions: &[u8]| PartialGroupInfo {
        group_info_extensions: extensions.to_vec().into(),
        ..right.clone()
    };
    let present = |ratchet_tree_presence| PartialGroupInfo {
        ratchet_tree_presence,
        ..right.clone()
    };
    let unsigned = PartialGroupInfo {
        signature: vec![0; 64].into(),
        ..right.clone()
    };
    let tree = [extensions, &[0, 2, 1, 0]].concat();
    // The length of the key in two bytes instead of one.
    let (kind, key) = (&extensions[..2], &extensions[3..]);
    let long = [kind, &[0x40, extensions[2]], key].concat();
    for (what, partial, wrong) in [
        ("another's", &foreign, "verify refused"),
        ("not signed", &unsigned, "verify refused"),
        (
            "a tree",
            &present(RatchetTreePresence::Added),
            "has the tree in it",
        ),
        (
            "a tree as before",
            &present(RatchetTreePresence::Present),
            "has the tree in it",
        ),
        ("a hidden tree", &of(&tree), "has the tree in it"),
        ("no key", &of(&[]), "nobody can join"),
        ("cut", &of(&extensions[..extensions.len() - 1]), "malformed"),
        ("two encodings", &of(&long), "malformed"),
    ] {
        let error = room.refused(CommitParts {
            group_info: SentGroupInfo::Partial(partial),
            ..parts(&mine)
        });
        assert!(error.to_string().contains(wrong), "{what}: {error}");
    }
    // There was a tree in the one before, and is none now.
    let removed = present(RatchetTreePresence::Removed);
    let taken = CommitParts {
        group_info: SentGroupInfo::Partial(&removed),
        ..parts(&mine)
    };
    assert!(room.engine.hub_check_commit(&mut room.hub, taken).is_ok());
}

fn a_welcome_without_an_add_is_refused<E: Engine>() {
    let mut room = Room::<E>::new();
    let adding = room.add(0);
    let (client, group) = &mut room.members[1];
    let plan = CommitPlan {
        adds: &[],
        removes: &[],
        app_data: &[],
        force_path: true,
    };
    let plain = room.engine.commit(client, group, &plan).unwrap();
    let error = room.refused(CommitParts {
        welcome: adding.welcome.as_ref(),
        ..parts(&plain)
    });
    assert!(matches!(error, MlsError::WrongParts(_)), "{error}");
    assert!(
        room.engine
            .hub_check_commit(&mut room.hub, parts(&plain))
            .is_ok()
    );
}

/// Had the hub kept the good one of them, the commit that knows nothing of it would be refused for leaving it out.
fn proposals_stand_or_fall_together<E: Engine>() {
    let mut room = Room::<E>::new();
    let package = room.engine.key_package(&mut room.outsider).unwrap().message;
    let again = room.engine.key_package(&mut room.outsider).unwrap().message;
    let update = room.propose(1, &ProposalPlan::Update);
    let add = room.propose(1, &ProposalPlan::Add(&package));
    let twice = room.propose(1, &ProposalPlan::Add(&again));
    let bundle = [update.clone(), add.clone(), twice];
    let error = room
        .engine
        .hub_check_proposals(&mut room.hub, &bundle)
        .map(|c| c.sender);
    assert!(
        matches!(
            error,
            Err(MlsError::InvalidProposal {
                reason: Uncoverable::AddedAlready,
                ..
            })
        ),
        "{error:?}"
    );

    let foreign = room.propose(2, &ProposalPlan::Update);
    let bundle = [update.clone(), foreign];
    let error = room
        .engine
        .hub_check_proposals(&mut room.hub, &bundle)
        .map(|c| c.sender);
    assert!(error.is_err(), "of two senders");

    let commit = {
        let (client, group) = &mut room.members[0];
        let plan = CommitPlan {
            adds: &[],
            removes: &[],
            app_data: &[],
            force_path: true,
        };
        room.engine.commit(client, group, &plan).unwrap()
    };
    assert!(
        room.engine
            .hub_check_commit(&mut room.hub, parts(&commit))
            .is_ok()
    );
    let checked = room
        .engine
        .hub_check_proposals(&mut room.hub, &[update, add])
        .unwrap();
    assert_eq!(checked.sender, b"mimi://a.example/d/u1.1");
    assert_eq!(checked.admits, [b"mimi://a.example/d/u3.3"]);
    assert!(
        room.engine
            .hub_check_commit(&mut room.hub, parts(&commit))
            .is_ok(),
        "not taken yet"
    );
    room.engine
        .hub_take_proposals(&mut room.hub, checked.handshake)
        .unwrap();
    let error = room.refused(parts(&commit));
    assert!(
        matches!(error, MlsError::MissingProposals { missing: 2 }),
        "{error}"
    );
}

/// Nobody can remove themselves, so somebody must stay: after the whole bundle, and all that waited before it.
fn a_bundle_leaves_somebody_who_can_commit<E: Engine>() {
    let mut room = Room::<E>::new();
    let [first, second, last] = [0, 1, 2].map(|leaf| room.propose(0, &ProposalPlan::Remove(leaf)));
    let check = |room: &mut Room<E>, bundle: &[E::Message]| {
        let checked = room.engine.hub_check_proposals(&mut room.hub, bundle);
        checked.map_err(|error| match error {
            MlsError::InvalidProposal { reason, .. } => reason,
            other => panic!("{other}"),
        })
    };
    let all = [first.clone(), second.clone(), last];
    assert_eq!(
        check(&mut room, &all).map(|checked| checked.sender),
        Err(Uncoverable::NobodyStays)
    );

    // A user of two devices leaves.
    let leaving = [first, second];
    let checked = check(&mut room, &leaving).unwrap();
    let name = |index: u32| format!("mimi://a.example/d/u{index}.{index}").into_bytes();
    assert_eq!(checked.excludes, [name(0), name(1)]);
    room.engine
        .hub_take_proposals(&mut room.hub, checked.handshake)
        .unwrap();

    let alone = room.propose(2, &ProposalPlan::Remove(2));
    assert_eq!(
        check(&mut room, &[alone]).map(|checked| checked.sender),
        Err(Uncoverable::NobodyStays)
    );
    let again = room.propose(2, &ProposalPlan::Remove(0));
    assert!(check(&mut room, &[again]).is_ok());
}

fn a_member_is_known_by_identity_and_key<E: Engine>() {
    let room = Room::<E>::new();
    let key = |at: usize| room.engine.signature_key(&room.members[at].0);
    let has = |identity: &[u8], key: &[u8]| room.engine.hub_has_member(&room.hub, identity, key);
    assert!(has(b"mimi://a.example/d/u1.1", &key(1)));
    assert!(!has(b"mimi://a.example/d/u1.1", &key(2)), "another's key");
    let outside = room.engine.signature_key(&room.outsider);
    assert!(!has(b"mimi://a.example/d/u3.3", &outside), "no member");
    assert_eq!(
        room.engine.hub_group_id(&room.hub),
        b"mimi://a.example/g/r0"
    );
}

on_both_engines!(
    a_commit_needs_its_own_parts,
    a_hub_completes_a_group_info,
    a_welcome_without_an_add_is_refused,
    proposals_stand_or_fall_together,
    a_bundle_leaves_somebody_who_can_commit,
    a_member_is_known_by_identity_and_key
);

/// Every byte of a real GroupInfo counts: its signature covers all that other checks leave open.
#[test]
fn no_bit_of_a_group_info_can_be_flipped() {
    use throng_mls::wire::MlsBytes;
    let mut room = Room::<OpenMlsEngine>::new();
    let bundle = room.add(0);
    let bytes = bundle.group_info.as_slice();
    for at in 4..bytes.len() {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 1;
        let Ok(damaged) = MlsBytes::new(damaged) else {
            continue;
        };
        room.refused(CommitParts {
            group_info: SentGroupInfo::Whole(&damaged),
            ..parts(&bundle)
        });
    }
    assert!(
        room.engine
            .hub_check_commit(&mut room.hub, parts(&bundle))
            .is_ok()
    );
}
