//! Both engines do the same random things in the same room; every length, Work, effect, refusal and tree must
//! agree. A script is played on each engine by the same code, which writes down all that can be seen.

use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use throng_mls::app_data::{
    AppData, AppDataRules, AppDataUpdate, ParticipantListUpdate, RoleChange, SAFE_AAD,
};
use throng_mls::engine::*;
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::tree_health::path_gaps;
use throng_mls::wire::semi_private::EXTERNAL_RECEIVERS;
use throng_mls::wire::{EmbeddedMessage as _, SafeAadItem};
use throng_workloads::scenario::{Ciphersuite, CredentialForm, Credentials, SignedContext};
use throng_workloads::stream::{StreamOwner, Streams};
use tls_codec::{Serialize as _, Size};

const GROUP_ID: &[u8] = b"mimi://a.example/g/r7";

/// One thing that somebody does. Numbers choose among those who can, modulo how many they are.
#[derive(Debug, Clone)]
enum Act {
    Commit {
        who: usize,
        adds: usize,
        removes: Vec<usize>,
        data: Vec<Data>,
        path: bool,
    },
    /// Two commit for the same epoch; the hub takes the first.
    Race {
        first: usize,
        second: usize,
    },
    ProposeAdd {
        who: usize,
    },
    ProposeRemove {
        who: usize,
        whom: usize,
    },
    ProposeUpdate {
        who: usize,
    },
    SelfRemove {
        who: usize,
    },
    ProposeData {
        who: usize,
        data: Data,
    },
    Withdraw {
        who: usize,
    },
    /// With what waits at the hub, or without.
    JoinExternal {
        data: Vec<Data>,
        covers: bool,
    },
    Resync {
        who: usize,
        covers: bool,
    },
    Say {
        who: usize,
        bytes: usize,
        /// How much stands beside it in clear, by component.
        beside: BTreeMap<u16, usize>,
    },
    GroupInfo {
        who: usize,
    },
    /// Gets nothing before it catches up.
    FallBehind {
        who: usize,
    },
    CatchUp,
    /// Commits although it is behind.
    CommitBehind {
        which: usize,
    },
}

/// An update of application data: what, and a number that it is made of.
type Data = (u8, u32);

fn data() -> impl Strategy<Value = Vec<Data>> {
    prop_oneof![
        3 => Just(Vec::new()),
        2 => proptest::collection::vec((0..7u8, any::<u32>()), 1..3),
    ]
}

/// Some of these cannot be, in some lists.
fn update(&(what, number): &Data) -> AppDataUpdate {
    let mut update = ParticipantListUpdate::default();
    let index = number % 5;
    match what {
        0 => {
            let user = format!("mimi://b.example/u/{}", number % 7);
            update.added.push((user.as_bytes(), number).into());
        }
        1 => update.removed.push(index),
        2 => update.changed.push(RoleChange {
            user: index,
            role: number,
        }),
        // One that changes nothing.
        3 => {}
        _ => {
            return AppDataUpdate {
                // A component that is not there, one that is, or no list.
                component: match what {
                    4 => 0x23,
                    5 => 0x27,
                    _ => AppDataRules::MIMI.participants,
                },
                update: vec![7; (number % 300) as usize],
            };
        }
    }
    AppDataUpdate {
        component: AppDataRules::MIMI.participants,
        update: update.encode().unwrap(),
    }
}

/// What a room begins with.
fn app_data<E: Engine>(
    engine: &E,
    (safe_aad, sources): (bool, bool),
    receivers: &[E::Client],
) -> AppData {
    let mut app_data = AppData::default();
    for user in [&b"mimi://a.example/u/u0"[..], b"mimi://a.example/u/another"] {
        app_data.participants.push(user, 2);
    }
    app_data.others.insert(0x27, vec![1; 99]);
    if sources {
        app_data
            .tree_sources
            .domains
            .push(b"a.example".to_vec().into());
    }
    if safe_aad {
        app_data.others.insert(SAFE_AAD, vec![2, 0, 0x20]);
    }
    if !receivers.is_empty() {
        let named = receivers.iter().map(|r| engine.external_receiver(r));
        let named: Result<Vec<_>, _> = named.collect();
        let data = named.unwrap().tls_serialize_detached().unwrap();
        app_data.others.insert(EXTERNAL_RECEIVERS, data);
    }
    app_data
}

