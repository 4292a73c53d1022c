//! The ways out of a provider, and what is stored on its way out.

use super::under_way::Asking;
use super::waiting::Waiting;
use super::way::Way;
use crate::http::Stream;
use crate::watch::Meters;
use bytes::{BufMut, BytesMut};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use throng_stack::web::Pair;
use throng_stack::{Envelope, Peer, Reply, Web};
use throng_workloads::intent::{ClientId, ProviderId};
use tokio::sync::{mpsc, oneshot};

/// Something that is to happen outside once what it comes of is stored.
pub(super) enum Effect {
    /// A client's connection begins: the stream to it, for as long as that lasts.
    Opens(ClientId, Stream),
    /// It ends.
    Closes(ClientId),
    /// Somebody waits for the answer to this request.
    Waits(Pair, oneshot::Sender<Reply>),
    /// This is it.
    Answers(Pair, Reply),
    /// Somebody waits for this very answer.
    Replies(oneshot::Sender<Reply>, Reply),
    /// An account is there.
    Opened(oneshot::Sender<()>),
    /// An envelope goes to somebody.
    Sends(Peer, Envelope),
    /// What another provider was asked is under way no more. Whatever was to ask it again meanwhile has come before this, and was left out.
    Over(Asking),
}

/// The ways out.
pub(super) struct Outlet {
    web: Arc<dyn Web>,
    waiting: Waiting,
    streams: BTreeMap<ClientId, Stream>,
    outbound: BTreeMap<ProviderId, Way>,
    meters: Arc<Meters>,
}

impl Outlet {
    pub(super) fn new(
        web: Arc<dyn Web>,
        outbound: BTreeMap<ProviderId, Way>,
        meters: Arc<Meters>,
    ) -> Self {
        Self {
            web,
            waiting: Waiting::default(),
            streams: BTreeMap::new(),
            outbound,
            meters,
        }
    }

    /// Lets go what is stored, in order, until nothing more comes.
    pub(super) async fn run(mut self, mut released: mpsc::Receiver<VecDeque<Vec<Effect>>>) {
        while let Some(steps) = released.recv().await {
            for step in steps {
                for effect in step {
                    self.happen(effect);
                }
                // Those who were woken write before the next step.
                tokio::task::yield_now().await;
            }
            let streams = self.streams.len().try_into();
            self.meters.streams.set(streams.unwrap_or(i64::MAX));
        }
    }

    fn happen(&mut self, effect: Effect) {
        match effect {
            Effect::Opens(client, stream) => {
                self.streams.insert(client, stream);
            }
            Effect::Closes(client) => {
                self.streams.remove(&client);
            }
            Effect::Waits(pair, asker) => self.waiting.add(pair, asker),
            Effect::Answers(pair, reply) => self.waiting.answer(pair, &reply),
            // Whoever asked may have given up.
            Effect::Replies(asker, reply) => drop(asker.send(reply)),
            Effect::Opened(asker) => drop(asker.send(())),
            Effect::Sends(to, envelope) => self.send(to, envelope),
            Effect::Over(asking) => drop(asking),
        }
    }

    fn send(&mut self, to: Peer, envelope: Envelope) {
        match to {
            Peer::Client(client) => self.tell(client, &envelope),
            Peer::Provider(_) if self.web.is_answer(&envelope) => {
                let (pair, reply) = (self.web.pair(to, &envelope), self.web.reply(&envelope));
                if let (Some(pair), Ok(reply)) = (pair, reply) {
                    self.waiting.answer(pair, &reply);
                }
            }
            Peer::Provider(provider) => {
                if let Some(way) = self.outbound.get(&provider) {
                    way.send(envelope);
                }
            }
        }
    }

    /// Sends on a client's stream. One that cannot take it is closed: the provider keeps all that is not acknowledged, and sends it again
    /// when the client connects.
    fn tell(&mut self, client: ClientId, envelope: &Envelope) {
        let Some(stream) = self.streams.get(&client) else {
            return;
        };
        let record = self.web.record(envelope).ok().and_then(|record| {
            let mut piece = BytesMut::with_capacity(record.len() + 4);
            piece.put_u32(record.len().try_into().ok()?);
            piece.put_slice(&record);
            Some(piece.freeze())
        });
        let sent = record.is_some_and(|record| stream.send(record));
        if !sent {
            self.streams.remove(&client);
        }
    }
}
