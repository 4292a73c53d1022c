//! How much of two runs was compared.

use throng_cost::{Units, Work};
use throng_record::groups::CommitSums;
use throng_record::handled::{Handled, Happening, Sent};
use throng_stack::vocabulary::SubjectClass;
use throng_stack::{Fact, Peer};

/// What agreed, counted once for both runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Inputs that clients and providers handled.
    pub inputs: u64,
    /// Messages put on links, of every kind.
    pub sent: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Commits that hubs accepted.
    pub commits: CommitSums,
    /// Application messages that clients sent.
    pub messages: u64,
    /// Bytes of the requests that carried them.
    pub message_bytes: u64,
    /// The units in which work is counted.
    pub units: Option<Units>,
    /// Work of all clients.
    pub client_work: Work,
    /// Work of all providers.
    pub provider_work: Work,
}

impl Agreement {
    /// One more thing happened alike.
    pub(super) fn add(&mut self, who: Peer, happening: &Happening) {
        match happening {
            Happening::Handled(handled) => self.add_input(who, handled),
            Happening::Departed(sent) => self.add_sent(sent),
            Happening::Stray { .. } => {}
        }
    }

    fn add_sent(&mut self, sent: &[Sent]) {
        self.sent += sent.len() as u64;
        self.sent_bytes += sent.iter().map(|sent| sent.bytes).sum::<u64>();
    }

    fn add_input(&mut self, who: Peer, handled: &Handled) {
        self.inputs += 1;
        match who {
            Peer::Client(_) => self.client_work += handled.work,
            Peer::Provider(_) => self.provider_work += handled.work,
        }
        self.add_sent(&handled.sent);
        for fact in &handled.facts {
            match fact {
                Fact::Sent { subject, bytes, .. }
                    if matches!(subject.class, SubjectClass::Message | SubjectClass::Notice) =>
                {
                    self.messages += 1;
                    self.message_bytes += bytes;
                }
                Fact::Accepted(accepted) => self.commits.add(accepted),
                _ => {}
            }
        }
    }
}