fn acts(most: usize) -> impl Strategy<Value = Vec<Act>> {
    let n = || any::<usize>();
    let act = prop_oneof![
        4 => (n(), 0..4usize, proptest::collection::vec(n(), 0..3), data(), any::<bool>())
            .prop_map(|(who, adds, removes, data, path)| Act::Commit { who, adds, removes, data, path }),
        2 => (n(), (0..7u8, any::<u32>())).prop_map(|(who, data)| Act::ProposeData { who, data }),
        2 => (n(), n()).prop_map(|(first, second)| Act::Race { first, second }),
        2 => n().prop_map(|who| Act::ProposeAdd { who }),
        2 => (n(), n()).prop_map(|(who, whom)| Act::ProposeRemove { who, whom }),
        2 => n().prop_map(|who| Act::ProposeUpdate { who }),
        1 => n().prop_map(|who| Act::Withdraw { who }),
        2 => n().prop_map(|who| Act::SelfRemove { who }),
        2 => (data(), any::<bool>()).prop_map(|(data, covers)| Act::JoinExternal { data, covers }),
        1 => (n(), any::<bool>()).prop_map(|(who, covers)| Act::Resync { who, covers }),
        2 => (n(), 0..700usize, proptest::collection::btree_map(0..0x30u16, 0..99usize, 0..3))
            .prop_map(|(who, bytes, beside)| Act::Say { who, bytes, beside }),
        1 => n().prop_map(|who| Act::GroupInfo { who }),
        1 => n().prop_map(|who| Act::FallBehind { who }),
        1 => Just(Act::CatchUp),
        1 => n().prop_map(|which| Act::CommitBehind { which }),
    ];
    proptest::collection::vec(act, 1..most)
}

fn configs() -> impl Strategy<Value = EngineConfig> {
    let suite = prop_oneof![
        Just(Ciphersuite::X25519Aes128Sha256Ed25519),
        Just(Ciphersuite::P256Aes128Sha256P256),
        Just(Ciphersuite::X25519ChaCha20Sha256Ed25519),
    ];
    let app_data = prop_oneof![
        Just(None),
        Just(Some(AppDataRules::MIMI)),
        Just(Some(AppDataRules::HASHED))
    ];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let signed = prop_oneof![Just(SignedContext::Whole), Just(SignedContext::Hash)];
    (
        suite,
        flags,
        0..4usize,
        0..300usize,
        app_data,
        signed,
        credentials(),
    )
        .prop_map(
            |(
                ciphersuite,
                flags,
                epoch_tolerance,
                padding,
                app_data,
                signed_context,
                credentials,
            )| {
                let (tree_in_welcome, self_remove, last_resort) = flags;
                EngineConfig {
                    ciphersuite,
                    tree_in_welcome,
                    epoch_tolerance,
                    padding,
                    max_forward: 1000,
                    app_data,
                    self_remove,
                    last_resort,
                    signed_context,
                    tree_sources: last_resort != self_remove,
                    credentials,
                    authority: [7; 32],
                }
            },
        )
}

fn credentials() -> impl Strategy<Value = Credentials> {
    let form = prop_oneof![
        3 => Just(CredentialForm::Basic),
        2 => Just(CredentialForm::X509),
        1 => Just(CredentialForm::Jwt),
    ];
    (form, 1u32..4, 1u32..900).prop_map(|(form, certificates, bytes)| Credentials {
        form,
        certificates,
        bytes,
    })
}

/// How the room begins.
#[derive(Debug, Clone, Copy)]
struct Beginning {
    members: Members,
    safe_aad: bool,
    /// How many outside read handshakes; the hub is the last of them.
    receivers: u64,
}

#[derive(Debug, Clone, Copy)]
enum Members {
    /// One.
    Alone,
    /// So many before time zero.
    Standing(u64, Parents),
}

fn beginnings(most: u64) -> impl Strategy<Value = Beginning> {
    let parents = prop_oneof![Just(Parents::Filled), Just(Parents::Blank)];
    let standing = (1..=most, parents).prop_map(|(size, parents)| Members::Standing(size, parents));
    let members = prop_oneof![1 => Just(Members::Alone), 2 => standing];
    (members, any::<bool>(), 0..3u64).prop_map(|(members, safe_aad, receivers)| Beginning {
        members,
        safe_aad,
        receivers,
    })
}

