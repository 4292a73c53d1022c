//! Every kind of operation, once in a room.

use crate::plan::Tree;
use crate::points::Points;
use crate::room::{Engines, Founding, Member, Room, missing};
use throng_mimi::wire::{GroupInfoRatchetTree, RatchetTreeOption};
use throng_mls::app_data::{AppDataRules, AppDataUpdate, ParticipantListUpdate};
use throng_mls::engine::{CommitPlan, Engine, HubAccepted, MlsError, Processed, ProposalPlan};
use throng_mls::openmls::{Client, OpenMlsEngine};
use throng_mls::wire::{BareGroupInfo, MlsBytes, OpaqueBytes};

/// How often what takes microseconds is done in a round.
const SMALL: u32 = 3;

/// Members who join or leave together.
const BATCH: u64 = 10;

/// The room for which GroupInfos are sealed.
const ROOM_ID: &[u8] = b"mimi://a.example/r/r1";

/// Lengths of application messages, in bytes.
const MESSAGES: [(usize, &str, &str); 4] = [
    // The first of an epoch derives its sender's secrets from the root down.
    (50, "encrypt 50 B, first", "decrypt 50 B, first"),
    (50, "encrypt 50 B", "decrypt 50 B"),
    (500, "encrypt 500 B", "decrypt 500 B"),
    (5000, "encrypt 5 kB", "decrypt 5 kB"),
];

/// What the same commit is called by who makes it, takes it in and receives it.
struct Names {
    commit: &'static str,
    hub: &'static str,
    receive: &'static str,
}

const UPDATE: Names = Names {
    commit: "commit: update",
    hub: "hub: update",
    receive: "receive: update",
};
const ADD: Names = Names {
    commit: "commit: add 1",
    hub: "hub: add 1",
    receive: "receive: add 1",
};
const ADD_BESIDE: Names = Names {
    commit: "commit: add 1, tree beside",
    ..ADD
};
const ADD_BATCH: Names = Names {
    commit: "commit: add 10",
    hub: "hub: add 10",
    receive: "receive: add 10",
};
const REMOVE: Names = Names {
    commit: "commit: remove 1",
    hub: "hub: remove 1",
    receive: "receive: remove 1",
};
const REMOVE_BATCH: Names = Names {
    commit: "commit: remove 10",
    hub: "hub: remove 10",
    receive: "receive: remove 10",
};
const LIST: Names = Names {
    commit: "commit: update participant list",
    hub: "hub: update participant list",
    receive: "receive: update participant list",
};
const PROPOSED: Names = Names {
    commit: "commit: proposed update",
    hub: "hub: proposed update",
    receive: "receive: proposed update",
};

/// What a commit made for those whom it adds.
struct Made {
    welcome: Option<MlsBytes>,
    beside: Option<OpaqueBytes>,
}

/// What a commit is to do.
#[derive(Clone, Copy)]
struct Changes<'a> {
    adds: &'a [MlsBytes],
    removes: &'a [u32],
    app_data: &'a [AppDataUpdate],
    path: bool,
}

impl Changes<'_> {
    const NONE: Self = Self {
        adds: &[],
        removes: &[],
        app_data: &[],
        path: false,
    };
}

/// Do everything once, and leave the tree as it was.
pub(super) fn round(
    engines: &Engines,
    room: &mut Room,
    points: &mut Points,
) -> Result<(), MlsError> {
    let mut round = Round {
        engines,
        room,
        points,
    };
    round.forget_work();
    round.alone()?;
    round.commit(
        &UPDATE,
        &engines.inside,
        Changes {
            path: true,
            ..Changes::NONE
        },
    )?;
    round.add(&ADD, &engines.inside, 1, &REMOVE)?;
    round.add(&ADD_BESIDE, &engines.beside, 1, &REMOVE)?;
    round.add(&ADD_BATCH, &engines.inside, BATCH, &REMOVE_BATCH)?;
    round.update_list()?;
    round.join_external()?;
    round.propose()?;
    round.messages()?;
    round.outside()?;
    round.found_again()
}

