//! Bandwidth that is shared, against what queueing theory knows of it, and against what max-min fair means.

use super::access::Access;
use proptest::prelude::*;
use throng_workloads::dist::Dist;
use throng_workloads::stream::{Stream, StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};

/// A byte a microsecond.
const BANDWIDTH: f64 = 8e6;
const MESSAGES: u32 = 400_000;

fn stream(purpose: &str) -> Stream {
    Streams::new(19, 0).stream(StreamOwner::Link(4, 5), purpose)
}

fn close(got: f64, want: f64, within: f64, what: &str) {
    let off = (got - want).abs();
    assert!(off < within * want.abs(), "{what}: {got} against {want}");
    println!("{what}: {got:.5}, by the formula {want:.5}");
}

/// What became of each message, at its place: from when to when it was there, and how long it is.
type Stays = Vec<(SimTime, SimTime, u64)>;

/// Messages of connections, each at its moment, with what its connection can carry.
fn carry(bandwidth: f64, messages: impl IntoIterator<Item = (SimTime, u64, f64, u64)>) -> Stays {
    let mut access = Access::new(bandwidth);
    let mut stays = Stays::new();
    let until = |access: &mut Access<usize>, stays: &mut Stays, end: SimTime| {
        while let Some(next) = access.next().filter(|next| *next <= end) {
            access.carry(next, |done| {
                let place = done.what.expect("nothing is carried again");
                stays[place].1 = next;
                0
            });
        }
    };
    for (at, connection, limit, bytes) in messages {
        until(&mut access, &mut stays, at);
        access.put(at, connection, limit, bytes, stays.len());
        stays.push((at, SimTime::MAX, bytes));
    }
    until(&mut access, &mut stays, SimTime::MAX);
    stays
}

/// Poisson arrivals, each on a connection of its own that can carry this much.
fn poisson(load: f64, sizes: &Dist, limit: f64) -> Stays {
    let (mut arrivals, mut draws) = (stream("arrivals"), stream("sizes"));
    let mean = sizes.mean() * 8.0 / BANDWIDTH;
    let gap = Dist::Exponential { mean: mean / load };
    let mut now = SimTime::ZERO;
    let messages = (0..MESSAGES).map(|number| {
        now += SimSpan::from_secs_f64(gap.sample(&mut arrivals));
        let bytes = sizes.sample(&mut draws).round().max(1.0) as u64;
        (now, u64::from(number), limit, bytes)
    });
    carry(BANDWIDTH, messages)
}

/// Seconds that messages were there, in the mean, and their bytes.
fn means<'a>(stays: impl IntoIterator<Item = &'a (SimTime, SimTime, u64)>) -> (f64, f64) {
    let (mut count, mut stay, mut bytes) = (0.0, 0.0, 0.0);
    for (from, to, length) in stays {
        count += 1.0;
        stay += to.since(*from).as_secs_f64();
        bytes += *length as f64;
    }
    (stay / count, bytes / count)
}

