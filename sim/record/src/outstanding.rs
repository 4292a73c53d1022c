//! Events on their way to those who were online when the hub accepted them.

use std::collections::{BTreeMap, BTreeSet};
use throng_audience::Delays;
use throng_stack::Subject;
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
    awaited: BTreeSet<ClientId>,
    /// How long it took to each of those who stayed online.
    pub(crate) spans: Vec<SimSpan>,
    /// Passive clients that it has still to reach.
    passive: u64,
    /// How long it took to those of them that it has reached, counted from the subject's beginning.
    pub(crate) delays: Delays,
}

impl Flight {
    fn landed(&self) -> bool {
        self.awaited.is_empty() && self.passive == 0
    }
}

/// All events on their way.
#[derive(Debug, Default, Clone)]
pub(crate) struct Outstanding {
    flights: BTreeMap<(RoomId, u64), Flight>,
}

impl Outstanding {
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
        let flight = Flight {
            subject,
            what,
            accepted,
            awaited: awaited.collect(),
            spans: Vec::new(),
            passive,
            delays: Delays::default(),
        };
        if !flight.landed() {
            self.flights.insert((room, event), flight);
        }
    }

    /// What an event is, and when it was accepted.
    pub(crate) fn subject(&self, room: RoomId, event: u64) -> Option<(Awaited, SimTime)> {
        let flight = self.flights.get(&(room, event))?;
        Some((flight.subject, flight.accepted))
    }

    /// What the sender of an event calls it.
    pub(crate) fn what(&self, room: RoomId, event: u64) -> Option<&'static Subject> {
        Some(self.flights.get(&(room, event))?.what)
    }

    /// Passive clients have handled the event, or will have. Returns the flight when those were the last.
    pub(crate) fn arrive_passive(
        &mut self,
        room: RoomId,
        event: u64,
        delays: &Delays,
    ) -> Option<Flight> {
        let flight = self.flights.get_mut(&(room, event))?;
        flight.passive = flight.passive.saturating_sub(delays.count());
        flight.delays.merge(delays);
        if flight.landed() {
            self.flights.remove(&(room, event))
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
        let flight = self.flights.get(&(room, event))?;
        flight
            .awaited
            .contains(&client)
            .then_some((flight.subject, flight.accepted))
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
        let flight = self.flights.get_mut(&(room, event))?;
        if flight.awaited.remove(&client) && counts {
            flight.spans.push(done - flight.accepted);
        }
        if flight.landed() {
            self.flights.remove(&(room, event))
        } else {
            None
        }
    }

    /// What is still under way, in the order of rooms and events: somebody who was awaited went offline
    /// and never came back.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Flight> + use<> {
        std::mem::take(&mut self.flights).into_values()
    }
}
