//! What a provider wrote down, as the recorder takes it.

use crate::error::LiveError;
use crate::serve::facts::{End, Packet};
use crate::serve::facts::{Line, Lines, Request, WrittenEvent, WrittenFact};
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_cost::Work;
use throng_record::handled::{About, Handled, Received, Sent};
use throng_stack::fact::{Change, Waiting};
use throng_stack::{Accepted, Fact, Kind, Peer, RequestId, Web};
use throng_stacks::live;
use throng_workloads::intent::{ClientId, ProviderId, RoomId, UserId};
use throng_workloads::time::{SimSpan, SimTime};

/// What is known of everybody.
pub(super) struct Known {
    pub(super) web: Arc<dyn Web>,
    /// Whose each client is.
    pub(super) users: BTreeMap<ClientId, UserId>,
    /// Where each user is.
    pub(super) homes: Vec<u16>,
}

/// What one provider wrote.
pub(super) struct Log {
    pub(super) index: u16,
    /// How many providers there are.
    count: u16,
    pub(super) lines: Lines,
    /// The first that nobody has taken.
    pub(super) next: Option<Line>,
    /// When the last line was written that was read.
    last: u64,
    /// Whether nothing is written any more.
    pub(super) ended: bool,
}

impl Log {
    pub(super) fn new(index: u16, count: u16, lines: Lines) -> Self {
        Self {
            index,
            count,
            lines,
            next: None,
            last: 0,
            ended: false,
        }
    }

    /// When its next line was written.
    pub(super) fn at(&self) -> u64 {
        self.next.as_ref().map_or(u64::MAX, |line| line.at)
    }

    /// Reads the next line, where there is one.
    pub(super) fn fill(&mut self) -> Result<(), LiveError> {
        if self.next.is_none() {
            self.next = self.lines.read_next()?;
            self.last = self.next.as_ref().map_or(self.last, |line| line.at);
        }
        Ok(())
    }

    /// Until when it is known all that the provider did.
    pub(super) fn known_until(&self) -> u64 {
        match self.next.is_some() || self.ended {
            true => u64::MAX,
            false => self.last,
        }
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

    pub(super) fn handled(
        &self,
        at: SimTime,
        line: Line,
        known: &Known,
    ) -> Result<Handled, String> {
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
        let received = |packet: Packet| -> Result<Received, String> {
            Ok(Received {
                from: self.peer(packet.peer)?,
                kind: kind(packet)?,
                bytes: packet.bytes,
                about: About::default(),
                receipt: 0,
                lost: false,
            })
        };
        handled.received = line.received.map(received).transpose()?;
        let behind = line.behind.into_iter().map(received);
        handled.behind = behind.collect::<Result<_, _>>()?;
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

impl Known {
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

    /// A client's provider.
    pub(super) fn home(&self, client: ClientId) -> ProviderId {
        let user = self.users.get(&client).map_or(0, |user| user.0 as usize);
        ProviderId(self.homes.get(user).copied().unwrap_or_default())
    }

    /// As the client that made it calls it, whose provider the writer may know under another number.
    fn request(&self, request: Request) -> RequestId {
        let client = ClientId(request.client);
        RequestId {
            provider: self.home(client),
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
