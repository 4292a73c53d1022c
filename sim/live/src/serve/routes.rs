//! What is asked, by whom, and the answer.

use super::accounts::{Accounts, Opened};
use super::actor::{NewAccount, Post, Posts};
use super::budget::{Budget, Share};
use super::declined::Declined;
use super::probe::{AGAIN, Probe, Verdict};
use super::rates::Rates;
use crate::http::{
    ANSWER, Answer, Caller, Events, Fields, NoBody, PartsOf, Within, read, stream, whole,
};
use crate::limits::Limits;
use crate::tls::bears;
use crate::watch::{Asked, Meters};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::http::HeaderValue;
use hyper::http::header::RETRY_AFTER;
use hyper::{Request, Response, StatusCode};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::TrySendError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use throng_stack::web::{Account, AnsweredBy, Finding, Route, Turned, Who};
use throng_stack::{Envelope, Head, Peer, Reply, Web};
use throng_workloads::intent::ClientId;
use tokio::sync::oneshot;

/// What is asked comes here.
pub(super) struct Routes {
    pub(super) domain: String,
    pub(super) web: Arc<dyn Web>,
    pub(super) accounts: Mutex<Accounts>,
    pub(super) posts: Posts,
    pub(super) limits: Arc<Limits>,
    pub(super) rates: Rates,
    pub(super) budget: Arc<Budget>,
    pub(super) meters: Arc<Meters>,
    pub(super) ending: Ending,
    /// Refuses some requests of other providers on purpose, where it is to be seen whether they come again.
    pub(super) probe: Option<Probe>,
}

/// Whether the provider is about to end, and what it has taken on before.
#[derive(Debug, Default)]
pub(super) struct Ending {
    begun: AtomicBool,
    under_way: AtomicUsize,
}

impl Ending {
    /// From now on nothing new is taken.
    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::SeqCst);
    }

    fn has_begun(&self) -> bool {
        self.begun.load(Ordering::SeqCst)
    }

    /// Whether all that was taken has its answer.
    pub(super) fn is_done(&self) -> bool {
        self.under_way.load(Ordering::SeqCst) == 0
    }

    /// Something is taken, unless that is over.
    fn take(&self) -> Option<Taken<'_>> {
        // Counted first: who ends looks in the other order.
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let taken = Taken(self);
        (!self.has_begun()).then_some(taken)
    }
}

/// A request that was taken and has no answer, until this is dropped.
struct Taken<'a>(&'a Ending);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// As what a request is counted.
struct Counts {
    from: &'static str,
    route: &'static str,
}

impl Routes {
    /// The answer to a request of whoever is there.
    pub(super) async fn answer(
        self: Arc<Self>,
        caller: Caller,
        request: Request<Incoming>,
    ) -> Response<Answer> {
        let began = Instant::now();
        // Until it is known better.
        let mut counts = Counts {
            from: "anybody",
            route: "none",
        };
        let answered = match self.ending.take() {
            Some(_taken) => self.try_answer(&caller, request, &mut counts).await,
            None => Err(Declined::now(503, ENDING)),
        };
        let answered = answered.unwrap_or_else(|declined| response(declined.into(), None));
        let asked = Asked {
            from: counts.from,
            route: counts.route,
            status: answered.status().as_u16(),
        };
        self.meters.answered(asked, began.elapsed());
        answered
    }

