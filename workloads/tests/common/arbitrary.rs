//! Arbitrary scenarios that are sound, as resolved: for the round trip through TOML.

use proptest::collection::vec;
use proptest::prelude::*;
use throng_workloads::dist::Dist;
use throng_workloads::scenario::*;
use throng_workloads::time::SimSpan;

/// A positive number of any size that a scenario might hold.
fn amount() -> BoxedStrategy<f64> {
    prop_oneof![
        1e-3f64..1.0,
        1.0f64..1e6,
        (1u32..100_000).prop_map(f64::from)
    ]
    .boxed()
}

fn dist() -> BoxedStrategy<Dist> {
    prop_oneof![
        amount().prop_map(Dist::Constant),
        (amount(), amount()).prop_map(|(a, b)| Dist::Uniform {
            min: a.min(b),
            max: a.max(b)
        }),
        amount().prop_map(|mean| Dist::Exponential { mean }),
        (amount(), 0.0f64..5.0).prop_map(|(median, sigma)| Dist::LogNormal { median, sigma }),
        (0.0f64..5.0, 1u32..1_000, amount()).prop_map(|(exponent, n, unit)| Dist::Zipf {
            exponent,
            n,
            unit
        }),
        (amount(), 0.01f64..9.0, amount(), any::<bool>()).prop_map(|(min, shape, more, cut)| {
            let max = if cut { min + more } else { f64::INFINITY };
            Dist::Pareto { min, shape, max }
        }),
        vec((amount(), 0.1f64..9.0), 1..5).prop_map(|pairs| {
            let (values, weights): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            Dist::empirical(&values, &weights).expect("positive weights")
        }),
    ]
    .boxed()
}

fn rate() -> BoxedStrategy<Rate> {
    prop_oneof![
        Just(Rate::Poisson(0.0)),
        (1e-9f64..1e3).prop_map(Rate::Poisson),
        dist().prop_map(Rate::Intervals),
    ]
    .boxed()
}

fn span() -> BoxedStrategy<SimSpan> {
    prop_oneof![
        (1u64..1_000_000).prop_map(SimSpan::from_secs),
        (1_000_000_000u64..100_000_000_000_000_000).prop_map(SimSpan::from_nanos),
    ]
    .boxed()
}

fn share() -> BoxedStrategy<f64> {
    prop_oneof![Just(0.0), Just(1.0), Just(0.3), 0.0f64..=1.0].boxed()
}

/// What links do beside the plain things: off in half of all.
fn conditions() -> BoxedStrategy<(Option<Bursts>, Recovery, Option<SlowStart>)> {
    let bursts = (1e-6f64..=1.0, 0.001f64..=1.0, share()).prop_map(|(p, r, loss)| Bursts {
        p,
        r,
        loss: loss * 0.9,
    });
    let recovery = prop_oneof![
        Just(Recovery::Timeout),
        Just(Recovery::Fast),
        Just(Recovery::Rack)
    ];
    let slow_start =
        (1u32..100, 0u32..100_000, prop::option::of(span())).prop_map(|(initial, more, idle)| {
            SlowStart {
                initial,
                most: initial + more,
                idle,
            }
        });
    let (bursts, slow_start) = (prop::option::of(bursts), prop::option::of(slow_start));
    (bursts, recovery, slow_start).boxed()
}

fn link() -> BoxedStrategy<LinkSpec> {
    let shares = (share().prop_map(|s| s * 0.9), share(), share());
    (
        dist(),
        dist(),
        dist(),
        amount(),
        amount(),
        shares,
        64u32..9_000,
        conditions(),
    )
        .prop_map(
            |(
                latency,
                jitter,
                retransmit,
                up,
                down,
                (loss, duplicate, reorder),
                packet,
                (bursts, recovery, slow_start),
            )| {
                LinkSpec {
                    floor: SimSpan::from_secs_f64(latency.mean().min(1.0) / 3.0)
                        .max(SimSpan::from_micros(1)),
                    latency,
                    jitter,
                    up: up.max(1.0),
                    down: down.max(1.0),
                    loss,
                    retransmit,
                    duplicate,
                    reorder,
                    packet,
                    bursts,
                    recovery,
                    slow_start,
                }
            },
        )
        .boxed()
}

