//! A client's connection to its provider: an account, then for as long as the client is online one connection with a stream of events
//! on it, and requests one after another.

use super::cell::{Cell, Shared};
use super::orders::Command;
use crate::http::{Connection, Endpoint, LONGEST_ANSWER, back_off, exchange, open};
use crate::serve::token;
use bytes::{Buf, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use throng_stack::web::{AnsweredBy, Ask};
use throng_stack::{Envelope, Input, Reply, Web};
use throng_workloads::intent::{ClientId, ProviderId, UserId};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, watch};

/// So often somebody tries to get an account.
const MOST_ATTEMPTS: u32 = 5;

/// However long a provider wants to be spared, after this it is asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What a connection needs to know.
pub(super) struct Device {
    pub(super) client: ClientId,
    pub(super) user: UserId,
    pub(super) home: ProviderId,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) web: Arc<dyn Web>,
    /// Weak: it is the client that ends its connection.
    pub(super) cell: Weak<Cell>,
    pub(super) shared: Arc<Shared>,
    /// So many may connect at a time: a handshake has its time limit, and all at once would not meet it.
    pub(super) doors: Arc<Semaphore>,
    /// How often it could not connect since it last could.
    pub(super) failures: AtomicU32,
}

impl Device {
    /// Carries out what is wanted, in order, until nobody wants anything any more.
    pub(super) async fn run(self, mut commands: UnboundedReceiver<Command>) {
        let device = Arc::new(self);
        let known = device.cell.upgrade();
        let token = match known.and_then(|cell| cell.token()) {
            Some(token) => Some(token),
            None => device.account().await,
        };
        if let (Some(cell), Some(token)) = (device.cell.upgrade(), &token) {
            cell.bring(token.clone());
        }
        // Which connection it is; whoever finds that one broken says so once.
        let current = Arc::new(watch::Sender::new(0));
        let mut connection: Option<(Connection, u64)> = None;
        while let Some(command) = commands.recv().await {
            match (command, &token) {
                (Command::Drop, _) => {
                    current.send_modify(|number| *number += 1);
                    connection = None;
                }
                (Command::Send(envelope), Some(token)) => {
                    device
                        .send(&envelope, token, &mut connection, &current)
                        .await;
                }
                (Command::Send(_), None) => {}
            }
            device.shared.under_way.fetch_sub(1, Ordering::SeqCst);
        }
    }

    async fn send(
        self: &Arc<Self>,
        envelope: &Envelope,
        token: &str,
        connection: &mut Option<(Connection, u64)>,
        current: &Arc<watch::Sender<u64>>,
    ) {
        let ask = match self.web.ask(envelope) {
            Ok(ask) => ask,
            Err(error) => return self.shared.tally.failed(&error.to_string()),
        };
        if ask.answered_by == AnsweredBy::Stream {
            current.send_modify(|number| *number += 1);
            let this = *current.borrow();
            *connection = None;
            match self.connect(&ask, token).await {
                Ok((open, events)) => {
                    self.failures.store(0, Ordering::SeqCst);
                    *connection = Some((open, this));
                    let (device, current) = (Arc::clone(self), Arc::clone(current));
                    tokio::spawn(async move { device.listen(events, this, &current).await });
                }
                Err(why) => self.broken(this, current, why).await,
            }
            return;
        }
        // What is left of a connection that has broken is lost with it.
        let Some((open, this)) = connection else {
            return;
        };
        let this = *this;
        if ask.answered_by == AnsweredBy::End {
            current.send_modify(|number| *number += 1);
        }
        let reply = self.ask(open, Some(token), &ask).await;
        let why = match reply {
            Ok(reply) if (200..300).contains(&reply.status) => return,
            Ok(reply) => format!(
                "status {} to {}: {}",
                reply.status,
                envelope.packet.kind(),
                String::from_utf8_lossy(&reply.body)
            ),
            Err(why) => why,
        };
        *connection = None;
        self.broken(this, current, why).await;
    }

