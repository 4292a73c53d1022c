//! What leaves a node: written by whoever is to write it, through an access that connections share, and on links.

use super::{Event, Node};
use crate::access::Way;
use crate::links;
use std::collections::BTreeMap;
use throng_kernel::entity::{Context, EntityId};
use throng_net::Transmission;
use throng_record::handled::{About, Happening, Sent};
use throng_stack::{Envelope, Input, Peer};
use throng_workloads::time::{SimSpan, SimTime};

impl Node {
    /// Put on links what leaves one after the other on one core, which was done with it `at` that moment.
    pub(super) fn write(
        &mut self,
        at: SimTime,
        stores: bool,
        sends: Vec<(Peer, Envelope)>,
        ctx: &mut Context<Event, Happening>,
    ) -> Vec<Sent> {
        let Some(leaving) = &self.leaving else {
            let sends = sends.into_iter().map(|send| (at, send));
            return self.leave(sends, ctx);
        };
        let writing = leaving.writing(&sends, &self.price);
        let taken = SimTime::from_nanos(
            at.as_nanos()
                .saturating_sub(writing.iter().map(|span| span.as_nanos()).sum()),
        );
        let safe = self.safe(taken, stores);
        let leaving = self.leaving.as_mut();
        let written = leaving.map_or_else(Vec::new, |leaving| leaving.written(safe, &writing));
        self.leave(written.into_iter().zip(sends), ctx)
    }

    /// Whether what is sent is written by others than whoever handled what it came of.
    pub(super) fn writes_apart(&self) -> bool {
        self.writers > 1 && self.station.cores() > 1
    }

    /// How long it takes to write each of these.
    pub(super) fn writing(&self, sends: &[(Peer, Envelope)]) -> Vec<SimSpan> {
        match &self.leaving {
            Some(leaving) => leaving.writing(sends, &self.price),
            None => vec![SimSpan::ZERO; sends.len()],
        }
    }

    /// What is safe `at` that moment leaves, when it is written.
    pub(super) fn depart(
        &mut self,
        at: SimTime,
        sends: Vec<(Peer, Envelope)>,
        ctx: &mut Context<Event, Happening>,
    ) -> Vec<Sent> {
        if !self.writes_apart() {
            return self.leave(sends.into_iter().map(|send| (at, send)), ctx);
        }
        if sends.is_empty() {
            return Vec::new();
        }
        if self.has_to_wait(at, ctx) {
            ctx.schedule(at, Event::Writing(sends));
            return Vec::new();
        }
        self.write_apart(sends, ctx)
    }

    /// Whether what is to leave `at` that moment has to wait for an event of its own: until then, or behind others that wait for this very moment.
    fn has_to_wait(&mut self, at: SimTime, ctx: &Context<Event, Happening>) -> bool {
        let waits = at > ctx.now() || self.waits_until.is_some_and(|until| until >= at);
        if waits {
            self.waits_until = self.waits_until.max(Some(at));
        }
        waits
    }

    /// Have writers write, each the slice of its connections, on whichever cores are free.
    pub(super) fn write_apart(
        &mut self,
        sends: Vec<(Peer, Envelope)>,
        ctx: &mut Context<Event, Happening>,
    ) -> Vec<Sent> {
        let writers = u64::from(self.writers);
        let writing = self.writing(&sends);
        let mut slices: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (number, (to, _)) in sends.iter().enumerate() {
            let writer = (links::hash(*to) % writers) as u32;
            slices.entry(writer).or_default().push(number);
        }
        let mut written = vec![SimTime::ZERO; sends.len()];
        let first = self.turns % self.writers;
        self.turns = self.turns.wrapping_add(1);
        let later = slices.split_off(&first);
        for (writer, slice) in later.into_iter().chain(slices) {
            let takes = slice
                .iter()
                .fold(SimSpan::ZERO, |all, number| all + writing[*number]);
            // Lanes of writers are beside those of rooms.
            let mut at = self.serve(ctx.now(), Some(u32::MAX - writer), takes).start;
            for number in slice {
                at += writing[number];
                written[number] = at;
            }
        }
        let mut sends: Vec<_> = written.into_iter().zip(sends).collect();
        sends.sort_by_key(|(at, _)| *at);
        self.leave(sends, ctx)
    }

    /// What leaves at those moments: on links, or through an access that they share. What has left by now is what comes of it.
    pub(super) fn leave(
        &mut self,
        sends: impl IntoIterator<Item = (SimTime, (Peer, Envelope))>,
        ctx: &mut Context<Event, Happening>,
    ) -> Vec<Sent> {
        let ways = self.accesses.as_ref();
        if ways.is_none_or(|ways| ways.up.is_none()) {
            return self.transmit(sends, ctx);
        }
        // What is carried when depends on what is handed over until then.
        let mut sends = sends.into_iter().peekable();
        while let Some((at, send)) = sends.next() {
            let mut together = vec![send];
            while let Some((_, send)) = sends.next_if(|(next, _)| *next == at) {
                together.push(send);
            }
            if self.has_to_wait(at, ctx) {
                ctx.schedule(at, Event::Written(together));
            } else {
                self.hand_over(together, ctx);
            }
        }
        Vec::new()
    }