fn providers() -> BoxedStrategy<Vec<Provider>> {
    let access = || prop::option::of((1.0f64..1e12).prop_map(f64::round));
    vec(
        (
            "[a-z\\-]{1,8}",
            1u32..64,
            dist(),
            1u32..9,
            access(),
            access(),
        ),
        1..4,
    )
    .prop_map(|drawn| {
        let count = drawn.len();
        let provider = |(i, (region, cores, sync, writers, up, down))| Provider {
            domain: format!("p{i}.example"),
            share: 1.0 / count as f64,
            region,
            cores,
            profile: "server".to_owned(),
            sync,
            writers,
            up,
            down,
            archive: Archive {
                history: SimSpan::from_secs(u64::from(cores) * 60),
                indexes: f64::from(writers - 1) / 8.0,
                copies: 1 + writers % 3,
            },
        };
        drawn.into_iter().enumerate().map(provider).collect()
    })
    .boxed()
}

fn users() -> BoxedStrategy<Users> {
    (
        1u32..1_000,
        prop::option::of(dist()),
        dist(),
        1usize..4,
        share(),
        credentials(),
    )
        .prop_map(
            |(count, online, offline, connections, vanish, credentials)| Users {
                count,
                clients: Dist::Uniform { min: 1.0, max: 3.0 },
                connections: (0..connections)
                    .map(|i| Connection {
                        link: format!("my \"link\" {i}"),
                        share: 1.0 / connections as f64,
                        profile: "laptop".to_owned(),
                        push: (i % 2 == 1).then(|| Push {
                            takes: offline.clone(),
                            awake: Dist::Constant(f64::from(count)),
                        }),
                    })
                    .collect(),
                online,
                offline,
                vanish,
                passive: if count % 2 == 0 {
                    Passive::Counted
                } else {
                    Passive::Simulated
                },
                credentials,
            },
        )
        .boxed()
}

fn credentials() -> BoxedStrategy<Credentials> {
    let form = prop_oneof![
        Just(CredentialForm::Basic),
        Just(CredentialForm::X509),
        Just(CredentialForm::Jwt)
    ];
    (form, 1u32..=6, 1u32..=16_000)
        .prop_map(|(form, certificates, bytes)| Credentials {
            form,
            certificates,
            bytes,
        })
        .boxed()
}

fn rooms(users: u32) -> BoxedStrategy<Rooms> {
    let hub = prop_oneof![
        Just(HubChoice::Creator),
        Just(HubChoice::First),
        Just(HubChoice::RoundRobin)
    ];
    let start = prop_oneof![
        Just(Start::Grown),
        Just(Start::AtOnce),
        Just(Start::Warm),
        Just(Start::Bare)
    ];
    let size = prop_oneof![
        Just(Dist::Constant(f64::from(users))),
        Just(Dist::Zipf {
            exponent: 1.0,
            n: users,
            unit: 1.0
        }),
        Just(Dist::LogNormal {
            median: 10.0,
            sigma: 1.0
        }),
    ];
    let kind = (1u32..5, size.clone(), share(), share());
    let kinds = (0u32..3, vec(kind, 0..3));
    (3u32..9, size, hub, share(), start, dist(), dist(), kinds)
        .prop_map(
            |(count, size, hub, locality, start, grow_interval, created, (counted, kinds))| Rooms {
                // Rooms of kinds have the sizes of these alone.
                size: match kinds.is_empty() {
                    true => size,
                    false => Dist::Constant(10.0),
                },
                kinds: room_kinds(counted, &kinds),
                count,
                hub,
                locality,
                start,
                grow_interval,
                created,
            },
        )
        .boxed()
}

/// The first has a count, the others share what that leaves by their weights.
fn room_kinds(counted: u32, kinds: &[(u32, Dist, f64, f64)]) -> Vec<RoomKind> {
    let all: u32 = kinds.iter().skip(1).map(|(weight, ..)| weight).sum();
    let kinds = kinds.iter().enumerate();
    kinds
        .map(|(i, (weight, size, talk, churn))| RoomKind {
            rooms: match (i, all) {
                (_, 0) => Portion::Share(1.0),
                (0, _) => Portion::Count(counted),
                _ => Portion::Share(f64::from(*weight) / f64::from(all)),
            },
            size: size.clone(),
            talk: *talk,
            churn: *churn,
        })
        .collect()
}

