//! What happened to clients and at providers, in one order, into the recorder.

use super::clock::Clock;
use super::journal::Happened;
use crate::error::LiveError;
use crate::serve::facts::{End, Packet};
use crate::serve::facts::{Line, Lines, Request, WrittenEvent, WrittenFact};
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_cost::Work;
use throng_record::handled::{Handled, Received, Sent};
use throng_record::recorder::Recorder;
use throng_stack::fact::{Change, Waiting};
use throng_stack::{Accepted, Fact, Kind, Peer, RequestId, Stored, Web};
use throng_stacks::live;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// What is known of everybody.
pub(super) struct Known<'a> {
    pub(super) clock: &'a Clock,
    pub(super) web: &'a dyn Web,
    /// Whose each client is.
    pub(super) users: &'a BTreeMap<ClientId, UserId>,
    /// Where each user is.
    pub(super) homes: &'a [u16],
}

/// Feeds the recorder with all that happened until `end`, by the clock of the machine. `logs` are the providers', in the scenario's
/// order. What each provider stored in the end, and how many inputs there were.
///
/// # Errors
/// [`LiveError::Read`] where a log cannot be read.
pub(super) fn feed(
    recorder: &mut Recorder,
    known: &Known<'_>,
    clients: Vec<(u64, Happened)>,
    logs: Vec<Lines>,
    end: u64,
) -> Result<(Vec<Stored>, u64), LiveError> {
    let mut stored = vec![Stored::default(); logs.len()];
    let count = logs.len();
    let mut logs = logs
        .into_iter()
        .enumerate()
        .map(|(index, lines)| Log::open(index as u16, count as u16, lines))
        .collect::<Result<Vec<Log>, LiveError>>()?;
    let mut clients = clients.into_iter().peekable();
    let (mut measuring, mut inputs) = (false, 0);
    loop {
        // Whoever accepts something does so before anybody handles it: at one moment providers come first.
        let next = logs
            .iter_mut()
            .filter(|log| log.next.is_some())
            .min_by_key(|log| log.at());
        let client = clients.peek().map_or(u64::MAX, |(at, _)| *at);
        let at = client.min(next.as_ref().map_or(u64::MAX, |log| log.at()));
        if at > end {
            return Ok((stored, inputs));
        }
        if !measuring && known.clock.has_begun(at) {
            measuring = true;
            recorder.begin_measuring();
        }
        inputs += u64::from(measuring);
        let time = known.clock.at(at);
        match next {
            Some(log) if log.at() <= client => {
                let Some(line) = log.take()? else {
                    continue;
                };
                if let (Some(now), Some(stored)) =
                    (line.stored, stored.get_mut(usize::from(log.index)))
                {
                    *stored = now;
                }
                recorder.stored(stored.clone());
                let handled = log.handled(time, line, known);
                let handled = handled.map_err(|why| log.lines.wrong(why))?;
                recorder.take_real(Peer::Provider(ProviderId(log.index)), &handled);
            }
            _ => match clients.next() {
                Some((_, Happened::Wish(kind))) => recorder.intent(kind),
                Some((_, Happened::Began(client, user))) => {
                    recorder.client(client, user, false, time);
                }
                Some((_, Happened::Lost(client))) => recorder.lost(time, client),
                Some((_, Happened::Handled(client, mut handled))) => {
                    handled.done = time;
                    recorder.take_real(Peer::Client(client), &handled);
                }
                None => return Ok((stored, inputs)),
            },
        }
    }
}

/// What one provider wrote.
struct Log {
    index: u16,
    /// How many providers there are.
    count: u16,
    lines: Lines,
    next: Option<Line>,
}

impl Log {
    fn open(index: u16, count: u16, mut lines: Lines) -> Result<Self, LiveError> {
        let next = lines.read_next()?;
        Ok(Self {
            index,
            count,
            lines,
            next,
        })
    }

    fn at(&self) -> u64 {
        self.next.as_ref().map_or(u64::MAX, |line| line.at)
    }