    /// Hands to the shared access what leaves now.
    pub(super) fn hand_over(
        &mut self,
        sends: Vec<(Peer, Envelope)>,
        ctx: &mut Context<Event, Happening>,
    ) {
        let now = ctx.now();
        let Some(up) = self.accesses.as_mut().and_then(|ways| ways.up.as_mut()) else {
            return;
        };
        for (to, envelope) in sends {
            let Some(link) = self.links.get_mut(to) else {
                let kind = envelope.packet.kind();
                ctx.emit(Happening::Stray { to, kind });
                continue;
            };
            let (limit, bytes) = (link.bandwidth(), envelope.wire_len());
            up.put(now, to, limit, bytes, (to, envelope));
        }
        if let Some(at) = up.look() {
            ctx.schedule(at, Event::Carried);
        }
    }

    /// What the shared accesses have carried by now goes on.
    pub(super) fn go_on(&mut self, ctx: &mut Context<Event, Happening>) {
        let now = ctx.now();
        let Some(mut ways) = self.accesses.take() else {
            return;
        };
        let mut sent = Vec::new();
        if let Some(up) = &mut ways.up {
            up.carry(now, |mut carried| {
                let Some((to, envelope)) = carried.what.take() else {
                    return 0;
                };
                let Some(link) = self.links.get_mut(to) else {
                    return 0;
                };
                let way = (
                    link.pass_on(now, &carried, stream_of(&envelope)),
                    link.enters(),
                );
                let entity = self.places.entity(to);
                dispatch(entity, (to, envelope), way, &mut sent, ctx);
                way.0.lost_bytes
            });
        }
        let mut come = Vec::new();
        if let Some(down) = &mut ways.down {
            down.carry(now, |carried| {
                come.extend(carried.what);
                0
            });
        }
        let looks = [
            ways.up.as_mut().and_then(Way::look),
            ways.down.as_mut().and_then(Way::look),
        ];
        self.accesses = Some(ways);
        for at in looks.into_iter().flatten() {
            ctx.schedule(at, Event::Carried);
        }
        Self::tell(sent, ctx);
        for envelope in come {
            self.take(now, Input::Envelope(envelope), ctx);
        }
    }

    /// Say what has left by itself, after what it came of was handled.
    pub(super) fn tell(sent: Vec<Sent>, ctx: &mut Context<Event, Happening>) {
        if !sent.is_empty() {
            ctx.emit(Happening::Departed(sent));
        }
    }

    /// Something begins to come through the shared access.
    pub(super) fn come(
        &mut self,
        envelope: Box<Envelope>,
        limit: f64,
        ctx: &mut Context<Event, Happening>,
    ) {
        let now = ctx.now();
        // It is lost where nobody is there.
        let here = self.outages.back(now).is_none();
        let ways = self.accesses.as_mut().filter(|_| here);
        let Some(down) = ways.and_then(|ways| ways.down.as_mut()) else {
            return self.take(now, Input::Envelope(envelope), ctx);
        };
        down.put(now, envelope.from, limit, envelope.wire_len(), envelope);
        if let Some(at) = down.look() {
            ctx.schedule(at, Event::Carried);
        }
    }

    /// Put on links what leaves at those moments.
    fn transmit(
        &mut self,
        sends: impl IntoIterator<Item = (SimTime, (Peer, Envelope))>,
        ctx: &mut Context<Event, Happening>,
    ) -> Vec<Sent> {
        let sends = sends.into_iter();
        let mut all = Vec::with_capacity(sends.size_hint().0);
        for (at, (to, envelope)) in sends {
            let (at, opened) = match &mut self.line {
                None => (at, None),
                Some(line) => line.ready(at, envelope.overhead.opening),
            };
            let Some(link) = self.links.get_mut(to) else {
                let kind = envelope.packet.kind();
                ctx.emit(Happening::Stray { to, kind });
                continue;
            };
            if opened.is_some() {
                link.fresh();
            }
            let transmission = link.send_on(at, envelope.wire_len(), stream_of(&envelope));
            let way = (transmission, link.enters());
            let entity = self.places.entity(to);
            let sent = dispatch(entity, (to, envelope), way, &mut all, ctx);
            sent.opened = opened.map(Box::new);
        }
        all
    }
}

/// Where what is about each room has a stream of its own: which this is on.
fn stream_of(envelope: &Envelope) -> Option<u32> {
    envelope.room.map(|room| room.0)
}

/// Has an envelope arrive at an entity as its link has it, through a shared access where it enters one.
fn dispatch<'a>(
    entity: EntityId,
    (to, envelope): (Peer, Envelope),
    (mut transmission, enters): (Transmission, Option<f64>),
    sent: &'a mut Vec<Sent>,
    ctx: &mut Context<Event, Happening>,
) -> &'a mut Sent {
    let first = sent.len();
    let bytes = envelope.wire_len();
    let behind = envelope.behind().iter().map(|part| {
        let bytes = part.packet.len();
        Sent {
            to,
            kind: part.packet.kind(),
            about: About::of(part),
            body: bytes,
            bytes,
            transmission: transmission.part(bytes),
            opened: None,
        }
    });
    let behind: Vec<Sent> = behind.collect();
    sent.push(Sent {
        to,
        kind: envelope.packet.kind(),
        about: About::of(&envelope),
        body: envelope.packet.len(),
        bytes: bytes - behind.iter().map(|part| part.bytes).sum::<u64>(),
        transmission,
        opened: None,
    });
    sent.extend(behind);
    let arrive = |envelope| match enters {
        None => Event::Input(Input::Envelope(envelope)),
        Some(limit) => Event::Coming(envelope, limit),
    };
    let envelope = Box::new(envelope);
    if let Some(again) = transmission.duplicate {
        ctx.send(entity, again, arrive(envelope.clone()));
    }
    ctx.send(entity, transmission.arrival, arrive(envelope));
    &mut sent[first]
}