fn event() -> BoxedStrategy<MassEvent> {
    let action = prop_oneof![
        Just(MassAction::Join),
        Just(MassAction::Leave),
        Just(MassAction::Remove),
        Just(MassAction::Update),
        Just(MassAction::Message),
        Just(MassAction::RemoveEverySecond),
    ];
    (0u64..1_000, action, share(), vec(0u32..3, 0..3), dist())
        .prop_map(|(at, action, share, rooms, spread)| MassEvent {
            at: SimSpan::from_millis(at),
            action,
            share,
            rooms,
            spread,
        })
        .boxed()
}

fn churn() -> BoxedStrategy<Churn> {
    let join_by = prop_oneof![Just(JoinBy::Add), Just(JoinBy::External)];
    // There is a bound to how many clients a run can have.
    let new_clients = (0f64..1e-9).prop_map(Rate::Poisson);
    (
        vec(rate(), 12),
        new_clients,
        join_by,
        vec(event(), 0..3),
        any::<bool>(),
    )
        .prop_map(|(rates, new_clients, join_by, events, mixed)| Churn {
            joins: rates[0].clone(),
            join_by,
            adders: if events.len() == 1 {
                Speakers::Zipf(1.25)
            } else {
                Speakers::Uniform
            },
            leaves: rates[1].clone(),
            removals: rates[2].clone(),
            administration: Administration {
                kicks: rates[7].clone(),
                bans: rates[8].clone(),
                unbans: rates[9].clone(),
                role_changes: rates[10].clone(),
            },
            updates: rates[3].clone(),
            look_ups: rates[6].clone(),
            look_up_rooms: if mixed { vec![0, 2] } else { Vec::new() },
            new_clients,
            lost_clients: rates[4].clone(),
            deletions: rates[11].clone(),
            resyncs: rates[5].clone(),
            mix: mixed.then_some(Mix {
                per_member: 3.5,
                per_room: 20.0,
                add: 0.25,
                remove: 0.25,
                update: 0.25,
                message: 0.25,
                actors: Speakers::Zipf(1.5),
            }),
            events,
        })
        .boxed()
}

fn content() -> BoxedStrategy<Content> {
    let kinds = vec(0.01f64..1.0, 6).prop_map(|drawn| {
        let all: f64 = drawn.iter().sum();
        Kinds {
            text: drawn[0] / all,
            reply: drawn[1] / all,
            reaction: drawn[2] / all,
            edit: drawn[3] / all,
            delete: drawn[4] / all,
            attachment: drawn[5] / all,
        }
    });
    let receipts = prop_oneof![
        Just(Receipts::None),
        Just(Receipts::Delivery),
        Just(Receipts::Read)
    ];
    let franking = prop_oneof![
        Just((false, 0.0)),
        prop_oneof![Just(0.0), 0.0f64..=1.0].prop_map(|reports| (true, reports))
    ];
    let by = prop_oneof![Just(DownloadsBy::Provider), Just(DownloadsBy::Hub)];
    let downloads = (by, dist()).prop_map(|(by, size)| Downloads { by, size });
    let downloads = prop::option::of(downloads);
    let notices = (receipts, dist(), any::<bool>());
    let structured = (kinds, notices, franking, downloads).prop_map(
        |(kinds, (receipts, receipt_delay, typing), (franking, reports), downloads)| {
            Content::Structured(Structured {
                kinds,
                receipts,
                receipt_delay,
                typing,
                franking,
                reports,
                downloads,
            })
        },
    );
    prop_oneof![Just(Content::Opaque), structured].boxed()
}