struct Member<E: Engine> {
    client: E::Client,
    group: E::Group,
    behind: bool,
    inbox: VecDeque<E::Message>,
    proposed: Vec<E::Message>,
}

struct Room<E: Engine> {
    engine: E,
    streams: Streams,
    members: BTreeMap<u64, Member<E>>,
    hub: E::Hub,
    receivers: Vec<E::Client>,
    /// Proposals that the hub has taken in this epoch.
    waiting: Vec<E::Message>,
    next: u64,
    last_resort: bool,
    /// Of the KeyPackage by which each client can join, the last where there are several.
    references: BTreeMap<u64, Vec<u8>>,
    log: Vec<String>,
}

/// Names of different lengths.
fn name(index: u64) -> Vec<u8> {
    format!("mimi://a.example/d/u{}.{}", index / 2, index * index).into_bytes()
}

/// Refusals agree in kind; the words are each engine's own.
fn kind(error: &MlsError) -> String {
    match error {
        MlsError::Refused { .. } => "refused".to_owned(),
        other => other.to_string(),
    }
}

impl<E: Engine> Room<E> {
    /// Every second is of last resort, where there are such.
    fn package(&mut self, index: u64, client: &mut E::Client) -> KeyPackage<E::Message> {
        let made = match self.last_resort && index % 2 == 1 {
            true => self.engine.last_resort_key_package(client),
            false => self.engine.key_package(client),
        };
        let made = made.unwrap();
        let terms = self.engine.key_package_terms(&made.message).unwrap();
        assert_eq!(terms.last_resort, self.last_resort && index % 2 == 1);
        let whose = self.engine.key_package_identity(&made.message).unwrap();
        self.note(format!("whose it is takes {} B", whose.len()));
        assert_eq!(whose, name(index));
        let reference = self.engine.key_package_reference(&made.message).unwrap();
        self.references.insert(index, reference);
        made
    }

    fn begin(config: EngineConfig, beginning: Beginning) -> Self {
        let (last_resort, tree_sources) = (config.last_resort, config.tree_sources);
        let engine = E::new(config);
        let streams = Streams::new(5, 0);
        let new = |index| {
            let owner = StreamOwner::Client(index);
            engine.client(&name(index), &streams, owner).unwrap()
        };
        let member = |client, group| Member {
            client,
            group,
            behind: false,
            inbox: VecDeque::new(),
            proposed: Vec::new(),
        };
        let mut log = Vec::new();
        let receivers = (0..beginning.receivers).map(|index| {
            let (name, owner) = (
                format!("mimi://{index}.example"),
                StreamOwner::Provider(index),
            );
            engine.client(name.as_bytes(), &streams, owner).unwrap()
        });
        let receivers: Vec<E::Client> = receivers.collect();
        let app_data = app_data(&engine, (beginning.safe_aad, tree_sources), &receivers);
        let (members, hub) = match beginning.members {
            Members::Alone => {
                let mut client = new(0);
                let group = engine
                    .create_with(&mut client, GROUP_ID, &app_data)
                    .unwrap();
                let (info, tree) = engine.group_info(&mut client, &group).unwrap();
                log.push(format!(
                    "{} {}",
                    info.tls_serialized_len(),
                    tree.tls_serialized_len()
                ));
                let hub = engine.hub(&info, &tree).unwrap();
                (BTreeMap::from([(0, member(client, group))]), hub)
            }
            Members::Standing(size, parents) => {
                let mut clients: Vec<E::Client> = (0..size).map(new).collect();
                let states = clients.iter_mut().map(WarmMember::Acting);
                let warm = engine
                    .warm_group(states, parents, &streams, GROUP_ID, app_data)
                    .unwrap();
                let hub = warm.hub;
                let members = clients.into_iter().zip(warm.groups);
                let members = members.enumerate();
                let members = members.map(|(i, (client, group))| (i as u64, member(client, group)));
                (members.collect(), hub)
            }
        };
        let next = members.len() as u64;
        let mut room = Self {
            engine,
            streams,
            members,
            hub,
            receivers,
            waiting: Vec::new(),
            next,
            last_resort,
            references: BTreeMap::new(),
            log,
        };
        room.state();
        room
    }

    fn note(&mut self, line: String) {
        self.log.push(line);
    }

