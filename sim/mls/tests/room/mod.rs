//! A room without providers or network: members, a hub, and everything delivered at once.

use std::collections::BTreeMap;
use throng_mls::engine::*;
use throng_mls::openmls::{Client, Group, Hub, OpenMlsEngine};
use throng_mls::wire::MlsBytes;
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};

pub(crate) type Bundle = CommitBundle<MlsBytes>;

pub(crate) const GROUP_ID: &[u8] = b"mimi://a.example/r/clubhouse";

pub(crate) fn config() -> EngineConfig {
    EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
}

/// A name of 29 bytes, as long as those that the sizes in the facts were measured with.
pub(crate) fn name(index: u64) -> Vec<u8> {
    format!("mimi://a.example/d/alice/{index:04}").into_bytes()
}

pub(crate) struct Member {
    pub(crate) client: Client,
    pub(crate) group: Group,
}

/// Members by the index of their client.
pub(crate) struct Room {
    pub(crate) engine: OpenMlsEngine,
    pub(crate) streams: Streams,
    pub(crate) members: BTreeMap<u64, Member>,
    pub(crate) hub: Hub,
    /// Of everything that went over the wire.
    pub(crate) hasher: blake3::Hasher,
    pub(crate) lengths: Vec<usize>,
}

impl Room {
    /// Client 0 creates the room.
    pub(crate) fn new(config: EngineConfig, seed: u64) -> Self {
        let engine = OpenMlsEngine::new(config);
        let streams = Streams::new(seed, 0);
        let mut client = new_client(&engine, &streams, 0);
        let group = engine.create(&mut client, GROUP_ID).unwrap();
        let (info, tree) = engine.group_info(&mut client, &group).unwrap();
        let hub = engine.hub(&info, &tree).unwrap();
        let mut room = Self {
            engine,
            streams,
            members: BTreeMap::from([(0, Member { client, group })]),
            hub,
            hasher: blake3::Hasher::new(),
            lengths: Vec::new(),
        };
        room.record(info.as_slice());
        room.record(tree.as_slice());
        room
    }

    /// Clients 0 to `size` − 1, all added by client 0 in one commit.
    pub(crate) fn at_once(config: EngineConfig, seed: u64, size: u64) -> Self {
        let mut room = Self::new(config, seed);
        if size > 1 {
            room.add(0, 1..size, false);
        }
        room
    }

    pub(crate) fn record(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.lengths.push(bytes.len());
    }

    pub(crate) fn client(&self, index: u64) -> Client {
        new_client(&self.engine, &self.streams, index)
    }

    pub(crate) fn leaf(&self, index: u64) -> u32 {
        self.engine.own_leaf(&self.members[&index].group)
    }

    pub(crate) fn epoch(&self, index: u64) -> u64 {
        self.engine.epoch(&self.members[&index].group)
    }

    /// `committer` makes a commit; nobody has seen it yet.
    pub(crate) fn make_commit(
        &mut self,
        committer: u64,
        adds: &[MlsBytes],
        removes: &[u32],
        force_path: bool,
    ) -> Result<Bundle, MlsError> {
        let member = self.members.get_mut(&committer).unwrap();
        let plan = CommitPlan {
            adds,
            removes,
            app_data: &[],
            force_path,
        };
        self.engine
            .commit(&mut member.client, &mut member.group, &plan)
    }

    /// The hub takes the commit; the committer merges, the others process; those removed are gone.
    pub(crate) fn deliver_commit(&mut self, committer: u64, bundle: &Bundle) -> CommitEffect {
        self.record(bundle.commit.as_slice());
        self.record(bundle.group_info.as_slice());
        let HubAccepted::Commit(effect) = self
            .engine
            .hub_accept(&mut self.hub, &bundle.commit)
            .unwrap()
        else {
            panic!("a commit was taken for a proposal");
        };
        let mut gone = Vec::new();
        for (index, member) in &mut self.members {
            if *index == committer {
                self.engine
                    .merge_pending(&mut member.client, &mut member.group)
                    .unwrap();
                continue;
            }
            let processed =
                self.engine
                    .process(&mut member.client, &mut member.group, &bundle.commit);
            match processed.unwrap() {
                Processed::Commit { removed: true, .. } => gone.push(*index),
                Processed::Commit { epoch, .. } => assert_eq!(epoch, effect.epoch),
                other => panic!("{other:?} for a commit"),
            }
        }
        for index in gone {
            self.members.remove(&index);
        }
        effect
    }

    pub(crate) fn commit(
        &mut self,
        committer: u64,
        adds: &[MlsBytes],
        removes: &[u32],
        force_path: bool,
    ) -> CommitEffect {
        let bundle = self
            .make_commit(committer, adds, removes, force_path)
            .unwrap();
        let effect = self.deliver_commit(committer, &bundle);
        self.check();
        effect
    }

