//! HTTP/2 over TLS, for both ends.
//!
//! - `connection`: who asks; `accept`: who is asked; `exchange`: a request and its answer.
//! - `places`: how many may be connected; `activity`: whether anything goes on over a connection; `waits`: whether
//!   whoever is answered reads.
//! - `body`: what bodies are; `head`: heads as a stack reads them; `limits`: what both ends keep to. What a provider bears besides is
//!   in [`Limits`](crate::Limits).

mod accept;
mod activity;
mod body;
mod connection;
mod exchange;
mod head;
mod limits;
mod places;
mod waits;

pub(crate) use accept::{Caller, Serving, accept};
pub(crate) use body::{Answer, Events, NoBody, Stream, Within, read, stream, whole};
pub(crate) use connection::{Connection, Endpoint, back_off};
pub(crate) use exchange::{exchange, open};
pub(crate) use head::{Fields, PartsOf};
pub(crate) use limits::{ANSWER, LONGEST_ANSWER, MOST_REQUESTS};
pub(crate) use places::host;