fn messages() -> BoxedStrategy<Messages> {
    let speakers = prop_oneof![
        Just(Speakers::Uniform),
        (0.0f64..5.0).prop_map(Speakers::Zipf)
    ];
    let diurnal = prop::option::of(vec(0.1f64..5.0, 24)).prop_map(|curve| {
        let curve = curve.unwrap_or_default();
        let mean = curve.iter().sum::<f64>() / 24.0;
        curve
            .into_iter()
            .map(|part| part / mean)
            .collect::<Vec<f64>>()
    });
    let size = dist().prop_map(|size| {
        let largest = match size.max() {
            max if max.is_finite() => max,
            _ => size.quantile(0.5),
        };
        match largest > f64::from(Messages::LARGEST) {
            true => Dist::Constant(1.0),
            false => size,
        }
    });
    let rest = (diurnal, span(), share());
    (rate(), size, content(), speakers, rest)
        .prop_map(
            |(rate, size, content, speakers, (diurnal, day, starts_at))| Messages {
                rate,
                size,
                content,
                speakers,
                diurnal,
                day,
                starts_at,
            },
        )
        .boxed()
}

fn policy() -> BoxedStrategy<Policy> {
    let commit = prop_oneof![Just(CommitPolicy::AtOnce), Just(CommitPolicy::Propose)];
    let committer = prop_oneof![
        Just(Committer::Anyone),
        Just(Committer::Admin),
        Just(Committer::AdminCovers),
        Just(Committer::LowestLeaf),
        Just(Committer::MostActive),
        Just(Committer::Rendezvous),
    ];
    let tree = prop_oneof![
        Just(TreeDelivery::InWelcome),
        Just(TreeDelivery::FromHub),
        Just(TreeDelivery::ByUrl)
    ];
    let group_info = prop_oneof![Just(GroupInfoForm::Partial), Just(GroupInfoForm::Full)];
    let participant_list = prop_oneof![
        Just(ParticipantListPlace::Context),
        Just(ParticipantListPlace::Hash),
        Just(ParticipantListPlace::Nowhere)
    ];
    let leave = prop_oneof![Just(Leave::Removes), Just(Leave::SelfRemove)];
    let profile = prop_oneof![
        Just(Profile::Unchecked),
        Just(Profile::Cooperative),
        Just(Profile::Strict),
        Just(Profile::Moderated),
        Just(Profile::MultiOrganization),
    ];
    let consent = prop_oneof![
        Just(Consent::Given),
        Just(Consent::Asked),
        Just(Consent::AskedForRoom)
    ];
    let find = prop_oneof![Just(Find::Known), Just(Find::Handle)];
    let consent = (consent, dist(), share(), find, share());
    let words = (
        commit,
        committer,
        tree,
        group_info,
        participant_list,
        (leave, profile, any::<bool>()),
    );
    let numbers = (1u32..1_000, 0u32..1_000, 1u32..10_000, 0u32..10_000);
    let spans = (span(), prop::option::of(span()), span());
    let keys = (share(), any::<bool>(), 0u32..1_000, span());
    let spans = (spans, keys);
    let covering = (1u32..=10_000, span(), span(), any::<bool>(), 0.0..10.0f64);
    let body = || prop_oneof![Just(1_000_000u32), 1u32..=32 << 20];
    let welcome = prop_oneof![Just(WelcomeFor::All), Just(WelcomeFor::Each)];
    let bodies = (1u32..=1_000, body(), span(), body(), welcome);
    let covering = (covering, bodies);
    let delays = (dist(), dist(), consent);
    (words, numbers, delays, spans, covering)
        .prop_map(
            |(
                (
                    commit,
                    committer,
                    tree,
                    group_info,
                    participant_list,
                    (leave, profile, path_on_add),
                ),
                numbers,
                (commit_delay, backoff, (consent, consent_delay, consent_refused, find, findable)),
                ((max, request_timeout, life), (low, last_resort, limit, period)),
                (
                    (commit_batch, commit_batch_wait, commit_fallback, one_first, refresh),
                    (notify_batch, notify_batch_bytes, notify_batch_wait, notify_most, welcome),
                ),
            )| {
                let one_first = one_first && committer == Committer::Anyone;
                Policy {
                    commit,
                    committer,
                    commit_delay,
                    commit_batch,
                    commit_batch_wait,
                    commit_fallback: commit_fallback.max(SimSpan::from_nanos(1)),
                    admission: match one_first {
                        true => Admission::OneFirst,
                        false => Admission::Everybody,
                    },
                    notify_batch: if one_first { 1 } else { notify_batch },
                    notify_batch_bytes,
                    notify_batch_wait,
                    notify_most,
                    refresh: match committer {
                        Committer::Admin => 0.0,
                        _ => refresh,
                    },
                    backoff,
                    backoff_max: max,
                    request_timeout,
                    tree,
                    tree_epochs: numbers.1,
                    welcome,
                    group_info,
                    participant_list,
                    profile,
                    signed_context: match last_resort {
                        true => SignedContext::Hash,
                        false => SignedContext::Whole,
                    },
                    evict_ended: path_on_add,
                    handshakes: match one_first {
                        true => Handshakes::SemiPrivate,
                        false => Handshakes::Public,
                    },
                    leave,
                    path_on_add,
                    key_packages: numbers.0,
                    key_packages_low: low,
                    key_package_lifetime: life,
                    last_resort,
                    key_material_limit: limit,
                    key_material_period: period.max(SimSpan::from_nanos(1)),
                    find,
                    findable,
                    consent,
                    consent_delay,
                    consent_refused,
                    consent_key_packages: last_resort,
                    epoch_tolerance: numbers.1,
                    padding: numbers.2,
                    max_forward: numbers.3,
                }
            },
        )
        .boxed()
}

