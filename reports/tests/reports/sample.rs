//! A record as a run of a small company might leave it: every figure made up, none by chance.

use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;
use throng_mls::tree_health::NodeState;
use throng_mls::tree_health::TreeHealth;
use throng_mls::work::Work;
use throng_record::*;
use throng_reports::RunInfo;
use throng_workloads::dist::Dist;
use throng_workloads::scenario::*;
use throng_workloads::time::{SimSpan, SimTime};

/// Numbers that look irregular and are the same everywhere (a linear congruential generator).
struct Irregular(u64);

impl Irregular {
    fn next(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }

    /// About `median` on most draws, many times it on a few.
    fn tailed(&mut self, median: u64) -> u64 {
        let halvings = self.next(1 << 12).max(1).leading_zeros() - 52;
        let base = median / 2 + self.next(median.max(1));
        base + base * u64::from(halvings) * u64::from(halvings) / 6
    }
}

/// How the sample run was made.
pub(crate) fn info() -> RunInfo {
    RunInfo {
        wall: Duration::from_millis(3_250),
        threads: 2,
        version: "0.1.0".to_owned(),
        command: "throng run company --seed 7".to_owned(),
        peak_memory: Some(182_000_000),
        note: None,
        folder: Some("runs/company-7".into()),
        real: None,
    }
}

/// The sample's scenario file.
pub(crate) const TOML: &str = "name = \"company\"\nseed = 7\n";

