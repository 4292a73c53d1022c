//! Members who do nothing but receive.

use super::commit::Commit;
use super::group::{commit_received, proposal_checks};
use super::lengths::Lengths;
use super::message::{Kind, Message, epoch_of};
use super::semi_private;
use crate::context_work::ContextOperation;
use crate::engine::{Heard, HeardWhat, MlsError};
use crate::secret_tree::SecretTrees;
use crate::work::Work;

/// The passive members of one group in the model. All are at the same epoch, and what a message takes them
/// follows from their leaves: nothing has to be kept for each.
#[derive(Debug)]
pub struct Audience {
    pub(super) epoch: u64,
    pub(super) tolerance: u64,
    pub(super) lengths: Lengths,
    /// Length of the epoch's GroupContext, in bytes.
    pub(super) context: u64,
    /// Alike for all: they hear the same, and send nothing.
    pub(super) secrets: SecretTrees,
}

impl Audience {
    pub(super) fn hear(&mut self, message: &Message) -> Result<Heard, MlsError> {
        let (got, current) = (epoch_of(message)?, self.epoch);
        let oldest = match message.kind() {
            Kind::Application(_) => current.saturating_sub(self.tolerance),
            _ => current,
        };
        if !(oldest..=current).contains(&got) {
            return Err(MlsError::WrongEpoch { got, current });
        }
        let mut beside = Work {
            operations: 1,
            bytes: message.clear_len(),
            ..Work::default()
        };
        if message.sealed().is_some() {
            beside += semi_private::work(message, self.context, self.lengths.signed_context);
        }
        let read = |mut work: Work| {
            work += beside;
            work
        };
        match message.kind() {
            Kind::Application(application) => {
                let mut work = Work {
                    operations: 1,
                    verifications: 1,
                    secret_nodes: self.secrets.derive(application.epoch, application.sender),
                    message_bytes: message.len(),
                    ..Work::default()
                };
                work.add_context(
                    ContextOperation::Decrypt {
                        context: self.context,
                    },
                    self.lengths.signed_context,
                );
                Ok(Heard {
                    sender: None,
                    work: vec![work],
                    what: HeardWhat::Application {
                        epoch: application.epoch,
                        bytes: application.content.len() as u64,
                    },
                })
            }
            Kind::Proposal(proposal) => Ok(Heard {
                sender: None,
                work: vec![read(proposal_checks(
                    &self.lengths,
                    proposal,
                    self.context,
                    true,
                ))],
                what: HeardWhat::Proposal,
            }),
            Kind::Commit(commit) => Ok(self.commit(commit, read)),
            _ => Err(MlsError::Malformed(
                "neither handshake nor application message".to_owned(),
            )),
        }
    }

    fn commit(&mut self, commit: &Commit, read: impl Fn(Work) -> Work) -> Heard {
        self.epoch += 1;
        self.context = commit.context;
        self.secrets.enter(self.epoch, commit.stats.leaves);
        let root = commit.stats.leaves.ilog2();
        Heard {
            sender: Some(commit.committer),
            work: (0..=root)
                .map(|height| read(commit_received(commit, height)))
                .collect(),
            what: HeardWhat::Commit {
                epoch: self.epoch,
                authenticator: None,
            },
        }
    }
}
