//! Members who do nothing but receive: each really decrypts and verifies every message.

use crate::engine::{Engine, Heard, HeardWhat, MlsError, Processed};
use crate::openmls::client::Client;
use crate::openmls::error::refused;
use crate::openmls::framing::{self, Sender};
use crate::openmls::group::Group;
use crate::wire::MlsBytes;
use crate::work::Work;
use rayon::prelude::*;
use tls_codec::Serialize as _;

/// The passive members of one group in the OpenMLS engine.
#[derive(Debug)]
pub struct Audience(Vec<(Client, Group)>);

/// What one member found.
struct Found {
    leaf: u32,
    work: Work,
    processed: Processed,
    authenticator: Option<Vec<u8>>,
}

impl Audience {
    pub(crate) fn new(clients: Vec<Client>, groups: Vec<Group>) -> Self {
        Self(clients.into_iter().zip(groups).collect())
    }

    /// All process the message. That they found the same, and that those as far from the sender had the same
    /// work, is checked.
    pub(crate) fn hear(
        &mut self,
        engine: &impl Engine<Message = MlsBytes, Client = Client, Group = Group>,
        message: &MlsBytes,
    ) -> Result<Heard, MlsError> {
        let keys = match self.0.first() {
            Some((_, group)) if is_external(message)? => Some(leaf_keys(group)),
            _ => None,
        };
        let found = self
            .0
            .par_iter_mut()
            .map(|(client, group)| {
                let processed = engine.process(client, group, message)?;
                Ok(Found {
                    leaf: engine.own_leaf(group),
                    work: engine.take_work(client),
                    processed,
                    authenticator: engine.epoch_authenticator(group),
                })
            })
            .collect::<Result<Vec<Found>, MlsError>>()?;
        let Some(first) = found.first() else {
            return Err(refused("hear")("nobody is there"));
        };
        let alike = |other: &Found| {
            other.processed == first.processed && other.authenticator == first.authenticator
        };
        if !found.iter().all(alike) {
            return Err(refused("hear")("members found different things"));
        }
        let sender = match (&first.processed, keys) {
            (Processed::Commit { .. }, Some(before)) => self.joiner(&before),
            (Processed::Commit { committer, .. }, None) => *committer,
            _ => None,
        };
        Ok(Heard {
            sender,
            work: by_height(&found, sender)?,
            what: what(first),
        })
    }
}

impl Audience {
    /// The leaf that an external committer took: the one with a key that was not there before.
    fn joiner(&self, before: &[(u32, Vec<u8>)]) -> Option<u32> {
        let (_, group) = self.0.first()?;
        let mut after = leaf_keys(group).into_iter();
        after
            .find(|leaf| !before.contains(leaf))
            .map(|(leaf, _)| leaf)
    }
}

fn leaf_keys(group: &Group) -> Vec<(u32, Vec<u8>)> {
    let leaves = group.mls.treesync().full_leaves();
    leaves
        .map(|(index, leaf)| {
            let key = leaf.encryption_key().tls_serialize_detached();
            (index.u32(), key.unwrap_or_default())
        })
        .collect()
}

fn is_external(message: &MlsBytes) -> Result<bool, MlsError> {
    let sender = framing::header(message.as_slice())?.sender;
    Ok(sender == Some(Sender::NewMemberCommit))
}

fn what(first: &Found) -> HeardWhat {
    match &first.processed {
        Processed::Application { content, epoch, .. } => HeardWhat::Application {
            epoch: *epoch,
            bytes: content.len() as u64,
        },
        Processed::Proposal => HeardWhat::Proposal,
        Processed::Commit { epoch, .. } => HeardWhat::Commit {
            epoch: *epoch,
            authenticator: first.authenticator.clone(),
        },
    }
}

/// Work by the height at which leaves meet the sender's; one entry for all where there is none. Heights at
/// which nobody is stay empty.
fn by_height(found: &[Found], sender: Option<u32>) -> Result<Vec<Work>, MlsError> {
    let mut works: Vec<Option<Work>> = Vec::new();
    for member in found {
        let height = sender.map_or(0, |sender| {
            (u32::BITS - (sender ^ member.leaf).leading_zeros()) as usize
        });
        if works.len() <= height {
            works.resize(height + 1, None);
        }
        let known = works[height].get_or_insert(member.work);
        if *known != member.work {
            return Err(refused("hear")(
                "members at one distance from the sender had different work",
            ));
        }
    }
    Ok(works.into_iter().map(Option::unwrap_or_default).collect())
}