/// The sample's scenario.
pub(crate) fn scenario() -> Scenario {
    let link = LinkSpec {
        floor: SimSpan::from_millis(2),
        latency: Dist::Constant(0.02),
        jitter: Dist::Exponential { mean: 0.005 },
        up: 2e6,
        down: 1e7,
        loss: 0.001,
        retransmit: Dist::Constant(0.2),
        duplicate: 0.0,
        reorder: 0.0,
        packet: 1_400,
        bursts: None,
        recovery: Recovery::Timeout,
        slow_start: None,
    };
    let never = Rate::Poisson(0.0);
    Scenario {
        name: "company".to_owned(),
        description: "A small federated company on a working day".to_owned(),
        seed: 7,
        run: 0,
        duration: SimSpan::from_secs(8 * 3_600),
        warmup: SimSpan::from_secs(600),
        stack: "mimi".to_owned(),
        engine: EngineKind::OpenMls,
        ciphersuite: Ciphersuite::X25519Aes128Sha256Ed25519,
        providers: ["alpha.example", "beta.example", "gamma.example"]
            .map(|domain| Provider {
                domain: domain.to_owned(),
                share: 1.0 / 3.0,
                region: "europe".to_owned(),
                cores: 4,
                profile: "server".to_owned(),
                sync: Dist::Constant(0.0),
                writers: 1,
                up: None,
                down: None,
                archive: Archive::NOTHING,
            })
            .to_vec(),
        users: Users {
            count: 400,
            clients: Dist::Constant(2.0),
            connections: Vec::new(),
            online: None,
            offline: Dist::Constant(0.0),
            vanish: 0.0,
            passive: Passive::Counted,
            credentials: Credentials::BASIC,
        },
        rooms: Rooms {
            count: 60,
            size: Dist::Constant(12.0),
            hub: HubChoice::Creator,
            locality: 0.7,
            start: Start::Grown,
            grow_interval: Dist::Constant(5.0),
            created: Dist::Constant(0.0),
            kinds: Vec::new(),
        },
        churn: Churn {
            administration: Administration {
                kicks: Rate::Poisson(0.0),
                bans: Rate::Poisson(0.0),
                unbans: Rate::Poisson(0.0),
                role_changes: Rate::Poisson(0.0),
            },
            joins: never.clone(),
            join_by: JoinBy::Add,
            adders: Speakers::Uniform,
            leaves: never.clone(),
            removals: never.clone(),
            updates: never.clone(),
            look_ups: never.clone(),
            look_up_rooms: Vec::new(),
            new_clients: never.clone(),
            lost_clients: never.clone(),
            deletions: never.clone(),
            resyncs: never.clone(),
            mix: None,
            events: Vec::new(),
        },
        messages: Messages {
            rate: never,
            size: Dist::Constant(200.0),
            content: Content::Opaque,
            speakers: Speakers::Uniform,
            diurnal: Vec::new(),
            day: SimSpan::from_secs(86_400),
            starts_at: 0.0,
        },
        policy: Policy {
            commit: CommitPolicy::AtOnce,
            committer: Committer::Anyone,
            commit_delay: Dist::Constant(0.0),
            commit_batch: 1,
            commit_batch_wait: SimSpan::from_secs(30),
            commit_fallback: SimSpan::from_secs(5),
            admission: Admission::Everybody,
            refresh: 0.0,
            backoff: Dist::Constant(0.5),
            backoff_max: SimSpan::from_secs(30),
            request_timeout: None,
            tree: TreeDelivery::InWelcome,
            tree_epochs: 3,
            notify_batch: 1,
            notify_batch_bytes: 1_000_000,
            notify_batch_wait: SimSpan::ZERO,
            notify_most: 8_000_000,
            welcome: WelcomeFor::All,
            group_info: GroupInfoForm::Partial,
            participant_list: ParticipantListPlace::Context,
            find: Find::Known,
            findable: 1.0,
            consent: Consent::Given,
            consent_delay: Dist::Constant(0.0),
            consent_refused: 0.0,
            profile: Profile::Unchecked,
            signed_context: SignedContext::Whole,
            evict_ended: false,
            handshakes: Handshakes::Public,
            leave: Leave::Removes,
            path_on_add: false,
            key_packages: 10,
            key_packages_low: 0.5,
            key_package_lifetime: SimSpan::from_secs(90 * 86_400),
            last_resort: false,
            key_material_limit: 0,
            key_material_period: SimSpan::from_secs(3_600),
            consent_key_packages: false,
            epoch_tolerance: 2,
            padding: 128,
            max_forward: 1_000,
        },
        network: Network {
            client: Vec::new(),
            provider: Vec::new(),
            same_region: link.clone(),
            between_regions: link,
            request_loss: 0.0,
            transport: Transport::None,
            outages: Vec::new(),
            reconnect: Dist::Constant(0.0),
            in_order: InOrder::default(),
        },
        cost: Cost {
            source: CostSource::Profile,
            profiles: Vec::new(),
        },
        load: Default::default(),
        trace: None,
        thresholds: Vec::new(),
    }
}

/// An empty histogram with a record's resolution.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("three digits")
}

fn latencies(numbers: &mut Irregular) -> Latencies {
    let drawn = |numbers: &mut Irregular, values: u64, median: u64| {
        let mut histogram = histogram();
        for _ in 0..values {
            histogram.record(numbers.tailed(median)).expect("it grows");
        }
        histogram
    };
    // Of numbers of its own: the others are as they were before there was this.
    let cover = drawn(&mut Irregular(3), 700, 400_000);
    let download = drawn(&mut Irregular(4), 800, 350_000);
    let mut filled = |values, median| drawn(numbers, values, median);
    let mut attempts = histogram();
    for (value, times) in [(1, 2_600), (2, 210), (3, 41), (4, 9), (6, 2), (11, 1)] {
        attempts.record_n(value, times).expect("it grows");
    }
    Latencies {
        message: filled(60_000, 48_000),
        message_last: filled(5_200, 160_000),
        commit_accept: filled(2_800, 61_000),
        converge: filled(31_000, 75_000),
        converge_last: filled(2_700, 310_000),
        join: filled(420, 240_000),
        leave: filled(90, 1_900_000),
        catch_up: filled(1_100, 520_000),
        provider_wait: filled(90_000, 90),
        cover,
        download,
        attempts,
    }
}

