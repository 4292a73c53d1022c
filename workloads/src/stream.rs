//! Named random streams.
//!
//! Every draw of a run comes from a stream named by (seed, run, entity, purpose). A stream's state is
//! derived from its name alone, so neither the order of events nor the number of threads can change a
//! draw, and changing how one process draws leaves all the others as they were (common random
//! numbers). They live in this crate, below the kernel, because the generators draw from them too.
//!
//! The generator is **xoshiro256++** (Blackman & Vigna 2018), 32 bytes of state, seeded by BLAKE3 of
//! the name.

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};
use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::fmt::{self, Write};
use std::sync::LazyLock;

/// One named random stream; use it through the traits of `rand`.
pub type Stream = Xoshiro256PlusPlus;

/// Whose stream it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamOwner {
    /// The run as a whole.
    Run,
    /// A provider, by index.
    Provider(u64),
    /// A user, by index.
    User(u64),
    /// A client, by index.
    Client(u64),
    /// A room, by index.
    Room(u64),
    /// The directed link between two entities, by the indices that the driver gives them.
    Link(u64, u64),
}

/// A name being written.
struct Name(blake3::Hasher);

impl Write for Name {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// The root of a run's streams.
///
/// ```
/// use rand_core::Rng;
/// use throng_workloads::stream::{StreamOwner, Streams};
///
/// let streams = Streams::new(1, 0);
/// let mut a = streams.stream(StreamOwner::Client(7), "backoff");
/// let mut b = streams.stream(StreamOwner::Client(7), "backoff");
/// let mut c = streams.stream(StreamOwner::Client(7), "churn");
/// let first = a.next_u64();
/// assert_eq!(first, b.next_u64());
/// assert_ne!(first, c.next_u64());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
    run: u64,
}

impl Streams {
    /// The streams of run number `run` under `seed`. Replicas of one scenario share the seed and
    /// differ in the run.
    pub const fn new(seed: u64, run: u64) -> Self {
        Self { seed, run }
    }

    /// The stream of `owner` for `purpose`, from its beginning.
    pub fn stream(&self, owner: StreamOwner, purpose: &str) -> Stream {
        Stream::from_seed(self.key(owner, purpose))
    }

    /// The same for a purpose that is written for the occasion, without keeping it anywhere.
    pub fn named(&self, owner: StreamOwner, purpose: fmt::Arguments<'_>) -> Stream {
        let mut name = Name(self.hasher(owner));
        // Hashing does not fail.
        let _ = name.write_fmt(purpose);
        Stream::from_seed(*name.0.finalize().as_bytes())
    }

    /// 32 bytes bound to the same name, for generators that want a longer seed.
    pub fn key(&self, owner: StreamOwner, purpose: &str) -> [u8; 32] {
        let mut hasher = self.hasher(owner);
        hasher.update(purpose.as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// A hasher that has taken all of a name but the purpose.
    fn hasher(&self, owner: StreamOwner) -> blake3::Hasher {
        let (kind, first, second) = match owner {
            StreamOwner::Run => (0u8, 0, 0),
            StreamOwner::Provider(i) => (1, i, 0),
            StreamOwner::User(i) => (2, i, 0),
            StreamOwner::Client(i) => (3, i, 0),
            StreamOwner::Room(i) => (4, i, 0),
            StreamOwner::Link(from, to) => (5, from, to),
        };
        // Hashing the context takes as long as a name; once will do.
        static CONTEXT: LazyLock<ContextKey> =
            LazyLock::new(|| hash_derive_key_context("throng 2026 named random stream"));
        let mut hasher = blake3::Hasher::new_from_context_key(&CONTEXT);
        let mut name = [0; 33];
        name[..8].copy_from_slice(&self.seed.to_le_bytes());
        name[8..16].copy_from_slice(&self.run.to_le_bytes());
        name[16] = kind;
        name[17..25].copy_from_slice(&first.to_le_bytes());
        name[25..].copy_from_slice(&second.to_le_bytes());
        hasher.update(&name);
        hasher
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    #[test]
    fn names_separate_streams() {
        let draw =
            |seed, run, owner, purpose| Streams::new(seed, run).stream(owner, purpose).next_u64();
        let base = draw(1, 0, StreamOwner::Client(1), "a");
        for other in [
            draw(2, 0, StreamOwner::Client(1), "a"),
            draw(1, 1, StreamOwner::Client(1), "a"),
            draw(1, 0, StreamOwner::Client(2), "a"),
            draw(1, 0, StreamOwner::User(1), "a"),
            draw(1, 0, StreamOwner::Client(1), "b"),
            draw(1, 0, StreamOwner::Link(1, 0), "a"),
        ] {
            assert_ne!(base, other);
        }
    }

    /// Pins the algorithm: a change of generator or seeding moves every fingerprint.
    #[test]
    fn the_algorithm_is_pinned() {
        let mut stream = Streams::new(1, 0).stream(StreamOwner::Run, "pin");
        assert_eq!(
            [stream.next_u64(), stream.next_u64()],
            [2938980313524338824, 12339750462314771606]
        );
    }
}
