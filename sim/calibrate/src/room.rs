//! Groups to be measured. A few members act; the others only hold leaves.

use crate::plan::{AddAll, RoomPlan, Tree};
use crate::points::Points;
use throng_mls::app_data::{AppData, AppDataRules};
use throng_mls::engine::{
    CommitPlan, Engine, EngineConfig, MlsError, Parents, WarmGroup, WarmMember,
};
use throng_mls::openmls::{Client, Group, Hub, OpenMlsEngine};
use throng_mls::wire::{MlsBytes, OpaqueBytes};
use throng_workloads::scenario::Ciphersuite;
use throng_workloads::stream::{StreamOwner, Streams};

/// The engines that measure, which differ in how a joiner gets the tree.
pub(super) struct Engines {
    /// In the Welcome.
    pub(super) inside: OpenMlsEngine,
    /// Beside it.
    pub(super) beside: OpenMlsEngine,
    streams: Streams,
}

impl Engines {
    pub(super) fn new(ciphersuite: Ciphersuite) -> Self {
        let engine = |tree_in_welcome| {
            OpenMlsEngine::new(EngineConfig {
                tree_in_welcome,
                max_forward: 1000,
                app_data: Some(AppDataRules::MIMI),
                ..EngineConfig::new(ciphersuite)
            })
            .measuring()
        };
        Self {
            inside: engine(true),
            beside: engine(false),
            streams: Streams::new(1, 0),
        }
    }

    /// A client with an identity as long as those of runs.
    pub(super) fn client(&self, index: u64) -> Result<Client, MlsError> {
        let identity = format!("mimi://a.example/d/user-{index:05}/0");
        let owner = StreamOwner::Client(index);
        self.inside
            .client(identity.as_bytes(), &self.streams, owner)
    }
}

/// A member who acts.
pub(super) struct Member {
    pub(super) client: Client,
    pub(super) group: Group,
}

/// What made the room, to be done again.
pub(super) struct Founding {
    pub(super) founder: Member,
    pub(super) group_info: (MlsBytes, OpaqueBytes),
    pub(super) adds: Vec<MlsBytes>,
    pub(super) welcome: MlsBytes,
    /// Who can join by that Welcome still.
    pub(super) joiners: Vec<Client>,
}

/// A group, of whose members two act, and its hub.
pub(super) struct Room {
    pub(super) plan: RoomPlan,
    pub(super) committer: Member,
    pub(super) receiver: Member,
    pub(super) hub: Hub,
    pub(super) founding: Option<Founding>,
    /// How many clients were made for it.
    clients: u64,
}

impl Room {
    /// Make a room; `points` hear of what is measured on the way.
    pub(super) fn new(
        engines: &Engines,
        plan: RoomPlan,
        points: &mut Points,
    ) -> Result<Self, MlsError> {
        match (plan.tree, plan.add_all) {
            (Tree::Full, _) => Self::full(engines, plan),
            (Tree::Bare, AddAll::EachRound) => Self::bare(engines, plan, plan.rounds, None),
            (Tree::Bare, _) => Self::bare(engines, plan, 0, Some(points)),
            (Tree::HalfBlank, _) => {
                let mut room = Self::bare(engines, plan, 0, None)?;
                room.founding = None;
                room.halve(engines)?;
                Ok(room)
            }
        }
    }

    /// A client that is not in the room.
    pub(super) fn outsider(&mut self, engines: &Engines) -> Result<Client, MlsError> {
        self.clients += 1;
        engines.client(self.clients)
    }

