//! Audiences against links and stations driven event by event, and promises against many inputs.

use super::*;
use hdrhistogram::Histogram;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_cost::{CostProfile, Units};
use throng_kernel::station::Station;
use throng_net::losses::MAX_ROUNDS;
use throng_net::{Direction, Flow, Link, Traffic};
use throng_workloads::dist::{Dist, unit};
use throng_workloads::intent::{ClientId, ProviderId, RoomId};
use throng_workloads::scenario::{LinkSpec, Recovery};
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};

/// 8 Mbit/s down: a byte a microsecond. 10 ms on the way, and nothing goes wrong.
fn plain() -> LinkSpec {
    LinkSpec {
        floor: SimSpan::from_millis(1),
        latency: Dist::Constant(0.010),
        jitter: Dist::Constant(0.0),
        up: 1e6,
        down: 8e6,
        loss: 0.0,
        retransmit: Dist::Constant(0.050),
        duplicate: 0.0,
        reorder: 0.0,
        packet: 1_000,
        bursts: None,
        recovery: Recovery::Timeout,
        slow_start: None,
    }
}

fn classes(specs: impl IntoIterator<Item = LinkSpec>) -> Vec<Arc<AudienceClass>> {
    let profile = Arc::new(CostProfile::built_in(Units::new(&[])));
    let class = |spec| Arc::new(AudienceClass::new(Arc::new(spec), Arc::clone(&profile)));
    specs.into_iter().map(class).collect()
}

fn audience(
    classes: &[Arc<AudienceClass>],
    members: impl IntoIterator<Item = (u8, u32, ClientId)>,
) -> Audience {
    let streams = Streams::new(3, 0);
    Audience::new(
        classes.to_vec(),
        members,
        &streams,
        ProviderId(1),
        RoomId(0),
    )
    .expect("sound")
}

/// An audience of `count` clients of one class, at leaves of their own numbers.
fn uniform(spec: LinkSpec, count: u32) -> Audience {
    audience(&classes([spec]), (0..count).map(|i| (0, i, ClientId(i))))
}

fn event(number: u64, departure: SimTime, bytes: u64) -> Event<'static> {
    Event {
        number,
        departure,
        since: departure,
        bytes,
        sender: None,
        costs: &[],
    }
}

fn micros(micros: u64) -> SimTime {
    SimTime::ZERO + SimSpan::from_micros(micros)
}

/// The largest distance between the distribution functions of two samples of `n` each, in units of what
/// it exceeds once in a thousand times if both have one distribution (Smirnov 1948: 1.95·√(2/n)).
fn kolmogorov_smirnov(mut a: Vec<u64>, mut b: Vec<u64>) -> f64 {
    assert_eq!(a.len(), b.len());
    a.sort_unstable();
    b.sort_unstable();
    let up_to = |sorted: &[u64], value: u64| sorted.partition_point(|v| *v <= value) as f64;
    let points = a.iter().chain(&b);
    let distance = points.map(|v| (up_to(&a, *v) - up_to(&b, *v)).abs());
    let n = a.len() as f64;
    distance.fold(0.0, f64::max) / n / (1.95 * (2.0 / n).sqrt())
}

