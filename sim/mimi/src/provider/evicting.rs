//! When a hub looks for members whose leaves have ended, and what it sends then.

use super::answers::About;
use super::state::Provider;
use crate::hub::{Fanout, Issued};
use crate::timers::TimerPurpose;
use throng_mls::engine::Engine;
use throng_stack::{Fact, Outputs, Timer};
use throng_workloads::intent::RoomId;
use throng_workloads::time::SimTime;
use tls_codec::Size as _;

impl<E: Engine> Provider<E> {
    /// A commit was accepted: what it voided of the hub's is made anew, and goes with it.
    pub(super) fn staple(
        &mut self,
        now: SimTime,
        about: About,
        fanouts: &mut [Fanout<E>],
    ) -> Option<Issued<E>> {
        let room = self.durable.rooms.get_mut(&about.room)?;
        let hub = (self.me, &mut self.durable.identity);
        let issued = room.reissue(&self.engine, now, hub, fanouts);
        // What cannot be proposed now is tried again with the next commit.
        issued.ok().flatten()
    }

    /// Look again when the next leaf ends.
    pub(super) fn watch_ends(&mut self, now: SimTime, id: RoomId, out: &mut Outputs) {
        let room = self.durable.rooms.get(&id);
        let Some(end) = room.and_then(|room| room.next_end(now)) else {
            return;
        };
        let armed = self.watched.get(&id);
        if armed.is_some_and(|armed| *armed <= end && *armed > now) {
            return;
        }
        self.watched.insert(id, end);
        let timer = Timer {
            room: id,
            purpose: TimerPurpose::Evict.into(),
            generation: 0,
        };
        out.timers.push((end.since(now), timer));
    }

    /// Leaves may have ended.
    pub(super) fn evict(&mut self, now: SimTime, id: RoomId, out: &mut Outputs) {
        let Some(room) = self.durable.rooms.get_mut(&id) else {
            return;
        };
        let hub = (self.me, &mut self.durable.identity);
        let issued = room.evict(&self.engine, now, hub);
        if let Ok(Some(issued)) = issued {
            self.send_issued(id, issued, out);
        }
        if let Some(room) = self.durable.rooms.get_mut(&id) {
            out.work += room.take_work(&self.engine);
        }
        out.work += self.engine.take_work(&mut self.durable.identity);
        self.watch_ends(now, id, out);
    }

    /// Send what the hub itself proposes.
    pub(super) fn send_issued(&mut self, room: RoomId, issued: Issued<E>, out: &mut Outputs) {
        let (fanout, accepted) = issued;
        let request = accepted.request;
        // As proposals of members: the room's order, and what waits.
        self.durable.rows.write(0);
        let bytes = fanout.message.tls_serialized_len();
        self.durable.rows.write(bytes as u64);
        out.note(Fact::Accepted(accepted));
        self.fan_out(About { room, request }, fanout, out);
    }
}