    /// A group that one commit makes; its creator commits, its last joiner receives. `rounds`: how often somebody is to
    /// join it by that commit's Welcome; if there are `points`, making it is measured instead.
    fn bare(
        engines: &Engines,
        plan: RoomPlan,
        rounds: u32,
        points: Option<&mut Points>,
    ) -> Result<Self, MlsError> {
        let engine = match plan.add_all {
            AddAll::EachRound => &engines.inside,
            AddAll::Once | AddAll::OnceBeside => &engines.beside,
        };
        let mut founder = founder(engines, plan.listed)?;
        let group_info = engine.group_info(&mut founder.client, &founder.group)?;
        let mut hub = engine.hub(&group_info.0, &group_info.1)?;
        let mut adds = Vec::new();
        let mut joiners = Vec::new();
        let wanted = u64::from(plan.members).saturating_sub(rounds.into());
        let mut last = None;
        for index in 1..u64::from(plan.members) {
            let mut client = engines.client(index)?;
            adds.push(engine.key_package(&mut client)?.message);
            match index {
                _ if index + 1 == u64::from(plan.members) => last = Some(client),
                _ if index >= wanted => joiners.push(client),
                _ => {}
            }
        }
        let commit = CommitPlan {
            adds: &adds,
            removes: &[],
            app_data: &[],
            force_path: false,
        };
        // The founder founds the room again in every round; somebody with the same keys leads this one.
        let mut committer = self::founder(engines, plan.listed)?;
        let mut last = last.ok_or_else(|| missing("joiner"))?;
        let Member { client, group } = &mut committer;
        for forgotten in [&mut *client, &mut last] {
            engine.take_work(forgotten);
        }
        engine.take_hub_work(&mut hub);
        let mut inside = None;
        if points.is_some() && plan.add_all == AddAll::Once {
            engines.inside.commit(client, group, &commit)?;
            inside = Some(engine.take_work(client));
            engine.clear_pending(client, group)?;
        }
        let bundle = engine.commit(client, group, &commit)?;
        let beside = engine.take_work(client);
        let tree = engine.beside_pending_welcome(client, group)?;
        engine.take_work(client);
        engine.hub_accept(&mut hub, &bundle.commit)?;
        engine.merge_pending(client, group)?;
        let welcome = bundle.welcome.ok_or_else(|| missing("Welcome"))?;
        let group = engine.join(&mut last, &welcome, tree.as_ref())?;
        if let Some(points) = points {
            if let Some(inside) = inside {
                points.add_once("commit: add all", plan, inside)?;
            }
            points.add_once("commit: add all, tree beside", plan, beside)?;
            let accepted = engine.take_hub_work(&mut hub);
            points.add_once("hub: add all", plan, accepted)?;
            let joined = engine.take_work(&mut last);
            points.add_once("join: added with all, tree beside", plan, joined)?;
        }
        let receiver = Member {
            client: last,
            group,
        };
        let founding = (plan.add_all == AddAll::EachRound).then_some(Founding {
            founder,
            group_info,
            adds,
            welcome,
            joiners,
        });
        Ok(Self {
            plan,
            committer,
            receiver,
            hub,
            founding,
            clients: 1_000_000,
        })
    }

    /// A warm group, whose first member commits and whose last receives.
    fn full(engines: &Engines, plan: RoomPlan) -> Result<Self, MlsError> {
        let mut clients = (0..u64::from(plan.members))
            .map(|index| engines.client(index))
            .collect::<Result<Vec<_>, _>>()?;
        let WarmGroup {
            mut groups, hub, ..
        } = engines.inside.warm_group(
            clients.iter_mut().map(WarmMember::Acting),
            Parents::Filled,
            &engines.streams,
            GROUP_ID,
            app_data(plan.listed),
        )?;
        let mut member = |at: usize| match at < clients.len() && at < groups.len() {
            true => Ok(Member {
                client: clients.swap_remove(at),
                group: groups.swap_remove(at),
            }),
            false => Err(missing("member")),
        };
        // The last first: what is taken out is replaced by the last.
        let receiver = member(plan.members as usize - 1)?;
        let committer = member(0)?;
        Ok(Self {
            plan,
            committer,
            receiver,
            hub,
            founding: None,
            clients: 1_000_000,
        })
    }

    /// Remove every second member, but not the two who act.
    fn halve(&mut self, engines: &Engines) -> Result<(), MlsError> {
        let engine = &engines.inside;
        let kept = engine.own_leaf(&self.receiver.group);
        let removes: Vec<u32> = (1..self.plan.members)
            .step_by(2)
            .filter(|leaf| *leaf != kept)
            .collect();
        let commit = CommitPlan {
            adds: &[],
            removes: &removes,
            app_data: &[],
            force_path: false,
        };
        let Member { client, group } = &mut self.committer;
        let bundle = engine.commit(client, group, &commit)?;
        engine.hub_accept(&mut self.hub, &bundle.commit)?;
        engine.merge_pending(client, group)?;
        let Member { client, group } = &mut self.receiver;
        engine.process(client, group, &bundle.commit)?;
        Ok(())
    }
}

const GROUP_ID: &[u8] = b"mimi://a.example/r/calibration";

/// A participant list of so many users, with URIs as long as those of runs.
fn app_data(listed: u32) -> AppData {
    let mut app_data = AppData::default();
    for user in 0..listed {
        let uri = format!("mimi://a.example/u/u{user:06}");
        app_data.participants.push(uri.as_bytes(), 2);
    }
    app_data
}

/// Somebody alone in a group, on whose participant list are so many.
fn founder(engines: &Engines, listed: u32) -> Result<Member, MlsError> {
    let mut client = engines.client(0)?;
    let group = engines
        .inside
        .create_with(&mut client, GROUP_ID, &app_data(listed))?;
    Ok(Member { client, group })
}

/// What a room cannot be without.
pub(super) fn missing(what: &str) -> MlsError {
    MlsError::Refused {
        operation: "calibration",
        reason: format!("no {what}"),
    }
}
