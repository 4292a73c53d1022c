//! What a provider asks another. Nothing is lost that the machine does not send again: a request that fails is one that
//! was not made.

use super::actor::{Post, Posts};
use super::peers::Peers;
use super::under_way::Asking;
use super::way::Queue;
use crate::http::{Connection, Endpoint, MOST_REQUESTS, back_off, exchange};
use rustls::ClientConfig;
use std::sync::Arc;
use std::time::Instant;
use throng_stack::web::{Ask, Finding, Turned, WebError};
use throng_stack::{Envelope, Reply, Web};
use throng_workloads::intent::ProviderId;
use tokio::sync::Semaphore;

/// The way to one other provider.
#[derive(Clone)]
pub(super) struct Outbound {
    pub(super) peer: ProviderId,
    pub(super) domain: String,
    pub(super) peers: Peers,
    pub(super) config: Arc<ClientConfig>,
    pub(super) web: Arc<dyn Web>,
    pub(super) posts: Posts,
}

/// When a provider that could not be reached may be tried again.
#[derive(Default)]
struct Attempts {
    failures: u32,
    not_before: Option<Instant>,
}

impl Attempts {
    fn may(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|moment| now >= moment)
    }

    fn made(&mut self, worked: bool, now: Instant) {
        self.failures = match worked {
            true => 0,
            false => self.failures.saturating_add(1),
        };
        self.not_before = (!worked).then(|| now + back_off(self.failures));
    }
}

impl Outbound {
    /// Makes requests of what is to be sent, until nobody sends any more.
    pub(super) async fn run(self, mut envelopes: Queue) {
        let places = Arc::new(Semaphore::new(MOST_REQUESTS));
        let mut connection: Option<Connection> = None;
        let mut attempts = Attempts::default();
        while let Some((envelope, asking)) = envelopes.next().await {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            if connection.as_ref().is_none_or(Connection::is_closed) {
                connection = match attempts.may(Instant::now()) {
                    true => self.connect().await,
                    // Whatever is to be sent meanwhile says nothing of whether the other is there.
                    false => continue,
                };
                attempts.made(connection.is_some(), Instant::now());
            }
            let Some(connection) = &mut connection else {
                continue;
            };
            let ask = match self.ask_of(&envelope) {
                Ok(ask) => ask,
                Err(answer) => {
                    if let Some(answer) = answer {
                        self.take(answer, asking).await;
                    }
                    continue;
                }
            };
            // In this order: those of one client belong in the one in which it made them.
            let answer = exchange(connection, &self.domain, None, &ask);
            let outbound = self.clone();
            tokio::spawn(async move {
                if let Ok(reply) = answer.await {
                    outbound.answered(&envelope, &reply, asking).await;
                }
                drop(place);
            });
        }
    }

    async fn connect(&self) -> Option<Connection> {
        let endpoint = Endpoint {
            domain: self.domain.clone(),
            address: self.peers.address(&self.domain)?,
            config: Arc::clone(&self.config),
        };
        let mut connection = endpoint.connect().await.ok()?;
        // Before anything else: it says where everything is.
        let ask = self.web.ask_directory();
        if let Ok(reply) = exchange(&mut connection, &self.domain, None, &ask).await {
            for finding in self.web.learn_directory(self.peer, &reply) {
                self.say(finding);
            }
        }
        Some(connection)
    }

    /// What is asked over HTTP for this; where that is nothing, its answer is given here.
    fn ask_of(&self, envelope: &Envelope) -> Result<Ask, Option<Box<Envelope>>> {
        self.web.ask_of(self.peer, envelope).map_err(|error| {
            if error != WebError::NotServed {
                return None;
            }
            let kind = envelope.packet.kind();
            tracing::warn!(peer = self.domain, %kind, "another provider does not serve this");
            // Where a status is an answer, this one would have been it.
            let none = Reply::from(Turned::new(404, "not served there"));
            let answered = self.web.answered(envelope, self.peer, &none);
            answered.ok().flatten().map(Box::new)
        })
    }

    async fn answered(&self, envelope: &Envelope, reply: &Reply, asking: Asking) {
        match self.web.answered(envelope, self.peer, reply) {
            Ok(Some(answer)) => self.take(Box::new(answer), asking).await,
            Ok(None) => {}
            Err(finding) => self.say(finding),
        }
    }

    /// Waits for the provider where it has too much to do: a hub that knows no request again is not to be asked again.
    async fn take(&self, answer: Box<Envelope>, asking: Asking) {
        self.posts.send_soon(Post::Answered(answer, asking)).await;
    }

    fn say(&self, finding: Finding) {
        // Where there is too much to do, it will be found again.
        let post = Post::Finding(self.domain.clone(), finding);
        let _ = self.posts.try_send(post, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// What is to be sent while somebody is waited for puts nothing off: else a provider to whom much goes would never be tried again.
    #[test]
    fn who_is_asked_often_is_tried_as_soon_as_who_is_not() {
        let begun = Instant::now();
        let mut attempts = Attempts::default();
        assert!(attempts.may(begun));
        let mut now = begun;
        for failures in 1..20 {
            attempts.made(false, now);
            let due = now + back_off(failures) + Duration::from_millis(1);
            let most = due + Duration::from_secs(60);
            while !attempts.may(now) {
                now += Duration::from_millis(10);
                assert!(now < most, "after {failures} failures");
            }
        }
        attempts.made(true, now);
        assert!(attempts.may(now));
        attempts.made(false, now);
        assert!(
            attempts.may(now + Duration::from_secs(2)),
            "from the beginning again"
        );
    }
}
