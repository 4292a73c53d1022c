//! Clients and their memberships that are written down and taken up again: they go on as those do that were not.

use proptest::prelude::*;
use throng_mls::engine::{
    BundleOf, CommitPlan, Engine, EngineConfig, HubAccepted, MlsError, Processed, ProposalPlan,
};
use throng_mls::openmls::{Client, Group, Hub, OpenMlsEngine};
use throng_mls::wire::MlsBytes;
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};

fn config(tree_in_welcome: bool) -> EngineConfig {
    EngineConfig {
        tree_in_welcome,
        padding: 64,
        ..EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
    }
}

fn owner(index: usize) -> StreamOwner {
    StreamOwner::Client(index as u64)
}

/// A room whose members are all at one epoch, and its hub.
struct Room {
    engine: OpenMlsEngine,
    hub: Hub,
    members: Vec<(Client, Group)>,
}

const PATH: CommitPlan<'_, MlsBytes> = CommitPlan {
    adds: &[],
    removes: &[],
    app_data: &[],
    force_path: true,
};

impl Room {
    /// The first adds all others in one commit.
    fn open(count: usize, tree_in_welcome: bool) -> Self {
        let engine = OpenMlsEngine::new(config(tree_in_welcome)).keeping();
        let mut clients: Vec<Client> = (0..count)
            .map(|index| {
                let identity = format!("mimi://a.example/d/u{index}.{index}");
                let streams = Streams::new(1, 0);
                engine
                    .client(identity.as_bytes(), &streams, owner(index))
                    .unwrap()
            })
            .collect();
        let mut group = engine.create(&mut clients[0], b"room").unwrap();
        let (info, tree) = engine.group_info(&mut clients[0], &group).unwrap();
        let mut hub = engine.hub(&info, &tree).unwrap();
        let packages = clients[1..].iter_mut();
        let adds: Vec<_> = packages
            .map(|client| engine.key_package(client).unwrap().message)
            .collect();
        let plan = CommitPlan {
            adds: &adds,
            removes: &[],
            app_data: &[],
            force_path: false,
        };
        let bundle = engine.commit(&mut clients[0], &mut group, &plan).unwrap();
        engine.hub_accept(&mut hub, &bundle.commit).unwrap();
        engine.merge_pending(&mut clients[0], &mut group).unwrap();
        let welcome = bundle.welcome.expect("somebody was added");
        let beside = engine.hub_beside_welcome(&hub).unwrap();
        let mut clients = clients.into_iter();
        let mut members = vec![(clients.next().unwrap(), group)];
        for mut client in clients {
            let group = engine.join(&mut client, &welcome, beside.as_ref()).unwrap();
            members.push((client, group));
        }
        Self {
            engine,
            hub,
            members,
        }
    }

    fn says(&mut self, who: usize, content: &[u8]) -> MlsBytes {
        let (client, group) = &mut self.members[who];
        self.engine.encrypt(client, group, content).unwrap()
    }

    fn reads(&mut self, who: usize, message: &MlsBytes) -> Result<Vec<u8>, MlsError> {
        let (client, group) = &mut self.members[who];
        match self.engine.process(client, group, message)? {
            Processed::Application { content, .. } => Ok(content),
            other => panic!("{other:?}"),
        }
    }

    /// A member commits: the hub takes it, and so do all others.
    fn commits(&mut self, who: usize) -> BundleOf<OpenMlsEngine> {
        let (client, group) = &mut self.members[who];
        let bundle = self.engine.commit(client, group, &PATH).unwrap();
        self.taken(who, &bundle.commit);
        bundle
    }

    fn taken(&mut self, who: usize, commit: &MlsBytes) {
        let accepted = self.engine.hub_accept(&mut self.hub, commit).unwrap();
        assert!(matches!(accepted, HubAccepted::Commit(_)));
        for (place, (client, group)) in self.members.iter_mut().enumerate() {
            match place == who {
                true => self.engine.merge_pending(client, group).unwrap(),
                false => drop(self.engine.process(client, group, commit).unwrap()),
            }
        }
        self.agree();
    }

    fn agree(&self) {
        let all = self.members.iter();
        let mut all = all.map(|(_, group)| self.engine.epoch_authenticator(group));
        let first = all.next().unwrap();
        assert!(first.is_some() && all.all(|one| one == first));
    }

    /// What is written of a member.
    fn kept(&mut self, who: usize) -> (Vec<u8>, Vec<u8>) {
        let (client, group) = &mut self.members[who];
        let written = self.engine.client_kept(client).unwrap();
        (written, self.engine.group_kept(client, group).unwrap())
    }

    /// One who goes on from that, and draws from these streams.
    fn restored(&self, who: usize, kept: &(Vec<u8>, Vec<u8>), run: u64) -> (Client, Group) {
        let streams = Streams::new(77, run);
        let client = self
            .engine
            .client_restored(&kept.0, &streams, owner(who))
            .unwrap();
        let group = self.engine.group_restored(&client, &kept.1).unwrap();
        (client, group)
    }
}

