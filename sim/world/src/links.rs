//! A node's links, by who is at their other end.

use hashbrown::HashTable;
use throng_net::Link;
use throng_stack::{Peer, spread};

/// The links that leave a node.
///
/// A client has one, which takes no more than its own place; a provider has one for each of its clients, and each is found without
/// looking at others, however many there are. Nobody goes through them in any order.
#[derive(Default)]
pub(super) struct Links {
    first: Option<(Peer, Link)>,
    others: HashTable<(Peer, Link)>,
}

/// A number that peers are dealt by.
pub(super) fn hash(peer: Peer) -> u64 {
    match peer {
        Peer::Provider(provider) => spread(0, provider.0.into()),
        Peer::Client(client) => spread(1, client.0.into()),
    }
}

impl Links {
    /// The link to `to` from now on.
    pub(super) fn put(&mut self, to: Peer, link: Link) {
        if let Some(known) = self.get_mut(to) {
            *known = link;
        } else if self.first.is_none() {
            self.first = Some((to, link));
        } else {
            self.others
                .insert_unique(hash(to), (to, link), |(peer, _)| hash(*peer));
        }
    }

    /// The link to `to`; none where none leads there.
    pub(super) fn get_mut(&mut self, to: Peer) -> Option<&mut Link> {
        match &mut self.first {
            Some((peer, link)) if *peer == to => Some(link),
            _ => {
                let found = self.others.find_mut(hash(to), |(peer, _)| *peer == to);
                found.map(|(_, link)| link)
            }
        }
    }
}
