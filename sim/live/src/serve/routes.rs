//! What is asked, by whom, and the answer.

use super::accounts::{Accounts, Opened};
use super::actor::{NewAccount, Post, Posts};
use crate::http::NoBody;
use crate::http::{ANSWER, Answer, Events, Fields, PartsOf, Shown, read, whole};
use crate::tls::bears;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use std::sync::mpsc::TrySendError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use throng_stack::web::{Account, AnsweredBy, Turned, Who};
use throng_stack::{Envelope, Head, Peer, Reply, Web};
use throng_workloads::intent::ClientId;
use tokio::sync::{mpsc, oneshot};

/// So many records may be on the way to a client that reads slowly.
const MOST_RECORDS: usize = 4096;

/// The seconds after which somebody may ask again who was not heard.
const RETRY_AFTER: &str = "1";

/// What is asked comes here.
pub(super) struct Routes {
    pub(super) domain: String,
    pub(super) web: Arc<dyn Web>,
    pub(super) accounts: Mutex<Accounts>,
    pub(super) posts: Posts,
}

impl Routes {
    /// The answer to a request of whoever has shown this certificate.
    pub(super) async fn answer(
        self: Arc<Self>,
        shown: Shown,
        request: Request<Incoming>,
    ) -> Response<Answer> {
        match self.try_answer(shown, request).await {
            Ok(response) => response,
            Err(turned) => response(turned.into(), None),
        }
    }

    async fn try_answer(
        &self,
        shown: Shown,
        request: Request<Incoming>,
    ) -> Result<Response<Answer>, Turned> {
        let (parts, body) = request.into_parts();
        let asked_of = parts.uri.host();
        if !asked_of.is_some_and(|host| host.eq_ignore_ascii_case(&self.domain)) {
            return Err(Turned::new(421, "this is another provider"));
        }
        let head = parts.head();
        let route = self.web.route(&head)?;
        let from = match route.who {
            Who::Anybody(reply) => return Ok(response(reply, None)),
            Who::Newcomer(account) => return self.open_account(&head, account).await,
            Who::Client => Peer::Client(self.client(&head)?),
            Who::Provider(provider, domain) => {
                if !shown.is_some_and(|shown| bears(&shown, &domain)) {
                    return Err(Turned::new(403, "no certificate of that domain"));
                }
                Peer::Provider(provider)
            }
        };
        let body = read(body, route.body_limit)
            .await
            .map_err(|none| match none {
                NoBody::TooLong => Turned::new(413, "too long"),
                NoBody::TooSlow => Turned::new(408, "too slow"),
                NoBody::Broken => Turned::new(400, "a body that broke off"),
            })?;
        self.hand_over(self.web.asked(from, &head, &body)?).await
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
    ) -> Result<Response<Answer>, Turned> {
        let client = account.client;
        let opened = self.accounts().open(client, authorization(head));
        let opened = opened.map_err(|error| Turned::new(500, error.to_string()))?;
        let new = matches!(opened, Opened::Token(..));
        let (token, digest) = match opened {
            Opened::Token(token, digest) | Opened::Again(token, digest) => (token, digest),
            Opened::Taken => return Err(Turned::new(409, "there is such an account")),
            Opened::Weak => return Err(Turned::new(400, "a token that could be guessed")),
            Opened::Full => return Err(Turned::new(503, "there is no room for more accounts")),
        };
        let account = NewAccount {
            client,
            user: account.user,
            digest,
        };
        let (asker, there) = oneshot::channel();
        if let Err(turned) = self.post(Post::Account(account, asker)) {
            if new {
                self.accounts().forget(client, &digest);
            }
            return Err(turned);
        }
        match tokio::time::timeout(ANSWER, there).await {
            Ok(Ok(())) => {}
            // It may be there all the same: whoever brought its token asks again.
            Ok(Err(_)) => return Err(Turned::new(503, "about to end")),
            Err(_) => return Err(Turned::new(504, "no answer in time")),
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
    async fn hand_over(&self, envelopes: Vec<Envelope>) -> Result<Response<Answer>, Turned> {
        let mut answers = Vec::with_capacity(envelopes.len());
        let mut stream = None;
        for envelope in envelopes {
            let (asker, answer) = oneshot::channel();
            let connects = match envelope.from {
                Peer::Client(_) => self.web.ask(&envelope),
                Peer::Provider(_) => Err(throng_stack::web::WebError::Kind),
            };
            let connects = connects.is_ok_and(|ask| ask.answered_by == AnsweredBy::Stream);
            self.post(match connects {
                true => {
                    let (records, events) = mpsc::channel(MOST_RECORDS);
                    stream = Some(events);
                    Post::Connects(Box::new(envelope), records, asker)
                }
                false => Post::Asked(Box::new(envelope), asker),
            })?;
            answers.push(answer);
        }
        let mut last = Err(Turned::new(400, "nothing"));
        for answer in answers {
            let reply = match tokio::time::timeout(ANSWER, answer).await {
                Ok(Ok(reply)) => reply,
                Ok(Err(_)) => return Err(Turned::new(400, "nothing that could be answered")),
                Err(_) => return Err(Turned::new(504, "no answer in time")),
            };
            if !(200..300).contains(&reply.status) {
                return Ok(response(reply, None));
            }
            last = Ok(reply);
        }
        Ok(response(last?, stream))
    }

    fn post(&self, post: Post) -> Result<(), Turned> {
        self.posts.try_send(post).map_err(|error| match error {
            TrySendError::Full(_) => Turned::new(503, "too much to do"),
            TrySendError::Disconnected(_) => Turned::new(503, "about to end"),
        })
    }
}

/// The value of the `authorization` field.
fn authorization<'a>(head: &Head<'a>) -> Option<&'a str> {
    let mut fields = head.fields.iter();
    let field = fields.find(|(name, _)| *name == "authorization");
    field.map(|(_, value)| *value)
}

fn response(reply: Reply, stream: Option<mpsc::Receiver<Bytes>>) -> Response<Answer> {
    let body = match stream {
        Some(events) => Events(events).boxed_unsync(),
        None => whole(Bytes::copy_from_slice(&reply.body)),
    };
    let mut response = Response::new(body);
    let status = StatusCode::from_u16(reply.status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    *headers = reply.fields.headers();
    if matches!(reply.status, 429 | 503) && !headers.contains_key("retry-after") {
        headers.insert(
            "retry-after",
            hyper::http::HeaderValue::from_static(RETRY_AFTER),
        );
    }
    response
}