    /// All that can be asked.
    fn state(&mut self) {
        let engine = &self.engine;
        let users = [&b"mimi://a.example/u/another"[..], b"mimi://b.example/u/3"];
        let parts = [SAFE_AAD, AppDataRules::MIMI.participants, 0x23, 0x27];
        let mut line = format!(
            "hub: epoch {} {:?} {:?} {:?} {:?} {:?} tree {} {:?} {:?}\n",
            engine.hub_epoch(&self.hub),
            users.map(|user| engine.hub_participant(&self.hub, user)),
            [0, 2].map(|index| engine.hub_participant_at(&self.hub, index)),
            (
                engine.hub_pending_app_data(&self.hub),
                parts.map(|part| engine.hub_component(&self.hub, part))
            ),
            engine.hub_health(&self.hub),
            engine.hub_nodes(&self.hub),
            engine.hub_tree_len(&self.hub),
            engine.hub_members(&self.hub),
            engine.take_hub_work(&mut self.hub),
        );
        for (index, member) in &mut self.members {
            let group = &member.group;
            line += &format!(
                "{index}: epoch {} {:?} {:?} {:?} leaf {} pending {} {:?} {:?} {:?} of {} {:?} {:?} {:?}\n",
                engine.epoch(group),
                users.map(|user| engine.participant(group, user)),
                [0, 2].map(|index| engine.participant_at(group, index)),
                (
                    engine.pending_app_data(group),
                    parts.map(|part| engine.component(group, part))
                ),
                engine.own_leaf(group),
                engine.pending_proposals(group),
                engine.pending_removals(group),
                engine.pending_leavers(group),
                engine.pending_additions(group),
                engine.member_count(group),
                engine.members(group, b"mimi://a.example/d/u1."),
                [0, 1, 2, 1_000].map(|leaf| engine.member(group, leaf)),
                engine.take_work(&mut member.client),
            );
        }
        self.note(line);
    }

    fn present(&self) -> Vec<u64> {
        let here = self.members.iter().filter(|(_, member)| !member.behind);
        here.map(|(index, _)| *index).collect()
    }

    fn pick(&self, who: usize) -> Option<u64> {
        let present = self.present();
        (!present.is_empty()).then(|| present[who % present.len()])
    }

    fn client(&mut self) -> (u64, E::Client) {
        let index = self.next;
        self.next += 1;
        let owner = StreamOwner::Client(index);
        let client = self.engine.client(&name(index), &self.streams, owner);
        (index, client.unwrap())
    }

    /// To everybody but the sender.
    fn send(&mut self, sender: Option<u64>, message: &E::Message) {
        for (index, member) in &mut self.members {
            if Some(*index) != sender {
                member.inbox.push_back(message.clone());
            }
        }
        for index in self.present() {
            self.receive(index);
        }
    }

    fn receive(&mut self, index: u64) {
        let mut lines = Vec::new();
        let Some(member) = self.members.get_mut(&index) else {
            return;
        };
        let mut gone = false;
        while let Some(message) = member.inbox.pop_front() {
            let processed = self
                .engine
                .process(&mut member.client, &mut member.group, &message);
            let work = self.engine.take_work(&mut member.client);
            gone |= matches!(processed, Ok(Processed::Commit { removed: true, .. }));
            if matches!(processed, Ok(Processed::Commit { .. })) {
                member.proposed.clear();
            }
            let outcome = processed.as_ref().map_err(kind);
            lines.push(format!("{index} processed {outcome:?} {work:?}"));
            // What decides who commits.
            let sender = self.engine.message_sender(&message);
            let seen = (!gone).then(|| {
                let (health, nodes) = self.engine.tree(&member.group)?;
                let path = path_gaps(&nodes, self.engine.own_leaf(&member.group));
                let leaves = self.engine.leaves(&member.group);
                let last = leaves.last().map_or(0, |last| last + 2);
                for leaf in 0..=last {
                    let lower = leaves.iter().filter(|other| **other < leaf).count();
                    let before = self.engine.members_before(&member.group, leaf);
                    assert_eq!(before as usize, lower, "before leaf {leaf}");
                }
                Some((leaves, health, path))
            });
            lines.push(format!("{index} sees {sender:?} {seen:?}"));
        }
        self.log.append(&mut lines);
        if gone {
            self.members.remove(&index);
        }
    }