    async fn try_answer(
        &self,
        caller: &Caller,
        request: Request<Incoming>,
        counts: &mut Counts,
    ) -> Result<Response<Answer>, Declined> {
        let (parts, body) = request.into_parts();
        let head = parts.head();
        let identified = self.identify(parts.uri.host(), caller, &head, counts);
        let (from, route) = match identified {
            Ok(Identified::Known(peer, route)) => {
                let may = self.rates.known(peer);
                may.map_err(Declined::too_often)?;
                (peer, route)
            }
            stranger => {
                let may = self.rates.stranger(caller.address.ip());
                may.map_err(Declined::too_often)?;
                return match stranger? {
                    Identified::Newcomer(account) => self.open_account(&head, account).await,
                    Identified::Anybody(reply) => Ok(response(reply, None)),
                    Identified::Known(..) => Err(Declined::now(500, "nobody")),
                };
            }
        };
        let mut share = self.budget.share(from);
        let within = Within {
            bytes: route.body_limit,
            time: self.limits.body,
        };
        let body = read(body, within, |bytes| share.grow(bytes)).await;
        let body = body.map_err(|none| match none {
            NoBody::TooLong => Declined::now(413, "too long"),
            NoBody::TooSlow => Declined::now(408, "too slow"),
            NoBody::Broken => Declined::now(400, "a body that broke off"),
            NoBody::NoRoom => Declined::now(503, "too much to read"),
        });
        let body = body.inspect_err(|declined| self.found(&route, declined))?;
        self.try_out(&route, &body)?;
        let envelopes = self.web.asked(from, &head, &body).map_err(Declined::from);
        let envelopes = envelopes.inspect_err(|declined| self.found(&route, declined))?;
        self.hand_over(envelopes, share).await
    }

    /// Refuses what is to come again.
    fn try_out(&self, route: &Route, body: &[u8]) -> Result<(), Declined> {
        let (Some(probe), Who::Provider(provider, domain)) = (&self.probe, &route.who) else {
            return Ok(());
        };
        match probe.asked((*provider, domain), route, body) {
            Verdict::Take => Ok(()),
            Verdict::Refuse => Err(Declined::again(AGAIN, "this once, to see it come again")),
        }
    }

    /// What another provider asks that cannot be taken, now or ever, is something to be said of it.
    fn found(&self, route: &Route, declined: &Declined) {
        let (Who::Provider(_, domain), 400 | 403..=405 | 413) = (&route.who, declined.status())
        else {
            return;
        };
        let finding = Finding {
            section: route.section,
            found: format!("a request to {}: {}", route.name, declined.why()),
        };
        // Where there is too much to do, it will be found again.
        let _ = self
            .posts
            .try_send(Post::Finding(domain.clone(), finding), None);
    }

    /// Who asks.
    fn identify(
        &self,
        asked_of: Option<&str>,
        caller: &Caller,
        head: &Head<'_>,
        counts: &mut Counts,
    ) -> Result<Identified, Turned> {
        if !asked_of.is_some_and(|host| host.eq_ignore_ascii_case(&self.domain)) {
            return Err(Turned::new(421, "this is another provider"));
        }
        let route = self.web.route(head)?;
        counts.route = route.name;
        counts.from = match &route.who {
            Who::Anybody(_) => "anybody",
            Who::Newcomer(_) => "newcomer",
            Who::Client => "client",
            Who::Provider(..) => "provider",
        };
        let peer = match &route.who {
            Who::Anybody(reply) => return Ok(Identified::Anybody(reply.clone())),
            Who::Newcomer(account) => return Ok(Identified::Newcomer(account.clone())),
            Who::Client => Peer::Client(self.client(head)?),
            Who::Provider(provider, domain) => {
                let shown = caller.shown.as_ref();
                if !shown.is_some_and(|shown| bears(shown, domain)) {
                    return Err(Turned::new(403, "no certificate of that domain"));
                }
                Peer::Provider(*provider)
            }
        };
        Ok(Identified::Known(peer, route))
    }

    fn client(&self, head: &Head<'_>) -> Result<ClientId, Turned> {
        let client = authorization(head).and_then(|value| self.accounts().client(value));
        client.ok_or_else(|| Turned::new(401, "no token of an account here"))
    }