// ---- equal to links and stations ----

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Without anything to draw each client has, to the nanosecond, the link and the device that it would
    /// have as an entity of its own; and what is counted is what these saw.
    #[test]
    fn without_draws_it_is_links_and_stations(
        downs in prop::collection::vec(1e3..1e9, 1..4),
        leaves in prop::collection::btree_set(0u32..5_000, 1..60),
        sends in prop::collection::vec((0u64..40_000, 0u64..5_000, 0u32..5_000, 0u64..9_000), 1..20),
    ) {
        let specs: Vec<LinkSpec> = downs.iter().map(|down| LinkSpec { down: *down, ..plain() }).collect();
        let classes = classes(specs.clone());
        let class_of = |leaf: u32| (leaf as usize % specs.len()) as u8;
        let members: Vec<_> = leaves.iter().map(|leaf| (class_of(*leaf), *leaf, ClientId(leaf * 3))).collect();
        let mut audience = audience(&classes, members.iter().copied());
        let stream = Streams::new(1, 0).stream(StreamOwner::Run, "unused");
        let mut apart: BTreeMap<u32, (Link, Station)> = members.iter().map(|(class, leaf, _)| {
            let spec = Arc::new(specs[usize::from(*class)].clone());
            (*leaf, (Link::new(spec, Direction::Down, stream.clone()), Station::new(1)))
        }).collect();
        let mut now = SimTime::ZERO;
        for (number, (gap, bytes, sender, step)) in (0..).zip(sends) {
            now += SimSpan::from_micros(gap);
            let costs: Vec<SimSpan> = (0..14).map(|height| SimSpan::from_nanos(step * (20 - height))).collect();
            let by_class = vec![costs.as_slice(); specs.len()];
            let since = SimTime::from_nanos(now.as_nanos() / 2);
            let delivered = audience.deliver(&Event {
                number, departure: now, since, bytes, sender: Some(sender), costs: &by_class,
            });
            let mut histogram = Histogram::<u64>::new(3).expect("sound");
            let mut spans = Vec::new();
            let mut cpu = SimSpan::ZERO;
            let mut last = SimTime::ZERO;
            for (leaf, (link, station)) in &mut apart {
                let (mut a, mut b, mut height) = (*leaf, sender, 0);
                while a != b {
                    (a, b, height) = (a / 2, b / 2, height + 1);
                }
                if height > 0 {
                    let cost = costs[height];
                    let served = station.serve(link.send(now, bytes).arrival, None, cost);
                    let span = served.done - since;
                    histogram.record(span.as_nanos() / 1_000).expect("it resizes");
                    spans.push(span);
                    cpu += cost;
                    last = last.max(served.done);
                }
            }
            let mut counted = Histogram::<u64>::new(3).expect("sound");
            delivered.delays.add_to(&mut counted);
            prop_assert!(counted == histogram);
            prop_assert_eq!(delivered.count(), spans.len() as u64);
            prop_assert_eq!(delivered.delays.max(), spans.into_iter().max());
            prop_assert_eq!((delivered.cpu, delivered.last), (cpu, last));
        }
        let mut cpus = Histogram::<u64>::new(3).expect("sound");
        for (leaf, (link, station)) in &apart {
            let (client, seat) = audience.get(class_of(*leaf), *leaf).expect("a member");
            prop_assert_eq!(client, ClientId(leaf * 3));
            prop_assert_eq!(seat.link_free, link.free_at());
            prop_assert_eq!(seat.cpu, station.busy());
            // Done with the last job.
            let idle = station.clone().serve(SimTime::ZERO, None, SimSpan::ZERO).done;
            prop_assert_eq!(seat.busy.max(now), idle.max(now));
            cpus.record(seat.cpu.as_nanos() / 1_000).expect("it resizes");
        }
        let mut counted = Histogram::<u64>::new(3).expect("sound");
        audience.add_cpu_to(&mut counted);
        prop_assert!(counted == cpus);
    }
}

/// When each of `count` messages arrives over a link of its own, when that is free again (both in
/// nanoseconds), and how many arrive twice.
fn over_links(spec: &LinkSpec, count: u32, bytes: u64) -> (Vec<u64>, Vec<u64>, u64) {
    let spec = Arc::new(spec.clone());
    let (mut arrivals, mut frees, mut twice) = (Vec::new(), Vec::new(), 0);
    for i in 0..u64::from(count) {
        let stream = Streams::new(8, 0).stream(StreamOwner::Client(i), "oracle");
        let mut link = Link::new(Arc::clone(&spec), Direction::Down, stream);
        let sent = link.send(SimTime::ZERO, bytes);
        arrivals.push(sent.arrival.as_nanos());
        frees.push(link.free_at().as_nanos());
        twice += u64::from(sent.duplicate.is_some());
    }
    (arrivals, frees, twice)
}