    fn make(
        &mut self,
        who: u64,
        adds: &[E::Message],
        removes: &[u32],
        data: &[Data],
        path: bool,
    ) -> Option<BundleOf<E>> {
        let member = self.members.get_mut(&who)?;
        let app_data: Vec<AppDataUpdate> = data.iter().map(update).collect();
        let plan = CommitPlan {
            adds,
            removes,
            app_data: &app_data,
            force_path: path,
        };
        let made = self
            .engine
            .commit(&mut member.client, &mut member.group, &plan);
        let work = self.engine.take_work(&mut member.client);
        let outcome = made.as_ref().map(lengths::<E>).map_err(kind);
        self.note(format!("{who} commits {outcome:?} {work:?}"));
        made.ok()
    }

    /// What a hub finds whoever made a handshake to want, member by member.
    fn note_checked<H>(&mut self, does: &str, checked: Option<&Checked<H>>) {
        let said = checked.map(|c| (&c.sender, &c.admits, &c.excludes, &c.leavers, &c.app_data));
        self.note(format!("{does}: {said:?}"));
    }

    /// A handshake as the hub reads it.
    fn open(&mut self, message: &E::Message) -> E::Message {
        if !message.is_sealed() {
            return message.clone();
        }
        let mut opened = None;
        let mut lines = Vec::new();
        for receiver in &mut self.receivers {
            let clear = self.engine.hub_open(receiver, &self.hub, message);
            let work = self.engine.take_work(receiver);
            let len = clear.as_ref().map(Size::tls_serialized_len).map_err(kind);
            lines.push(format!("opened: {len:?} {work:?}"));
            opened = clear.ok();
        }
        self.log.append(&mut lines);
        // One that is of another epoch is refused as it came.
        opened.unwrap_or_else(|| message.clone())
    }

    /// The hub decides; if it takes the commit everybody gets it.
    fn decide(&mut self, who: u64, bundle: &BundleOf<E>) -> bool {
        let partial = self.engine.partial_group_info(&bundle.group_info).unwrap();
        let whole = self.engine.hub_epoch(&self.hub).is_multiple_of(2);
        let commit = self.open(&bundle.commit);
        let parts = CommitParts {
            commit: &commit,
            welcome: bundle.welcome.as_ref(),
            group_info: match whole {
                true => SentGroupInfo::Whole(&bundle.group_info),
                false => SentGroupInfo::Partial(&partial),
            },
        };
        let checked = self.engine.hub_check_commit(&mut self.hub, parts);
        let said = checked.as_ref().ok();
        self.note_checked("commits", said.map(|(checked, _)| checked));
        if let Some((_, rebuilt)) = said {
            let lengths = [rebuilt, &bundle.group_info].map(Size::tls_serialized_len);
            assert_eq!(lengths[0], lengths[1]);
            let sent = partial.tls_serialized_len();
            self.note(format!("a GroupInfo of {} B, sent as {sent} B", lengths[0]));
        }
        let accepted = checked.and_then(|(checked, _)| {
            self.engine
                .hub_take_commit(&mut self.hub, checked.handshake)
        });
        let work = self.engine.take_hub_work(&mut self.hub);
        let outcome = accepted.as_ref().map_err(kind);
        self.note(format!("hub: {outcome:?} {work:?}"));
        let taken = accepted.is_ok();
        if taken {
            self.waiting.clear();
        }
        let Some(member) = self.members.get_mut(&who) else {
            return taken;
        };
        if taken {
            self.engine
                .merge_pending(&mut member.client, &mut member.group)
                .unwrap();
            member.proposed.clear();
            self.send(Some(who), &bundle.commit);
        } else {
            self.engine
                .clear_pending(&mut member.client, &mut member.group)
                .unwrap();
        }
        taken
    }