    /// Asks, and again where the provider says that it has too much to do and when to come again.
    async fn ask(
        &self,
        connection: &mut Connection,
        token: Option<&str>,
        ask: &Ask,
    ) -> Result<Reply, String> {
        let domain = &self.endpoint.domain;
        let mut reply = exchange(connection, domain, token, ask).await?;
        for _ in 0..MOST_ATTEMPTS {
            let mut fields = reply.fields.iter();
            let again = fields.find(|(name, _)| *name == "retry-after");
            let again = again.and_then(|(_, seconds)| seconds.parse().ok());
            let (429 | 503, Some(seconds)) = (reply.status, again) else {
                break;
            };
            self.shared
                .tally
                .failed(&format!("status {}, and asked again", reply.status));
            tokio::time::sleep(Duration::from_secs(seconds).min(LONGEST_WAIT)).await;
            reply = exchange(connection, domain, token, ask).await?;
        }
        Ok(reply)
    }

    /// The token of a new account. It is the client's own, so that it can ask again where it did not hear the answer.
    async fn account(&self) -> Option<String> {
        let token = match token() {
            Ok(token) => token,
            Err(error) => {
                self.shared.tally.failed(&error.to_string());
                return None;
            }
        };
        for attempt in 0..MOST_ATTEMPTS {
            match self.try_account(&token).await {
                Ok(token) => return Some(token),
                Err(why) => self.shared.tally.failed(&format!("no account: {why}")),
            }
            tokio::time::sleep(back_off(attempt)).await;
        }
        None
    }

    async fn try_account(&self, token: &str) -> Result<String, String> {
        let ask = self.web.ask_account(self.user, self.client);
        let ask = ask.map_err(|error| error.to_string())?;
        let mut connection = self.enter().await?;
        let reply = self.ask(&mut connection, Some(token), &ask).await?;
        match reply.status {
            201 => String::from_utf8(reply.body.to_vec()).map_err(|error| error.to_string()),
            409 => Err("there is such an account; was this provider loaded before?".to_owned()),
            status => Err(format!("status {status}")),
        }
    }

    async fn enter(&self) -> Result<Connection, String> {
        let _door = self.doors.acquire().await;
        let connection = self.endpoint.connect().await;
        connection.map_err(|error| error.to_string())
    }

    async fn connect(&self, ask: &Ask, token: &str) -> Result<(Connection, Incoming), String> {
        let mut connection = self.enter().await?;
        let response = open(&mut connection, &self.endpoint.domain, Some(token), ask).await?;
        match response.status().as_u16() {
            200 => Ok((connection, response.into_body())),
            status => {
                if matches!(status, 401 | 409) {
                    self.shared.tally.turn_away(&self.endpoint.domain, status);
                }
                Err(format!("status {status} to a connection"))
            }
        }
    }

    /// Takes the records of a stream until it ends, or is another's turn.
    async fn listen(&self, mut events: Incoming, this: u64, current: &watch::Sender<u64>) {
        let mut others_turn = current.subscribe();
        let mut buffer = BytesMut::new();
        let why = loop {
            let next = tokio::select! {
                next = events.frame() => next,
                _ = others_turn.wait_for(|number| *number != this) => return,
            };
            let piece = match next {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => break error.to_string(),
                None => break "the stream ended".to_owned(),
            };
            if let Some(data) = piece.data_ref() {
                buffer.extend_from_slice(data);
            }
            if let Err(why) = self.take_records(&mut buffer) {
                break why;
            }
        };
        self.broken(this, current, why).await;
    }

    fn take_records(&self, buffer: &mut BytesMut) -> Result<(), String> {
        while let Some(length) = buffer.first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            if length > LONGEST_ANSWER {
                return Err("a record that is too long".to_owned());
            }
            if buffer.len() < length + 4 {
                return Ok(());
            }
            buffer.advance(4);
            let record = buffer.split_to(length);
            let envelope = self.web.recorded(self.client, self.home, &record);
            let envelope = envelope.map_err(|finding| finding.found)?;
            if let Some(cell) = self.cell.upgrade() {
                cell.post(Input::Envelope(Box::new(envelope)));
            }
        }
        Ok(())
    }

    /// A connection is no good any more. Whoever finds that first has the client connect anew, a little later.
    async fn broken(&self, this: u64, current: &watch::Sender<u64>, why: String) {
        let first = current.send_if_modified(|number| {
            let is_this = *number == this;
            *number += u64::from(is_this);
            is_this
        });
        if !first {
            return;
        }
        self.shared
            .tally
            .failed(&format!("a connection broke: {why}"));
        let failures = self.failures.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(back_off(failures)).await;
        if let Some(cell) = self.cell.upgrade() {
            cell.post(Input::Reconnect);
        }
    }
}
