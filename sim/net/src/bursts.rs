//! Losses in bursts.

use throng_workloads::dist::unit;
use throng_workloads::scenario::Bursts;
use throng_workloads::stream::Stream;

/// The chain of Gilbert and Elliott: a packet is lost as the state says that the chain is in, and then the chain takes a step. That is the
/// order of netem's `loss gemodel`.
///
/// netem begins outside of bursts; this chain begins where it would be after a long time, for many a connection carries few packets.
/// Steps are taken by packets, not by time: a connection that was idle for an hour, or waited for a timeout, is still in its burst.
///
/// ```
/// use throng_net::bursts::Chain;
/// use throng_workloads::scenario::Bursts;
/// use throng_workloads::stream::{StreamOwner, Streams};
///
/// let mut stream = Streams::new(1, 0).stream(StreamOwner::Link(0, 1), "link");
/// // Bursts of five packets, of which all are lost, and one packet in 21 is in one.
/// let bursts = Bursts { p: 0.01, r: 0.2, loss: 1.0 };
/// let mut chain = Chain::new(bursts, 0.0, &mut stream);
/// let lost = (0..100_000).filter(|_| chain.loses(&mut stream)).count();
/// assert!((4_400..5_100).contains(&lost), "{lost}");
/// ```
#[derive(Debug, Clone)]
pub struct Chain {
    bursts: Bursts,
    /// The probability of a loss outside of bursts.
    outside: f64,
    bursting: bool,
}

impl Chain {
    /// A chain with so many losses outside of bursts, which has run for a long time.
    pub fn new(bursts: Bursts, outside: f64, stream: &mut Stream) -> Self {
        Self {
            bursting: unit(stream) < bursts.share(),
            bursts,
            outside,
        }
    }

    /// Whether the next packet is lost.
    pub fn loses(&mut self, stream: &mut Stream) -> bool {
        let (loss, turn) = match self.bursting {
            true => (self.bursts.loss, self.bursts.r),
            false => (self.outside, self.bursts.p),
        };
        let lost = unit(stream) < loss;
        self.bursting ^= unit(stream) < turn;
        lost
    }
}
