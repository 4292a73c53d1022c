//! Links against closed forms, and promises against many inputs.

use super::link::{Direction, Link};
use super::losses::MAX_ROUNDS;
use super::traffic::{Flow, Traffic};
use proptest::prelude::*;
use std::sync::Arc;
use throng_workloads::dist::{Dist, unit};
use throng_workloads::scenario::{Bursts, LinkSpec, Recovery, SlowStart};
use throng_workloads::stream::{Stream, StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};

fn stream(purpose: &str) -> Stream {
    Streams::new(7, 0).stream(StreamOwner::Link(0, 1), purpose)
}

/// 8 Mbit/s: a byte a microsecond. 10 ms on the way, and nothing goes wrong.
fn plain() -> LinkSpec {
    LinkSpec {
        floor: SimSpan::from_millis(1),
        latency: Dist::Constant(0.010),
        jitter: Dist::Constant(0.0),
        up: 8e6,
        down: 16e6,
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

fn link(spec: LinkSpec) -> Link {
    Link::new(Arc::new(spec), Direction::Up, stream("link"))
}

#[test]
fn a_burst_leaves_at_the_bandwidth() {
    let mut link = link(plain());
    let mut sum = 0;
    for bytes in [100u64, 1, 2_500, 0, 900] {
        let sent = link.send(SimTime::ZERO, bytes);
        assert_eq!(sent.queued, SimSpan::from_micros(sum));
        sum += bytes;
        let way = SimSpan::from_micros(sum) + SimSpan::from_millis(10);
        assert_eq!(sent.arrival, SimTime::ZERO + way);
        assert_eq!((sent.sent_bytes, sent.lost_bytes), (bytes, 0));
    }
    assert_eq!(link.free_at(), SimTime::ZERO + SimSpan::from_micros(sum));
    // After a pause nothing is left to wait for.
    let later = SimTime::ZERO + SimSpan::from_secs(1);
    assert_eq!(link.send(later, 100).queued, SimSpan::ZERO);
}

#[test]
fn each_direction_has_its_bandwidth() {
    let spec = Arc::new(plain());
    let mut down = Link::new(spec, Direction::Down, stream("link"));
    let sent = down.send(SimTime::ZERO, 2_000);
    assert_eq!(sent.arrival, SimTime::ZERO + SimSpan::from_millis(11));
}

/// Poisson arrivals of equal messages at one transmitter are an M/D/1 queue; its mean wait is
/// ρ·S / (2·(1 − ρ)) (Pollaczek–Khinchine).
#[test]
fn waiting_at_the_transmitter_is_pollaczek_khinchine() {
    const MESSAGES: u32 = 400_000;
    let service = 1e-3;
    for load in [0.3, 0.5, 0.8] {
        let mut link = link(plain());
        let mut arrivals = stream("arrivals");
        let gap = Dist::Exponential {
            mean: service / load,
        };
        let mut now = SimTime::ZERO;
        let mut waited = 0.0;
        for _ in 0..MESSAGES {
            now += SimSpan::from_secs_f64(gap.sample(&mut arrivals));
            waited += link.send(now, 1_000).queued.as_secs_f64();
        }
        let got = waited / f64::from(MESSAGES);
        let want = load * service / (2.0 * (1.0 - load));
        assert!(
            (got - want).abs() < 0.03 * want,
            "at load {load}: {got} against {want}"
        );
    }
}

/// Poisson arrivals of messages each of which takes `timeout` more with probability `loss`, and none of which comes before the one in front
/// of it: how much more one takes in the mean, where so many come a second. It is more than x unless itself and all that came in the
/// `timeout - x` before it were not lost, so that the mean is the integral of 1 - (1 - p)·exp(-λ·p·(R - x)) over x from nothing to R.
fn held_up(rate: f64, loss: f64, timeout: f64) -> f64 {
    let losses = rate * loss;
    timeout - (1.0 - loss) * (1.0 - (-losses * timeout).exp()) / losses
}

/// On a connection all wait for what was lost of any room; on streams of their own only those behind it in its room do.
#[test]
fn what_is_lost_holds_up_its_stream_alone() {
    const MESSAGES: u32 = 400_000;
    const ROOMS: u32 = 8;
    let (loss, timeout, rate) = (0.01, 0.2, 100.0);
    // So wide that nothing waits for the transmitter.
    let spec = || LinkSpec {
        loss,
        retransmit: Dist::Constant(timeout),
        up: 8e12,
        ..plain()
    };
    let each_by_itself = loss * timeout;
    for (streams, expected) in [
        (1, held_up(rate, loss, timeout)),
        (ROOMS, held_up(rate / f64::from(ROOMS), loss, timeout)),
        (MESSAGES, each_by_itself),
    ] {
        let mut link = link(spec()).with_streams();
        let mut arrivals = stream("arrivals");
        let mut rooms = stream("rooms");
        let gap = Dist::Exponential { mean: 1.0 / rate };
        let (mut now, mut more) = (SimTime::ZERO, 0.0);
        for number in 0..MESSAGES {
            now += SimSpan::from_secs_f64(gap.sample(&mut arrivals));
            let room = match streams {
                MESSAGES => number,
                _ => (unit(&mut rooms) * f64::from(streams)) as u32,
            };
            let sent = link.send_on(now, 1_000, Some(room));
            more += (sent.arrival - now).as_secs_f64() - 0.010;
        }
        let got = more / f64::from(MESSAGES);
        println!(
            "{streams} streams: {:.3} ms more, {:.3} by the formula",
            got * 1e3,
            expected * 1e3
        );
        // What is lost twice, one in a hundred of those, takes another timeout.
        assert!(
            (got / expected - 1.0).abs() < 0.03,
            "{streams} streams: {got}, not {expected}"
        );
    }
}

/// Without streams it makes no difference what something is about, and with them what is on none is in order by itself.
#[test]
fn a_link_without_streams_is_one() {
    let spec = || LinkSpec {
        loss: 0.3,
        ..plain()
    };
    let (mut one, mut other) = (link(spec()), link(spec()));
    let mut apart = link(spec()).with_streams();
    let (mut last, mut passed) = (SimTime::ZERO, 0);
    for number in 0..1_000u32 {
        let now = SimTime::ZERO + SimSpan::from_millis(2) * u64::from(number);
        let sent = one.send(now, 1_000);
        assert_eq!(sent, other.send_on(now, 1_000, Some(number % 3)));
        // Every second is on a stream.
        let stream = (number % 2 == 0).then_some(number % 6);
        let sent = apart.send_on(now, 1_000, stream);
        match stream {
            None => {
                assert!(sent.arrival >= last);
                last = sent.arrival;
            }
            Some(_) => passed += u32::from(sent.arrival < last),
        }
    }
    assert!(passed > 100, "only {passed} passed by those that wait");
}

/// A packet that is lost with probability p is sent 1/(1 − p) times in the mean, and one message of one
/// packet waits for p/(1 − p) timeouts.
#[test]
fn retransmissions_are_geometric() {
    const MESSAGES: u32 = 100_000;
    for loss in [0.01, 0.1, 0.3] {
        let mut link = link(LinkSpec { loss, ..plain() });
        let (mut sent, mut retransmissions, mut excess) = (0, 0, 0.0);
        for i in 0..MESSAGES {
            // Far enough apart that neither the transmitter nor the order holds anyone back.
            let now = SimTime::ZERO + SimSpan::from_secs(2) * u64::from(i);
            let t = link.send(now, 1_000);
            sent += t.sent_bytes;
            retransmissions += t.retransmissions;
            excess += (t.arrival - now).as_secs_f64() - 0.011;
        }
        let n = f64::from(MESSAGES);
        let tries = 1.0 / (1.0 - loss);
        let close = |got: f64, want: f64, what: &str| {
            assert!(
                (got - want).abs() < 0.05 * want,
                "{what} at loss {loss}: {got} against {want}"
            );
        };
        close(sent as f64 / n / 1e3, tries, "bytes");
        close(retransmissions as f64 / n, tries - 1.0, "packets");
        close(excess / n, (tries - 1.0) * (0.050 + 0.001), "delay");
    }
}

/// A link on which losses come in bursts loses what the chain loses: of messages of one packet, each of which is a step.
#[test]
fn a_link_loses_in_bursts() {
    const MESSAGES: u32 = 200_000;
    let (p, r) = (0.05, 0.2);
    let bursts = Some(Bursts { p, r, loss: 0.5 });
    let mut link = link(LinkSpec { bursts, ..plain() });
    let (mut packets, mut lost) = (0, 0);
    for i in 0..MESSAGES {
        let t = link.send(SimTime::ZERO + SimSpan::from_secs(2) * u64::from(i), 1_000);
        packets += 1 + t.retransmissions;
        lost += t.retransmissions;
        assert_eq!(t.lost_bytes, 1_000 * t.retransmissions);
    }
    let (got, want) = (lost as f64 / packets as f64, 0.5 * p / (p + r));
    assert!((got - want).abs() < 0.04 * want, "{got} against {want}");
}

/// A message of n packets waits for as many timeouts as its unluckiest packet:
/// E = Σ over r ≥ 1 of 1 − (1 − p^r)^n.
#[test]
fn a_long_message_waits_for_its_unluckiest_packet() {
    const MESSAGES: u32 = 50_000;
    let (loss, packets) = (0.2f64, 10);
    let mut link = link(LinkSpec {
        loss,
        up: f64::INFINITY,
        ..plain()
    });
    let mut excess = 0.0;
    for i in 0..MESSAGES {
        let now = SimTime::ZERO + SimSpan::from_secs(2) * u64::from(i);
        excess += (link.send(now, 1_000 * packets).arrival - now).as_secs_f64() - 0.010;
    }
    let got = excess / f64::from(MESSAGES) / 0.050;
    let want: f64 = (1..=MAX_ROUNDS)
        .map(|r| 1.0 - (1.0 - loss.powi(r as i32)).powi(packets as i32))
        .sum();
    assert!((got - want).abs() < 0.02 * want, "{got} against {want}");
}

#[test]
fn the_last_packet_is_as_long_as_what_is_left() {
    let spec = LinkSpec {
        loss: 1.0,
        ..plain()
    };
    // Everything is lost in every round, until the cap.
    let t = link(spec.clone()).send(SimTime::ZERO, 2_300);
    assert_eq!(t.lost_bytes, 2_300 * u64::from(MAX_ROUNDS));
    assert_eq!(t.retransmissions, 3 * u64::from(MAX_ROUNDS));
    let t = link(spec).send(SimTime::ZERO, 2_000);
    assert_eq!(t.retransmissions, 2 * u64::from(MAX_ROUNDS));
}

#[test]
fn a_message_without_bytes_is_one_packet() {
    let spec = LinkSpec {
        loss: 1.0,
        ..plain()
    };
    let t = link(spec).send(SimTime::ZERO, 0);
    assert_eq!((t.sent_bytes, t.lost_bytes), (0, 0));
    assert_eq!(t.retransmissions, u64::from(MAX_ROUNDS));
}

#[test]
fn duplicates_and_overtaking_happen_as_often_as_asked() {
    let mut link = link(LinkSpec {
        latency: Dist::Uniform {
            min: 0.010,
            max: 0.200,
        },
        duplicate: 0.1,
        reorder: 0.2,
        ..plain()
    });
    let (mut duplicates, mut overtaken) = (0u32, 0u32);
    let mut latest = SimTime::ZERO;
    for i in 0..100_000u64 {
        let t = link.send(SimTime::ZERO + SimSpan::from_micros(10) * i, 1);
        duplicates += u32::from(t.duplicate.is_some());
        overtaken += u32::from(t.arrival < latest);
        latest = latest.max(t.arrival);
        assert!(t.arrivals().is_sorted());
    }
    assert!((9_500..10_500).contains(&duplicates), "{duplicates}");
    // Sent so close together, nearly every message that may overtake does.
    assert!((18_500..20_500).contains(&overtaken), "{overtaken}");
}

#[test]
fn losses_and_lengths_leave_the_delays_alone() {
    let delays = |spec: LinkSpec, bytes: u64| {
        let mut link = link(LinkSpec {
            latency: Dist::LogNormal {
                median: 0.05,
                sigma: 0.5,
            },
            up: f64::INFINITY,
            retransmit: Dist::Constant(0.0),
            ..spec
        });
        (0..1_000u64)
            .map(|i| {
                let now = SimTime::ZERO + SimSpan::from_secs(9) * i;
                link.send(now, bytes).arrival - now
            })
            .collect::<Vec<_>>()
    };
    let lossy = LinkSpec {
        loss: 0.3,
        duplicate: 0.3,
        ..plain()
    };
    assert_eq!(delays(plain(), 10), delays(lossy.clone(), 10));
    assert_eq!(delays(plain(), 10), delays(lossy, 50_000));
}

fn specs() -> impl Strategy<Value = LinkSpec> {
    (
        (1u64..50_000, 0.0..0.1, 0.0..0.05, 1e3..1e9),
        (0.0..0.9, 0.0..0.5, 0.0..0.5, 1u32..3_000),
        (any::<bool>(), 0..3usize, any::<bool>()),
    )
        .prop_map(
            |(
                (floor, latency, jitter, up),
                (loss, duplicate, reorder, packet),
                (bursts, recovery, slow),
            )| LinkSpec {
                floor: SimSpan::from_micros(floor),
                latency: Dist::Exponential { mean: latency },
                jitter: Dist::Exponential { mean: jitter },
                up,
                down: up,
                loss,
                retransmit: Dist::Exponential { mean: 0.1 },
                duplicate,
                reorder,
                packet,
                bursts: bursts.then_some(Bursts {
                    p: 0.1,
                    r: 0.3,
                    loss: 0.8,
                }),
                recovery: [Recovery::Timeout, Recovery::Fast, Recovery::Rack][recovery],
                slow_start: slow.then_some(SlowStart {
                    initial: 2,
                    most: 9,
                    idle: Some(SimSpan::from_millis(20)),
                }),
            },
        )
}

proptest! {
    #[test]
    fn nothing_beats_the_floor_and_bytes_add_up(
        spec in specs(),
        sends in prop::collection::vec((0u64..100_000_000, 0u64..20_000), 1..60),
    ) {
        let flow = Flow { from: 0, to: 0, kind: 0 };
        let mut traffic = Traffic::new(1, 1);
        let mut link = link(spec.clone());
        let mut now = SimTime::ZERO;
        for (gap, bytes) in sends {
            now += SimSpan::from_nanos(gap);
            let t = link.send(now, bytes);
            prop_assert!(t.arrival >= now + spec.floor);
            prop_assert!(t.arrival >= now + t.queued + spec.floor);
            prop_assert!(t.duplicate.is_none_or(|second| second >= t.arrival));
            prop_assert_eq!(t.sent_bytes, bytes + t.lost_bytes);
            prop_assert!(t.lost_bytes == 0 || t.retransmissions > 0);
            traffic.sent(flow, bytes, &t);
            prop_assert_eq!(traffic.balanced(), Ok(()));
            for _ in t.arrivals() {
                traffic.received(flow, bytes);
            }
            prop_assert_eq!(traffic.balanced(), Ok(()));
            prop_assert_eq!(traffic.get(flow).in_flight().bytes, 0);
        }
    }

    #[test]
    fn without_overtaking_messages_arrive_in_the_order_sent(
        spec in specs(),
        sends in prop::collection::vec((0u64..100_000_000, 0u64..20_000), 1..60),
    ) {
        let mut link = link(LinkSpec { reorder: 0.0, ..spec });
        let mut now = SimTime::ZERO;
        let mut last = SimTime::ZERO;
        for (gap, bytes) in sends {
            now += SimSpan::from_nanos(gap);
            let t = link.send(now, bytes);
            prop_assert!(t.arrival >= last);
            last = t.arrival;
        }
    }

    #[test]
    fn the_same_stream_gives_the_same_transmissions(spec in specs(), bytes in 0u64..50_000) {
        let (mut a, mut b) = (link(spec.clone()), link(spec));
        for i in 0..20 {
            let now = SimTime::ZERO + SimSpan::from_millis(i);
            prop_assert_eq!(a.send(now, bytes), b.send(now, bytes));
        }
    }
}
