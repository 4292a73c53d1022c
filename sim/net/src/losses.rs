//! What packets are lost, and how long it takes until none is missing.

use crate::bursts::Chain;
use throng_workloads::dist::unit;
use throng_workloads::scenario::LinkSpec;
use throng_workloads::stream::Stream;
use throng_workloads::time::SimSpan;

/// After so many rounds of retransmission what is still missing arrives: by then a real connection would
/// have been given up and opened anew, and the simulation must deliver what it accepted. With half
/// of all packets lost, one in 65,536 comes by the cap.
pub const MAX_ROUNDS: u32 = 16;

/// How long `bytes` bytes hold a transmitter of so many bits a second.
pub fn serialisation(bytes: u64, bandwidth: f64) -> SimSpan {
    seconds(bytes as f64 * 8.0 / bandwidth)
}

/// Whether the next packet is lost.
pub(super) struct Fate<'a> {
    loss: f64,
    bursts: Option<&'a mut Chain>,
}

impl<'a> Fate<'a> {
    /// Each packet by itself with this probability, or as the chain has it.
    pub(super) fn new(loss: f64, bursts: Option<&'a mut Chain>) -> Self {
        Self { loss, bursts }
    }

    /// Whether it is.
    pub(super) fn loses(&mut self, stream: &mut Stream) -> bool {
        match &mut self.bursts {
            None => unit(stream) < self.loss,
            Some(chain) => chain.loses(stream),
        }
    }
}

/// What one message lost on its way, round by round, until all of it was there.
#[derive(Debug, Default)]
pub struct Losses {
    /// Packets sent again.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The waits before each round.
    pub timeouts: SimSpan,
}

impl Losses {
    /// What a message of `bytes` bytes loses.
    pub(super) fn draw(
        spec: &LinkSpec,
        bytes: u64,
        fate: &mut Fate<'_>,
        stream: &mut Stream,
    ) -> Self {
        let mut missing = Packets::of(spec, bytes);
        missing.thin(fate, stream);
        Self::rounds(spec, missing, fate, stream)
    }

    /// What a message of `bytes` bytes loses of which is known that it loses something, over a link that
    /// [is plain](LinkSpec::is_plain).
    pub fn draw_some(spec: &LinkSpec, bytes: u64, odds: LossOdds, stream: &mut Stream) -> Self {
        let mut missing = Packets::of(spec, bytes);
        missing.thin_to_some(odds, stream);
        let mut fate = Fate::new(spec.loss, None);
        Self::rounds(spec, missing, &mut fate, stream)
    }

    /// All rounds, the first of which left `missing`.
    fn rounds(
        spec: &LinkSpec,
        mut missing: Packets,
        fate: &mut Fate<'_>,
        stream: &mut Stream,
    ) -> Self {
        let mut losses = Self::default();
        for round in 1..=MAX_ROUNDS {
            let packets = missing.count();
            if packets == 0 {
                break;
            }
            losses.packets += packets;
            losses.bytes += missing.bytes();
            losses.timeouts += seconds(spec.retransmit.sample(stream));
            if round < MAX_ROUNDS {
                missing.thin(fate, stream);
            }
        }
        losses
    }
}

/// How probable losses are: the same for all messages of one length over links of one kind.
#[derive(Debug, Clone, Copy)]
pub struct LossOdds {
    /// The logarithm of the probability that one packet arrives.
    kept: f64,
    /// The probability that a message loses something: 1 − (1 − p)^packets.
    pub some: f64,
}

impl LossOdds {
    /// Those of a message of `bytes` bytes.
    pub fn of(spec: &LinkSpec, bytes: u64) -> Self {
        let kept = libm::log1p(-spec.loss);
        let some = -libm::expm1(Packets::of(spec, bytes).count() as f64 * kept);
        Self { kept, some }
    }
}

/// Some of a message's packets.
struct Packets {
    /// Length of a whole packet.
    length: u64,
    whole: u64,
    /// Length of the last one, which may be shorter, if it is among them.
    last: Option<u64>,
}

impl Packets {
    /// All packets of a message; one where it has no bytes.
    fn of(spec: &LinkSpec, bytes: u64) -> Self {
        let length = u64::from(spec.packet.max(1));
        let whole = bytes.saturating_sub(1) / length;
        Self {
            length,
            whole,
            last: Some(bytes - whole * length),
        }
    }

    fn count(&self) -> u64 {
        self.whole + u64::from(self.last.is_some())
    }

    fn bytes(&self) -> u64 {
        self.whole * self.length + self.last.unwrap_or(0)
    }

    /// Keeps those that are lost, packet by packet.
    fn thin(&mut self, fate: &mut Fate<'_>, stream: &mut Stream) {
        let whole = (0..self.whole).map(|_| u64::from(fate.loses(stream)));
        self.whole = whole.sum();
        self.last = self.last.filter(|_| fate.loses(stream));
    }

    /// Keeps those that are lost, given that some are: the first by inversion among all, the others
    /// by the geometric gaps between them.
    fn thin_to_some(&mut self, LossOdds { kept, some }: LossOdds, stream: &mut Stream) {
        let count = self.count();
        // `as` saturates, and maps NaN (loss 1: both are infinite) to zero.
        let mut at = (libm::log1p(-some * unit(stream)) / kept) as u64;
        at = at.min(count.saturating_sub(1));
        let (whole, last) = (self.whole, self.last.take());
        self.whole = 0;
        while at < count {
            if at < whole {
                self.whole += 1;
            } else {
                self.last = last;
            }
            let gap = libm::log(1.0 - unit(stream)) / kept;
            at = at.saturating_add(1).saturating_add(gap as u64);
        }
    }
}

fn seconds(seconds: f64) -> SimSpan {
    SimSpan::from_secs_f64(seconds)
}
