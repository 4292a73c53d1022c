//! MLS without the cryptography: the structure of the ratchet tree, exact lengths, and [`Work`](super::work::Work).
//!
//! Everything that happens in virtual time depends on which nodes are blank, how many ciphertexts a path
//! carries and how long messages are, never on secret bits. This engine computes just that, for a million
//! members where OpenMLS ends at a few thousand, and `throng verify` holds the one against the other.
//!
//! | file | what |
//! |---|---|
//! | `tree`, `node` | [`tree::Tree`]: O(log N) operations on flat arrays |
//! | `journal` | taking an operation back, and doing it again |
//! | `lengths` | every message's length, from RFC 9420's structs |

pub mod journal;
pub mod lengths;
pub mod node;
pub mod tree;