/// Whoever was written down takes the place of whoever was not: what comes is read, what it says is read by all, and what it does
/// is taken by the hub and all others. Beside it goes the one that was not.
fn goes_on(mut room: Room, who: usize, other: usize) {
    // Ratchets that have moved, one message that is skipped, and one of a past epoch, on their way while the member is written down.
    let past = room.says(other, b"before the commit");
    room.commits(other);
    let skipped = room.says(other, b"skipped");
    let next = room.says(other, b"after it");
    assert_eq!(room.reads(who, &next).unwrap(), b"after it");
    room.says(who, b"so that the own ratchet has moved");
    let kept = room.kept(who);
    // Nothing of the member changes by that.
    assert_eq!(room.kept(who), kept);
    let restored = room.restored(who, &kept, 0);
    let mut twin = std::mem::replace(&mut room.members[who], restored);

    let engine = room.engine.clone();
    for (message, content) in [(&past, &b"before the commit"[..]), (&skipped, b"skipped")] {
        assert_eq!(room.reads(who, message).unwrap(), content);
        engine.process(&mut twin.0, &mut twin.1, message).unwrap();
    }
    // What was read before is not read again.
    assert!(room.reads(who, &next).is_err());

    let (mine, theirs) = (
        room.says(who, b"hello"),
        engine.encrypt(&mut twin.0, &mut twin.1, b"hello"),
    );
    assert_eq!(mine.as_slice().len(), theirs.unwrap().as_slice().len());
    assert_eq!(room.reads(other, &mine).unwrap(), b"hello");

    engine.take_work(&mut room.members[who].0);
    engine.take_work(&mut twin.0);
    let as_it_would = engine.commit(&mut twin.0, &mut twin.1, &PATH).unwrap();
    engine.clear_pending(&mut twin.0, &mut twin.1).unwrap();
    let bundle = room.commits(who);
    let length = |bundle: &BundleOf<OpenMlsEngine>| {
        [&bundle.commit, &bundle.group_info].map(|message| message.as_slice().len())
    };
    assert_eq!(length(&bundle), length(&as_it_would));
    assert_ne!(bundle.commit, as_it_would.commit);
    // It made the commit and took it; the twin only made it.
    let (mine, theirs) = (
        engine.take_work(&mut room.members[who].0),
        engine.take_work(&mut twin.0),
    );
    assert_eq!(mine, theirs);

    room.commits(other);
    let last = room.says(other, b"and on");
    assert_eq!(room.reads(who, &last).unwrap(), b"and on");
}

