//! Commits added up.

use throng_mls::accepted::AcceptedCommit;
use throng_stack::Accepted;

/// Sums over accepted commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitSums {
    /// How many there are.
    pub commits: u64,
    /// Bytes of their MLSMessages.
    pub commit_bytes: u64,
    /// Ciphertexts in their paths.
    pub ciphertexts: u64,
    /// Welcomes among them.
    pub welcomes: u64,
    /// Bytes of those.
    pub welcome_bytes: u64,
}

impl CommitSums {
    /// One more event was accepted; only commits count.
    pub fn add(&mut self, accepted: &Accepted) {
        if let Some(commit) = accepted.detail::<AcceptedCommit>() {
            self.commits += 1;
            self.commit_bytes += commit.commit_bytes;
            self.ciphertexts += u64::from(commit.effect.ciphertexts);
            self.welcomes += u64::from(commit.welcome_bytes > 0);
            self.welcome_bytes += commit.welcome_bytes;
        }
    }
}
