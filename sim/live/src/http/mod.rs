//! HTTP/2 over TLS, for both ends.
//!
//! - `connection`: who asks; `accept`: who is asked; `exchange`: a request and its answer.
//! - `body`: what bodies are; `head`: heads as a stack reads them; `limits`: how long and how large anything may be.

mod accept;
mod body;
mod connection;
mod exchange;
mod head;
mod limits;

pub(crate) use accept::{Shown, accept};
pub(crate) use body::{Answer, Events, NoBody, read, whole};
pub(crate) use connection::{Connection, Endpoint, back_off};
pub(crate) use exchange::{exchange, open};
pub(crate) use head::{Fields, PartsOf};
pub(crate) use limits::{ANSWER, LONGEST_ANSWER, MOST_CONNECTIONS, MOST_REQUESTS};