    fn welcome(&mut self, joiners: Vec<(u64, E::Client)>, bundle: &BundleOf<E>) {
        let Some(welcome) = &bundle.welcome else {
            return;
        };
        let references = self.engine.welcome_references(welcome).unwrap().len();
        let beside = self.engine.hub_beside_welcome(&self.hub).unwrap();
        let len = beside.as_ref().map(Size::tls_serialized_len);
        self.note(format!("welcome to {references}, {len:?} B beside"));
        let references = self.engine.welcome_references(welcome).unwrap();
        let all = self.engine.welcome_for(welcome, &references).unwrap();
        assert_eq!(all.tls_serialized_len(), welcome.tls_serialized_len());
        let foreign = [&references[..], &[vec![7; 3]]].concat();
        let foreign = self.engine.welcome_for(welcome, &foreign);
        let foreign = foreign.as_ref().map(|_| ()).map_err(kind);
        self.note(format!("{foreign:?}"));
        for (index, mut client) in joiners {
            // Every second has what is for it alone, by which nobody else can join.
            let own = self.own_part(welcome, index);
            let welcome = if index % 2 == 1 { &own } else { welcome };
            let joined = self.engine.join(&mut client, welcome, beside.as_ref());
            let work = self.engine.take_work(&mut client);
            let outcome = joined
                .as_ref()
                .map(|g| self.engine.own_leaf(g))
                .map_err(kind);
            self.note(format!("{index} joins {outcome:?} {work:?}"));
            if let Ok(group) = joined {
                let sources = self.engine.tree_sources(&group);
                self.note(format!("fetched from {sources:?}"));
                let member = Member {
                    client,
                    group,
                    behind: false,
                    inbox: VecDeque::new(),
                    proposed: Vec::new(),
                };
                self.members.insert(index, member);
            }
        }
    }

    /// What of a Welcome is for the KeyPackage of a client; all of it, where that is in none.
    fn own_part(&mut self, welcome: &E::Message, index: u64) -> E::Message {
        let reference = self.references.get(&index).cloned();
        let part = reference.map(|reference| self.engine.welcome_for(welcome, &[reference]));
        let part = part.and_then(Result::ok).unwrap_or_else(|| welcome.clone());
        self.note(format!("a part of {} B", part.tls_serialized_len()));
        part
    }

    fn commit(&mut self, who: u64, adds: usize, removes: &[u32], data: &[Data], path: bool) {
        let mut joiners = Vec::new();
        let mut packages = Vec::new();
        for _ in 0..adds {
            let (index, mut client) = self.client();
            let package = self.package(index, &mut client);
            let work = self.engine.take_work(&mut client);
            let len = package.message.tls_serialized_len();
            self.note(format!("{index} publishes {len} {work:?}"));
            packages.push(package.message);
            joiners.push((index, client));
        }
        if let Some(bundle) = self.make(who, &packages, removes, data, path)
            && self.decide(who, &bundle)
        {
            self.welcome(joiners, &bundle);
        }
    }

    fn propose(&mut self, who: u64, plan: &ProposalPlan<'_, E::Message>) {
        let Some(member) = self.members.get_mut(&who) else {
            return;
        };
        let made = self
            .engine
            .propose(&mut member.client, &mut member.group, plan);
        let work = self.engine.take_work(&mut member.client);
        let outcome = made.as_ref().map(Size::tls_serialized_len).map_err(kind);
        self.note(format!("{who} proposes {outcome:?} {work:?}"));
        let Ok(message) = made else { return };
        let said = self.engine.message_proposal(&message);
        self.note(format!("that is {said:?}"));
        let opened = self.open(&message);
        let proposals = std::slice::from_ref(&opened);
        let checked = self.engine.hub_check_proposals(&mut self.hub, proposals);
        self.note_checked("proposes", checked.as_ref().ok());
        let accepted = checked.and_then(|checked| {
            self.engine
                .hub_take_proposals(&mut self.hub, checked.handshake)
        });
        let work = self.engine.take_hub_work(&mut self.hub);
        let outcome = accepted.as_ref().map_err(kind);
        self.note(format!("hub: {outcome:?} {work:?}"));
        let Some(member) = self.members.get_mut(&who) else {
            return;
        };
        if accepted.is_ok() {
            self.waiting.push(message.clone());
            self.send(Some(who), &message);
        } else {
            member.proposed.push(message);
        }
    }