fn sizes() -> [(&'static str, Dist); 3] {
    let two = Dist::empirical(&[500.0, 15_500.0], &[0.9, 0.1]).expect("a distribution");
    [
        ("equal", Dist::Constant(2_000.0)),
        ("exponential", Dist::Exponential { mean: 2_000.0 }),
        ("of two kinds", two),
    ]
}

/// Messages that share a transmitter stay for S / (1 − ρ) in the mean, whatever the distribution of their lengths (M/G/1 with
/// processor sharing; Kleinrock, *Queueing Systems* II, 1976, chapter 4), and each in proportion to its length.
#[test]
fn what_is_shared_is_processor_sharing_for_all_lengths() {
    for (name, sizes) in sizes() {
        for load in [0.3, 0.5, 0.8] {
            let stays = poisson(load, &sizes, BANDWIDTH);
            let (stay, bytes) = means(&stays);
            let want = bytes * 8.0 / BANDWIDTH / (1.0 - load);
            close(stay, want, 0.04, &format!("{name}, {load}"));
            for (least, most) in [(0, 1_000), (1_000, 4_000), (4_000, u64::MAX)] {
                let of_length = |stay: &&(SimTime, SimTime, u64)| stay.2 >= least && stay.2 < most;
                let some: Vec<_> = stays.iter().filter(of_length).collect();
                if some.len() > 1_000 {
                    let (stay, bytes) = means(some.iter().copied());
                    let want = bytes * 8.0 / BANDWIDTH / (1.0 - load);
                    close(
                        stay,
                        want,
                        0.06,
                        &format!("{name}, {load}, from {least} on"),
                    );
                }
            }
        }
    }
}

/// The probability that an arrival waits at c servers that are offered a (Erlang C).
fn erlang_c(servers: u32, offered: f64) -> f64 {
    let blocked = (1..=servers).fold(1.0, |blocked, server| {
        let carried = offered * blocked;
        carried / (f64::from(server) + carried)
    });
    let busy = offered / f64::from(servers);
    blocked / (1.0 - busy + busy * blocked)
}

/// Where a connection can carry an m-th of the access, there are as many messages at once as at the m servers of an M/M/m queue, for all
/// distributions of lengths alike (Cohen, "The multiple phase service network with generalized processor sharing", 1979), so that
/// by Little each stays for S·m + S·C(m, m·ρ) / (1 − ρ), S at the whole bandwidth.
#[test]
fn connections_with_limits_are_as_the_servers_of_erlang() {
    for (name, sizes) in sizes() {
        for (servers, load) in [(2, 0.5), (4, 0.8), (20, 0.9)] {
            let limit = BANDWIDTH / f64::from(servers);
            let (stay, bytes) = means(&poisson(load, &sizes, limit));
            let alone = bytes * 8.0 / BANDWIDTH;
            let waits = erlang_c(servers, load * f64::from(servers));
            let want = alone * f64::from(servers) + alone * waits / (1.0 - load);
            close(
                stay,
                want,
                0.05,
                &format!("{name}, 1/{servers} at most, {load}"),
            );
        }
    }
}

/// Keshav's example (*An Engineering Approach to Computer Networking*, 1997, chapter 9): of 10, those that want 2, 2.6, 4 and 5 get 2,
/// 2.6, 2.7 and 2.7.
#[test]
fn what_one_cannot_use_is_the_others() {
    let second = SimTime::ZERO + SimSpan::from_secs(1);
    let wants = [2.0, 2.6, 4.0, 5.0];
    // As long as each has its rate for a second, so that all end then.
    let rates = [2.0, 2.6, 2.7, 2.7];
    let messages = wants.iter().zip(rates).zip(0..);
    let messages = messages.map(|((want, rate), connection)| {
        (SimTime::ZERO, connection, want * 8e6, (rate * 1e6) as u64)
    });
    for (_, end, _) in carry(10.0 * 8e6, messages) {
        let off = end.as_nanos().abs_diff(second.as_nanos());
        assert!(off <= 2, "{end}");
    }
}

#[test]
fn a_connection_carries_one_after_the_other_and_again_what_was_lost_before_the_next() {
    let mut access = Access::new(BANDWIDTH);
    let at = |micros| SimTime::ZERO + SimSpan::from_micros(micros);
    for (number, bytes) in [(0, 100), (1, 50)] {
        access.put(at(0), 7, BANDWIDTH, bytes, number);
    }
    let mut carried = Vec::new();
    while let Some(next) = access.next() {
        access.carry(next, |done| {
            carried.push((done.what, done.from, done.began, next));
            if done.what == Some(0) { 30 } else { 0 }
        });
    }
    let wanted = [
        (Some(0), at(0), at(0), at(100)),
        (None, at(100), at(100), at(130)),
        (Some(1), at(0), at(130), at(180)),
    ];
    assert_eq!(carried, wanted);
    assert_eq!(access.busy(), SimSpan::from_micros(180));
}

#[test]
fn what_has_no_length_is_carried_at_once() {
    let mut access = Access::new(BANDWIDTH);
    access.put(SimTime::ZERO, 1, 1e6, 0, ());
    assert_eq!(access.next(), Some(SimTime::ZERO));
    let mut count = 0;
    access.carry(SimTime::ZERO, |_| {
        count += 1;
        0
    });
    assert_eq!((count, access.next()), (1, None));
}

/// Counting anew what was carried changes nothing: more than 10^12 bits without a pause.
#[test]
fn no_busy_time_is_too_long() {
    let bandwidth = 1e12;
    let hour = 3_600 * 1_000_000_000;
    // One message for an hour beside others that come and go, ten seconds each.
    let others = (0..359u64).map(|number| {
        let at = SimTime::from_nanos(number * 10_000_000_000);
        (at, 1, bandwidth / 2.0, 625_000_000_000)
    });
    let long = (SimTime::ZERO, 0, bandwidth / 2.0, 225_000_000_000_000);
    let stays = carry(bandwidth, std::iter::once(long).chain(others));
    assert!(
        stays[0].1.as_nanos().abs_diff(hour) < 1_000,
        "{}",
        stays[0].1
    );
    for (from, to, _) in &stays[1..] {
        let took = to.since(*from).as_nanos();
        assert!(took.abs_diff(10_000_000_000) < 1_000, "{took}");
    }
}

/// Rates, flow by flow: who can carry least is asked first.
fn filled(bandwidth: f64, limits: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..limits.len()).collect();
    order.sort_by(|a, b| limits[*a].total_cmp(&limits[*b]));
    let mut rates = vec![0.0; limits.len()];
    let mut left = bandwidth;
    for (done, flow) in order.iter().enumerate() {
        rates[*flow] = limits[*flow].min(left / (limits.len() - done) as f64);
        left -= rates[*flow];
    }
    rates
}