struct Round<'a> {
    engines: &'a Engines,
    room: &'a mut Room,
    points: &'a mut Points,
}

impl Round<'_> {
    /// What was done before is not measured.
    fn forget_work(&mut self) {
        let engine = &self.engines.inside;
        engine.take_work(&mut self.room.committer.client);
        engine.take_work(&mut self.room.receiver.client);
        engine.take_hub_work(&mut self.room.hub);
    }

    fn point(&mut self, operation: &'static str, client: &mut Client) -> Result<(), MlsError> {
        let work = self.engines.inside.take_work(client);
        self.points.add(operation, self.room.plan, work)
    }

    fn committer_point(&mut self, operation: &'static str) -> Result<(), MlsError> {
        let work = self
            .engines
            .inside
            .take_work(&mut self.room.committer.client);
        self.points.add(operation, self.room.plan, work)
    }

    fn receiver_point(&mut self, operation: &'static str) -> Result<(), MlsError> {
        let work = self
            .engines
            .inside
            .take_work(&mut self.room.receiver.client);
        self.points.add(operation, self.room.plan, work)
    }

    fn hub_point(&mut self, operation: &'static str) -> Result<(), MlsError> {
        let work = self.engines.inside.take_hub_work(&mut self.room.hub);
        self.points.add(operation, self.room.plan, work)
    }

    /// What does not depend on the room; measured in every one all the same.
    fn alone(&mut self) -> Result<(), MlsError> {
        let engine = &self.engines.inside;
        // Several times: what follows work on another room finds cold caches, which is not what recurs.
        for _ in 0..SMALL {
            let mut client = self.room.outsider(self.engines)?;
            engine.key_package(&mut client)?;
            self.point("KeyPackage", &mut client)?;
            engine.create(&mut client, b"mimi://a.example/r/another")?;
            self.point("create", &mut client)?;
            engine.sign_with_label(&mut client, "KeyMaterialRequestTBS", &[7u8; 200])?;
            self.point("sign", &mut client)?;
        }
        Ok(())
    }

    /// One user goes from the participant list, and another comes.
    fn update_list(&mut self) -> Result<(), MlsError> {
        if self.room.plan.listed == 0 {
            return Ok(());
        }
        let engine = &self.engines.inside;
        let first = engine.hub_participant_at(&self.room.hub, 0);
        let (user, role) = first.ok_or_else(|| missing("participant"))?;
        // One comes back as another, as long as the one before.
        let again: Vec<u8> = user.iter().rev().copied().collect();
        let update = ParticipantListUpdate {
            removed: vec![0],
            added: vec![(&again[..], role).into()],
            ..ParticipantListUpdate::default()
        };
        let update = AppDataUpdate {
            component: AppDataRules::MIMI.participants,
            update: update.encode().map_err(|_| missing("update"))?,
        };
        let changes = Changes {
            app_data: &[update],
            ..Changes::NONE
        };
        self.commit(&LIST, engine, changes)?;
        Ok(())
    }

    /// Commit, accept, merge, receive.
    fn commit(
        &mut self,
        names: &Names,
        engine: &OpenMlsEngine,
        changes: Changes<'_>,
    ) -> Result<Made, MlsError> {
        let plan = CommitPlan {
            adds: changes.adds,
            removes: changes.removes,
            app_data: changes.app_data,
            force_path: changes.path,
        };
        let Member { client, group } = &mut self.room.committer;
        let bundle = engine.commit(client, group, &plan)?;
        engine.hub_accept(&mut self.room.hub, &bundle.commit)?;
        self.hub_point(names.hub)?;
        let Member { client, group } = &mut self.room.committer;
        engine.merge_pending(client, group)?;
        self.committer_point(names.commit)?;
        let Member { client, group } = &mut self.room.receiver;
        engine.process(client, group, &bundle.commit)?;
        self.receiver_point(names.receive)?;
        let beside = match bundle.welcome {
            Some(_) => engine.hub_beside_welcome(&self.room.hub)?,
            None => None,
        };
        Ok(Made {
            welcome: bundle.welcome,
            beside,
        })
    }

    /// Somebody joins, and is removed again.
    fn add(
        &mut self,
        names: &Names,
        engine: &OpenMlsEngine,
        count: u64,
        remove: &Names,
    ) -> Result<(), MlsError> {
        let mut joiners = Vec::new();
        let mut adds = Vec::new();
        for _ in 0..count {
            let mut joiner = self.room.outsider(self.engines)?;
            adds.push(engine.key_package(&mut joiner)?.message);
            engine.take_work(&mut joiner);
            joiners.push(joiner);
        }
        let changes = Changes {
            adds: &adds,
            ..Changes::NONE
        };
        let made = self.commit(names, engine, changes)?;
        let welcome = made.welcome.as_ref().ok_or_else(|| missing("Welcome"))?;
        let mut joiner = joiners.swap_remove(0);
        let tree = made.beside.as_ref();
        let joined = engine.join(&mut joiner, welcome, tree)?;
        let operation = match tree {
            Some(_) => "join, tree beside",
            None => "join",
        };
        self.point(operation, &mut joiner)?;
        let first = engine.own_leaf(&joined);
        let leaves = self.leaves_of(first, &mut joiners)?;
        let changes = Changes {
            removes: &leaves,
            ..Changes::NONE
        };
        self.commit(remove, engine, changes)?;
        Ok(())
    }

    /// The leaves of these clients and of the one at `first`.
    fn leaves_of(&self, first: u32, others: &mut [Client]) -> Result<Vec<u32>, MlsError> {
        let keys: Vec<&[u8]> = others.iter().map(Client::identity).collect();
        let members = self.engines.inside.hub_members(&self.room.hub);
        let mut leaves: Vec<u32> = members
            .iter()
            .filter(|(_, identity)| keys.contains(&identity.as_slice()))
            .map(|(leaf, _)| *leaf)
            .collect();
        leaves.push(first);
        match leaves.len() == others.len() + 1 {
            true => Ok(leaves),
            false => Err(missing("leaf")),
        }
    }

    /// Somebody joins from outside, and is removed again.
    fn join_external(&mut self) -> Result<(), MlsError> {
        let engine = &self.engines.inside;
        let Member { client, group } = &mut self.room.receiver;
        let (group_info, tree) = engine.group_info(client, group)?;
        self.receiver_point("GroupInfo")?;
        let mut joiner = self.room.outsider(self.engines)?;
        let (joined, bundle) = engine.join_external(&mut joiner, &group_info, &tree)?;
        self.point("external join", &mut joiner)?;
        engine.hub_accept(&mut self.room.hub, &bundle.commit)?;
        self.hub_point("hub: external join")?;
        for member in [&mut self.room.committer, &mut self.room.receiver] {
            engine.process(&mut member.client, &mut member.group, &bundle.commit)?;
        }
        self.receiver_point("receive: external join")?;
        self.forget_work();
        let leaf = engine.own_leaf(&joined);
        let changes = Changes {
            removes: &[leaf],
            ..Changes::NONE
        };
        self.commit(&REMOVE, engine, changes)?;
        Ok(())
    }

    /// An Update by reference.
    fn propose(&mut self) -> Result<(), MlsError> {
        let engine = &self.engines.inside;
        let Member { client, group } = &mut self.room.receiver;
        let mut proposal = engine.propose(client, group, &ProposalPlan::Update)?;
        self.receiver_point("propose update")?;
        for _ in 1..SMALL {
            let Member { client, group } = &mut self.room.receiver;
            engine.withdraw(client, group, &[proposal])?;
            proposal = engine.propose(client, group, &ProposalPlan::Update)?;
            self.receiver_point("propose update")?;
        }
        engine.hub_accept(&mut self.room.hub, &proposal)?;
        self.hub_point("hub: proposal")?;
        let Member { client, group } = &mut self.room.committer;
        engine.process(client, group, &proposal)?;
        self.committer_point("receive: proposal")?;
        self.commit(&PROPOSED, engine, Changes::NONE)?;
        // Updates blank the path of their leaf; a commit fills a full tree's again.
        if self.room.plan.tree == Tree::Full {
            let path = Changes {
                path: true,
                ..Changes::NONE
            };
            let (committer, receiver) = (&mut self.room.committer, &mut self.room.receiver);
            std::mem::swap(committer, receiver);
            self.commit(&UPDATE, engine, path)?;
            std::mem::swap(&mut self.room.committer, &mut self.room.receiver);
            self.commit(&UPDATE, engine, path)?;
        }
        Ok(())
    }

    fn messages(&mut self) -> Result<(), MlsError> {
        let engine = &self.engines.inside;
        for (length, encrypt, decrypt) in MESSAGES {
            let Member { client, group } = &mut self.room.committer;
            let message = engine.encrypt(client, group, &vec![7; length])?;
            self.committer_point(encrypt)?;
            let Member { client, group } = &mut self.room.receiver;
            let processed = engine.process(client, group, &message)?;
            self.receiver_point(decrypt)?;
            if !matches!(processed, Processed::Application { .. }) {
                return Err(missing("message"));
            }
        }
        Ok(())
    }

    /// A hub begins; a GroupInfo with its tree is sealed for one who wants to join, and opened.
    fn outside(&mut self) -> Result<(), MlsError> {
        let engine = &self.engines.inside;
        let Member { client, group } = &mut self.room.committer;
        let (group_info, tree) = engine.group_info(client, group)?;
        self.committer_point("GroupInfo")?;
        let mut hub = engine.hub(&group_info, &tree)?;
        let work = engine.take_hub_work(&mut hub);
        self.points.add("hub: begin", self.room.plan, work)?;
        let mut joiner = self.room.outsider(self.engines)?;
        let key = engine.hpke_key(&mut joiner)?;
        engine.take_work(&mut joiner);
        let plaintext = GroupInfoRatchetTree {
            group_info: BareGroupInfo::new(group_info).map_err(|_| missing("GroupInfo"))?,
            ratchet_tree: RatchetTreeOption::Full(tree),
            pending_proposals: Vec::new(),
        };
        let client = &mut self.room.committer.client;
        let sealed = engine.seal_group_info(client, &key.public, ROOM_ID, &plaintext)?;
        self.committer_point("seal GroupInfo")?;
        let _: GroupInfoRatchetTree<MlsBytes> =
            engine.open_group_info(&mut joiner, &key, ROOM_ID, &sealed)?;
        self.point("open GroupInfo", &mut joiner)?;
        Ok(())
    }

    /// Add everybody at once, as the room began.
    fn found_again(&mut self) -> Result<(), MlsError> {
        let Some(mut founding) = self.room.founding.take() else {
            return Ok(());
        };
        let done = self.found(&mut founding);
        self.room.founding = Some(founding);
        done
    }

    fn found(&mut self, founding: &mut Founding) -> Result<(), MlsError> {
        let engine = &self.engines.inside;
        let Member { client, group } = &mut founding.founder;
        engine.take_work(client);
        let plan = CommitPlan {
            adds: &founding.adds,
            removes: &[],
            app_data: &[],
            force_path: false,
        };
        let bundle = engine.commit(client, group, &plan)?;
        engine.clear_pending(client, group)?;
        self.point("commit: add all", client)?;
        self.engines.beside.commit(client, group, &plan)?;
        engine.clear_pending(client, group)?;
        self.point("commit: add all, tree beside", client)?;
        let (group_info, tree) = &founding.group_info;
        let mut hub = engine.hub(group_info, tree)?;
        engine.take_hub_work(&mut hub);
        let accepted = engine.hub_accept(&mut hub, &bundle.commit)?;
        if !matches!(accepted, HubAccepted::Commit(_)) {
            return Err(missing("commit"));
        }
        let work = engine.take_hub_work(&mut hub);
        self.points.add("hub: add all", self.room.plan, work)?;
        if let Some(mut joiner) = founding.joiners.pop() {
            engine.take_work(&mut joiner);
            engine.join(&mut joiner, &founding.welcome, None)?;
            self.point("join: added with all", &mut joiner)?;
        }
        Ok(())
    }
}
