//! On what terms a KeyPackage is handed out: for how long, how often, and to whom it is of any use.

use crate::wire::{Capabilities, RequiredCapabilities, leaf_node};
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

/// SelfRemove (draft-ietf-mls-extensions).
pub(crate) const SELF_REMOVE: u16 = 0x000a;

/// The types of extensions and proposals up to these everybody knows, and no leaf lists (RFC 9420, section 7.2).
const DEFAULT_EXTENSIONS: u16 = 5;
const DEFAULT_PROPOSALS: u16 = 7;

/// For which groups a KeyPackage is of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its ciphersuite, which is that of any group into which it can be used.
    pub cipher_suite: u16,
    /// What the client can do whose it is.
    pub capabilities: Capabilities,
}

impl Offer {
    /// Whether it would do for a group with one of these ciphersuites, whose members have to be capable of this (RFC 9420, section 11.1).
    ///
    /// ```
    /// use throng_mls::terms::Offer;
    /// use throng_mls::wire::{Capabilities, RequiredCapabilities};
    /// let capabilities = Capabilities { extensions: vec![6], credentials: vec![1], ..Capabilities::default() };
    /// let offer = Offer { cipher_suite: 1, capabilities };
    /// let nothing = RequiredCapabilities::default();
    /// assert!(offer.fits(&[2, 1], &nothing) && !offer.fits(&[2], &nothing));
    /// // Everybody knows `external_senders`, 5.
    /// let some = RequiredCapabilities { extension_types: vec![5, 6], ..nothing.clone() };
    /// assert!(offer.fits(&[1], &some));
    /// let more = RequiredCapabilities { extension_types: vec![7], ..nothing };
    /// assert!(!offer.fits(&[1], &more));
    /// ```
    pub fn fits(&self, acceptable: &[u16], required: &RequiredCapabilities) -> bool {
        let can = &self.capabilities;
        let all = |wanted: &[u16], known: &[u16], default: u16| {
            let mut wanted = wanted.iter();
            wanted.all(|kind| (1..=default).contains(kind) || known.contains(kind))
        };
        acceptable.contains(&self.cipher_suite)
            && all(
                &required.extension_types,
                &can.extensions,
                DEFAULT_EXTENSIONS,
            )
            && all(&required.proposal_types, &can.proposals, DEFAULT_PROPOSALS)
            && all(&required.credential_types, &can.credentials, 0)
    }
}