proptest! {
    /// Whatever comes: all is carried, in the order of its connection, at no more than its limit, and the access is busy for as long as all takes.
    #[test]
    fn all_is_carried_in_order_and_none_faster_than_it_can_be(
        messages in prop::collection::vec((0u64..50_000, 0u64..6, 0u64..20_000), 1..80),
        limits in prop::collection::vec(1e5f64..2e7, 6),
    ) {
        let mut now = 0;
        let messages: Vec<_> = messages.into_iter().map(|(gap, connection, bytes)| {
            now += gap;
            let at = SimTime::ZERO + SimSpan::from_micros(now);
            (at, connection, limits[connection as usize], bytes)
        }).collect();
        let stays = carry(BANDWIDTH, messages.iter().copied());
        let mut last = [SimTime::ZERO; 6];
        for ((from, to, bytes), (_, connection, limit, _)) in stays.iter().zip(&messages) {
            prop_assert!(*to < SimTime::MAX);
            let alone = *bytes as f64 * 8.0 / limit.min(BANDWIDTH);
            prop_assert!(to.since(*from).as_secs_f64() > alone - 1e-8);
            prop_assert!(*to >= last[*connection as usize]);
            last[*connection as usize] = *to;
        }
    }

    /// Messages that all begin at once: the first to end does so at its max-min fair rate.
    #[test]
    fn rates_are_max_min_fair(
        flows in prop::collection::vec((1e5f64..2e7, 100u64..20_000), 1..20),
    ) {
        let limits: Vec<f64> = flows.iter().map(|(limit, _)| *limit).collect();
        let rates = filled(BANDWIDTH, &limits);
        // What defines them: nobody has more than its limit, and who has less has no less than anybody.
        let most = rates.iter().copied().fold(0.0, f64::max);
        for (rate, limit) in rates.iter().zip(&limits) {
            prop_assert!(*rate <= limit + 1e-3);
            prop_assert!((limit - rate).abs() < 1e-3 || (rate - most).abs() < 1e-3);
        }
        let first = flows.iter().zip(&rates).map(|((_, bytes), rate)| *bytes as f64 * 8.0 / rate);
        let want = first.fold(f64::MAX, f64::min);
        let messages = flows.iter().zip(0..).map(|((limit, bytes), connection)| {
            (SimTime::ZERO, connection, *limit, *bytes)
        });
        let stays = carry(BANDWIDTH, messages);
        let got = stays.iter().map(|stay| stay.1).min().unwrap().as_nanos() as f64;
        prop_assert!((got - want * 1e9).abs() < 5.0, "{got} against {want}");
    }
}