/// The latencies in two halves, each half of what was counted.
pub(crate) fn intervals(latencies: &Latencies, end: SimTime) -> Vec<LatencyInterval> {
    let middle = SimTime::from_nanos(end.as_nanos() / 2);
    let mut intervals = Vec::new();
    for (at, begin, end) in [(0, SimTime::ZERO, middle), (1, middle, end)] {
        for (name, histogram) in latencies.each() {
            let mut half = self::histogram();
            for step in histogram.iter_recorded() {
                let times = (step.count_at_value() + at) / 2;
                half.record_n(step.value_iterated_to(), times)
                    .expect("it grows");
            }
            intervals.extend(LatencyInterval::new(name, begin, end, &half));
        }
    }
    intervals
}

fn health(members: u32, numbers: &mut Irregular) -> TreeHealth {
    let leaves = members.next_power_of_two();
    TreeHealth {
        members,
        leaves,
        blank_leaves: leaves - members,
        blank_parents: numbers.next(u64::from(leaves / 2 + 1)) as u32,
        unmerged_leaves: numbers.next(u64::from(members / 4 + 1)) as u32,
        ciphertexts_sum: u64::from(members) * (3 + numbers.next(u64::from(members / 8 + 2))),
    }
}

fn commits(numbers: &mut Irregular) -> Vec<CommitRow> {
    let mut epochs = [0_u64; 60];
    (0..2_863_u64)
        .map(|number| {
            let room = numbers.next(60) as u32;
            epochs[room as usize] += 1;
            let members =
                2 + (u64::from(room) * u64::from(room) / 5 * (number + 600) / 3_400) as u32;
            let health = health(members, numbers);
            let path = numbers.next(3) > 0;
            let external = numbers.next(12) == 0;
            let ciphertexts = if path {
                members.ilog2() + numbers.next(u64::from(members / 6 + 1)) as u32
            } else {
                0
            };
            let adds = !external && !path;
            let p50 = SimSpan::from_micros(numbers.tailed(40_000 + u64::from(members) * 90));
            let alone = members == 2;
            CommitRow {
                time: SimTime::from_nanos(number * 10_057_000_003 + 17),
                room,
                epoch: epochs[room as usize],
                committer_leaf: numbers.next(u64::from(members)) as u32,
                external,
                adds: if adds { vec![members - 1] } else { Vec::new() },
                removes: if number % 9 == 4 && path {
                    vec![1, 3]
                } else {
                    Vec::new()
                },
                updates: if number % 11 == 4 && path {
                    vec![2]
                } else {
                    Vec::new()
                },
                path,
                ciphertexts,
                commit_bytes: 420 + u64::from(ciphertexts) * 120 + u64::from(path) * 380,
                welcome_bytes: if adds {
                    900 + u64::from(members) * 310
                } else {
                    0
                },
                health,
                attempts: 1 + u32::from(numbers.next(14) == 0),
                accept: SimSpan::from_nanos(numbers.tailed(61_000) * 1_000 + 123),
                converge_p50: (!alone).then_some(p50),
                converge_p99: (!alone).then_some(p50 * 3),
                converge_max: (!alone).then_some(p50 * (3 + numbers.next(4))),
            }
        })
        .collect()
}

fn rooms(numbers: &mut Irregular) -> (Vec<RoomRow>, Vec<TreeHealth>) {
    (0..60)
        .map(|room| {
            let commits = 20 + numbers.next(70);
            let tree = health(2 + room * room / 5, numbers);
            let row = RoomRow {
                room,
                hub: ["alpha.example", "beta.example", "gamma.example"][room as usize % 3]
                    .to_owned(),
                created: (room != 59).then(|| SimTime::from_nanos(u64::from(room) * 1_500_000_001)),
                start: if room % 10 == 0 {
                    Start::Warm
                } else {
                    Start::Grown
                },
                initial_members: if room % 10 == 0 { 32 } else { 1 },
                members: tree.members,
                first_epoch: 0,
                epoch: commits,
                commits,
                attempts: commits + numbers.next(9),
                messages: 40 + numbers.next(400),
                fanout_bytes: numbers.tailed(900_000),
            };
            (row, tree)
        })
        .unzip()
}

