//! Named links: what `"4g"` and its like stand for.
//!
//! The figures are plausible middles of what is published and what operators see, not measurements of
//! one network. One-way delays are half of the round trips usually quoted. Delays are spread
//! log-normally, as round trips on the Internet are: a hard lower bound, a bulk, a long tail. Loss is the
//! loss that the transport has to repair, so it costs a retransmission timeout rather than the message.

use super::conditions::Recovery;
use super::model::LinkSpec;
use crate::dist::Dist;
use crate::time::SimSpan;

/// Payload of one packet: QUIC's smallest datagram that every path must carry (RFC 9000, section 14).
const PACKET: u32 = 1_200;

/// The presets by name, in the order in which they are offered.
pub static PRESETS: &[(&str, LinkSpec)] = &[
    // Fixed access at a provider in the same country: round trips of 5 to 15 ms, 100/300 Mbit/s
    // being a common tariff; losses are rare bit errors.
    (
        "fibre",
        LinkSpec {
            floor: SimSpan::from_millis(2),
            latency: lognormal(0.005, 0.25),
            jitter: Dist::Exponential { mean: 0.000_5 },
            up: 100e6,
            down: 300e6,
            loss: 0.000_1,
            retransmit: Dist::Constant(0.2),
            duplicate: 0.000_01,
            reorder: 0.000_1,
            packet: PACKET,
            bursts: None,
            recovery: Recovery::Timeout,
            slow_start: None,
        },
    ),
    // The same line behind a shared radio: a few more milliseconds of medium access, jitter when
    // neighbours transmit, residual losses after link-layer retries of a few in a thousand.
    (
        "wifi",
        LinkSpec {
            floor: SimSpan::from_millis(3),
            latency: lognormal(0.010, 0.4),
            jitter: Dist::Exponential { mean: 0.003 },
            up: 30e6,
            down: 100e6,
            loss: 0.002,
            retransmit: Dist::Constant(0.2),
            duplicate: 0.000_1,
            reorder: 0.001,
            packet: PACKET,
            bursts: None,
            recovery: Recovery::Timeout,
            slow_start: None,
        },
    ),
    // LTE in good coverage: round trips of 40 to 60 ms with scheduling grants, 10/40 Mbit/s as
    // regulators' drive tests report; radio retries hide most losses and turn them into jitter.
    (
        "4g",
        LinkSpec {
            floor: SimSpan::from_millis(10),
            latency: lognormal(0.025, 0.4),
            jitter: Dist::Exponential { mean: 0.008 },
            up: 10e6,
            down: 40e6,
            loss: 0.003,
            retransmit: Dist::Constant(0.25),
            duplicate: 0.000_1,
            reorder: 0.002,
            packet: PACKET,
            bursts: None,
            recovery: Recovery::Timeout,
            slow_start: None,
        },
    ),
    // The same cell at a stadium or in a train: queues in the base station add a hundred
    // milliseconds and more, throughput falls below 1 Mbit/s up, losses reach per cents.
    (
        "congested-4g",
        LinkSpec {
            floor: SimSpan::from_millis(20),
            latency: lognormal(0.080, 0.7),
            jitter: Dist::Exponential { mean: 0.040 },
            up: 800e3,
            down: 3e6,
            loss: 0.02,
            retransmit: Dist::Constant(0.5),
            duplicate: 0.001,
            reorder: 0.01,
            packet: PACKET,
            bursts: None,
            recovery: Recovery::Timeout,
            slow_start: None,
        },
    ),
    // Data centres of one region or of neighbouring metropolitan areas: 1 to 2 ms one way, and
    // bandwidth that messaging does not exhaust.
    (
        "same-region",
        LinkSpec {
            floor: SimSpan::from_micros(500),
            latency: lognormal(0.001, 0.2),
            jitter: Dist::Exponential { mean: 0.000_1 },
            up: 10e9,
            down: 10e9,
            loss: 0.000_01,
            retransmit: Dist::Constant(0.2),
            duplicate: 0.0,
            reorder: 0.0,
            packet: PACKET,
            bursts: None,
            recovery: Recovery::Timeout,
            slow_start: None,
        },
    ),
    // Europe to the east coast of North America: round trips of 70 to 90 ms, against 56 ms of
    // light in 5,600 km of fibre and back; a share of a backbone link.
    (
        "transatlantic",
        LinkSpec {
            floor: SimSpan::from_millis(30),
            latency: lognormal(0.040, 0.1),
            jitter: Dist::Exponential { mean: 0.001 },
            up: 1e9,
            down: 1e9,
            loss: 0.000_1,
            retransmit: Dist::Constant(0.3),
            duplicate: 0.0,
            reorder: 0.000_1,
            packet: PACKET,
            bursts: None,
            recovery: Recovery::Timeout,
            slow_start: None,
        },
    ),
];

/// The link of this name.
///
/// ```
/// use throng_workloads::scenario::preset;
/// assert!(preset("4g").is_some());
/// assert!(preset("5g").is_none());
/// ```
pub fn preset(name: &str) -> Option<LinkSpec> {
    let found = PRESETS.iter().find(|(known, _)| *known == name);
    found.map(|(_, link)| link.clone())
}

const fn lognormal(median: f64, sigma: f64) -> Dist {
    Dist::LogNormal { median, sigma }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_exists_and_keeps_the_promise_of_its_floor() {
        for (name, link) in PRESETS {
            assert_eq!(preset(name).as_ref(), Some(link));
            assert!(link.floor >= SimSpan::from_micros(1), "{name}");
            assert!(link.latency.mean() > link.floor.as_secs_f64(), "{name}");
        }
    }
}