    /// Opens an account, and says its token when that is there for good.
    async fn open_account(
        &self,
        head: &Head<'_>,
        account: Account,
    ) -> Result<Response<Answer>, Declined> {
        let client = account.client;
        let opened = self.accounts().open(client, authorization(head));
        let opened = opened.map_err(|error| Turned::new(500, error.to_string()))?;
        let new = matches!(opened, Opened::Token(..));
        let (token, digest) = match opened {
            Opened::Token(token, digest) | Opened::Again(token, digest) => (token, digest),
            Opened::Taken => return Err(Declined::now(409, "there is such an account")),
            Opened::Weak => return Err(Declined::now(400, "a token that could be guessed")),
            Opened::Full => return Err(Declined::now(503, "there is no room for more accounts")),
        };
        let account = NewAccount {
            client,
            user: account.user,
            digest,
        };
        let (asker, there) = oneshot::channel();
        if let Err(declined) = self.post(Post::Account(account, asker), None) {
            if new {
                self.accounts().forget(client, &digest);
            }
            return Err(declined);
        }
        match tokio::time::timeout(ANSWER, there).await {
            Ok(Ok(())) => {}
            // It may be there all the same: whoever brought its token asks again.
            Ok(Err(_)) => return Err(Declined::now(503, ENDING)),
            Err(_) => return Err(Declined::now(504, "no answer in time")),
        }
        let reply = Reply {
            status: 201,
            fields: vec![("content-type", "text/plain; charset=utf-8".to_owned())],
            body: token.into_bytes().into(),
        };
        Ok(response(reply, None))
    }

    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the provider take all of a request, and answers when it has.
    async fn hand_over(
        &self,
        envelopes: Vec<Envelope>,
        share: Share,
    ) -> Result<Response<Answer>, Declined> {
        let mut answers = Vec::with_capacity(envelopes.len());
        let mut events = None;
        // The last one that it takes gives back the memory of all.
        let (mut share, last) = (Some(share), envelopes.len().saturating_sub(1));
        for (index, envelope) in envelopes.into_iter().enumerate() {
            let (asker, answer) = oneshot::channel();
            let connects = match envelope.from {
                Peer::Client(_) => self.web.ask(&envelope),
                Peer::Provider(_) => Err(throng_stack::web::WebError::Kind),
            };
            let connects = connects.is_ok_and(|ask| ask.answered_by == AnsweredBy::Stream);
            let post = match connects {
                true => {
                    let (records, body) = stream(self.limits.stream_bytes);
                    events = Some(body);
                    Post::Connects(Box::new(envelope), records, asker)
                }
                false => Post::Asked(Box::new(envelope), asker),
            };
            self.post(post, share.take_if(|_| index == last))?;
            answers.push(answer);
        }
        let mut last = Err(Declined::now(400, "nothing"));
        for answer in answers {
            let reply = match tokio::time::timeout(ANSWER, answer).await {
                Ok(Ok(reply)) => reply,
                Ok(Err(_)) if self.ending.has_begun() => return Err(Declined::now(503, ENDING)),
                Ok(Err(_)) => return Err(Declined::now(400, "nothing that could be answered")),
                Err(_) => return Err(Declined::now(504, "no answer in time")),
            };
            if !(200..300).contains(&reply.status) {
                return Ok(response(reply, None));
            }
            last = Ok(reply);
        }
        Ok(response(last?, events))
    }

    fn post(&self, post: Post, share: Option<Share>) -> Result<(), Declined> {
        let posted = self.posts.try_send(post, share);
        posted.map_err(|error| match error {
            TrySendError::Full(_) => Declined::now(503, "too much to do"),
            TrySendError::Disconnected(_) => Declined::now(503, ENDING),
        })
    }
}

/// The value of the `authorization` field.
fn authorization<'a>(head: &Head<'a>) -> Option<&'a str> {
    let mut fields = head.fields.iter();
    let field = fields.find(|(name, _)| *name == "authorization");
    field.map(|(_, value)| *value)
}

/// The seconds after which somebody may ask again whose request was not taken for what others do.
const SOON: HeaderValue = HeaderValue::from_static("1");

/// What whoever asks too late is told.
const ENDING: &str = "about to end";

/// Who somebody is, and what they ask for.
enum Identified {
    Known(Peer, Route),
    Newcomer(Account),
    Anybody(Reply),
}

fn response(reply: Reply, events: Option<Events>) -> Response<Answer> {
    let waits = events.as_ref().map(Events::waits);
    let body = match events {
        Some(events) => events.boxed_unsync(),
        None => whole(Bytes::copy_from_slice(&reply.body)),
    };
    let mut response = Response::new(body);
    let status = StatusCode::from_u16(reply.status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    *headers = reply.fields.headers();
    if matches!(reply.status, 429 | 503) && !headers.contains_key(RETRY_AFTER) {
        headers.insert(RETRY_AFTER, SOON);
    }
    if let Some(waits) = waits {
        response.extensions_mut().insert(waits);
    }
    response
}