fn series(numbers: &mut Irregular) -> (Vec<SeriesPoint>, Vec<TreeSample>) {
    (1..=480_u64)
        .map(|minute| {
            let busy = 4 + (240 - minute.abs_diff(240)) / 24;
            let commits = numbers.next(busy);
            let time = SimTime::from_nanos(minute * 60_000_000_000);
            let begun = SeriesPoint {
                time,
                online: 500 + numbers.next(200) as u32,
                members: 700 + minute,
                churn: commits + numbers.next(busy / 2),
                commits,
                attempts: commits + numbers.next(1 + commits / 2),
                messages: numbers.tailed(10 * busy),
                bytes: numbers.tailed(90_000 * busy),
                ..SeriesPoint::default()
            };
            let trees = TreeSample {
                time,
                mean_ciphertexts: 6.0 + minute as f64 / 90.0 + numbers.next(100) as f64 / 120.0,
                blank_leaves: 210 + minute / 6 + numbers.next(12),
                blank_parents: 330 + minute / 4 + numbers.next(20),
                unmerged_leaves: 90 + numbers.next(30),
            };
            let point = SeriesPoint {
                provider_wait_max: SimSpan::from_micros(numbers.tailed(2_000)),
                provider_busy: SimSpan::from_millis(numbers.tailed(60 * busy)),
                queued: numbers.tailed(300),
                key_packages: 7_900 - minute,
                exhausted: minute / 10,
                stored_bytes: 12_000_000 + minute * 9_000,
                ..begun
            };
            (point, trees)
        })
        .unzip()
}

fn marks() -> Vec<EventMark> {
    [
        (2, "50 % join"),
        (5, "all update"),
        (6, "50 % join"),
        (7, "10 % leave"),
    ]
    .map(|(hour, name)| EventMark {
        time: SimTime::from_nanos(hour * 3_600_000_000_000),
        name: name.to_owned(),
    })
    .to_vec()
}

/// A room of one, of three, and of five after two more were added without a path.
fn small_room() -> SmallRoom {
    let moment = |minute: u64, epoch, nodes: &[u32]| TreeMoment {
        time: SimTime::from_nanos(minute * 60_000_000_000),
        epoch,
        nodes: nodes
            .iter()
            .map(|node| match node {
                0 => NodeState::Blank,
                filled => NodeState::Filled {
                    unmerged: filled - 1,
                },
            })
            .collect(),
    };
    SmallRoom {
        room: 8,
        moments: vec![
            moment(1, 0, &[1]),
            moment(30, 2, &[1, 1, 1, 1, 1, 0, 0]),
            moment(410, 9, &[1, 1, 1, 2, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]),
        ],
    }
}

fn traffic() -> Vec<TrafficRow> {
    let (client, provider) = ("client", "provider");
    [
        (client, provider, "application", 5_214, 3_910_500),
        (provider, client, "application", 61_882, 48_391_724),
        (provider, provider, "application", 10_120, 7_914_003),
        (client, provider, "commit", 3_139, 4_220_110),
        (provider, client, "commit", 33_290, 47_119_301),
        (provider, provider, "commit", 5_730, 8_004_112),
        (provider, client, "welcome", 420, 5_640_000),
        (provider, provider, "welcome", 130, 1_731_200),
        (client, provider, "key package", 8_310, 2_908_500),
        (provider, provider, "key package", 160, 56_000),
        (client, provider, "acknowledgement", 94_000, 1_880_000),
        (provider, client, "group info", 44, 310_000),
        (client, provider, "proposal", 92, 41_400),
    ]
    .map(|(from, to, kind, messages, sent)| TrafficRow {
        from: from.into(),
        to: to.into(),
        kind: kind.into(),
        messages,
        sent,
        received: sent - sent / 500,
        lost: sent / 400,
        duplicated: sent / 400 - sent / 500,
        bodies: sent - sent / 7,
    })
    .to_vec()
}

