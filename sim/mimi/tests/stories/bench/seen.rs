//! What a story looks at: packets, observations, epochs.

use super::{Bench, Carried, client};
use std::fmt::Write;
use throng_mimi::wire::FrameKind;
use throng_stack::{Counter, Fact, Peer};
use throng_workloads::intent::RoomId;
use throng_workloads::time::SimTime;

impl Bench {
    /// What a machine reported, oldest first.
    pub(crate) fn seen(&self, who: Peer) -> impl DoubleEndedIterator<Item = &Fact> {
        let of = self
            .observed
            .iter()
            .filter(move |(_, peer, _)| *peer == who);
        of.map(|(_, _, observation)| observation)
    }

    /// How often a machine reported such a thing.
    pub(crate) fn count(&self, who: Peer, what: impl Fn(&Fact) -> bool) -> usize {
        self.seen(who)
            .filter(|observation| what(observation))
            .count()
    }

    /// How much of something a machine counted.
    pub(crate) fn counted(&self, who: Peer, what: Counter) -> u64 {
        let facts = self.seen(who).filter_map(|fact| match fact {
            Fact::Counted(all) => Some(all),
            _ => None,
        });
        let these = facts.flatten().filter(|(counter, _)| *counter == what);
        these.map(|(_, count)| count).sum()
    }

    /// Everything that was reported, with when and by whom.
    pub(crate) fn observed(&self) -> &[(SimTime, Peer, Fact)] {
        &self.observed
    }

    /// All packets that were put on links: whose, to whom, what and how long.
    pub(crate) fn all_carried(&self) -> impl Iterator<Item = (Peer, Peer, FrameKind, u64)> {
        let all = self.carried.iter();
        all.map(|carried| (carried.from, carried.to, carried.kind, carried.bytes))
    }

    /// Every packet that was put on a link, oldest first, lost ones too.
    pub(crate) fn carried(&self, kind: FrameKind) -> impl Iterator<Item = &Carried> {
        self.carried
            .iter()
            .filter(move |carried| carried.kind == kind)
    }

    /// What a client was told why something that it wanted did not come to be.
    pub(crate) fn skipped(&self, of: u32) -> Vec<&'static str> {
        let reason = |observation: &Fact| match observation {
            Fact::GivenUp { reason } => Some(reason.id),
            _ => None,
        };
        self.seen(client(of)).filter_map(reason).collect()
    }

    /// What a client could not use.
    pub(crate) fn unprocessable(&self, of: u32) -> Vec<&'static str> {
        let reason = |observation: &Fact| match observation {
            Fact::Unreadable { reason, .. } => Some(reason.id),
            _ => None,
        };
        self.seen(client(of)).filter_map(reason).collect()
    }

    /// A client's epoch in a room and its authenticator; none where it is no member.
    pub(crate) fn epoch(&self, room: u32, of: u32) -> Option<(u64, [u8; 8])> {
        let mut epochs = self.seen(client(of)).rev().filter_map(|seen| match seen {
            Fact::Reached {
                room: at,
                state,
                digest: Some(digest),
                ..
            } if *at == RoomId(room) => Some(Some((*state, *digest))),
            Fact::Excluded { room: at } if *at == RoomId(room) => Some(None),
            _ => None,
        });
        epochs.next().flatten()
    }

    /// These clients are members at the same epoch with the same secrets.
    pub(crate) fn assert_converged(&self, room: u32, clients: &[u32]) {
        let epochs: Vec<_> = clients.iter().map(|of| self.epoch(room, *of)).collect();
        let first = epochs.first().copied().flatten();
        assert!(
            first.is_some() && epochs.iter().all(|epoch| *epoch == first),
            "clients {clients:?} of room {room} are at {epochs:?}; last:\n{}",
            self.last_words()
        );
    }

    /// Each of these clients can say something that all the others read.
    pub(crate) fn assert_alive(&mut self, room: u32, clients: &[u32]) {
        for speaker in clients {
            let before: Vec<usize> = clients.iter().map(|of| self.read_by(*of)).collect();
            let (id, bytes) = (RoomId(room), 100);
            self.wish(
                *speaker,
                throng_workloads::intent::Action::Message { room: id, bytes },
            );
            self.run();
            for (of, before) in clients.iter().zip(before) {
                let now = self.read_by(*of);
                let expected = before + usize::from(of != speaker);
                assert_eq!(
                    now,
                    expected,
                    "client {of} after {speaker} spoke in room {room}; last:\n{}",
                    self.last_words()
                );
            }
        }
        self.assert_converged(room, clients);
    }

    /// How many messages a client has decrypted.
    pub(crate) fn read_by(&self, of: u32) -> usize {
        self.count(client(of), |o| matches!(o, Fact::Read { .. }))
    }

    /// The last things that were reported, for a test that fails.
    pub(super) fn last_words(&self) -> String {
        let from = self.observed.len().saturating_sub(30);
        let mut text = String::new();
        for (at, peer, observation) in &self.observed[from..] {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{:.3} {peer:?} {observation:?}", at.as_secs_f64());
        }
        text
    }
}
