//! The JSON of the three kinds, and how they are told apart.
//!
//! Fields that only cryptography asks for are not read. Tree hashes may be absent: early files had none.

use super::error::VectorsError;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// A kind of test vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A proposal applied to a tree.
    Operations,
    /// Resolutions and hashes of all nodes.
    Validation,
    /// UpdatePaths of all members.
    TreeKem,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Operations => "tree operations",
            Self::Validation => "tree validation",
            Self::TreeKem => "TreeKEM",
        })
    }
}

/// What all vectors have.
pub(super) trait Vector {
    /// The number of its ciphersuite (RFC 9420, section 17.1).
    fn suite(&self) -> u16;
}

#[derive(Debug, Deserialize)]
pub(super) struct Operation {
    cipher_suite: u16,
    pub(super) tree_before: String,
    pub(super) proposal: String,
    pub(super) proposal_sender: u32,
    pub(super) tree_after: String,
    pub(super) tree_hash_before: Option<String>,
    pub(super) tree_hash_after: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Validation {
    cipher_suite: u16,
    pub(super) tree: String,
    /// By node index.
    pub(super) resolutions: Vec<Vec<u32>>,
    /// By node index.
    pub(super) tree_hashes: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TreeKem {
    cipher_suite: u16,
    pub(super) ratchet_tree: String,
    pub(super) leaves_private: Vec<LeafPrivate>,
    pub(super) update_paths: Vec<SentPath>,
}

/// What a member knows.
#[derive(Debug, Deserialize)]
pub(super) struct LeafPrivate {
    pub(super) index: u32,
    pub(super) path_secrets: Vec<NodeSecret>,
}

#[derive(Debug, Deserialize)]
pub(super) struct NodeSecret {
    pub(super) node: u32,
    pub(super) path_secret: String,
}

/// A member's path, and what each leaf gets from it.
#[derive(Debug, Deserialize)]
pub(super) struct SentPath {
    pub(super) sender: u32,
    pub(super) update_path: String,
    /// By leaf index; `None` for the sender and for blank leaves.
    pub(super) path_secrets: Vec<Option<String>>,
    pub(super) tree_hash_after: Option<String>,
}

impl Vector for Operation {
    fn suite(&self) -> u16 {
        self.cipher_suite
    }
}

impl Vector for Validation {
    fn suite(&self) -> u16 {
        self.cipher_suite
    }
}

impl Vector for TreeKem {
    fn suite(&self) -> u16 {
        self.cipher_suite
    }
}

/// A file's vectors.
#[derive(Debug)]
pub(super) enum Vectors {
    Operations(Vec<Operation>),
    Validation(Vec<Validation>),
    TreeKem(Vec<TreeKem>),
}

impl Vectors {
    /// The kind is told by the fields of the first vector; all must be of it.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, VectorsError> {
        let json = |source| VectorsError::Json {
            path: path.to_owned(),
            source,
        };
        // Whatever else it is not: where it breaks off, or is no JSON, says most about it.
        serde_json::from_slice::<IgnoredAny>(bytes).map_err(json)?;
        let probe: Vec<BTreeMap<String, IgnoredAny>> =
            serde_json::from_slice(bytes).map_err(json)?;
        let Some(first) = probe.first() else {
            return Err(VectorsError::Empty {
                path: path.to_owned(),
            });
        };
        Ok(match first {
            v if v.contains_key("tree_before") => {
                Self::Operations(serde_json::from_slice(bytes).map_err(json)?)
            }
            v if v.contains_key("resolutions") => {
                Self::Validation(serde_json::from_slice(bytes).map_err(json)?)
            }
            v if v.contains_key("update_paths") => {
                Self::TreeKem(serde_json::from_slice(bytes).map_err(json)?)
            }
            other => {
                let names: Vec<&str> = other.keys().take(12).map(String::as_str).collect();
                return Err(VectorsError::OtherKind {
                    path: path.to_owned(),
                    fields: names.join(", "),
                });
            }
        })
    }
}