/// What the providers' time went into.
fn provider_work() -> Vec<ProviderWork> {
    let work = |share: u64| ProviderWork {
        work: work(share * 120).into(),
        cpu: vec![
            ("mls", SimSpan::from_millis(share * 300)),
            ("transport", SimSpan::from_millis(share * 1_500)),
            ("storage", SimSpan::from_millis(share * 111)),
        ],
    };
    [41, 23, 30].map(work).to_vec()
}

fn providers() -> Vec<ProviderRow> {
    [
        ("alpha.example", 41_u64),
        ("beta.example", 23),
        ("gamma.example", 30),
    ]
    .map(|(domain, share)| ProviderRow {
        domain: domain.to_owned(),
        cores: 4,
        busy: SimSpan::from_millis(share * 1_911),
        requests: share * 1_203,
        wait_max: SimSpan::from_micros(share * 417),
        to_clients: share * 1_079_373,
        to_providers: share * 188_354,
        stored_max: share * 140_211,
        // The last one keeps a history, and all of it twice.
        archive: (domain == "gamma.example").then_some(ArchiveRow {
            history_max: share * 120_000,
            on_disks: 2.0,
        }),
        key_packages_left: share * 79,
        accesses: [
            // The second one's is shared by what leaves.
            (domain == "beta.example").then_some(AccessRow {
                bandwidth: 1e8,
                busy: SimSpan::from_secs(7_000),
                wait_max: SimSpan::from_millis(912),
            }),
            None,
        ],
    })
    .to_vec()
}

/// Rows that look as if the second provider had been down.
fn ledgers() -> Ledgers {
    let domains = || ["alpha.example", "beta.example", "gamma.example"].into_iter();
    let scaled = || domains().zip([41_u64, 23, 30]);
    let roles = [("hub", 3), ("follower", 2), ("local provider", 7)];
    let costs = scaled().flat_map(|(domain, share)| {
        roles.into_iter().flat_map(move |(role, part)| {
            [("own", 5), ("others", 4)].map(|(users, of)| CostRow {
                provider: domain.to_owned(),
                role: role.into(),
                users: users.into(),
                requests: share * part * of * 11,
                received: share * part * of * 1_031,
                sent: share * part * of * 13_217,
                events: share * part * of,
                cpu: SimSpan::from_micros(share * part * of * 411),
                stored: share * part * 1_009,
            })
        })
    });
    let pairs = [(0, 1), (0, 2), (1, 0), (2, 0)].map(|(provider, other)| PairRow {
        provider: domains().nth(provider).expect("a domain").to_owned(),
        other: domains().nth(other).expect("a domain").to_owned(),
        sent_to: 91_003 * (provider + 1) as u64,
        sent_for: 413_111 * (other + 1) as u64,
        cpu_for: SimSpan::from_millis(117 * (other + 2) as u64),
    });
    let exposures = scaled().flat_map(|(domain, share)| {
        ["hub", "follower", "local provider", "members"].map(|role| ExposureRow {
            party: domain.to_owned(),
            role: role.into(),
            rooms: share / 3,
            names: share / 4,
            users: share * 9,
            others: share * 5,
            memberships: share * 21,
            packets: share * 1_207,
            packet_bytes: share * 1_500_301,
            messages: share * 311,
            senders: share * 170,
            changes: share * 47,
            key_requests: share,
            presences: share * 2,
            downloads: share * 3,
            content_bytes: match role {
                "members" => share * 51_007,
                _ => 0,
            },
        })
    });
    let dependence = scaled().map(|(domain, share)| DependenceRow {
        provider: domain.to_owned(),
        rooms: share / 3,
        rooms_all: 30,
        messages: share * 55,
        own_elsewhere: share * 7,
        messages_all: 5_214,
        reads_elsewhere: share * 201,
        reads_all: 60_400,
    });
    let concerned = [
        ("in its rooms", 0, None),
        ("by its users elsewhere", 0, Some(11)),
        ("to its users elsewhere", 19, Some(4)),
        ("without it", 60, Some(0)),
    ];
    let from = SimTime::ZERO + SimSpan::from_secs(7_200);
    let until = from + SimSpan::from_secs(600);
    let outages = concerned.map(|(concerned, during, after)| OutageRow {
        provider: "beta.example".to_owned(),
        from,
        until,
        concerned: concerned.into(),
        wanted: 60,
        accepted_during: during,
        accepted_after: 60 - during,
        longest_wait: SimSpan::from_secs(600 - during),
        delivered: 700,
        delivered_during: during * 11,
        last: after.map(|late| until + SimSpan::from_secs(late)),
    });
    Ledgers {
        costs: costs.collect(),
        pairs: pairs.into(),
        exposures: exposures.collect(),
        dependence: dependence.collect(),
        outages: outages.into(),
    }
}