    fn external(&mut self, index: u64, mut client: E::Client, data: &[Data], covers: bool) {
        let Some(giver) = self.pick(index as usize) else {
            return;
        };
        let member = self.members.get_mut(&giver).unwrap();
        let Ok((info, tree)) = self.engine.group_info(&mut member.client, &member.group) else {
            return;
        };
        let listed = self
            .engine
            .group_info_participant(&info, &tree, b"mimi://b.example/u/3");
        self.note(format!("{index} finds {:?}", listed.map_err(|e| kind(&e))));
        let app_data: Vec<AppDataUpdate> = data.iter().map(update).collect();
        let plan = ExternalPlan {
            pending: match covers {
                true => &self.waiting,
                false => &[],
            },
            app_data: &app_data,
        };
        let joined = self
            .engine
            .join_external_with(&mut client, &info, &tree, &plan);
        let work = self.engine.take_work(&mut client);
        let outcome = joined
            .as_ref()
            .map(|(group, bundle)| (self.engine.epoch(group), lengths::<E>(bundle)))
            .map_err(kind);
        self.note(format!("{index} joins externally {outcome:?} {work:?}"));
        let Ok((group, bundle)) = joined else { return };
        let member = Member {
            client,
            group,
            behind: false,
            inbox: VecDeque::new(),
            proposed: Vec::new(),
        };
        self.members.insert(index, member);
        if !self.decide(index, &bundle) {
            self.members.remove(&index);
        }
    }

    fn act(&mut self, act: &Act) {
        let leaf = |room: &Self, index: u64| room.engine.own_leaf(&room.members[&index].group);
        match act {
            Act::Commit {
                who,
                adds,
                removes,
                data,
                path,
            } => {
                let Some(who) = self.pick(*who) else { return };
                let leaves = self.engine.hub_members(&self.hub);
                let chosen = removes.iter().map(|r| leaves[r % leaves.len()].0);
                let chosen: Vec<u32> = chosen.collect();
                self.commit(who, *adds, &chosen, data, *path);
            }
            Act::Race { first, second } => {
                let (Some(first), Some(second)) = (self.pick(*first), self.pick(*second)) else {
                    return;
                };
                if first == second {
                    return;
                }
                let one = self.make(first, &[], &[], &[], true);
                let other = self.make(second, &[], &[], &[], true);
                if let (Some(one), Some(other)) = (one, other) {
                    self.decide(first, &one);
                    self.decide(second, &other);
                } else {
                    for index in [first, second] {
                        let member = self.members.get_mut(&index).unwrap();
                        self.engine
                            .clear_pending(&mut member.client, &mut member.group)
                            .unwrap();
                    }
                }
            }
            Act::ProposeAdd { who } => {
                let Some(who) = self.pick(*who) else { return };
                let (index, mut client) = self.client();
                let package = self.package(index, &mut client);
                self.propose(who, &ProposalPlan::Add(&package.message));
            }
            Act::ProposeRemove { who, whom } => {
                let (Some(who), Some(whom)) = (self.pick(*who), self.pick(*whom)) else {
                    return;
                };
                let whom = leaf(self, whom);
                self.propose(who, &ProposalPlan::Remove(whom));
            }
            Act::ProposeUpdate { who } => {
                if let Some(who) = self.pick(*who) {
                    self.propose(who, &ProposalPlan::Update);
                }
            }
            Act::ProposeData { who, data } => {
                if let Some(who) = self.pick(*who) {
                    self.propose(who, &ProposalPlan::AppData(&update(data)));
                }
            }
            Act::Withdraw { who } => {
                let Some(who) = self.pick(*who) else { return };
                let member = self.members.get_mut(&who).unwrap();
                let proposed = std::mem::take(&mut member.proposed);
                let done = self
                    .engine
                    .withdraw(&mut member.client, &mut member.group, &proposed);
                assert!(done.is_ok());
            }
            Act::SelfRemove { who } => {
                if let Some(who) = self.pick(*who) {
                    self.propose(who, &ProposalPlan::SelfRemove);
                }
            }
            Act::JoinExternal { data, covers } => {
                let (index, client) = self.client();
                self.external(index, client, data, *covers);
            }
            Act::Resync { who, covers } => {
                let Some(who) = self.pick(*who) else { return };
                if self.present().len() < 2 {
                    return;
                }
                let member = self.members.remove(&who).unwrap();
                self.external(who, member.client, &[], *covers);
            }
            Act::Say { who, bytes, beside } => {
                let Some(who) = self.pick(*who) else { return };
                let member = self.members.get_mut(&who).unwrap();
                let content = vec![7; *bytes];
                let items = beside.iter().map(|(component, bytes)| SafeAadItem {
                    component_id: *component,
                    aad_item_data: vec![7; *bytes].into(),
                });
                let items: Vec<SafeAadItem> = items.collect();
                let said = self.engine.encrypt_with(
                    &mut member.client,
                    &mut member.group,
                    &content,
                    &items,
                );
                let work = self.engine.take_work(&mut member.client);
                let outcome = said.as_ref().map(Size::tls_serialized_len).map_err(kind);
                self.note(format!("{who} says {outcome:?} {work:?}"));
                if let Ok(message) = said {
                    // Without Safe AAD there is nothing to be read, and nobody asks.
                    if self.engine.hub_component(&self.hub, SAFE_AAD).is_some() {
                        assert_eq!(self.engine.message_safe_aad(&message).unwrap(), items);
                    }
                    self.send(Some(who), &message);
                }
            }
            Act::GroupInfo { who } => {
                let Some(who) = self.pick(*who) else { return };
                let member = self.members.get_mut(&who).unwrap();
                let info = self.engine.group_info(&mut member.client, &member.group);
                let work = self.engine.take_work(&mut member.client);
                let outcome = info
                    .as_ref()
                    .map(|(info, tree)| (info.tls_serialized_len(), tree.tls_serialized_len()))
                    .map_err(kind);
                self.note(format!("{who} tells {outcome:?} {work:?}"));
                let Ok((info, tree)) = info else { return };
                let mut other = self.engine.hub(&info, &tree).unwrap();
                let health = self.engine.hub_health(&other);
                let work = self.engine.take_hub_work(&mut other);
                self.note(format!("a second hub: {health:?} {work:?}"));
            }
            Act::FallBehind { who } => {
                let Some(who) = self.pick(*who) else { return };
                if self.present().len() > 1 {
                    self.members.get_mut(&who).unwrap().behind = true;
                }
            }
            Act::CatchUp => {
                for member in self.members.values_mut() {
                    member.behind = false;
                }
                for index in self.present() {
                    self.receive(index);
                }
            }
            Act::CommitBehind { which } => {
                let behind = self.members.iter().filter(|(_, m)| m.behind);
                let behind: Vec<u64> = behind.map(|(index, _)| *index).collect();
                if behind.is_empty() {
                    return;
                }
                let who = behind[which % behind.len()];
                if let Some(bundle) = self.make(who, &[], &[], &[], true) {
                    // Not at the newest epoch, or else as good as anybody's.
                    self.decide(who, &bundle);
                }
            }
        }
    }
}