#[test]
fn draws_have_the_distribution_of_links() {
    const CLIENTS: u32 = 40_000;
    let lognormal = |median, sigma| Dist::LogNormal { median, sigma };
    let atoms = Dist::empirical(&[0.002, 0.030, 0.031], &[1.0, 5.0, 3.0]).expect("sound");
    let ranks = Dist::Zipf {
        exponent: 1.1,
        n: 400,
        unit: 0.001,
    };
    let heavy = Dist::Pareto {
        min: 0.010,
        shape: 1.2,
        max: f64::INFINITY,
    };
    let uniform_jitter = Dist::Uniform {
        min: 0.0,
        max: 0.005,
    };
    let none = Dist::Constant(0.0);
    for (latency, jitter, loss, bytes) in [
        (lognormal(0.030, 0.5), lognormal(0.003, 1.0), 0.0, 300),
        (Dist::Exponential { mean: 0.003 }, none.clone(), 0.0, 0),
        (heavy, none.clone(), 0.0, 10),
        (atoms, uniform_jitter.clone(), 0.0, 10),
        (ranks, none.clone(), 0.0, 10),
        // Beyond what nanoseconds in 32 bits hold.
        (lognormal(30.0, 0.7), uniform_jitter.clone(), 0.0, 10),
        (Dist::Constant(0.010), uniform_jitter, 0.02, 900),
        (Dist::Constant(0.010), none.clone(), 0.02, 12_345),
        (lognormal(0.030, 0.5), none.clone(), 0.3, 2_500),
        (Dist::Constant(0.010), none, 1.0, 2_500),
    ] {
        let spec = LinkSpec {
            latency,
            jitter,
            loss,
            duplicate: 0.05,
            retransmit: Dist::Exponential { mean: 0.1 },
            ..plain()
        };
        let (arrivals, frees, twice) = over_links(&spec, CLIENTS, bytes);
        let mut audience = uniform(spec.clone(), CLIENTS);
        let delivered = audience.deliver(&event(0, SimTime::ZERO, bytes));
        let (mut done, mut free) = (Vec::new(), Vec::new());
        for (_, seat) in audience.iter() {
            done.push(seat.busy.as_nanos());
            free.push(seat.link_free.as_nanos());
        }
        assert!(kolmogorov_smirnov(done, arrivals) < 1.0, "{spec:?}");
        assert!(kolmogorov_smirnov(free, frees) < 1.0, "{spec:?}");
        // Each packet is sent 1/(1 − p) times in the mean, with a variance of p/(1 − p)².
        if loss < 1.0 {
            let packets = f64::from(CLIENTS) * (bytes as f64 / f64::from(spec.packet)).ceil();
            let deviation = f64::from(spec.packet) * (packets * loss).sqrt() / (1.0 - loss);
            let want = f64::from(CLIENTS) * bytes as f64 * loss / (1.0 - loss);
            let got = delivered.traffic.lost_bytes as f64;
            assert!(
                (got - want).abs() <= 4.0 * deviation,
                "{got} bytes for {want}: {spec:?}"
            );
        }
        let (got, want) = (delivered.traffic.duplicates as f64, twice as f64);
        assert!(
            (got - want).abs() < 6.0 * want.sqrt(),
            "{got} copies for {want}: {spec:?}"
        );
    }
}

#[test]
fn what_is_always_lost_is_lost_in_every_round() {
    let spec = LinkSpec {
        loss: 1.0,
        ..plain()
    };
    let traffic = uniform(spec, 10)
        .deliver(&event(0, SimTime::ZERO, 2_300))
        .traffic;
    assert_eq!(traffic.lost_bytes, 10 * 2_300 * u64::from(MAX_ROUNDS));
}

