//! No more of a client than what it takes to receive: its connection, and the way back for what that says.

use super::connection::Connection;
use super::uplink::Uplink;
use crate::traffic;
use crate::web::overhead::Overheads;
use crate::wire::Frame;
use std::marker::PhantomData;
use throng_cost::Work;
use throng_mls::wire::EmbeddedMessage;
use throng_stack::{Envelope, Outputs, Peer, Taken};
use throng_workloads::intent::{ClientId, ProviderId};

/// A client that is online and takes whatever comes, without a look at it.
pub(crate) struct OnlyReceives<M> {
    connection: Connection,
    uplink: Uplink,
    overheads: Overheads,
    messages: PhantomData<fn() -> M>,
}

impl<M: EmbeddedMessage> OnlyReceives<M> {
    pub(crate) fn new(me: ClientId, provider: ProviderId, overheads: Overheads) -> Self {
        Self {
            overheads,
            connection: Connection::new(true),
            // It asks for nothing, so it has nothing to wait for.
            uplink: Uplink::new(me, provider, None),
            messages: PhantomData,
        }
    }

    /// Take what came.
    pub(crate) fn take(&mut self, envelope: Envelope) -> Taken {
        let mut work = Work::from(traffic::at_client(&envelope));
        self.connection.take(envelope).for_each(drop);
        let said = self.acknowledgement();
        if let Some(said) = &said {
            work += traffic::from_client(said);
        }
        Taken { said, work }
    }

    /// Where it is time for one.
    fn acknowledgement(&mut self) -> Option<Envelope> {
        if !self.connection.owes_acknowledgement() {
            return None;
        }
        let ack = Frame::<M>::Ack(self.connection.acknowledge()?);
        let mut out = Outputs::default();
        self.uplink.send(&ack, &mut out).ok()?;
        let (to, mut said) = out.sends.pop()?;
        self.overheads.put::<M>(to, &mut said);
        Some(said)
    }

    /// As others call it.
    pub(crate) fn peer(&self) -> Peer {
        self.uplink.me()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Learned;
    use crate::framed::Framed;
    use std::sync::Arc;
    use throng_mls::wire::MlsBytes;
    use throng_stack::Packet;
    use throng_workloads::scenario::Transport;

    #[test]
    fn it_acknowledges_all_that_came_as_any_client_does() {
        let (me, home) = (ClientId(7), ProviderId(2));
        let directory = Arc::new(Learned::new(["a.example", "b.example", "c.example"]));
        let overheads = Overheads::new(directory, Transport::Https);
        let mut receiver = OnlyReceives::<MlsBytes>::new(me, home, overheads);
        let packet = Packet::seal(&Frame::<MlsBytes>::NotifyAccepted(())).unwrap();
        let envelope = |sequence| Envelope {
            sequence,
            ..Envelope::new(Peer::Provider(home), packet.clone())
        };
        let said = |envelope: Envelope| match envelope.packet.open::<MlsBytes>().unwrap() {
            Frame::Ack(ack) => (envelope.from, envelope.sequence, ack.next_sequence),
            other => panic!("{other:?}"),
        };
        let taken = (0..40).filter_map(|sequence| receiver.take(envelope(sequence)).said);
        let taken: Vec<_> = taken.map(said).collect();
        assert_eq!(
            taken,
            [(Peer::Client(me), 0, 16), (Peer::Client(me), 1, 32)]
        );
    }
}
