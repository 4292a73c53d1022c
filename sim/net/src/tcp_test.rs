//! Windows and repairs against closed forms.

use super::departures::{Departures, Window};
use super::recovery::{Luck, repair};
use throng_workloads::scenario::{Recovery, SlowStart};
use throng_workloads::time::{SimSpan, SimTime};

/// A packet takes a millisecond.
const PACKET: u32 = 1_000;
const BANDWIDTH: f64 = 8e6;
const RTT: u64 = 100;
const TIMEOUT: u64 = 1_000;

fn ms(millis: u64) -> SimSpan {
    SimSpan::from_millis(millis)
}

fn at(millis: u64) -> SimTime {
    SimTime::ZERO + ms(millis)
}

fn message(packets: u64, bandwidth: f64) -> Departures {
    Departures::at_once(
        SimTime::ZERO,
        packets * u64::from(PACKET),
        PACKET,
        bandwidth,
    )
}

/// Which of all packets that are sent are lost, by number.
struct Script(u64, Vec<u64>);

impl Luck for Script {
    fn loses(&mut self) -> bool {
        self.0 += 1;
        self.1.contains(&(self.0 - 1))
    }

    fn timeout(&mut self) -> SimSpan {
        ms(TIMEOUT)
    }
}

/// When the last packet has left of a message of so many, of which those are lost, in milliseconds.
fn whole(recovery: Recovery, packets: u64, lost: &[u64]) -> f64 {
    let mut script = Script(0, lost.to_vec());
    let repaired = repair(recovery, &message(packets, BANDWIDTH), ms(RTT), &mut script);
    assert_eq!(repaired.bytes, repaired.packets * u64::from(PACKET));
    // In the last round nothing is lost any more.
    assert!(script.0 <= packets + repaired.packets);
    (repaired.whole - SimTime::ZERO).as_millis_f64()
}

/// Of n packets, one millisecond each, the i-th (from 0) is lost: the third behind it has left at i + 4, is acknowledged a round trip later, and what
/// is sent again takes its millisecond: max(n, i + 4 + RTT) + 1. With fewer than three behind it, n + timeout + 1.
#[test]
fn a_loss_with_three_behind_it_costs_a_round_trip() {
    for n in [1, 2, 5, 40, 300] {
        for i in 0..n {
            let fast = match i + 3 < n {
                true => n.max(i + 4 + RTT) + 1,
                false => n + TIMEOUT + 1,
            };
            assert_eq!(whole(Recovery::Fast, n, &[i]), fast as f64, "{i} of {n}");
            assert_eq!(whole(Recovery::Timeout, n, &[i]), (n + TIMEOUT + 1) as f64);
        }
    }
    println!(
        "the first of 10 packets, RTT 100 ms: {} ms",
        whole(Recovery::Fast, 10, &[0])
    );
    println!(
        "the last of 10 packets: {} ms",
        whole(Recovery::Fast, 10, &[9])
    );
}

/// By RACK one packet behind it is enough, a quarter of a round trip later than an acknowledgement of itself would have been; the last packet is
/// probed for after two round trips.
#[test]
fn rack_needs_one_and_probes_for_the_last() {
    for n in [2, 5, 40, 300] {
        for i in 0..n {
            let by_window = i + 1 + RTT + RTT / 4;
            let rack = match n - 1 - i {
                0 => n + 2 * RTT + 1,
                1 | 2 => n.max(by_window) + 1,
                _ => n.max(by_window.min(i + 4 + RTT)) + 1,
            };
            assert_eq!(whole(Recovery::Rack, n, &[i]), rack as f64, "{i} of {n}");
        }
    }
    println!(
        "the last of 10 packets, with a probe: {} ms",
        whole(Recovery::Rack, 10, &[9])
    );
}

/// By hand, for several losses.
#[test]
fn several_losses_by_hand() {
    // Of 10, the third and the fifth: acknowledgements of 3, 5 and 6 (from 0) show the one at 107 + RTT... the third behind packet 2 is
    // packet 6 (4 is lost), which has left at 7; behind packet 4 it is packet 7, at 8.
    assert_eq!(whole(Recovery::Fast, 10, &[2, 4]), (8 + RTT + 1) as f64);
    // The first one again: it is not known before the timeout, which begins when both have left again, at 109.
    assert_eq!(
        whole(Recovery::Fast, 10, &[2, 4, 10]),
        (109 + TIMEOUT + 1) as f64
    );
    // RACK knows when the second is acknowledged: 109 + RTT, but not before 108 + RTT + RTT / 4.
    assert_eq!(
        whole(Recovery::Rack, 10, &[2, 4, 10]),
        (108 + RTT + RTT / 4 + 1) as f64
    );
    // The last three of ten: a probe of the last leaves at 210, has left at 211, and what it brings back has the other two sent again.
    assert_eq!(
        whole(Recovery::Rack, 10, &[7, 8, 9]),
        (211 + RTT + 2) as f64
    );
    // The probe is lost, too: all three after the timeout.
    assert_eq!(
        whole(Recovery::Rack, 10, &[7, 8, 9, 10]),
        (211 + TIMEOUT + 3) as f64
    );
    // Everything, always: it ends.
    let all: Vec<u64> = (0..1_000).collect();
    assert!(whole(Recovery::Rack, 3, &all) > (10 * TIMEOUT) as f64);
}