/// Of four million draws as many are beyond a quantile as its definition says, out to one in 100,000,
/// where a table of 4,096 quantiles ends long before.
#[test]
fn tails_are_as_asked() {
    let latency = Dist::LogNormal {
        median: 0.020,
        sigma: 0.6,
    };
    let jitter = Dist::Exponential { mean: 0.010 };
    let no_latency = LinkSpec {
        latency: Dist::Constant(0.0),
        floor: SimSpan::ZERO,
        ..plain()
    };
    for (dist, spec) in [
        (
            latency.clone(),
            LinkSpec {
                latency,
                floor: SimSpan::ZERO,
                ..plain()
            },
        ),
        (
            jitter.clone(),
            LinkSpec {
                jitter,
                ..no_latency
            },
        ),
    ] {
        const CLIENTS: u32 = 1_000_000;
        let mut audience = uniform(spec, CLIENTS);
        let mut drawn = Vec::new();
        for number in 0..4 {
            let departure = SimTime::ZERO + SimSpan::from_secs(100) * number;
            audience.deliver(&event(number, departure, 0));
            drawn.extend(
                audience
                    .iter()
                    .map(|(_, seat)| (seat.busy - departure).as_secs_f64()),
            );
        }
        let n = drawn.len() as f64;
        for beyond in [0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-5] {
            let close = |got: usize, what: &str| {
                let (got, want) = (got as f64, beyond * n);
                let slack = 4.0 * (want * (1.0 - beyond)).sqrt();
                assert!(
                    (got - want).abs() < slack,
                    "{what} {beyond}: {got} for {want}"
                );
            };
            let above = dist.quantile(1.0 - beyond);
            close(drawn.iter().filter(|d| **d > above).count(), "above");
            let below = dist.quantile(beyond);
            close(drawn.iter().filter(|d| **d < below).count(), "below");
        }
    }
}

/// Neighbouring clients, one client's successive events, latency and jitter: what is drawn for one says
/// nothing about the other.
#[test]
fn draws_are_independent() {
    const CLIENTS: u32 = 200_000;
    let even = |max| Dist::Uniform { min: 0.0, max };
    let draws = |spec: LinkSpec, number: u64| -> Vec<f64> {
        let mut audience = uniform(
            LinkSpec {
                floor: SimSpan::ZERO,
                ..spec
            },
            CLIENTS,
        );
        audience.deliver(&event(number, SimTime::ZERO, 0));
        audience
            .iter()
            .map(|(_, seat)| seat.busy.as_secs_f64() - 0.5)
            .collect()
    };
    let latency = LinkSpec {
        latency: even(1.0),
        ..plain()
    };
    let jitter = LinkSpec {
        latency: Dist::Constant(0.0),
        jitter: even(1.0),
        ..plain()
    };
    let (first, second) = (draws(latency.clone(), 0), draws(latency, 1));
    let other = draws(jitter, 0);
    let uncorrelated = |a: &[f64], b: &[f64], what: &str| {
        let n = a.len().min(b.len()) as f64;
        let mean = a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n;
        // The product of two such deviates has a standard deviation of 1/12.
        assert!(
            (mean * 12.0).abs() < 4.0 / n.sqrt(),
            "{what}: {}",
            mean * 12.0
        );
        let squares = |a: &f64, b: &f64| (a * a - 1.0 / 12.0) * (b * b - 1.0 / 12.0) * 180.0;
        let mean = a.iter().zip(b).map(|(a, b)| squares(a, b)).sum::<f64>() / n;
        assert!(mean.abs() < 5.0 / n.sqrt(), "squares of {what}: {mean}");
    };
    for step in [1, 2, 3, 16, 256, 1024, 65_536] {
        uncorrelated(&first, &first[step..], "neighbours");
    }
    uncorrelated(&first, &second, "events");
    uncorrelated(&first, &other, "latency and jitter");
    uncorrelated(&first, &other[1..], "latency and a neighbour's jitter");
}

