//! Ratchet trees from URLs: as a hub, giving them to who was told where they are; as a follower, fetching one for all own clients that ask
//! for it, and keeping it for those who ask later.
//!
//! Where there is none any more, the client that came for it has to ask anew: whoever was added joins from outside instead, and whoever joins
//! from outside asks for another GroupInfo. All of this is of the process: a URL is followed again, and a tree is there again with the next
//! URL.

use super::answers::About;
use super::fetched::Place;
use super::state::Provider;
use crate::framed::Framed;
use crate::refusal::Refusal;
use crate::vocabulary::counters;
use crate::web::tree_url;
use crate::wire::{Frame, FrameKind, RatchetTreeRequest};
use throng_mls::engine::Engine;
use throng_stack::{Counter, Envelope, Fact, Outputs, Packet};
use throng_workloads::intent::{ProviderId, RoomId};
use throng_workloads::time::SimTime;

const KIND: Option<FrameKind> = Some(FrameKind::RatchetTreeRequest);

impl<E: Engine> Provider<E> {
    // ---- as the room's hub ----

    /// Somebody comes for a tree.
    pub(super) fn give_tree(
        &mut self,
        now: SimTime,
        about: About,
        request: &RatchetTreeRequest,
        out: &mut Outputs,
    ) {
        let tree = self.tree_at(about, request);
        match tree {
            Some(tree) => {
                count(counters::TREES_FETCHED, out);
                self.answer(now, about, &Frame::RatchetTree(tree), out);
            }
            None => {
                count(counters::TREES_GONE, out);
                self.turn_down(now, about, KIND, Refusal::TreeGone, out);
            }
        }
    }

    fn tree_at(&self, about: About, request: &RatchetTreeRequest) -> Option<E::Tree> {
        let (domain, path) = tree_url::apart(request.url()?)?;
        let (room, epoch) = tree_url::about(path)?;
        let here = self.directory.room_named(room.as_bytes());
        if here != Some((about.room, self.me)) || self.directory.domain(self.me) != Some(domain) {
            return None;
        }
        let room = self.durable.rooms.get(&about.room)?;
        room.tree_at(epoch, about.request.provider).cloned()
    }

    // ---- as a follower ----

    /// An own client asks for a tree that is at another hub.
    pub(super) fn fetch_tree(
        &mut self,
        now: SimTime,
        about: About,
        hub: ProviderId,
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        let url = match envelope.packet.open::<E::Message>() {
            Ok(Frame::RatchetTreeRequest(request)) => request.url().map(str::to_owned),
            _ => None,
        };
        let Some(url) = url else {
            return self.turn_down(now, about, KIND, Refusal::MalformedFrame, out);
        };
        // Nobody is asked on behalf of whoever makes up URLs, and nobody for a tree of another room: a hub numbers its answer among what it has
        // for this provider in the room that the URL names.
        let Some(place) = self.place_of(about.room, hub, &url) else {
            return self.turn_down(now, about, KIND, Refusal::TreeElsewhere, out);
        };
        if let Some(tree) = self.trees.again(place, about.request.client) {
            count(counters::TREES_SHARED, out);
            return self.give_unnumbered(about, tree, out);
        }
        if self.trees.waits(place, about) {
            self.forward(hub, about, envelope.packet, out);
        }
    }

    /// Which tree of a room a URL names, if it is one of the room's at its hub, written as hubs write them.
    fn place_of(&self, room: RoomId, hub: ProviderId, url: &str) -> Option<Place> {
        let (_, path) = tree_url::apart(url)?;
        let (_, epoch) = tree_url::about(path)?;
        let written = tree_url::url(
            self.directory.domain(hub)?,
            &self.directory.room_uri(room)?,
            epoch,
        );
        (written == url).then_some((room, epoch))
    }

    /// It came, or is not there: to all who wait for it.
    pub(super) fn take_tree(
        &mut self,
        now: SimTime,
        about: About,
        packet: &Packet,
        out: &mut Outputs,
    ) {
        let asked = self.durable.owed.question(about.room, about.request);
        let asked = asked.and_then(|asked| asked.packet.open::<E::Message>().ok());
        self.durable.owed.answered((about.room, about.request));
        let url = match &asked {
            Some(Frame::RatchetTreeRequest(request)) => request.url(),
            _ => None,
        };
        let hub = self.directory.hub_of(about.room);
        let place = url.and_then(|url| self.place_of(about.room, hub?, url));
        let mut waiters = Vec::new();
        if let Some(place) = place {
            waiters = self.trees.awaited.remove(&place).unwrap_or_default();
            if packet.frame_kind() == Some(FrameKind::RatchetTree) {
                let all = waiters.iter().chain([&about]);
                let had = all.map(|waiter| waiter.request.client).collect();
                self.trees.keep(place, packet.clone(), had);
            }
        }
        let others = waiters
            .iter()
            .filter(|other| other.request != about.request);
        let others: Vec<About> = others.copied().collect();
        self.pass_back(now, about, packet.clone(), out);
        for other in others {
            if packet.frame_kind() == Some(FrameKind::RatchetTree) {
                count(counters::TREES_SHARED, out);
            }
            self.pass_back(now, other, packet.clone(), out);
        }
    }
}

fn count(what: Counter, out: &mut Outputs) {
    out.note(Fact::Counted(vec![(what, 1)]));
}
