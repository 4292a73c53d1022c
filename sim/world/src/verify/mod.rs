//! The same run on both engines, held against each other.
//!
//! Start with [`verify`]. It steps two worlds side by side, one over OpenMLS and one over the model, and compares
//! everything that each client and provider did: what came in, how long it waited, what it took ([`Work`](throng_cost::Work)), what
//! was sent when and how long it was, and what it reported. The first difference is told with all that is
//! needed to find it ([`Difference`]); where there is none, [`Agreement`] says how much was compared.
//!
//! What only the protocol has to say is compared as a [`Detail`](throng_stack::Detail), whatever it is.
//!
//! [`throng_mls::vectors`] holds the model against test vectors that others made.

mod agreement;
mod compare;
mod difference;

pub use agreement::Agreement;
pub use compare::{Verdict, verify};
pub use difference::Difference;