/// Poisson arrivals of equal jobs at one device are an M/D/1 queue; its mean wait is ρ·S / (2·(1 − ρ))
/// (Pollaczek–Khinchine).
#[test]
fn waiting_at_the_device_is_pollaczek_khinchine() {
    const EVENTS: u64 = 100_000;
    let service = SimSpan::from_millis(1);
    for load in [0.3, 0.7] {
        let mut audience = uniform(
            LinkSpec {
                down: f64::INFINITY,
                ..plain()
            },
            1,
        );
        let mut arrivals = Streams::new(4, 0).stream(StreamOwner::Run, "arrivals");
        let gap = Dist::Exponential {
            mean: service.as_secs_f64() / load,
        };
        let costs: &[&[SimSpan]] = &[&[service]];
        let mut now = SimTime::ZERO;
        let events: Vec<Event<'_>> = (0..EVENTS)
            .map(|number| {
                now += SimSpan::from_secs_f64(gap.sample(&mut arrivals));
                Event {
                    costs,
                    ..event(number, now, 0)
                }
            })
            .collect();
        let delivered = audience.deliver_all(&events);
        let unloaded = SimSpan::from_millis(10) + service;
        let waits = delivered.iter().filter_map(|d| d.delays.max());
        let waited: f64 = waits
            .map(|max| max.saturating_sub(unloaded).as_secs_f64())
            .sum();
        let got = waited / EVENTS as f64;
        let want = load * service.as_secs_f64() / (2.0 * (1.0 - load));
        assert!(
            (got - want).abs() < 0.04 * want,
            "at load {load}: {got} against {want}"
        );
    }
}

#[test]
fn times_beyond_the_end_saturate() {
    let mut audience = uniform(plain(), 10);
    let late = SimTime::from_nanos(u64::MAX - 5);
    let delivered = audience.deliver(&event(0, late, 100));
    assert_eq!(delivered.last, SimTime::MAX);
    assert_eq!(delivered.delays.max(), Some(SimSpan::from_nanos(5)));
    let again = audience.deliver(&event(1, late, 100));
    assert_eq!(again.count(), 10);
}

// ---- the same however it is cut ----

/// Three classes, one of them faulty.
fn mixed() -> Vec<Arc<AudienceClass>> {
    let lognormal = Dist::LogNormal {
        median: 0.030,
        sigma: 0.5,
    };
    classes([
        LinkSpec {
            latency: lognormal.clone(),
            ..plain()
        },
        LinkSpec {
            latency: lognormal,
            jitter: Dist::Exponential { mean: 0.01 },
            loss: 0.01,
            duplicate: 0.01,
            ..plain()
        },
        plain(),
    ])
}

const COSTS: &[&[SimSpan]] = &[
    &[
        SimSpan::from_micros(900),
        SimSpan::from_micros(800),
        SimSpan::from_micros(700),
    ],
    &[SimSpan::from_millis(2)],
    &[],
];

fn some_events(count: u64) -> Vec<Event<'static>> {
    let some = |number: u64| Event {
        sender: (!number.is_multiple_of(3)).then_some(number as u32 * 977),
        costs: COSTS,
        ..event(number, micros(number * 5_000), 100 + number * 50)
    };
    (0..count).map(some).collect()
}

fn members(count: u32) -> impl Iterator<Item = (u8, u32, ClientId)> {
    (0..count).map(|i| ((i % 7 % 3) as u8, i, ClientId(i ^ 5)))
}

#[test]
fn threads_and_batches_change_nothing() {
    let classes = mixed();
    let run = |threads: usize, batch: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        let mut audience = audience(&classes, members(100_000));
        let delivered: Vec<Delivered> = pool.install(|| {
            let batches = some_events(20);
            let batches = batches.chunks(batch);
            batches
                .flat_map(|events| audience.deliver_all(events))
                .collect()
        });
        (delivered, audience.iter().collect::<Vec<_>>())
    };
    let one = run(1, 1);
    for (threads, batch) in [(1, 20), (2, 3), (16, 1), (16, 20)] {
        assert!(
            run(threads, batch) == one,
            "{threads} threads, {batch} at once"
        );
    }
}

#[test]
fn who_else_is_there_changes_nothing() {
    let classes = mixed();
    let mut all = audience(&classes, members(20_000));
    let mut some = audience(
        &classes,
        members(20_000).filter(|(_, leaf, _)| leaf % 5 == 0),
    );
    all.deliver_all(&some_events(9));
    some.deliver_all(&some_events(9));
    for (class, leaf, _) in members(20_000).filter(|(_, leaf, _)| leaf % 5 == 0) {
        assert_eq!(all.get(class, leaf), some.get(class, leaf));
    }
}

