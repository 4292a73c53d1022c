//! A node's links, by who is at their other end.

use hashbrown::HashTable;
use throng_net::Link;
use throng_stack::Peer;

/// The links that leave a node.
///
/// A client has one, which takes no more than its own place; a provider has one for each of its clients, and each is found without
/// looking at others, however many there are. Nobody goes through them in any order.
#[derive(Default)]
pub(super) struct Links {
    first: Option<(Peer, Link)>,
    others: HashTable<(Peer, Link)>,
}

/// Numbers of peers are dense: what spreads them is a multiplication by the golden ratio, as Knuth has it (The Art of Computer
/// Programming, volume 3, section 6.4).
fn hash(peer: Peer) -> u64 {
    let number = match peer {
        Peer::Provider(provider) => u64::from(provider.0),
        Peer::Client(client) => (1 << 32) + u64::from(client.0),
    };
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32)
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
