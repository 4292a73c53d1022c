//! Identities by number, a million of them in little memory.

/// Successive identities that are kept as their difference to the first of them.
const BLOCK: usize = 16;

/// Identities by number, end to end. Those of successive clients have most of their bytes in common, so each says how many
/// it shares with the first of its block, and the rest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identities {
    bytes: Vec<u8>,
    /// Where the rest of each ends; it begins where the one before it ends.
    ends: Vec<u32>,
    /// What each shares with the first of its block; the first shares nothing.
    shared: Vec<u8>,
}

/// One identity, in two pieces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<'a> {
    shared: &'a [u8],
    rest: &'a [u8],
}

impl Identities {
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self {
            bytes: Vec::new(),
            ends: Vec::with_capacity(count),
            shared: Vec::with_capacity(count),
        }
    }

    /// Number an identity.
    pub(crate) fn push(&mut self, identity: &[u8]) -> u32 {
        let number = self.ends.len();
        let shared = match number % BLOCK {
            0 => 0,
            _ => {
                let first = self.rest(number - number % BLOCK);
                let pairs = first.iter().zip(identity).take(u8::MAX.into());
                pairs.take_while(|(first, this)| first == this).count()
            }
        };
        self.bytes.extend_from_slice(&identity[shared..]);
        self.ends.push(self.bytes.len() as u32);
        self.shared.push(shared as u8);
        number as u32
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Take back the last one.
    pub(crate) fn pop(&mut self) {
        self.ends.pop();
        self.shared.pop();
        self.bytes
            .truncate(self.ends.last().map_or(0, |end| *end as usize));
    }

    /// The identity with this number; an empty one where there is none.
    pub(crate) fn get(&self, number: u32) -> Identity<'_> {
        let number = number as usize;
        let shared = usize::from(self.shared.get(number).copied().unwrap_or(0));
        Identity {
            shared: &self.rest(number - number % BLOCK)[..shared],
            rest: self.rest(number),
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Identity<'_>> {
        (0..self.len()).map(|number| self.get(number as u32))
    }

    fn rest(&self, number: usize) -> &[u8] {
        let end = |number: usize| self.ends.get(number).map_or(0, |end| *end as usize);
        let start = number.checked_sub(1).map_or(0, end);
        &self.bytes[start..end(number).max(start)]
    }

    /// Give back memory that was reserved for more.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.shared.shrink_to_fit();
    }

    /// Memory that it takes, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<u32>() + self.shared.capacity()
    }
}

impl<'a> Identity<'a> {
    /// An identity in one piece.
    pub(crate) const fn whole(identity: &'a [u8]) -> Self {
        Self {
            shared: &[],
            rest: identity,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.shared.len() + self.rest.len()
    }

    pub(crate) fn to_vec(self) -> Vec<u8> {
        [self.shared, self.rest].concat()
    }

    pub(crate) fn starts_with(&self, prefix: &[u8]) -> bool {
        let (first, second) = prefix.split_at(prefix.len().min(self.shared.len()));
        self.shared.starts_with(first) && self.rest.starts_with(second)
    }

    /// All of it.
    pub(crate) const fn pieces(self) -> [&'a [u8]; 2] {
        [self.shared, self.rest]
    }

    /// What the identities of one user's clients begin with, in two pieces.
    pub(crate) fn user_part(self) -> [&'a [u8]; 2] {
        let to_dot = |piece: &'a [u8]| {
            let dot = piece.iter().rposition(|byte| *byte == b'.');
            dot.map(|dot| &piece[..=dot])
        };
        match (to_dot(self.rest), to_dot(self.shared)) {
            (Some(rest), _) => [self.shared, rest],
            (None, Some(shared)) => [shared, &[]],
            (None, None) => [self.shared, self.rest],
        }
    }
}

impl PartialEq<[u8]> for Identity<'_> {
    fn eq(&self, other: &[u8]) -> bool {
        self.len() == other.len() && self.starts_with(other)
    }
}

#[cfg(test)]
mod tests {
    use super::{Identities, Identity};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(
            all in prop::collection::vec(prop::collection::vec(prop::sample::select(&b"ab./"[..]), 0..300), 0..70),
            prefix in prop::collection::vec(prop::sample::select(&b"ab./"[..]), 0..4),
        ) {
            let mut identities = Identities::default();
            for (number, identity) in (0..).zip(&all) {
                prop_assert_eq!(identities.push(identity), number);
            }
            prop_assert_eq!(identities.len(), all.len());
            for identity in all.iter().rev().take(3) {
                identities.pop();
                identities.push(identity);
                identities.pop();
            }
            for identity in all.iter().skip(all.len().saturating_sub(3)) {
                identities.push(identity);
            }
            for (got, identity) in identities.iter().zip(&all) {
                prop_assert_eq!(&got.to_vec(), identity);
                prop_assert_eq!(got.len(), identity.len());
                prop_assert!(got == identity[..]);
                prop_assert_eq!(got.starts_with(&prefix), identity.starts_with(&prefix));
                prop_assert_eq!(got.user_part().concat(), Identity::whole(identity).user_part().concat());
            }
        }
    }

    #[test]
    fn a_client_takes_few_bytes() {
        let mut identities = Identities::default();
        for client in 400_000..410_000u32 {
            identities.push(format!("mimi://a.example/d/u{client}.{client}").as_bytes());
        }
        identities.shrink_to_fit();
        assert!(identities.memory() < 17 * identities.len());
    }

    #[test]
    fn the_user_part_ends_with_the_last_dot() {
        let part = |identity: &[u8]| Identity::whole(identity).user_part().concat();
        assert_eq!(
            part(b"mimi://a.example/d/u17.2051"),
            b"mimi://a.example/d/u17."
        );
        assert_eq!(part(b"alice"), b"alice");
    }
}
