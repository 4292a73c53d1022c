//! What a driver knows of how a provider works, to say when what it sends leaves.

use crate::packet::{Envelope, Peer};
use throng_cost::Work;

/// The parts of a provider's work on an input that are done one after another: it is taken, what comes of it is made safe, and then what
/// it sends is written, envelope by envelope.
///
/// A stack without it has all that is sent leave together when the work is done, and nothing to make safe.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// What writing an envelope takes, of all the work that an input came to.
    pub written: fn(Peer, &Envelope) -> Work,
    /// Whether an input that came to this has to be safe before anybody hears of it.
    pub stores: fn(&Work) -> bool,
    /// What making a batch safe takes, beside that.
    pub batch: Work,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            written: |_, _| Work::default(),
            stores: |_| false,
            batch: Work::default(),
        }
    }
}
