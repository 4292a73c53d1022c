//! Which clients have an account here, and how they show that it is theirs: by a token, of which only a digest is kept.

use crate::error::LiveError;
use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::{BTreeMap, BTreeSet};
use throng_workloads::intent::ClientId;

/// So many clients have an account here at most: anybody may have one, and memory ends.
const MOST_ACCOUNTS: usize = 1 << 20;

/// Characters of a token.
const TOKEN_LENGTH: usize = 64;

/// What comes of the wish for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opened {
    /// It is there now: its token, and what is kept of that.
    Token(String, [u8; 32]),
    /// It was there before, and this is the token that was brought for it.
    Again(String, [u8; 32]),
    /// It was there before, and is somebody else's.
    Taken,
    /// The token that was brought is shorter than one that nobody guesses.
    Weak,
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

    /// A new account, with the token that whoever wants it has `brought`, or a new one. Whoever brings the token of one that there is
    /// did not hear that it is there.
    pub(super) fn open(
        &mut self,
        client: ClientId,
        brought: Option<&str>,
    ) -> Result<Opened, LiveError> {
        let token = match brought.map(bearer) {
            Some(Some(token)) if token.len() >= TOKEN_LENGTH => token.to_owned(),
            Some(_) => return Ok(Opened::Weak),
            None => token()?,
        };
        let digest = digest(&token);
        if self.tokens.get(&digest) == Some(&client) {
            return Ok(Opened::Again(token, digest));
        }
        if self.clients.contains(&client) || self.tokens.contains_key(&digest) {
            return Ok(Opened::Taken);
        }
        if self.clients.len() >= MOST_ACCOUNTS {
            return Ok(Opened::Full);
        }
        self.clients.insert(client);
        self.tokens.insert(digest, client);
        Ok(Opened::Token(token, digest))
    }

    /// Whose token the value of an `authorization` field is.
    pub(super) fn client(&self, authorization: &str) -> Option<ClientId> {
        self.tokens.get(&digest(bearer(authorization)?)).copied()
    }
}

/// A token that nobody can guess.
pub(crate) fn token() -> Result<String, LiveError> {
    let mut secret = [0; TOKEN_LENGTH / 2];
    SystemRandom::new()
        .fill(&mut secret)
        .map_err(|_| LiveError::Entropy)?;
    Ok(HEXLOWER.encode(&secret))
}

/// The token in the value of an `authorization` field.
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
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
        let mut open = |client| accounts.open(ClientId(client), None).unwrap();
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
        let anew = accounts.open(ClientId(2), None).unwrap();
        assert!(matches!(anew, Opened::Token(..)));
    }

    #[test]
    fn whoever_brings_a_token_can_ask_again() {
        let mut accounts = Accounts::default();
        let mine = format!("Bearer {}", token().unwrap());
        let first = accounts.open(ClientId(1), Some(&mine)).unwrap();
        let Opened::Token(text, digest) = first else {
            panic!("{first:?}");
        };
        let again = accounts.open(ClientId(1), Some(&mine)).unwrap();
        assert_eq!(again, Opened::Again(text, digest));
        assert_eq!(accounts.client(&mine), Some(ClientId(1)));
        // Nobody else's account, and no second one.
        let other = format!("Bearer {}", token().unwrap());
        for (client, brought) in [(1, &other), (2, &mine)] {
            let opened = accounts.open(ClientId(client), Some(brought)).unwrap();
            assert_eq!(opened, Opened::Taken);
        }
        for weak in ["Bearer 0", "Basic 0", ""] {
            let opened = accounts.open(ClientId(3), Some(weak)).unwrap();
            assert_eq!(opened, Opened::Weak, "{weak}");
        }
    }
}
