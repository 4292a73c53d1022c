//! The chain against what is known of chains.

use super::bursts::Chain;
use throng_workloads::scenario::Bursts;
use throng_workloads::stream::{Stream, StreamOwner, Streams};

const PACKETS: usize = 1_000_000;

fn lost(bursts: Bursts, outside: f64) -> Vec<bool> {
    let streams = Streams::new(11, 0);
    let mut stream: Stream = streams.stream(StreamOwner::Link(2, 3), "bursts");
    let mut chain = Chain::new(bursts, outside, &mut stream);
    (0..PACKETS).map(|_| chain.loses(&mut stream)).collect()
}

fn close(got: f64, want: f64, within: f64, what: &str) {
    let off = (got - want).abs();
    assert!(off < within * want.abs(), "{what}: {got} against {want}");
    println!("{what}: {got:.4}, by the formula {want:.4}");
}

/// Lengths of the runs of packets that are lost.
fn runs(lost: &[bool]) -> Vec<usize> {
    let runs = lost.chunk_by(|one, next| one == next);
    runs.filter(|run| run[0]).map(<[bool]>::len).collect()
}

fn share(lost: &[bool]) -> f64 {
    lost.iter().filter(|lost| **lost).count() as f64 / lost.len() as f64
}

/// The correlation of one packet's loss with that of the k-th after it.
fn correlation(lost: &[bool], k: usize) -> f64 {
    let mean = share(lost);
    let both = lost.iter().zip(&lost[k..]).filter(|(a, b)| **a && **b);
    let both = both.count() as f64 / (lost.len() - k) as f64;
    (both - mean * mean) / (mean - mean * mean)
}

/// π = p / (p + r) of all packets are in bursts, so (1 − π)·(1 − k) + π·(1 − h) are lost (Hasslinger and Hohlfeld, "The
/// Gilbert-Elliott Model for Packet Loss in Real Time Services on the Internet", 2008, equation 3).
#[test]
fn in_the_long_run_as_many_are_lost_as_the_chain_is_in_bursts() {
    for (p, r, loss, outside) in [
        (0.01, 0.2, 1.0, 0.0),
        (0.02, 0.1, 0.5, 0.001),
        (0.3, 0.6, 0.8, 0.1),
    ] {
        let bursts = Bursts { p, r, loss };
        let (within, part) = (bursts.loss, p / (p + r));
        let want = (1.0 - part) * outside + part * within;
        assert!((bursts.lost(outside) - want).abs() < 1e-12);
        close(share(&lost(bursts, outside)), want, 0.02, "lost");
    }
}

/// Where a burst loses all (Gilbert's simple model, netem's `gemodel P R`), runs of lost packets are geometric: P(k) = r·(1 − r)^(k − 1),
/// 1 / r in the mean.
#[test]
fn bursts_are_geometric() {
    let bursts = Bursts {
        p: 0.02,
        r: 0.25,
        loss: 1.0,
    };
    let runs = runs(&lost(bursts, 0.0));
    let mean = runs.iter().sum::<usize>() as f64 / runs.len() as f64;
    close(mean, 4.0, 0.03, "packets in a burst");
    for k in 1..=6usize {
        let got = runs.iter().filter(|run| **run == k).count() as f64 / runs.len() as f64;
        let want = 0.25 * 0.75f64.powi(k as i32 - 1);
        close(got, want, 0.06, &format!("bursts of {k}"));
    }
}

/// The chain forgets by 1 − p − r a packet, so the losses of packets k apart correlate by
/// π·(1 − π)·(difference of the two losses)²·(1 − p − r)^k over the variance of a loss.
#[test]
fn losses_correlate_as_the_chain_forgets() {
    let (p, r) = (0.05, 0.15);
    let bursts = Bursts { p, r, loss: 0.7 };
    let lost = lost(bursts, 0.02);
    let (part, mean) = (p / (p + r), bursts.lost(0.02));
    for k in [1, 2, 4, 8] {
        let chain = part * (1.0 - part) * (0.7f64 - 0.02).powi(2);
        let want = chain * (1.0 - p - r).powi(k as i32) / (mean * (1.0 - mean));
        close(correlation(&lost, k), want, 0.05, &format!("{k} apart"));
    }
}

/// Where it is all one whether a packet is in a burst, and where the chain has no memory (r = 1 − p), losses are independent.
#[test]
fn independent_losses_are_a_special_case() {
    let all_one = Bursts {
        p: 0.1,
        r: 0.1,
        loss: 0.2,
    };
    let no_memory = Bursts {
        p: 0.2,
        r: 0.8,
        loss: 1.0,
    };
    for (bursts, outside) in [(all_one, 0.2), (no_memory, 0.0)] {
        let lost = lost(bursts, outside);
        close(share(&lost), 0.2, 0.01, "lost");
        let correlation = correlation(&lost, 1);
        // A standard deviation is a thousandth.
        assert!(correlation.abs() < 0.004, "{correlation}");
    }
}
