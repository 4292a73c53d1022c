//! Which clients have an account here, and how they show that it is theirs: by a token, of which only a digest is kept.

use crate::error::LiveError;
use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::{BTreeMap, BTreeSet};
use throng_workloads::intent::ClientId;

/// Accounts.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    clients: BTreeSet<ClientId>,
    /// By the digest of their token.
    tokens: BTreeMap<[u8; 32], ClientId>,
}

impl Accounts {
    /// A new account, and its token. Nothing where the client has one.
    pub(super) fn open(&mut self, client: ClientId) -> Result<Option<String>, LiveError> {
        if self.clients.contains(&client) {
            return Ok(None);
        }
        let mut secret = [0; 32];
        SystemRandom::new()
            .fill(&mut secret)
            .map_err(|_| LiveError::Entropy)?;
        let token = HEXLOWER.encode(&secret);
        self.clients.insert(client);
        self.tokens.insert(digest(&token), client);
        Ok(Some(token))
    }

    /// Whose token the value of an `authorization` field is.
    pub(super) fn client(&self, authorization: &str) -> Option<ClientId> {
        let (scheme, token) = authorization.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        self.tokens.get(&digest(token.trim())).copied()
    }
}

fn digest(token: &str) -> [u8; 32] {
    blake3::hash(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_clients_and_nobody_elses() {
        let mut accounts = Accounts::default();
        let one = accounts.open(ClientId(1)).unwrap().unwrap();
        let other = accounts.open(ClientId(2)).unwrap().unwrap();
        assert!(accounts.open(ClientId(1)).unwrap().is_none());
        let whose = |value: String| accounts.client(&value);
        assert_eq!(whose(format!("Bearer {one}")), Some(ClientId(1)));
        assert_eq!(whose(format!("bearer {other}")), Some(ClientId(2)));
        assert_eq!(whose(format!("Basic {one}")), None);
        assert_eq!(whose(one), None);
        assert_eq!(whose("Bearer ".to_owned()), None);
    }
}