    fn take(&mut self) -> Result<Option<Line>, LiveError> {
        let next = self.lines.read_next()?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    /// In the writer's list it is itself first, and the others follow in the scenario's order.
    fn peer(&self, end: End) -> Result<Peer, String> {
        match end {
            End::Client(client) => Ok(Peer::Client(ClientId(client))),
            End::Provider(place) => {
                let provider = match place {
                    0 => self.index,
                    place if place <= self.index => place - 1,
                    place => place,
                };
                match provider < self.count {
                    true => Ok(Peer::Provider(ProviderId(provider))),
                    false => Err(format!("a provider of place {place}")),
                }
            }
        }
    }

    fn handled(&self, at: SimTime, line: Line, known: &Known<'_>) -> Result<Handled, String> {
        let mut work = Work::default();
        for (sum, count) in work.counts.iter_mut().zip(line.work) {
            *sum = count;
        }
        let facts = line.facts.into_iter();
        let facts = facts
            .map(|fact| known.fact(fact))
            .collect::<Result<_, _>>()?;
        let mut handled = Handled::measured(at, SimSpan::from_nanos(line.took), work, facts);
        handled.waited = SimSpan::from_nanos(line.waited);
        if let Some(packet) = line.received {
            handled.received = Some(Received {
                from: self.peer(packet.peer)?,
                kind: kind(packet)?,
                bytes: packet.bytes,
                receipt: 0,
                lost: false,
            });
        }
        for packet in line.sent {
            let (to, kind) = (self.peer(packet.peer)?, kind(packet)?);
            handled
                .sent
                .push(Sent::measured(at, to, kind, packet.bytes));
        }
        Ok(handled)
    }
}

fn kind(packet: Packet) -> Result<Kind, String> {
    let name = live::vocabulary().packets.get(packet.kind);
    let name = name.ok_or_else(|| format!("a packet of kind {}", packet.kind))?;
    Ok(Kind::new(packet.kind as u16, name))
}

impl Known<'_> {
    fn fact(&self, fact: WrittenFact) -> Result<Fact, String> {
        let reason = |id: &str| live::reason(id).ok_or_else(|| format!("the reason {id:?}"));
        Ok(match fact {
            WrittenFact::Opened { room, by, detail } => Fact::Opened {
                room: self.room(&room)?,
                by: ClientId(by),
                detail: detail.map(live::WrittenDetail::read),
            },
            WrittenFact::Accepted(event) => Fact::Accepted(Box::new(self.event(*event)?)),
            WrittenFact::Refused {
                room,
                request,
                reason: id,
            } => Fact::Refused {
                room: self.room(&room)?,
                request: self.request(request),
                reason: reason(&id)?,
            },
            WrittenFact::Rejected { reason: id } => Fact::Rejected {
                reason: reason(&id)?,
            },
            WrittenFact::Counted(counted) => {
                let counted = counted.iter();
                let counted = counted.map(|(id, by)| Ok((counter(id)?, *by)));
                Fact::Counted(counted.collect::<Result<_, String>>()?)
            }
        })
    }

    fn event(&self, event: WrittenEvent) -> Result<Accepted, String> {
        let subject = live::subject(&event.subject);
        let subject = subject.ok_or_else(|| format!("the subject {:?}", event.subject))?;
        let clients =
            |numbers: Vec<u32>| -> Arc<[ClientId]> { numbers.into_iter().map(ClientId).collect() };
        let excluded = |client: u32| {
            let client = ClientId(client);
            let user = self.users.get(&client).copied();
            let user = user.ok_or_else(|| format!("the client {}", client.0))?;
            Ok((user, client))
        };
        let change = event.change.map(|change| {
            let excludes = change.excludes.into_iter().map(excluded);
            Ok::<_, String>(Change {
                state: change.state,
                bytes: change.bytes,
                admits: change.admits.into_iter().map(ClientId).collect(),
                excludes: excludes.collect::<Result<_, String>>()?,
            })
        });
        Ok(Accepted {
            change: change.transpose()?,
            waiting: event.waiting.map(|(leaving, stay)| Waiting {
                leaving,
                stay: clients(stay),
            }),
            detail: event.detail.map(live::WrittenDetail::read),
            counted: event.counted.as_deref().map(counter).transpose()?,
            ..Accepted::new(
                (self.room(&event.room)?, event.event),
                subject,
                self.request(event.request),
                clients(event.receivers),
            )
        })
    }

    /// As the client that made it calls it, whose provider the writer may know under another number.
    fn request(&self, request: Request) -> RequestId {
        let client = ClientId(request.client);
        let user = self.users.get(&client).map_or(0, |user| user.0 as usize);
        RequestId {
            provider: ProviderId(self.homes.get(user).copied().unwrap_or_default()),
            client,
            number: request.number,
        }
    }

    fn room(&self, name: &str) -> Result<RoomId, String> {
        let room = self.web.room_named(name);
        room.ok_or_else(|| format!("the room {name:?}"))
    }
}

fn counter(id: &str) -> Result<throng_stack::Counter, String> {
    live::counter(id).ok_or_else(|| format!("the counter {id:?}"))
}