fn cost(engine: EngineKind) -> BoxedStrategy<Cost> {
    let nanos = vec((any::<String>(), share().prop_map(|s| s * 1e6)), 0..30).prop_map(|nanos| {
        let mut names = std::collections::BTreeSet::new();
        let once = |(unit, _): &(String, f64)| names.insert(unit.clone());
        nanos.into_iter().filter(once).collect()
    });
    let calibrated_to = prop::option::of(1..=u32::MAX);
    let costs = (any::<String>(), nanos, calibrated_to);
    let costs = costs.prop_map(|(source, nanos, calibrated_to)| MachineCosts {
        source,
        nanos,
        calibrated_to,
    });
    let whole_tree = prop_oneof![Just(WholeTree::Anew), Just(WholeTree::Kept)];
    let leaf_checks = prop_oneof![Just(LeafChecks::Pairwise), Just(LeafChecks::Indexed)];
    let spec = (share(), prop::option::of(costs), whole_tree, leaf_checks).prop_map(
        |(share, measured, whole_tree, leaf_checks)| ProfileSpec {
            factor: share * 100.0,
            measured,
            whole_tree,
            leaf_checks,
        },
    );
    let measured = match engine {
        EngineKind::OpenMls => CostSource::Measured,
        // The model has nothing to measure.
        EngineKind::Model => CostSource::Profile,
    };
    let source = prop_oneof![Just(CostSource::Profile), Just(measured)];
    (source, vec(spec, 2))
        .prop_map(|(source, specs)| {
            let names = ["server", "laptop"].map(str::to_owned);
            Cost {
                source,
                profiles: names.into_iter().zip(specs).collect(),
            }
        })
        .boxed()
}

/// Stages, in which something passes.
fn load() -> BoxedStrategy<Load> {
    let shape = prop_oneof![Just(Shape::Ramp), Just(Shape::Hold), Just(Shape::Spike)];
    let stage = (shape, span(), 0.0f64..1_000.0, 0.5f64..1_000.0);
    let stage = stage.prop_map(|(shape, duration, from, to)| Stage {
        shape,
        duration,
        from: if shape == Shape::Hold { to } else { from },
        to,
    });
    vec(stage, 0..3).prop_map(|stages| Load { stages }).boxed()
}

/// Roles are those of the list, administration is by roles, and nobody comes into a cooperative room from outside.
fn hold_to_roles(scenario: &mut Scenario) {
    let policy = &mut scenario.policy;
    // What is modelled no stopwatch measures.
    if scenario.cost.source == CostSource::Measured {
        policy.signed_context = SignedContext::Whole;
    }
    if policy.participant_list == ParticipantListPlace::Nowhere {
        if policy.tree == TreeDelivery::ByUrl {
            policy.tree = TreeDelivery::FromHub;
        }
        policy.profile = Profile::Unchecked;
        policy.evict_ended = false;
        policy.handshakes = Handshakes::Public;
        policy.signed_context = SignedContext::Whole;
    }
    match policy.profile {
        Profile::Unchecked => {
            let never = || Rate::Poisson(0.0);
            scenario.churn.administration = Administration {
                kicks: never(),
                bans: never(),
                unbans: never(),
                role_changes: never(),
            };
        }
        Profile::Cooperative if scenario.churn.join_by == JoinBy::External => {
            policy.profile = Profile::Strict;
        }
        _ => {}
    }
}

