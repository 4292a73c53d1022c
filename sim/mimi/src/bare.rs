//! What comes from a provider that speaks the draft and nothing of ours: a *bare* one. Our header fields say which request something is,
//! and its place among what comes from a hub; where they are missing, both are worked out here.
//!
//! - A request is known by what it says: a digest of its body is its number. Who of its provider's clients makes it, MLS or the credential
//!   in it says, or nobody.
//! - What comes without a number gets one here that no header field can have, so that everybody sees that it was none.

use throng_stack::RequestId;
use throng_workloads::intent::{ClientId, ProviderId};

/// Numbers from here on were given here, to what came without one: a header field has fifteen digits at most (RFC 9651, section 3.3.1).
pub const UNNUMBERED: u64 = 1 << 63;

/// Clients from here on are nobody in particular: those of requests that are known by their digest, and those whose names are not ours.
pub const NOBODY: u32 = 1 << 31;

/// By what something is known again that has no number.
pub(crate) type Digest = [u8; 16];

/// Whether something came without a number.
pub const fn is_unnumbered(sequence: u64) -> bool {
    sequence >= UNNUMBERED
}

/// Whether a request came without a name, and so does not say whose it is.
pub const fn is_unnamed(request: RequestId) -> bool {
    request.client.0 >= NOBODY
}

/// The name of a request that a provider made without one, at the endpoint that is called so: the same for the same body.
///
/// 63 bits of a digest are enough to tell apart what one provider asks in some minutes. Who finds two requests with one digest can have
/// its own request answered by what its own provider was told before.
pub fn name(provider: ProviderId, endpoint: &str, body: &[u8]) -> RequestId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(endpoint.as_bytes()).update(&[0]).update(body);
    let digest = first_of(hasher.finalize());
    let (client, number) = ((digest >> 32) as u32, digest as u32);
    RequestId {
        provider,
        client: ClientId(client | NOBODY),
        number,
    }
}

/// By what this is known again.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    let mut half = Digest::default();
    let whole = blake3::hash(bytes);
    half.iter_mut()
        .zip(whole.as_bytes())
        .for_each(|(to, from)| *to = *from);
    half
}

fn first_of(hash: blake3::Hash) -> u64 {
    let first = hash.as_bytes().iter().take(8);
    first.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const B: ProviderId = ProviderId(1);

    #[test]
    fn a_request_is_the_same_where_it_says_the_same() {
        let one = name(B, "update", b"body");
        assert_eq!(one, name(B, "update", b"body"));
        assert!(is_unnamed(one));
        assert_ne!(one, name(B, "update", b"bodx"));
        assert_ne!(one, name(B, "submitMessage", b"body"));
        assert_ne!(one, name(ProviderId(2), "update", b"body"));
    }

    #[test]
    fn no_header_field_says_a_number_that_was_given_here() {
        let most = 999_999_999_999_999;
        assert!(is_unnumbered(UNNUMBERED) && !is_unnumbered(most));
    }
}
