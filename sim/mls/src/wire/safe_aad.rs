//! Safe AAD (draft-ietf-mls-extensions, section 4.9): what several applications say beside a message's content, in clear and signed.
//!
//! ```
//! use throng_mls::wire::SafeAadItem;
//! use throng_mls::wire::safe_aad;
//!
//! let tag = SafeAadItem { component_id: 0x0020, aad_item_data: vec![7; 32].into() };
//! let bytes = safe_aad::encode(std::slice::from_ref(&tag))?;
//! // A vector of one item: its component, and its data, a vector.
//! assert_eq!(bytes.len(), 1 + 2 + 1 + 32);
//! assert_eq!(safe_aad::decode(&bytes)?, [tag]);
//! assert_eq!(safe_aad::encode(&[])?, [0]);
//! # Ok::<(), tls_codec::Error>(())
//! ```

use super::extension::ComponentId;
use tls_codec::{
    Deserialize, Error, Serialize, Size, TlsDeserialize, TlsSerialize, TlsSize, VLBytes,
};

/// `SafeAADItem`: what one component says.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserialize)]
pub struct SafeAadItem {
    /// Which component.
    pub component_id: ComponentId,
    /// `opaque aad_item_data<V>`.
    pub aad_item_data: VLBytes,
}

/// `SafeAAD`: items, ascending by component.
///
/// # Errors
/// Where they are not ascending, or too long for a vector.
pub fn encode(items: &[SafeAadItem]) -> Result<Vec<u8>, Error> {
    ascending(items)?;
    items.tls_serialize_detached()
}

/// The items of the `SafeAAD` that `authenticated_data` is.
///
/// # Errors
/// Where it is none, more follows it, or its items are not ascending.
pub fn decode(authenticated_data: &[u8]) -> Result<Vec<SafeAadItem>, Error> {
    let items = Vec::tls_deserialize_exact(authenticated_data)?;
    ascending(&items)?;
    Ok(items)
}

/// Bytes of the items of a `SafeAAD`, without their vector's length.
pub(crate) fn items_len(items: &[SafeAadItem]) -> u64 {
    items
        .iter()
        .map(|item| item.tls_serialized_len() as u64)
        .sum()
}

fn ascending(items: &[SafeAadItem]) -> Result<(), Error> {
    match items
        .windows(2)
        .all(|two| two[0].component_id < two[1].component_id)
    {
        true => Ok(()),
        false => Err(Error::DecodingError(
            "items of a SafeAAD are not ascending".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_ascend() {
        let item = |component_id| SafeAadItem {
            component_id,
            aad_item_data: vec![1].into(),
        };
        for wrong in [[item(3), item(3)], [item(5), item(3)]] {
            assert!(encode(&wrong).is_err());
            let bytes = wrong.to_vec().tls_serialize_detached().unwrap();
            assert!(decode(&bytes).is_err());
        }
        let bytes = encode(&[item(3), item(5)]).unwrap();
        assert_eq!(bytes.len() as u64, 1 + items_len(&[item(3), item(5)]));
        assert_eq!(decode(&bytes).unwrap().len(), 2);
        // All of it is safe.
        assert!(decode(&[&bytes[..], b"more"].concat()).is_err());
        assert!(decode(&bytes[..3]).is_err());
    }
}
