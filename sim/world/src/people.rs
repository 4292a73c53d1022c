//! Who exists, and which of them act.

use super::passive::Acting;
use throng_workloads::population::Population;

/// Who exists, and which of them act.
pub(super) struct People {
    pub(super) population: Population,
    pub(super) acting: Acting,
}