/// Repairing earlier is never later.
#[test]
fn no_recovery_is_slower_than_the_timeout() {
    // Every set of losses among eight packets.
    for lost in 0u64..256 {
        let lost: Vec<u64> = (0..8).filter(|i| lost >> i & 1 == 1).collect();
        let [timeout, fast, rack] =
            [Recovery::Timeout, Recovery::Fast, Recovery::Rack].map(|by| whole(by, 8, &lost));
        assert!(
            rack <= fast && fast <= timeout,
            "{lost:?}: {timeout} {fast} {rack}"
        );
    }
}

fn window(initial: u32, most: u32, idle: Option<SimSpan>) -> Window {
    Window::new(SlowStart {
        initial,
        most,
        idle,
    })
}

/// n packets from a window of w take K = ceil(log2(n/w + 1)) rounds (Cardwell, Savage and Anderson, "Modeling TCP Latency", 2000, equation 12 with γ = 2), and
/// between them the sender waits while a window leaves sooner than its first acknowledgement is back:
/// n·s + Σ over k < K − 1 of max(0, s + RTT − 2^k·w·s) (Heidemann, Obraczka and Touch, "Modeling the Performance of HTTP over Several Transport Protocols",
/// 1997; the textbook of Kurose and Ross has it for w = 1).
#[test]
fn slow_start_takes_as_long_as_by_the_formula() {
    for w in [1u64, 3, 10] {
        for n in [1, 2, 9, 10, 11, 30, 31, 70, 71, 150, 1_000] {
            let rounds = ((n as f64 / w as f64) + 1.0).log2().ceil() as u32;
            let waits = (0..rounds - 1).map(|k| (1 + RTT).saturating_sub(w << k));
            let want = n + waits.sum::<u64>();
            let left = window(w as u32, u32::MAX, None).hold(message(n, BANDWIDTH), ms(RTT));
            assert_eq!(left.end(), at(want), "{n} from {w}");
            // Without a bandwidth it is a round trip for each round but the last.
            let left = window(w as u32, u32::MAX, None).hold(message(n, f64::INFINITY), ms(RTT));
            assert_eq!(left.end(), at(u64::from(rounds - 1) * RTT), "{n} from {w}");
            if n == 71 {
                println!("{n} packets from a window of {w}: {rounds} rounds, {want} ms");
            }
        }
    }
}

#[test]
fn a_window_goes_on_where_it_was_unless_the_connection_was_idle() {
    let later = |millis| Departures::at_once(at(millis), 20_000, PACKET, f64::INFINITY);
    for (idle, want) in [(None, 2_000), (Some(ms(500)), 2_000 + RTT)] {
        let mut window = window(10, u32::MAX, idle);
        // 30 packets in two rounds; the window is 20 and then 40.
        assert_eq!(
            window.hold(message(30, f64::INFINITY), ms(RTT)).end(),
            at(RTT)
        );
        assert_eq!(window.hold(later(300), ms(RTT)).end(), at(300));
        assert_eq!(window.hold(later(2_000), ms(RTT)).end(), at(want));
    }
}

#[test]
fn small_messages_share_a_round_and_open_no_window_that_they_do_not_use() {
    let mut window = window(10, u32::MAX, None);
    let small = |millis| Departures::at_once(at(millis), 1_000, PACKET, f64::INFINITY);
    // Eleven at once: the eleventh waits for the first's acknowledgement.
    let ends: Vec<SimTime> = (0..11)
        .map(|_| window.hold(small(0), ms(RTT)).end())
        .collect();
    assert!(ends[..10].iter().all(|end| *end == at(0)));
    assert_eq!(ends[10], at(RTT));
    // One a round trip: the window stays at the 20 that the first ten made of it.
    for i in 2..40 {
        window.hold(small(i * 1_000), ms(RTT));
    }
    let large = Departures::at_once(at(90_000), 21_000, PACKET, f64::INFINITY);
    assert_eq!(window.hold(large, ms(RTT)).end(), at(90_000 + RTT));
}

#[test]
fn a_window_has_an_end() {
    // 4, 8, 8, 8: 28 packets take three waits.
    let left = window(4, 8, None).hold(message(28, f64::INFINITY), ms(RTT));
    assert_eq!(left.end(), at(3 * RTT));
}
