//! On what terms a KeyPackage is handed out: for how long, and how often.

use crate::wire::leaf_node;
use throng_workloads::time::{SimSpan, SimTime};

/// `last_resort` (draft-ietf-mls-extensions; the code point of earlier versions, which OpenMLS 0.9 has): a KeyPackage that may be
/// used more than once.
pub const LAST_RESORT: u16 = 0x000a;

/// The lifetime of a KeyPackage, and of the leaf that comes of it until that is refreshed (RFC 9420, section 7.2): whole seconds of
/// virtual time.
///
/// ```
/// use throng_mls::terms::Lifetime;
/// use throng_workloads::time::{SimSpan, SimTime};
/// let lifetime = Lifetime::starting(SimTime::from_nanos(1_500_000_000), SimSpan::from_secs(60));
/// assert_eq!((lifetime.not_before, lifetime.not_after), (1, 62));
/// assert!(lifetime.holds(SimTime::from_nanos(61_999_999_999)));
/// assert!(!lifetime.holds(lifetime.end()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lifetime {
    /// Not valid before.
    pub not_before: u64,
    /// Not valid from then on.
    pub not_after: u64,
}

/// What is added to the end on the wire. OpenMLS asks the system clock whether a lifetime has ended, and virtual time begins with
/// zero: so no real clock says that it has, and whether it has by virtual time is for who reads it here to say.
const BEYOND_CLOCKS: u64 = 1 << 40;

/// The last beginning on the wire, for the same reason: in the year 2004.
const BEFORE_CLOCKS: u64 = 1 << 30;

const NANOS: u64 = 1_000_000_000;

impl Lifetime {
    /// From the beginning to no end.
    pub const ALWAYS: Self = Self {
        not_before: 0,
        not_after: BEYOND_CLOCKS,
    };

    /// From this moment on for so long: the second in which it begins, and that in which it ends, are in it.
    pub fn starting(now: SimTime, lasts: SimSpan) -> Self {
        let ends = now.as_nanos().saturating_add(lasts.as_nanos());
        Self {
            not_before: (now.as_nanos() / NANOS).min(BEFORE_CLOCKS),
            not_after: ends.div_ceil(NANOS),
        }
    }

    /// Whether it holds now.
    pub fn holds(self, now: SimTime) -> bool {
        now.as_nanos() / NANOS >= self.not_before && now < self.end()
    }

    /// When it ends.
    pub fn end(self) -> SimTime {
        SimTime::from_nanos(self.not_after.saturating_mul(NANOS))
    }

    /// As it is on the wire.
    pub(crate) fn written(self) -> leaf_node::Lifetime {
        leaf_node::Lifetime {
            not_before: self.not_before,
            not_after: self.not_after.saturating_add(BEYOND_CLOCKS),
        }
    }

    /// What was [written](Self::written). What others wrote is of the system clock's time, and OpenMLS looks at that.
    pub(crate) fn read(written: leaf_node::Lifetime) -> Self {
        match written.not_after.checked_sub(BEYOND_CLOCKS) {
            Some(not_after) => Self {
                not_before: written.not_before,
                not_after,
            },
            None => Self::ALWAYS,
        }
    }
}

/// What a KeyPackage says of its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// For how long.
    pub lifetime: Lifetime,
    /// Whether it may be used more than once.
    pub last_resort: bool,
}
