//! What stands for a signature key, and for the key of a receiver of SemiPrivateMessages.

use super::lengths::Lengths;

/// The signature key of the client with this identity: as if there were no two of that name.
pub(super) fn signature_key(lengths: &Lengths, identity: &[u8]) -> Vec<u8> {
    signature_key_of(lengths.signature_key, identity)
}

/// The same, where a key has so many bytes. One of P-256 is a point, uncompressed.
pub(super) fn signature_key_of(len: u64, identity: &[u8]) -> Vec<u8> {
    let mut key = vec![0; len as usize];
    blake3::Hasher::new_derive_key("throng 2026 model signature key")
        .update(identity)
        .finalize_xof()
        .fill(&mut key);
    if let [form, point @ ..] = &mut key[..]
        && point.len() == 64
    {
        *form = 4;
    }
    key
}

/// The key by which the client with this identity reads handshakes of groups that it is not in.
pub(super) fn receiver_key(lengths: &Lengths, identity: &[u8]) -> Vec<u8> {
    let mut key = vec![0; lengths.kem_key as usize];
    blake3::Hasher::new_derive_key("throng 2026 model receiver key")
        .update(identity)
        .finalize_xof()
        .fill(&mut key);
    key
}
