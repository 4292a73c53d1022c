//! Events on their way to those who were online when the hub accepted them.

use hashbrown::HashTable;
use throng_audience::Delays;
use throng_stack::{Subject, spread};
use throng_workloads::intent::{ClientId, RoomId};
use throng_workloads::time::{SimSpan, SimTime};

/// What an event is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Awaited {
    /// An application message, wanted at this time.
    Message(SimTime),
    /// One that a client sent by itself.
    Notice,
    /// A change, in this row of its protocol's own record where it has one.
    Change(Option<usize>),
}

/// One event on its way.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    pub(crate) subject: Awaited,
    /// What its sender calls it.
    pub(crate) what: &'static Subject,
    pub(crate) accepted: SimTime,
    room: RoomId,
    event: u64,
    /// Ascending, and whether each is still awaited.
    awaited: Vec<(ClientId, bool)>,
    left: usize,
    /// How long it took to each of those who stayed online.
    pub(crate) spans: Vec<SimSpan>,
    /// Passive clients that it has still to reach.
    passive: u64,
    /// How long it took to those of them that it has reached, counted from the subject's beginning.
    pub(crate) delays: Delays,
}

impl Flight {
    fn landed(&self) -> bool {
        self.left == 0 && self.passive == 0
    }

    /// Where a client is among those who are still awaited.
    fn place(&self, client: ClientId) -> Option<usize> {
        let found = self
            .awaited
            .binary_search_by_key(&client, |(client, _)| *client);
        found.ok().filter(|place| self.awaited[*place].1)
    }
}

/// All events on their way.
#[derive(Debug, Default, Clone)]
pub(crate) struct Outstanding {
    flights: HashTable<Flight>,
}

fn hash(room: RoomId, event: u64) -> u64 {
    spread(room.0, event)
}

impl Outstanding {
    fn get(&self, room: RoomId, event: u64) -> Option<&Flight> {
        let same = |flight: &Flight| (flight.room, flight.event) == (room, event);
        self.flights.find(hash(room, event), same)
    }

    fn get_mut(&mut self, room: RoomId, event: u64) -> Option<&mut Flight> {
        let same = |flight: &Flight| (flight.room, flight.event) == (room, event);
        self.flights.find_mut(hash(room, event), same)
    }

    fn remove(&mut self, room: RoomId, event: u64) -> Option<Flight> {
        let same = |flight: &Flight| (flight.room, flight.event) == (room, event);
        let entry = self.flights.find_entry(hash(room, event), same).ok()?;
        Some(entry.remove().0)
    }

    /// An event that the hub accepted, for those of its receivers that are online.
    pub(crate) fn depart(
        &mut self,
        room: RoomId,
        event: u64,
        accepted: SimTime,
        (subject, what): (Awaited, &'static Subject),
        awaited: impl Iterator<Item = ClientId>,
        passive: u64,
    ) {
        let mut awaited: Vec<_> = awaited.map(|client| (client, true)).collect();
        awaited.sort_unstable();
        awaited.dedup();
        let flight = Flight {
            subject,
            what,
            accepted,
            room,
            event,
            left: awaited.len(),
            awaited,
            spans: Vec::new(),
            passive,
            delays: Delays::default(),
        };
        if !flight.landed() {
            self.remove(room, event);
            let key = |flight: &Flight| hash(flight.room, flight.event);
            self.flights.insert_unique(key(&flight), flight, key);
        }
    }

    /// What an event is, and when it was accepted.
    pub(crate) fn subject(&self, room: RoomId, event: u64) -> Option<(Awaited, SimTime)> {
        let flight = self.get(room, event)?;
        Some((flight.subject, flight.accepted))
    }

    /// What the sender of an event calls it.
    pub(crate) fn what(&self, room: RoomId, event: u64) -> Option<&'static Subject> {
        Some(self.get(room, event)?.what)
    }

    /// Passive clients have handled the event, or will have. Returns the flight when those were the last.
    pub(crate) fn arrive_passive(
        &mut self,
        room: RoomId,
        event: u64,
        delays: &Delays,
    ) -> Option<Flight> {
        let flight = self.get_mut(room, event)?;
        flight.passive = flight.passive.saturating_sub(delays.count());
        flight.delays.merge(delays);
        if flight.landed() {
            self.remove(room, event)
        } else {
            None
        }
    }

    /// What an event is, and when it was accepted, if this client is awaited.
    pub(crate) fn awaits(
        &self,
        room: RoomId,
        event: u64,
        client: ClientId,
    ) -> Option<(Awaited, SimTime)> {
        let flight = self.get(room, event)?;
        let awaited = flight.place(client).is_some();
        awaited.then_some((flight.subject, flight.accepted))
    }

    /// An awaited client has handled the event at `done`; `counts` unless it was offline in between.
    /// Returns the flight when that was the last one.
    pub(crate) fn arrive(
        &mut self,
        room: RoomId,
        event: u64,
        client: ClientId,
        done: SimTime,
        counts: bool,
    ) -> Option<Flight> {
        let flight = self.get_mut(room, event)?;
        if let Some(place) = flight.place(client) {
            flight.awaited[place].1 = false;
            flight.left -= 1;
            if counts {
                flight.spans.push(done - flight.accepted);
            }
        }
        if flight.landed() {
            self.remove(room, event)
        } else {
            None
        }
    }

    /// What is still under way, in the order of rooms and events: somebody who was awaited went offline
    /// and never came back.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Flight> + use<> {
        let flights = std::mem::take(&mut self.flights).into_iter();
        let mut flights: Vec<Flight> = flights.collect();
        flights.sort_unstable_by_key(|flight| (flight.room, flight.event));
        flights.into_iter()
    }
}