/// Any sound scenario.
pub(crate) fn scenario() -> BoxedStrategy<Scenario> {
    let head = (
        "[a-zA-Z0-9_\\-]{1,20}",
        any::<String>(),
        any::<u64>(),
        span(),
    );
    let engine = prop_oneof![Just(EngineKind::Model), Just(EngineKind::OpenMls)]
        .prop_flat_map(|engine| (cost(engine), Just(engine)));
    let suite = prop_oneof![
        Just(Ciphersuite::X25519Aes128Sha256Ed25519),
        Just(Ciphersuite::P256Aes128Sha256P256),
        Just(Ciphersuite::X25519ChaCha20Sha256Ed25519),
    ];
    let users = users().prop_flat_map(|users| (rooms(users.count), Just(users)));
    let what = (providers(), users, churn(), messages(), policy());
    let links = (vec(link(), 3), link(), link(), prop::option::of(link()));
    let links = (links, share());
    let what = (what, load());
    (head, engine, suite, what, links)
        .prop_map(
            |((name, description, seed, duration), (cost, engine), ciphersuite, what, links)| {
                let ((providers, (rooms, users), churn, messages, policy), load) = what;
                let ((clients, same_region, between_regions, pair), loss) = links;
                // What is lost must be repeated.
                let request_loss = policy.request_timeout.map_or(0.0, |_| loss);
                // So must what comes while a provider is down.
                let outages = policy.request_timeout.filter(|_| seed % 3 == 0);
                let outages = outages.map(|_| Outage {
                    domain: providers[seed as usize % providers.len()].domain.clone(),
                    at: SimSpan::from_nanos(duration.as_nanos() / 3),
                    lasts: SimSpan::from_nanos(duration.as_nanos() / 4 + 1),
                });
                let names = users.connections.iter().map(|c| c.link.clone());
                let pair = pair.map(|link| (("eu".to_owned(), "us\n".to_owned()), link));
                let mut scenario = Scenario {
                    name,
                    description,
                    seed,
                    run: (seed % 7) as u32,
                    duration,
                    warmup: SimSpan::from_nanos(duration.as_nanos() / 7),
                    stack: "mimi".to_owned(),
                    engine,
                    ciphersuite,
                    providers,
                    rooms,
                    churn,
                    messages,
                    policy,
                    network: Network {
                        client: names.zip(clients).collect(),
                        provider: pair.into_iter().collect(),
                        same_region,
                        between_regions,
                        request_loss,
                        transport: match seed % 2 {
                            0 => Transport::Https,
                            _ => Transport::None,
                        },
                        in_order: match seed % 5 {
                            0 => InOrder::Room,
                            _ => InOrder::Connection,
                        },
                        // Of a scenario without outages it is not written.
                        reconnect: match outages {
                            Some(_) => Dist::Uniform {
                                min: 0.0,
                                max: loss,
                            },
                            None => Dist::Uniform {
                                min: 0.0,
                                max: 10.0,
                            },
                        },
                        outages: outages.into_iter().collect(),
                    },
                    cost,
                    load,
                    trace: None,
                    thresholds: vec![format!("join.p95 < {seed}ms")],
                    users,
                };
                // Who stamps messages is said beside the list.
                if scenario.messages.content.is_franked()
                    && scenario.policy.participant_list == ParticipantListPlace::Nowhere
                {
                    scenario.policy.participant_list = ParticipantListPlace::Context;
                }
                hold_to_roles(&mut scenario);
                // There is a bound to what is gathered before a run.
                if Expected::of(&scenario).wishes > 1e8 {
                    scenario.users.passive = Passive::Simulated;
                }
                scenario
            },
        )
        .boxed()
}
