//! What is in a provider's store: the rows of its machine, and what the driver keeps itself.

use super::error::StoreError;
use super::interface::{Batch, Store};
use ring::rand::{SecureRandom, SystemRandom};
use std::path::{Path, PathBuf};
use throng_stack::{Change, KeepError, Row, Table};
use throng_workloads::intent::ClientId;
use throng_workloads::stream::Streams;

/// About the provider itself.
const PROVIDER: Table = Table::new("provider");
const DOMAIN: &[u8] = b"domain";
const ROOT: &[u8] = b"root";
const FACTS: &[u8] = b"facts";

/// Accounts: the digest of the token → `uint32 client`.
const TOKENS: Table = Table::new("tokens");

/// The row of an account's token.
pub(crate) fn token_row(digest: [u8; 32], client: ClientId) -> Change {
    Change::put(TOKENS, digest.to_vec(), client.0.to_be_bytes().to_vec())
}

/// How much of the file of facts belongs to what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactsSoFar {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

impl FactsSoFar {
    pub(crate) fn row(&self) -> Change {
        let mut value = self.bytes.to_be_bytes().to_vec();
        value.extend_from_slice(named(&self.path).as_bytes());
        Change::put(PROVIDER, FACTS.to_vec(), value)
    }

    /// Whether it is about this file.
    pub(crate) fn is_of(&self, path: &Path) -> bool {
        named(&self.path) == named(path)
    }
}

fn named(path: &Path) -> String {
    let absolute = std::path::absolute(path);
    let path = absolute.unwrap_or_else(|_| path.to_owned());
    path.to_string_lossy().into_owned()
}

/// What was in a store when it was opened.
#[derive(Debug)]
pub(crate) struct Contents {
    /// The root of the provider's keys.
    pub(crate) root: Streams,
    /// Digests of tokens, and whose they are.
    pub(crate) tokens: Vec<([u8; 32], ClientId)>,
    /// What is written of what happened.
    pub(crate) facts: Option<FactsSoFar>,
    /// The machine's rows; nothing where it begins.
    pub(crate) machine: Option<Vec<Row>>,
}

impl Contents {
    /// Reads the store of the provider of this domain, and makes it that where it is empty.
    ///
    /// # Errors
    /// It cannot be read, or is somebody else's.
    pub(crate) fn read(
        store: &mut dyn Store,
        shown: &str,
        domain: &str,
    ) -> Result<Self, StoreError> {
        let (mut found, mut root, mut facts) = (None, None, None);
        let (mut tokens, mut machine) = (Vec::new(), Vec::new());
        let damaged = |table: Table| StoreError::Contents {
            store: shown.to_owned(),
            source: KeepError::Damaged {
                table: table.name(),
                why: "it is too short".to_owned(),
            },
        };
        for row in store.load()? {
            if row.table == TOKENS.name() {
                let client = <[u8; 4]>::try_from(&row.value[..]);
                let digest = <[u8; 32]>::try_from(&row.key[..]);
                let (Ok(client), Ok(digest)) = (client, digest) else {
                    return Err(damaged(TOKENS));
                };
                tokens.push((digest, ClientId(u32::from_be_bytes(client))));
            } else if row.table != PROVIDER.name() {
                machine.push(row);
            } else if row.key == DOMAIN {
                found = Some(String::from_utf8_lossy(&row.value).into_owned());
            } else if row.key == ROOT {
                let bytes = <[u8; 16]>::try_from(&row.value[..]);
                root = Some(bytes.map_err(|_| damaged(PROVIDER))?);
            } else if row.key == FACTS {
                let (bytes, path) = row
                    .value
                    .split_first_chunk()
                    .ok_or_else(|| damaged(PROVIDER))?;
                facts = Some(FactsSoFar {
                    bytes: u64::from_be_bytes(*bytes),
                    path: String::from_utf8_lossy(path).into_owned().into(),
                });
            }
        }
        match (found, root) {
            (Some(found), _) if found != domain => Err(StoreError::OtherDomain {
                store: shown.to_owned(),
                found,
                domain: domain.to_owned(),
            }),
            (Some(_), Some(root)) => Ok(Self {
                root: streams(root),
                tokens,
                facts,
                machine: Some(machine),
            }),
            (None, None) if machine.is_empty() => Ok(Self {
                root: begin(store, domain)?,
                tokens,
                facts: None,
                machine: None,
            }),
            _ => Err(damaged(PROVIDER)),
        }
    }
}

/// Makes a store that of a provider: its keys have a root that nobody can guess.
fn begin(store: &mut dyn Store, domain: &str) -> Result<Streams, StoreError> {
    let mut root = [0; 16];
    SystemRandom::new()
        .fill(&mut root)
        .map_err(|_| StoreError::Entropy)?;
    let mut batch = Batch::default();
    batch.add([
        Change::put(PROVIDER, DOMAIN.to_vec(), domain.into()),
        Change::put(PROVIDER, ROOT.to_vec(), root.to_vec()),
    ]);
    store.commit(&batch)?;
    Ok(streams(root))
}

fn streams(root: [u8; 16]) -> Streams {
    let all = u128::from_le_bytes(root);
    Streams::new(all as u64, (all >> 64) as u64)
}