/// Work that comes to about `scale` operations.
fn work(scale: u64) -> Work {
    Work {
        operations: scale,
        seals: scale / 3,
        opens: scale * 4 / 5,
        key_pairs: scale / 2,
        signatures: scale / 9,
        verifications: scale * 11 / 10,
        credential_checks: scale * 13 / 10,
        credential_bytes: scale * 700,
        tree_nodes: scale * 140,
        member_nodes: scale * 90,
        far_tree_nodes: scale * 20,
        far_member_nodes: scale * 10,
        leaf_checks: scale * 210,
        far_leaf_checks: scale * 30,
        leaf_steps: scale * 50,
        resolved_nodes: scale * 17,
        far_resolved_nodes: scale * 5,
        proposals: scale / 7,
        epochs: scale / 2,
        secret_slots: scale * 60,
        ciphertexts: scale * 2,
        secret_nodes: scale / 4,
        bytes: scale * 830,
        message_bytes: scale * 220,
        context_bytes: scale * 410,
        signed_context_bytes: scale * 40,
        checked_context_bytes: scale * 60,
        app_data_bytes: scale * 12,
        tree_bytes: scale * 390,
        measured_ns: 0,
    }
}

/// The sample record.
pub(crate) fn record() -> Record {
    let mut numbers = Irregular(7);
    let mut client_cpu = histogram();
    for _ in 0..812 {
        client_cpu
            .record(numbers.tailed(640_000))
            .expect("it grows");
    }
    let end = SimTime::from_nanos(28_803_417_000_211);
    let latencies = latencies(&mut numbers);
    let commits = commits(&mut numbers);
    let (rooms, trees) = rooms(&mut numbers);
    let (series, tree_series) = series(&mut numbers);
    let at_some_time = commits.iter().map(|row| row.health.members);
    let at_the_end = rooms.iter().map(|row| row.members);
    let largest_room = at_some_time.chain(at_the_end).max().expect("rooms");
    Record {
        fingerprint: "5f0c1d9e2b7a46839d04c7aa12be60f3".to_owned(),
        partial: false,
        end,
        events: 2_204_816,
        clients: 812,
        counts: Counts {
            intents: vec![
                ("send", 5_190),
                ("update", 1_640),
                ("join", 422),
                ("leave", 92),
            ],
            skipped: vec![("sender-is-no-member", 31), ("the-client-is-lost", 4)],
            commit_attempts: 3_139,
            commits_accepted: 2_863,
            wrong_epoch: 271,
            refused: 5,
            external_commits: 238,
            proposals: 92,
            messages_accepted: 5_214,
            epoch_too_old: 12,
            messages_decrypted: 60_400,
            messages_caught_up: 400,
            undecryptable: vec![("no-member", 1_870)],
            welcomes: 420,
            key_packages_published: 8_310,
            key_packages_used: 470,
            key_packages_expired: 0,
            key_packages_exhausted: 2,
            key_packages_left: 7_426,
            others: BTreeMap::new(),
        },
        latency_intervals: intervals(&latencies, end),
        open: Vec::new(),
        contents: Vec::new(),
        latencies,
        rooms,
        largest_room,
        stuck_rooms: Vec::new(),
        series,
        marks: marks(),
        traffic: traffic(),
        ledgers: Some(ledgers()),
        loads: Vec::new(),
        providers: providers(),
        client_cpu,
        units: throng_world::stacks::STACKS[0].words.units,
        client_work: work(102_400).into(),
        hub_work: work(11_300).into(),
        provider_work: provider_work(),
        measured: Vec::new(),
        invariants: vec![
            InvariantRow {
                name: "members of an epoch agree on its authenticator",
                checks: 33_290,
            },
            InvariantRow {
                name: "one accepted commit per room and epoch",
                checks: 2_863,
            },
            InvariantRow {
                name: "what the hub accepted arrives once, in order",
                checks: 103_114,
            },
            InvariantRow {
                name: "nobody decrypts after removal",
                checks: 1_870,
            },
            InvariantRow {
                name: "every byte is accounted for",
                checks: 13,
            },
        ],
        structure: None,
        real: None,
        groups: Some(GroupRecord {
            commits,
            trees,
            series: tree_series,
            small_room: Some(small_room()),
        }),
    }
}

