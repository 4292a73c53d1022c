//! What a link may do besides carrying packets: lose them in bursts, repair losses early, and begin slowly. All of it is off unless a
//! scenario asks for it.

use crate::time::SimSpan;

/// Losses in bursts: the chain of two states of Gilbert (1960) and Elliott (1963), which takes a step for each packet, as
/// netem's `loss gemodel P R 1-H 1-K` does.
///
/// Outside of bursts, packets are lost with the link's `loss` (netem's 1−k).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bursts {
    /// The probability that a burst begins behind a packet that is outside of one.
    pub p: f64,
    /// The probability that a burst ends behind a packet that is in one: bursts are of 1 / r packets in the mean.
    pub r: f64,
    /// The probability that a packet in a burst is lost (netem's 1−h).
    pub loss: f64,
}

impl Bursts {
    /// The part of all packets that are in bursts, in the long run: p / (p + r).
    pub fn share(&self) -> f64 {
        self.p / (self.p + self.r)
    }

    /// The part of all packets that are lost in the long run, where `outside` are lost outside of bursts.
    ///
    /// ```
    /// use throng_workloads::scenario::Bursts;
    /// let bursts = Bursts { p: 0.01, r: 0.24, loss: 0.5 };
    /// assert!((bursts.lost(0.0) - 0.02).abs() < 1e-12);
    /// ```
    pub fn lost(&self, outside: f64) -> f64 {
        outside + self.share() * (self.loss - outside)
    }
}

/// When what was lost is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recovery {
    /// After the link's timeout (`retransmit`).
    #[default]
    Timeout,
    /// When three later packets of the message have been acknowledged (RFC 5681, section 3.2, with selective acknowledgements as
    /// in RFC 6675); else after the timeout.
    Fast,
    /// As soon as any later packet has been, and what is lost at a message's end after a probe (RACK-TLP, RFC 8985).
    Rack,
}

/// How fast a connection may send at first: a window of packets a round trip, which doubles while it is filled (RFC 5681,
/// section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowStart {
    /// The window of a fresh connection, in packets; 10 in RFC 6928.
    pub initial: u32,
    /// It gets no larger, in packets.
    pub most: u32,
    /// After sending nothing for so long it is no larger than at first (RFC 5681, section 4.1).
    pub idle: Option<SimSpan>,
}
