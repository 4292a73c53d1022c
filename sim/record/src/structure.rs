//! What was sent, kind by kind and length by length, and what it took to answer it: what two runs of one scenario can be held against
//! each other by where their times differ.
//!
//! Nobody needs it of every run, so that it is kept only where it was asked for
//! ([`Recorder::keep_structure`](crate::recorder::Recorder::keep_structure)).

use crate::handled::{Broadcast, Handled, Received};
use std::collections::BTreeMap;
use throng_stack::Peer;
use throng_workloads::time::SimSpan;

/// One kind of message on one kind of link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// `client` or `provider`.
    pub from: &'static str,
    /// `client` or `provider`.
    pub to: &'static str,
    /// The message kind.
    pub kind: &'static str,
}

/// What parties of one sort did in answer to one kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// `client` or `provider`.
    pub party: &'static str,
    /// The kind of message that it answered to, or `wish or timer`.
    pub trigger: &'static str,
}

/// How often something was done, and what it took together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Took {
    /// How often.
    pub times: u64,
    /// CPU time.
    pub cpu: SimSpan,
}

/// What was sent, and what it took.
///
/// ```
/// use throng_record::structure::{Stretch, Structure};
///
/// let stretch = Stretch { from: "client", to: "provider", kind: "ack" };
/// let mut one = Structure::default();
/// one.count(stretch, 8, 3);
/// assert_eq!(one.lengths[&stretch][&8], 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Structure {
    /// How many messages of each length, in bytes of their bodies, were sent.
    pub lengths: BTreeMap<Stretch, BTreeMap<u64, u64>>,
    /// CPU time by what it was for, of those who are parties of their own.
    pub operations: BTreeMap<Operation, Took>,
}

/// What a party is called in the accounts.
pub(crate) fn party(peer: Peer) -> &'static str {
    match peer {
        Peer::Client(_) => "client",
        Peer::Provider(_) => "provider",
    }
}

/// What an input is called in the accounts.
pub(crate) fn trigger(received: Option<Received>) -> &'static str {
    received.map_or("wish or timer", |received| received.kind.name())
}

impl Structure {
    /// So many messages of this length went there.
    pub fn count(&mut self, stretch: Stretch, bytes: u64, messages: u64) {
        if messages > 0 {
            let lengths = self.lengths.entry(stretch).or_default();
            *lengths.entry(bytes).or_default() += messages;
        }
    }

    pub(crate) fn sent(&mut self, me: Peer, to: Peer, kind: &'static str, bytes: u64) {
        let stretch = Stretch {
            from: party(me),
            to: party(to),
            kind,
        };
        self.count(stretch, bytes, 1);
    }

    pub(crate) fn took(&mut self, me: Peer, handled: &Handled) {
        let operation = Operation {
            party: party(me),
            trigger: trigger(handled.received),
        };
        let took = self.operations.entry(operation).or_default();
        took.times += 1;
        took.cpu += handled.service;
    }

    /// What went to all those of a room who do nothing but receive, and what they said in return.
    pub(crate) fn broadcast(&mut self, broadcast: &Broadcast) {
        let down = Stretch {
            from: "provider",
            to: "client",
            kind: broadcast.packet.kind().name(),
        };
        self.count(down, broadcast.packet.len(), broadcast.clients);
        if let Some(acknowledgement) = &broadcast.acknowledgement {
            let up = Stretch {
                from: "client",
                to: "provider",
                kind: acknowledgement.kind.name(),
            };
            self.count(up, acknowledgement.body, broadcast.acknowledgements());
        }
    }
}