/// What groups add to the sample.
pub(crate) fn groups(record: &mut Record) -> &mut GroupRecord {
    record.groups.as_mut().expect("it has groups")
}

/// A run in which nothing happened.
pub(crate) fn empty_record() -> Record {
    Record {
        fingerprint: "00000000000000000000000000000000".to_owned(),
        partial: true,
        end: SimTime::ZERO,
        events: 0,
        clients: 0,
        counts: Counts::default(),
        contents: Vec::new(),
        latencies: Latencies::default(),
        latency_intervals: Vec::new(),
        open: Vec::new(),
        rooms: Vec::new(),
        largest_room: 0,
        stuck_rooms: Vec::new(),
        series: Vec::new(),
        marks: Vec::new(),
        traffic: Vec::new(),
        ledgers: Some(Ledgers::default()),
        loads: Vec::new(),
        providers: Vec::new(),
        client_cpu: histogram(),
        units: throng_world::stacks::STACKS[0].words.units,
        client_work: Work::default().into(),
        hub_work: Work::default().into(),
        provider_work: Vec::new(),
        measured: Vec::new(),
        invariants: Vec::new(),
        structure: None,
        real: None,
        groups: Some(GroupRecord::default()),
    }
}

/// The text without what stands from `begin` to `end`, wherever that occurs.
pub(crate) fn without(text: &str, begin: &str, end: &str) -> String {
    let mut pieces = text.split(begin);
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        kept.push_str(piece.split_once(end).map_or("", |(_, rest)| rest));
    }
    kept
}

/// A page as people read it, without plots and scripts, a line for each row. All measures are a long list, of which a few
/// `lines` say how it looks.
pub(crate) fn skeleton(page: &str, lines: usize) -> String {
    let (_, body) = page.split_once("<body>").expect("a body");
    let shown = without(&without(body, "<svg", "</svg>"), "<script", "</script>");
    let rows = shown
        .replace("<tr>", "\n<tr>")
        .replace("<section", "\n\n<section")
        .replace("<figure", "\n<figure");
    let all = rows.find("id=\"measures\"").expect("all measures");
    let head: Vec<&str> = rows[all..].lines().take(lines).collect();
    format!("{}{}", &rows[..all], head.join("\n"))
}
