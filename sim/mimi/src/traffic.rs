//! What HTTP, TLS and sockets do for what comes in and goes out.

use crate::web::is_answer;
use crate::work::Transport;
use throng_stack::packet::Opening;
use throng_stack::{Envelope, Peer};

/// What it takes a provider to have received an envelope.
pub fn at_provider(envelope: &Envelope) -> Transport {
    let received_bytes = envelope.wire_len();
    match envelope.from {
        Peer::Provider(_) => Transport {
            // The answer to a request was paid for with that.
            requests_in: u64::from(!is_answer(envelope)),
            received_bytes,
            ..Transport::default()
        },
        Peer::Client(_) => {
            let opening = envelope.overhead.opening;
            let mut taken = opening.map_or_else(Transport::default, opened_at_provider);
            taken += Transport {
                requests_in: 1,
                received_bytes,
                sent_bytes: envelope.overhead.back.into(),
                ..Transport::default()
            };
            taken
        }
    }
}

/// What it takes a provider that a client opens a connection.
pub fn opened_at_provider(opening: &'static Opening) -> Transport {
    Transport {
        received_bytes: opening.there(),
        sent_bytes: opening.back(),
        connections_in: u64::from(!opening.resumed),
        resumptions_in: u64::from(opening.resumed),
        ..Transport::default()
    }
}

/// What it takes a provider to send an envelope.
pub fn from_provider(to: Peer, envelope: &Envelope) -> Transport {
    let sent_bytes = envelope.wire_len();
    match to {
        Peer::Client(_) => Transport {
            records_out: 1,
            sent_bytes,
            ..Transport::default()
        },
        Peer::Provider(_) => Transport {
            requests_out: u64::from(!is_answer(envelope)),
            sent_bytes,
            ..Transport::default()
        },
    }
}

/// What it takes a client to have received a record.
pub fn at_client(envelope: &Envelope) -> Transport {
    Transport {
        records_in: 1,
        received_bytes: envelope.wire_len(),
        ..Transport::default()
    }
}

/// What it takes a client to make a request, and to have heard that it is taken.
pub fn from_client(envelope: &Envelope) -> Transport {
    let opening = envelope.overhead.opening;
    let (there, back) = opening.map_or((0, 0), |opening| (opening.there(), opening.back()));
    let resumed = |resumed| u64::from(opening.is_some_and(|opening| opening.resumed == resumed));
    Transport {
        requests_out: 1,
        sent_bytes: envelope.wire_len() + there,
        received_bytes: u64::from(envelope.overhead.back) + back,
        connections_out: resumed(false),
        resumptions_out: resumed(true),
        ..Transport::default()
    }
}
