//! The file of clients.

use serde::{Deserialize, Serialize};

/// A client as it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
// Its token and its keys are nothing to print.
#[cfg_attr(test, derive(Debug))]
pub(in crate::load) struct StoredClient {
    /// Its number.
    pub(in crate::load) client: u32,
    /// Whose it is.
    pub(in crate::load) user: u32,
    /// The token of its account.
    pub(in crate::load) token: String,
    /// As the protocol writes it.
    pub(in crate::load) state: Vec<u8>,
}

pub(super) fn write(clients: &[StoredClient]) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(clients).map_err(|error| error.to_string())
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<StoredClient>, String> {
    let (clients, rest) = postcard::take_from_bytes(bytes).map_err(|error| error.to_string())?;
    match rest.is_empty() {
        true => Ok(clients),
        false => Err("there is more than was written".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_less_or_more() {
        let client = |client: u32| StoredClient {
            client,
            user: client / 2,
            token: "0123456789abcdef".to_owned(),
            state: vec![client as u8; 40],
        };
        let clients = [client(0), client(1), client(300)];
        let bytes = write(&clients).expect("written");
        assert_eq!(read(&bytes).as_deref(), Ok(&clients[..]));
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
        assert!(read(&[&bytes[..], &[0]].concat()).is_err());
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0xff;
            assert_ne!(read(&damaged).as_deref(), Ok(&clients[..]), "{place}");
        }
    }
}