fn lengths<E: Engine>(bundle: &BundleOf<E>) -> (usize, Option<usize>, usize) {
    (
        bundle.commit.tls_serialized_len(),
        bundle.welcome.as_ref().map(Size::tls_serialized_len),
        bundle.group_info.tls_serialized_len(),
    )
}

/// Where the logs of both engines first differ, if they do.
fn difference(config: &EngineConfig, beginning: Beginning, acts: &[Act]) -> Option<String> {
    let mut real = Room::<OpenMlsEngine>::begin(config.clone(), beginning);
    let mut model = Room::<ModelEngine>::begin(config.clone(), beginning);
    let mut act = None;
    for step in std::iter::once(None).chain(acts.iter().map(Some)) {
        if let Some(step) = step {
            act = Some(step);
            real.act(step);
            real.state();
            model.act(step);
            model.state();
        }
        for (one, other) in real.log.iter().zip(&model.log) {
            if one != other {
                return Some(format!("after {act:?}\nopenmls: {one}\nmodel:   {other}"));
            }
        }
        if real.log.len() != model.log.len() {
            return Some(format!("after {act:?}: {:#?}\n{:#?}", real.log, model.log));
        }
        real.log.clear();
        model.log.clear();
    }
    None
}

fn agree(config: &EngineConfig, beginning: Beginning, acts: &[Act]) -> Result<(), TestCaseError> {
    match difference(config, beginning, acts) {
        None => Ok(()),
        Some(found) => Err(TestCaseError::fail(found)),
    }
}

/// Drawn once in many thousand times: two removals of one participant, by value in one commit.
#[test]
fn what_is_updated_twice_alike_is_updated_once() {
    let config = EngineConfig {
        app_data: Some(AppDataRules::MIMI),
        ..EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
    };
    let beginning = Beginning {
        members: Members::Alone,
        safe_aad: false,
        receivers: 0,
    };
    let commit = Act::Commit {
        who: 0,
        adds: 1,
        removes: Vec::new(),
        data: vec![(1, 0), (1, 0)],
        path: true,
    };
    assert_eq!(difference(&config, beginning, &[commit]), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done(config in configs(), beginning in beginnings(24), acts in acts(30)) {
        agree(&config, beginning, &acts)?;
    }
}
