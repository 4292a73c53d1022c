//! Those who do nothing but receive, as providers know them: by one who stands for all.
//!
//! Delivery in bulk is the driver's affair, and no machine of a protocol knows of it. Of those who do nothing but receive in a
//! room, one at each provider, their *stand-in*, is known there: it has an account, it is among the members that the room's hub
//! knows, and it is sent what it is sent as anybody. Whoever drives the parties delivers to all of them what comes to it, and
//! what it says in return all of them say.

use crate::packet::Envelope;
use crate::party::Stored;
use throng_cost::Work;
use throng_workloads::intent::{ClientId, ProviderId};

/// The members of one room at one provider who do nothing but receive.
pub struct Listeners {
    /// Their provider.
    pub provider: ProviderId,
    /// Who of them stands for all.
    pub stand_in: ClientId,
    /// All of them, ascending, with their places in the group.
    pub seats: Vec<(ClientId, u32)>,
    /// How the stand-in takes what it is sent.
    pub receiver: Box<dyn Receiver>,
    /// What the provider stores for all of them all along, beside what waits to be acknowledged.
    pub stored: Stored,
}

/// A client that takes what its provider sends it, and says no more than that it has it.
pub trait Receiver: Send {
    /// Take what came.
    fn take(&mut self, envelope: Envelope) -> Taken;

    /// What it takes a provider to pass an envelope on to one client more.
    fn passing_on(&self, envelope: &Envelope) -> Work;
}

/// What comes of something that such a client takes.
#[derive(Debug, Default)]
pub struct Taken {
    /// An acknowledgement of all that has come so far, where it is time for one.
    pub said: Option<Envelope>,
    /// What it took the client, beside what it is to find in the event ([`Hearing`](crate::Hearing)).
    pub work: Work,
}
