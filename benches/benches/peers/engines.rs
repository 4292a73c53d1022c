//! Rooms on an engine of ours: OpenMLS, or the model.

use crate::room::{Clock, Commit, Failure, GROUP, Room, Times, name};
use throng_mls::app_data::AppData;
use throng_mls::engine::{
    BundleOf, CommitPlan, Engine, EngineConfig, HubAccepted, Parents, WarmMember,
};
use throng_mls::model::lengths::Lengths;
use throng_mls::model::tree::Tree;
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};
use tls_codec::Size;

pub(crate) const SUITE: Ciphersuite = Ciphersuite::X25519Aes128Sha256Ed25519;

/// One who has a client and a group.
struct Member<E: Engine> {
    client: E::Client,
    group: E::Group,
}

/// The room on engine `E`, without network: whoever receives is called.
pub(crate) struct EngineRoom<E: Engine> {
    engine: E,
    streams: Streams,
    committer: Member<E>,
    receiver: Member<E>,
    hub: E::Hub,
    size: u32,
    joiners: u32,
    first: Commit,
}

impl<E: Engine> EngineRoom<E> {
    /// A warm room of `size` members.
    pub(crate) fn new(size: u32) -> Result<Self, Failure> {
        let engine = E::new(EngineConfig::new(SUITE));
        let streams = Streams::new(1, 0);
        let owner = |index: u32| StreamOwner::Client(u64::from(index));
        let mut first = engine.client(&name(0), &streams, owner(0))?;
        let mut last = engine.client(&name(size - 1), &streams, owner(size - 1))?;
        let between = (1..size - 1).map(|index| WarmMember::Passive {
            identity: name(index),
            owner: owner(index),
        });
        let members = std::iter::once(WarmMember::Acting(&mut first))
            .chain(between)
            .chain([WarmMember::Acting(&mut last)]);
        let warm = engine.warm_group(
            members,
            Parents::Filled,
            &streams,
            GROUP,
            AppData::default(),
        )?;
        let mut groups = warm.groups.into_iter();
        let (Some(committer), Some(receiver)) = (groups.next(), groups.next()) else {
            return Err("a warm group lacks its members".into());
        };
        let mut room = Self {
            engine,
            streams,
            committer: Member {
                client: first,
                group: committer,
            },
            receiver: Member {
                client: last,
                group: receiver,
            },
            hub: warm.hub,
            size,
            joiners: 0,
            first: Commit {
                ciphertexts: 0,
                bytes: None,
            },
        };
        let (mut make, mut receive, mut hub) = Default::default();
        let (bundle, ciphertexts) = room.commit(&[], &[], &mut make, &mut receive, &mut hub)?;
        room.first = Commit {
            ciphertexts,
            bytes: Some(bundle.commit.tls_serialized_len()),
        };
        Ok(room)
    }

    /// Leaf 0 commits, hub and receiver take it over; how many ciphertexts its path has.
    fn commit(
        &mut self,
        adds: &[E::Message],
        removes: &[u32],
        make: &mut Clock,
        receive: &mut Clock,
        hub: &mut Clock,
    ) -> Result<(BundleOf<E>, u64), Failure> {
        let plan = CommitPlan {
            adds,
            removes,
            app_data: &[],
            force_path: true,
        };
        let (engine, committer, receiver) = (&self.engine, &mut self.committer, &mut self.receiver);
        let bundle =
            make.time(|| engine.commit(&mut committer.client, &mut committer.group, &plan))?;
        let accepted = hub.time(|| engine.hub_accept(&mut self.hub, &bundle.commit))?;
        make.time(|| engine.merge_pending(&mut committer.client, &mut committer.group))?;
        receive
            .time(|| engine.process(&mut receiver.client, &mut receiver.group, &bundle.commit))?;
        match accepted {
            HubAccepted::Commit(effect) => Ok((bundle, u64::from(effect.ciphertexts))),
            HubAccepted::Proposal { .. } => Err("the hub took a commit for a proposal".into()),
        }
    }
}

impl<E: Engine> Room for EngineRoom<E> {
    fn updates(&mut self, count: u32) -> Result<Times, Failure> {
        let (mut make, mut receive, mut hub) = Default::default();
        for _ in 0..count {
            self.commit(&[], &[], &mut make, &mut receive, &mut hub)?;
        }
        Ok(Times {
            make: make.mean(count),
            receive: receive.mean(count),
            hub: hub.mean(count),
            join: None,
        })
    }

    fn join(&mut self) -> Result<Times, Failure> {
        let index = self.size + self.joiners;
        self.joiners += 1;
        let owner = StreamOwner::Client(u64::from(index));
        let mut client = self.engine.client(&name(index), &self.streams, owner)?;
        let package = self.engine.key_package(&mut client)?.message;
        let (mut make, mut receive, mut hub) = Default::default();
        let (bundle, _) = self.commit(
            &[package],
            &[self.size - 2],
            &mut make,
            &mut receive,
            &mut hub,
        )?;
        let welcome = bundle.welcome.as_ref().ok_or("an add without a Welcome")?;
        let beside = self.engine.hub_beside_welcome(&self.hub)?;
        let mut join = Clock::default();
        join.time(|| self.engine.join(&mut client, welcome, beside.as_ref()))?;
        Ok(Times {
            join: join.mean(1),
            ..Times::default()
        })
    }

    fn first(&self) -> Commit {
        self.first
    }
}

/// The model's tree alone. Nobody receives: there is one tree for all.
pub(crate) struct TreeRoom {
    tree: Tree,
    stamp: u32,
    first: Commit,
}

/// Length of a LeafNode, in bytes; it changes no count.
const LEAF_LEN: u32 = 200;

impl TreeRoom {
    pub(crate) fn new(size: u32) -> Self {
        let members = (0..size).map(|member| (member, LEAF_LEN));
        let mut tree = Tree::full(&Lengths::new(SUITE), members, 1);
        let path = tree.set_path(0, LEAF_LEN, 2, &mut (), |_, _| ());
        Self {
            tree,
            stamp: 2,
            first: Commit {
                ciphertexts: path.ciphertexts,
                bytes: None,
            },
        }
    }
}

impl Room for TreeRoom {
    fn updates(&mut self, count: u32) -> Result<Times, Failure> {
        let mut make = Clock::default();
        // Members in turn, far from one another: an odd step visits every leaf.
        let (step, last) = (0x9e37_79b1u32, self.tree.width() - 1);
        make.time(|| {
            for _ in 0..count {
                self.stamp += 1;
                let leaf = self.stamp.wrapping_mul(step) & last;
                let path = self
                    .tree
                    .set_path(leaf, LEAF_LEN, self.stamp, &mut (), |_, _| ());
                std::hint::black_box(path);
            }
        });
        Ok(Times {
            make: make.mean(count),
            ..Times::default()
        })
    }

    fn join(&mut self) -> Result<Times, Failure> {
        Ok(Times::default())
    }

    fn first(&self) -> Commit {
        self.first
    }
}