    pub(crate) fn add(
        &mut self,
        committer: u64,
        joiners: impl IntoIterator<Item = u64>,
        force_path: bool,
    ) -> CommitEffect {
        let mut clients = Vec::new();
        let mut adds = Vec::new();
        for index in joiners {
            let mut client = self.client(index);
            adds.push(self.engine.key_package(&mut client).unwrap().message);
            clients.push((index, client));
        }
        let bundle = self.make_commit(committer, &adds, &[], force_path).unwrap();
        let effect = self.deliver_commit(committer, &bundle);
        self.welcome(clients, &bundle);
        self.check();
        effect
    }

    pub(crate) fn welcome(&mut self, clients: Vec<(u64, Client)>, bundle: &Bundle) {
        let welcome = bundle.welcome.as_ref().unwrap();
        self.record(welcome.as_slice());
        let beside = self.engine.hub_beside_welcome(&self.hub).unwrap();
        for (index, mut client) in clients {
            let group = self
                .engine
                .join(&mut client, welcome, beside.as_ref())
                .unwrap();
            self.members.insert(index, Member { client, group });
        }
    }

    /// Join by external commit; a member of that index loses its group first (resync).
    pub(crate) fn join_external(&mut self, index: u64, with: u64) -> CommitEffect {
        let giver = self.members.get_mut(&with).unwrap();
        let (info, tree) = self
            .engine
            .group_info(&mut giver.client, &giver.group)
            .unwrap();
        let mut client = match self.members.remove(&index) {
            Some(member) => member.client,
            None => self.client(index),
        };
        let (group, bundle) = self
            .engine
            .join_external(&mut client, &info, &tree)
            .unwrap();
        assert_eq!(self.engine.epoch(&group), self.engine.hub_epoch(&self.hub));
        self.members.insert(index, Member { client, group });
        let effect = self.deliver_commit(index, &bundle);
        self.check();
        effect
    }

    /// Hub and all but the proposer get the proposal.
    pub(crate) fn propose(&mut self, proposer: u64, plan: &ProposalPlan<'_, MlsBytes>) -> MlsBytes {
        let member = self.members.get_mut(&proposer).unwrap();
        let message = self
            .engine
            .propose(&mut member.client, &mut member.group, plan)
            .unwrap();
        self.record(message.as_slice());
        let accepted = self.engine.hub_accept(&mut self.hub, &message).unwrap();
        assert!(matches!(accepted, HubAccepted::Proposal { .. }));
        for (index, member) in &mut self.members {
            if *index != proposer {
                let processed =
                    self.engine
                        .process(&mut member.client, &mut member.group, &message);
                assert_eq!(processed.unwrap(), Processed::Proposal);
            }
        }
        message
    }

    pub(crate) fn encrypt(&mut self, sender: u64, content: &[u8]) -> MlsBytes {
        let member = self.members.get_mut(&sender).unwrap();
        let message = self
            .engine
            .encrypt(&mut member.client, &mut member.group, content)
            .unwrap();
        self.record(message.as_slice());
        message
    }

    pub(crate) fn process(
        &mut self,
        receiver: u64,
        message: &MlsBytes,
    ) -> Result<Processed, MlsError> {
        let member = self.members.get_mut(&receiver).unwrap();
        self.engine
            .process(&mut member.client, &mut member.group, message)
    }

    /// Everyone reads what `sender` says.
    pub(crate) fn say(&mut self, sender: u64, content: &[u8]) {
        let message = self.encrypt(sender, content);
        let (leaf, epoch) = (self.leaf(sender), self.epoch(sender));
        let readers: Vec<u64> = self
            .members
            .keys()
            .copied()
            .filter(|index| *index != sender)
            .collect();
        for reader in readers {
            let expected = Processed::Application {
                content: content.to_vec(),
                epoch,
                sender: leaf,
                safe_aad: Vec::new(),
            };
            assert_eq!(self.process(reader, &message).unwrap(), expected);
        }
    }

    /// Hub and members agree on epoch, members and secrets.
    pub(crate) fn check(&self) {
        let epoch = self.engine.hub_epoch(&self.hub);
        let roster = self.engine.hub_members(&self.hub);
        let mut authenticators: Vec<Vec<u8>> = Vec::new();
        for (index, member) in &self.members {
            assert_eq!(self.engine.epoch(&member.group), epoch, "member {index}");
            assert_eq!(
                self.engine.members(&member.group, b""),
                roster,
                "member {index}"
            );
            let leaf = self.engine.own_leaf(&member.group);
            assert!(
                roster.contains(&(leaf, name(*index))),
                "member {index} at leaf {leaf}"
            );
            authenticators.extend(self.engine.epoch_authenticator(&member.group));
        }
        authenticators.dedup();
        assert_eq!(
            authenticators.len(),
            1,
            "members disagree on the epoch authenticator"
        );
        assert_eq!(
            self.engine.hub_health(&self.hub).members as usize,
            roster.len()
        );
    }
}

pub(crate) fn new_client(engine: &OpenMlsEngine, streams: &Streams, index: u64) -> Client {
    engine
        .client(&name(index), streams, StreamOwner::Client(index))
        .unwrap()
}
