//! What is attached: encrypted on its way to where it is stored, and checked and decrypted by whoever reads it
//! (draft-ietf-mimi-content-08, section 4.5; AES-128-GCM as in RFC 5116, SHA-256 as in RFC 6920).

use super::id::SHA_256;
use super::message::ExternalPart;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes128Gcm, KeyInit, Nonce};
use sha2::{Digest, Sha256};

/// AES-128-GCM in the registry of AEAD algorithms (RFC 5116).
pub const AES_128_GCM: u16 = 1;

/// What encryption adds to an asset, in bytes.
pub const TAG: usize = 16;

/// Why nobody can make use of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssetError {
    /// It is encrypted or hashed in a way that is not known here, or not with keys of this length.
    #[error("an algorithm that is not known here")]
    Unknown,
    /// It is not what the message says: of another hash or length.
    #[error("not the asset that the message speaks of")]
    Another,
    /// It cannot be decrypted.
    #[error("an asset that cannot be decrypted")]
    Undecryptable,
}

/// An asset as it is stored.
///
/// # Errors
/// [`AssetError::Unknown`] where it is too long to be encrypted.
pub fn seal(
    content: &[u8],
    key: &[u8; 16],
    nonce: &[u8; 12],
) -> Result<(Vec<u8>, [u8; 32]), AssetError> {
    let cipher = Aes128Gcm::new(key.into());
    let sealed = cipher.encrypt(Nonce::from_slice(nonce), content);
    let sealed = sealed.map_err(|_| AssetError::Unknown)?;
    let hash = Sha256::digest(&sealed).into();
    Ok((sealed, hash))
}

/// What is in an asset of which a message says this.
///
/// # Errors
/// [`AssetError`] where it is another, or cannot be read.
pub fn open(part: &ExternalPart, stored: &[u8]) -> Result<Vec<u8>, AssetError> {
    let nonce = <[u8; 12]>::try_from(&part.nonce[..]).map_err(|_| AssetError::Unknown)?;
    if part.enc_alg != AES_128_GCM || part.hash_alg != SHA_256 {
        return Err(AssetError::Unknown);
    }
    let cipher = Aes128Gcm::new_from_slice(&part.key).map_err(|_| AssetError::Unknown)?;
    let hash: [u8; 32] = Sha256::digest(stored).into();
    if part.size != stored.len() as u64 || part.content_hash != hash {
        return Err(AssetError::Another);
    }
    let payload = Payload {
        msg: stored,
        aad: &part.aad,
    };
    let content = cipher.decrypt(Nonce::from_slice(&nonce), payload);
    content.map_err(|_| AssetError::Undecryptable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attached() -> (ExternalPart, Vec<u8>) {
        let (key, nonce) = ([7; 16], [9; 12]);
        let (stored, hash) = seal(b"a photograph", &key, &nonce).unwrap();
        let part = ExternalPart {
            content_type: "image/jpeg".to_owned(),
            url: "https://a.example/photo".to_owned(),
            expires: 0,
            size: stored.len() as u64,
            enc_alg: AES_128_GCM,
            key: key.to_vec(),
            nonce: nonce.to_vec(),
            aad: Vec::new(),
            hash_alg: SHA_256,
            content_hash: hash.to_vec(),
            description: String::new(),
            filename: String::new(),
        };
        (part, stored)
    }

    #[test]
    fn what_is_stored_comes_back_and_nobody_changed_it() {
        let (part, stored) = attached();
        assert_eq!(stored.len(), b"a photograph".len() + TAG);
        assert_eq!(open(&part, &stored).as_deref(), Ok(&b"a photograph"[..]));
        for place in 0..stored.len() {
            let mut damaged = stored.clone();
            damaged[place] ^= 1;
            assert_eq!(open(&part, &damaged), Err(AssetError::Another));
        }
        let longer = [&stored[..], &[0]].concat();
        for other in [&longer[..], &stored[1..], b""] {
            assert_eq!(open(&part, other), Err(AssetError::Another));
        }
    }

    #[test]
    fn what_a_message_says_of_it_has_to_hold() {
        let (part, stored) = attached();
        let with = |change: fn(&mut ExternalPart)| {
            let mut part = part.clone();
            change(&mut part);
            open(&part, &stored)
        };
        assert_eq!(with(|part| part.enc_alg = 2), Err(AssetError::Unknown));
        assert_eq!(with(|part| part.hash_alg = 2), Err(AssetError::Unknown));
        assert_eq!(
            with(|part| part.nonce.truncate(11)),
            Err(AssetError::Unknown)
        );
        assert_eq!(with(|part| part.key.push(0)), Err(AssetError::Unknown));
        assert_eq!(with(|part| part.size += 1), Err(AssetError::Another));
        assert_eq!(
            with(|part| part.key[0] ^= 1),
            Err(AssetError::Undecryptable)
        );
        assert_eq!(
            with(|part| part.aad.push(1)),
            Err(AssetError::Undecryptable)
        );
    }
}
