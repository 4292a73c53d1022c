//! What MIMI's timers are for, in the seam's numbering.

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimerPurpose {
    /// The back-off after a lost commit is over.
    Retry,
    /// Time to commit the proposals that are pending.
    CommitPending,
    /// Time to send again what has no answer (providers only).
    Resend,
    /// A request should have been answered by now; the generation is its number.
    Request,
    /// A commit that the hub spoke of should have come by now; the generation is that of the wait for it.
    Overdue,
    /// Time to report what came; the generation is that of what was gathered.
    Report,
    /// Time to refresh a leaf for the tree's sake.
    Refresh,
    /// Time to tell everybody what one was told first (providers only).
    Notice,
    /// The leaf that came of a KeyPackage is to be made anew before it ends.
    Renew,
    /// A member's leaf has ended (providers only).
    Evict,
    /// A user answers whether somebody may add them (providers only).
    Consent,
    /// Events have waited long enough for others to go with (providers only).
    Gather,
}

impl TimerPurpose {
    const ALL: [Self; 12] = [
        Self::Retry,
        Self::CommitPending,
        Self::Resend,
        Self::Request,
        Self::Overdue,
        Self::Report,
        Self::Refresh,
        Self::Notice,
        Self::Renew,
        Self::Evict,
        Self::Consent,
        Self::Gather,
    ];

    /// The purpose of this number, if there is one.
    pub fn of(number: u16) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

impl From<TimerPurpose> for u16 {
    fn from(purpose: TimerPurpose) -> Self {
        purpose as Self
    }
}