#[test]
fn digests_tell_clients_and_times_apart() {
    let classes = mixed();
    let digest = |members: Vec<(u8, u32, ClientId)>, event: Event<'_>| {
        audience(&classes, members).deliver(&event).digest
    };
    let base: Vec<_> = members(100).collect();
    let swapped = |a: usize, b: usize| {
        let mut members = base.clone();
        let (first, second) = (members[a].2, members[b].2);
        (members[a].2, members[b].2) = (second, first);
        members
    };
    let at = |number, nanos| event(number, SimTime::from_nanos(nanos), 100);
    let digests = [
        digest(base.clone(), at(0, 0)),
        digest(base.clone(), at(1, 0)),
        digest(base.clone(), at(0, 1)),
        digest(base[1..].to_vec(), at(0, 0)),
        // Both in the class where nothing is drawn, so that their times are swapped at most.
        digest(
            swapped(2, 5),
            Event {
                sender: Some(3),
                costs: &[&[], &[], COSTS[0]],
                ..at(0, 0)
            },
        ),
        digest(
            base.clone(),
            Event {
                sender: Some(3),
                costs: &[&[], &[], COSTS[0]],
                ..at(0, 0)
            },
        ),
    ];
    for (i, one) in digests.iter().enumerate() {
        assert!(digests[..i].iter().all(|earlier| earlier != one), "{i}");
    }
}

// ---- promises ----

