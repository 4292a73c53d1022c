//! What a client's machine wants of what is around it.

use throng_stack::{Envelope, Timer};
use throng_workloads::intent::ClientId;
use throng_workloads::time::SimSpan;

/// What a client wants of its connection.
pub(super) enum Command {
    /// Send this.
    Send(Box<Envelope>),
    /// End without a word.
    Drop,
}

/// What is wanted of those who wake clients.
pub(super) enum Wake {
    /// A timer that a client sets: whose, after how long, which.
    After(ClientId, SimSpan, Timer),
    /// Nobody is to be woken any more.
    Stop,
}