#[test]
fn a_restored_member_goes_on_as_the_one_that_was_kept() {
    for tree_in_welcome in [true, false] {
        goes_on(Room::open(6, tree_in_welcome), 3, 0);
        // Whoever made the group, and whoever was added last.
        goes_on(Room::open(5, tree_in_welcome), 0, 4);
        goes_on(Room::open(2, tree_in_welcome), 1, 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    /// Whoever committed and spoke before.
    #[test]
    fn whatever_was_before_goes_on(
        acts in prop::collection::vec((any::<bool>(), 0usize..5), 0..12),
        who in 0usize..5,
        step in 1usize..5,
    ) {
        let mut room = Room::open(5, true);
        for (commits, by) in acts {
            match commits {
                true => drop(room.commits(by)),
                false => {
                    let message = room.says(by, b"something");
                    for reader in (0..5).filter(|reader| *reader != by) {
                        room.reads(reader, &message).unwrap();
                    }
                }
            }
        }
        goes_on(room, who, (who + step) % 5);
    }
}

/// Who joined by its own commit has no Welcome behind it.
#[test]
fn one_who_joined_from_outside_goes_on() {
    let mut room = Room::open(4, true);
    let engine = room.engine.clone();
    let (client, group) = &mut room.members[0];
    let (info, _) = engine.group_info(client, group).unwrap();
    let tree = engine.hub_tree(&room.hub).unwrap();
    let mut joiner = engine
        .client(b"mimi://a.example/d/u9.9", &Streams::new(1, 0), owner(9))
        .unwrap();
    let (mut group, bundle) = engine.join_external(&mut joiner, &info, &tree).unwrap();
    let early = engine.group_kept(&joiner, &mut group).unwrap_err();
    assert!(early.to_string().contains("not accepted yet"), "{early}");
    engine.hub_accept(&mut room.hub, &bundle.commit).unwrap();
    engine.merge_pending(&mut joiner, &mut group).unwrap();
    for (client, group) in &mut room.members {
        engine.process(client, group, &bundle.commit).unwrap();
    }
    room.members.push((joiner, group));
    goes_on(room, 4, 1);
}

/// KeyPackages that wait at a provider are of use to whoever goes on from their maker.
#[test]
fn a_welcome_to_a_key_package_from_before_is_joined() {
    let mut room = Room::open(3, true);
    let engine = room.engine.clone();
    let mut late = engine
        .client(b"mimi://a.example/d/u9.9", &Streams::new(1, 0), owner(9))
        .unwrap();
    let packages: Vec<_> = (0..3)
        .map(|_| engine.key_package(&mut late).unwrap())
        .collect();
    let kept = engine.client_kept(&late).unwrap();
    let mut late = engine
        .client_restored(&kept, &Streams::new(5, 5), owner(9))
        .unwrap();
    assert_eq!(engine.key_packages(&late), 3);
    let (client, group) = &mut room.members[1];
    let plan = CommitPlan {
        adds: &[packages[1].message.clone()],
        removes: &[],
        app_data: &[],
        force_path: false,
    };
    let bundle = engine.commit(client, group, &plan).unwrap();
    room.taken(1, &bundle.commit);
    let welcome = bundle.welcome.unwrap();
    let group = engine.join(&mut late, &welcome, None).unwrap();
    assert_eq!(engine.key_packages(&late), 2);
    room.members.push((late, group));
    room.agree();
    goes_on(room, 3, 0);
}

/// The keys of messages are those of the state, so two who go on from it seal with the same; what keeps them apart is the reuse guard (RFC
/// 9420, section 6.3.1), which is drawn.
#[test]
fn two_who_go_on_from_one_state_draw_apart() {
    let mut room = Room::open(3, true);
    let kept = room.kept(1);
    let says = |run| {
        let (mut client, mut group) = room.restored(1, &kept, run);
        room.engine
            .encrypt(&mut client, &mut group, b"hello")
            .unwrap()
    };
    let (one, again, other) = (says(1), says(1), says(2));
    assert_eq!(one, again);
    assert_ne!(one, other);
    for message in [one, other] {
        let engine = room.engine.clone();
        let kept = room.kept(2);
        let (mut client, mut group) = room.restored(2, &kept, 0);
        engine.process(&mut client, &mut group, &message).unwrap();
    }
}

#[test]
fn what_is_under_way_is_not_written_down() {
    let mut room = Room::open(3, true);
    let engine = room.engine.clone();
    let (client, group) = &mut room.members[1];
    engine.commit(client, group, &PATH).unwrap();
    let error = engine.group_kept(client, group).unwrap_err();
    assert!(error.to_string().contains("a commit is pending"), "{error}");
    engine.clear_pending(client, group).unwrap();
    engine.group_kept(client, group).unwrap();
    let proposal = engine
        .propose(client, group, &ProposalPlan::Update)
        .unwrap();
    let error = engine.group_kept(client, group).unwrap_err();
    assert!(
        error.to_string().contains("proposals are pending"),
        "{error}"
    );
    let (client, group) = &mut room.members[2];
    engine.process(client, group, &proposal).unwrap();
    let error = engine.group_kept(client, group).unwrap_err();
    assert!(
        error.to_string().contains("proposals are pending"),
        "{error}"
    );

    let engine = OpenMlsEngine::new(config(true));
    let mut client = engine
        .client(b"somebody", &Streams::new(1, 0), owner(0))
        .unwrap();
    let mut group = engine.create(&mut client, b"room").unwrap();
    let error = engine.group_kept(&client, &mut group).unwrap_err();
    assert!(
        error.to_string().contains("an engine that keeps"),
        "{error}"
    );
}

/// What is not whole is an error; what is damaged is one or is read as something else, and nothing worse.
#[test]
fn damage_is_an_error_and_no_panic() {
    let mut room = Room::open(4, true);
    room.commits(2);
    let (client_kept, group_kept) = room.kept(1);
    let engine = room.engine.clone();
    let streams = Streams::new(1, 0);
    let client = |kept: &[u8]| engine.client_restored(kept, &streams, owner(1));
    let whole = client(&client_kept).unwrap();
    for length in 0..client_kept.len() {
        assert!(client(&client_kept[..length]).is_err(), "{length}");
    }
    for length in 0..group_kept.len() {
        let cut = engine.group_restored(&whole, &group_kept[..length]);
        assert!(cut.is_err(), "{length}");
    }
    let longer = [&group_kept[..], &[0]].concat();
    assert!(engine.group_restored(&whole, &longer).is_err());
    let mut refused = 0;
    for place in 0..group_kept.len() {
        let mut damaged = group_kept.clone();
        damaged[place] ^= 1 << (place % 8);
        refused += usize::from(engine.group_restored(&whole, &damaged).is_err());
    }
    assert!(refused > 0, "nothing was damaged");
    for place in 0..client_kept.len() {
        let mut damaged = client_kept.clone();
        damaged[place] ^= 1 << (place % 8);
        let _ = client(&damaged);
    }
    // Another's membership.
    let (other, _) = room.kept(3);
    let other = client(&other).unwrap();
    let error = engine.group_restored(&other, &group_kept).err();
    let error = error.expect("another's").to_string();
    assert!(error.contains("another client"), "{error}");
}
