//! What happens to a packet instead of arriving: knobs of the bench's links.

use throng_mimi::wire::FrameKind;
use throng_stack::{Envelope, Peer};
use throng_workloads::intent::{ClientId, ProviderId};
use throng_workloads::time::SimSpan;

/// The client of this number.
pub(crate) fn client(number: u32) -> Peer {
    Peer::Client(ClientId(number))
}

/// The provider of this number.
pub(crate) fn provider(number: u16) -> Peer {
    Peer::Provider(ProviderId(number))
}

/// A fault of one or more packets of one kind.
pub(crate) struct Fault {
    kind: FrameKind,
    from: Option<Peer>,
    to: Option<Peer>,
    /// So many that fit pass first.
    after: u32,
    /// And so many are hit then.
    times: u32,
    what: Verdict,
}

/// What becomes of a packet.
#[derive(Clone)]
pub(crate) enum Verdict {
    /// It does not arrive.
    Lost,
    /// The client's connection that it was on ends before it arrives.
    Severed,
    /// It arrives twice.
    Twice,
    /// It arrives so much later, and all that follows on its link after it.
    Late(SimSpan),
    /// It arrives with other bytes.
    Damaged(fn(&mut Vec<u8>)),
    /// It arrives with other headers.
    Forged(fn(&mut Envelope)),
}

impl Verdict {
    /// How many copies arrive, how much later, and what arrives.
    pub(super) fn apply(self, mut envelope: Envelope) -> (u32, SimSpan, Envelope) {
        match self {
            Self::Lost | Self::Severed => (0, SimSpan::ZERO, envelope),
            Self::Twice => (2, SimSpan::ZERO, envelope),
            Self::Late(span) => (1, span, envelope),
            Self::Damaged(change) => {
                envelope.packet = envelope.packet.with_bytes(change);
                (1, SimSpan::ZERO, envelope)
            }
            Self::Forged(change) => {
                change(&mut envelope);
                (1, SimSpan::ZERO, envelope)
            }
        }
    }
}

impl Fault {
    /// The next packet of this kind has this fate.
    fn new(kind: FrameKind, what: Verdict) -> Self {
        Self {
            kind,
            from: None,
            to: None,
            after: 0,
            times: 1,
            what,
        }
    }

    /// The next packet of this kind is lost.
    pub(crate) fn lose(kind: FrameKind) -> Self {
        Self::new(kind, Verdict::Lost)
    }

    /// The connection on which a client sends the next packet of this kind ends before it arrives, and the client
    /// connects anew.
    pub(crate) fn sever(kind: FrameKind) -> Self {
        Self::new(kind, Verdict::Severed)
    }

    /// The next packet of this kind comes twice.
    pub(crate) fn twice(kind: FrameKind) -> Self {
        Self::new(kind, Verdict::Twice)
    }

    /// The next packet of this kind comes late.
    pub(crate) fn late(kind: FrameKind, by: SimSpan) -> Self {
        Self::new(kind, Verdict::Late(by))
    }

    /// The next packet of this kind is damaged.
    pub(crate) fn damage(kind: FrameKind, change: fn(&mut Vec<u8>)) -> Self {
        Self::new(kind, Verdict::Damaged(change))
    }

    /// The next packet of this kind has other headers.
    pub(crate) fn forge(kind: FrameKind, change: fn(&mut Envelope)) -> Self {
        Self::new(kind, Verdict::Forged(change))
    }

    /// Only from this peer.
    pub(crate) fn from(mut self, from: Peer) -> Self {
        self.from = Some(from);
        self
    }

    /// Only to this peer.
    pub(crate) fn to(mut self, to: Peer) -> Self {
        self.to = Some(to);
        self
    }

    /// So many pass before.
    pub(crate) fn after(mut self, passed: u32) -> Self {
        self.after = passed;
        self
    }

    /// So many are hit.
    pub(crate) fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// What becomes of this packet, if the fault hits it.
    pub(super) fn fits(&mut self, from: Peer, to: Peer, kind: FrameKind) -> Option<Verdict> {
        let fits = kind == self.kind
            && self.from.is_none_or(|peer| peer == from)
            && self.to.is_none_or(|peer| peer == to);
        if !fits || self.times == 0 {
            return None;
        }
        if self.after > 0 {
            self.after -= 1;
            return None;
        }
        self.times -= 1;
        Some(self.what.clone())
    }
}