fn specs() -> impl Strategy<Value = LinkSpec> {
    (
        (1u64..50_000, 0.0..0.1, 0.0..0.05, 1e3..1e9),
        (0.0..0.9, 0.0..0.5, 0.0..0.5, 1u32..3_000),
    )
        .prop_map(
            |((floor, latency, jitter, down), (loss, duplicate, reorder, packet))| LinkSpec {
                floor: SimSpan::from_micros(floor),
                latency: Dist::Exponential { mean: latency },
                jitter: Dist::Exponential { mean: jitter },
                up: down,
                down,
                loss,
                retransmit: Dist::Exponential { mean: 0.1 },
                duplicate,
                reorder,
                packet,
                bursts: None,
                recovery: Recovery::Timeout,
                slow_start: None,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn bytes_add_up_and_order_holds(
        specs in prop::collection::vec(specs(), 1..4),
        sends in prop::collection::vec((0u64..100_000, 0u64..20_000, 0u64..9_000), 1..20),
    ) {
        let flow = Flow { from: 1, to: 0, kind: 0 };
        let mut traffic = Traffic::new(2, 1);
        let classes = classes(specs.clone());
        let count = 40;
        let class_of = |leaf: u32| leaf as usize % specs.len();
        let mut audience = audience(&classes, (0..count).map(|i| (class_of(i) as u8, i, ClientId(i))));
        let mut now = SimTime::ZERO;
        for (number, (gap, bytes, cost)) in (0..).zip(sends) {
            now += SimSpan::from_micros(gap);
            let cost = SimSpan::from_micros(cost);
            let costs = vec![std::slice::from_ref(&cost); specs.len()];
            let before: Vec<(ClientId, Seat)> = audience.iter().collect();
            let delivered = audience.deliver(&Event { costs: &costs, ..event(number, now, bytes) });
            let bulk = delivered.traffic;
            prop_assert_eq!((bulk.messages, bulk.bytes), (u64::from(count), bytes));
            prop_assert_eq!(bulk.sent_bytes(), u64::from(count) * bytes + bulk.lost_bytes);
            prop_assert_eq!(delivered.receivers.iter().flatten().sum::<u64>(), bulk.messages);
            traffic.delivered(flow, &bulk);
            prop_assert_eq!(traffic.balanced(), Ok(()));
            prop_assert_eq!(traffic.get(flow).in_flight().messages, 0);
            for ((client, before), (same, after)) in before.into_iter().zip(audience.iter()) {
                prop_assert_eq!(client, same);
                let spec = &specs[class_of(client.0)];
                prop_assert!(after.busy >= before.busy + cost, "in order");
                prop_assert!(after.busy >= now + spec.floor + cost);
                prop_assert!(after.link_free >= before.link_free && after.link_free <= after.busy);
                prop_assert_eq!(after.cpu, before.cpu + cost);
            }
        }
    }

    /// Against a map, through chunks that fill and split and empty.
    #[test]
    fn clients_come_and_go(steps in prop::collection::vec((any::<bool>(), 0u8..3, 0u32..9), 1..300)) {
        let classes = mixed();
        let mut audience = audience(&classes, []);
        let mut map: BTreeMap<(u8, u32), (ClientId, Seat)> = BTreeMap::new();
        for (number, (come, class, leaf)) in (0..).zip(steps) {
            let client = ClientId(number);
            let seat = Seat { link_free: micros(u64::from(number)), ..Seat::default() };
            if come {
                let taken = map.contains_key(&(class, leaf));
                let error = Err(AudienceError::LeafTaken { class, leaf });
                let result = audience.insert(class, leaf, client, seat);
                prop_assert_eq!(result, if taken { error } else { Ok(()) });
                map.entry((class, leaf)).or_insert((client, seat));
            } else {
                prop_assert_eq!(audience.remove(class, leaf), map.remove(&(class, leaf)));
            }
            prop_assert_eq!(audience.len(), map.len());
            prop_assert!(audience.iter().eq(map.values().copied()));
        }
    }
}

#[test]
fn a_crowd_can_come_one_by_one_and_go() {
    let classes = mixed();
    let mut all: Vec<_> = members(30_000).collect();
    let mut at_once = audience(&classes, all.iter().copied());
    let mut one_by_one = audience(
        &classes,
        all.iter().copied().filter(|(_, leaf, _)| leaf % 2 == 0),
    );
    let mut stream = Streams::new(1, 0).stream(StreamOwner::Run, "shuffle");
    all.sort_by_cached_key(|_| unit(&mut stream).to_bits());
    for (class, leaf, client) in all.iter().filter(|(_, leaf, _)| leaf % 2 == 1) {
        one_by_one
            .insert(*class, *leaf, *client, Seat::default())
            .expect("free");
    }
    for events in some_events(6).chunks(2) {
        assert_eq!(at_once.deliver_all(events), one_by_one.deliver_all(events));
        for (class, leaf, _) in all.split_off(all.len() - 500) {
            let gone = at_once.remove(class, leaf);
            assert!(gone.is_some());
            assert_eq!(gone, one_by_one.remove(class, leaf));
        }
    }
    assert!(at_once.iter().eq(one_by_one.iter()));
    assert!(
        at_once.bytes_per_client() < 40.0,
        "{}",
        at_once.bytes_per_client()
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let classes = classes([plain()]);
    let new = |members: &[(u8, u32, ClientId)]| {
        let streams = Streams::new(3, 0);
        let members = members.iter().copied();
        Audience::new(classes.clone(), members, &streams, ProviderId(1), RoomId(0)).map(|_| ())
    };
    let no_class = AudienceError::NoClass {
        client: ClientId(4),
        class: 1,
        classes: 1,
    };
    assert_eq!(new(&[(1, 0, ClientId(4))]), Err(no_class));
    assert_eq!(no_class.to_string(), "client 4 is of class 1; there are 1");
    let taken = AudienceError::LeafTaken { class: 0, leaf: 7 };
    assert_eq!(new(&[(0, 7, ClientId(4)), (0, 7, ClientId(5))]), Err(taken));
    let mut empty = audience(&classes, []);
    assert_eq!(
        empty.insert(1, 0, ClientId(4), Seat::default()),
        Err(no_class)
    );
    assert_eq!(empty.deliver(&event(0, SimTime::ZERO, 10)).count(), 0);
    assert!(empty.is_empty());
}
