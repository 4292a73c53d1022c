//! Which clients have an account here, and how they show that it is theirs: by a token, of which only a digest is kept.

use crate::error::LiveError;
use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::{BTreeMap, BTreeSet};
use throng_workloads::intent::ClientId;

/// So many clients have an account here at most: anybody may have one, and memory ends.
const MOST_ACCOUNTS: usize = 1 << 20;

/// What comes of the wish for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opened {
    /// It is there now: its token, and what is kept of that.
    Token(String, [u8; 32]),
    /// It was there before.
    Taken,
    /// There is no room for any more.
    Full,
}

/// Accounts.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    clients: BTreeSet<ClientId>,
    /// By the digest of their token.
    tokens: BTreeMap<[u8; 32], ClientId>,
}

impl Accounts {
    /// Those that there were before, by the digests of their tokens.
    pub(super) fn restored(tokens: Vec<([u8; 32], ClientId)>) -> Self {
        Self {
            clients: tokens.iter().map(|(_, client)| *client).collect(),
            tokens: tokens.into_iter().collect(),
        }
    }

    /// An account that came to nothing: nobody has its token.
    pub(super) fn forget(&mut self, client: ClientId, digest: &[u8; 32]) {
        self.clients.remove(&client);
        self.tokens.remove(digest);
    }

    /// A new account.
    pub(super) fn open(&mut self, client: ClientId) -> Result<Opened, LiveError> {
        if self.clients.contains(&client) {
            return Ok(Opened::Taken);
        }
        if self.clients.len() >= MOST_ACCOUNTS {
            return Ok(Opened::Full);
        }
        let mut secret = [0; 32];
        SystemRandom::new()
            .fill(&mut secret)
            .map_err(|_| LiveError::Entropy)?;
        let token = HEXLOWER.encode(&secret);
        self.clients.insert(client);
        let digest = digest(&token);
        self.tokens.insert(digest, client);
        Ok(Opened::Token(token, digest))
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
        let mut open = |client| accounts.open(ClientId(client)).unwrap();
        let (Opened::Token(one, _), Opened::Token(other, digest)) = (open(1), open(2)) else {
            panic!("two new accounts");
        };
        assert_eq!(open(1), Opened::Taken);
        let again = Accounts::restored(vec![(digest, ClientId(2))]);
        assert_eq!(again.client(&format!("Bearer {other}")), Some(ClientId(2)));
        assert_eq!(again.client(&format!("Bearer {one}")), None);
        let whose = |value: String| accounts.client(&value);
        assert_eq!(whose(format!("Bearer {one}")), Some(ClientId(1)));
        assert_eq!(whose(format!("bearer {other}")), Some(ClientId(2)));
        assert_eq!(whose(format!("Basic {one}")), None);
        assert_eq!(whose(one), None);
        assert_eq!(whose("Bearer ".to_owned()), None);
        accounts.forget(ClientId(2), &digest);
        assert_eq!(accounts.client(&format!("Bearer {other}")), None);
        let anew = accounts.open(ClientId(2)).unwrap();
        assert!(matches!(anew, Opened::Token(..)));
    }
}
