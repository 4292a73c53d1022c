//! Those of a warm room who only receive: who stands for them before their provider and the hub, and what all of them hear.

use super::WarmRooms;
use crate::client::OnlyReceives;
use crate::framed::Framed;
use crate::provider::Provider;
use crate::storage::Rows;
use crate::traffic;
use crate::web::overhead::Overheads;
use crate::wire::Frame;
use crate::wire::notify::FanoutEvent;
use std::collections::BTreeMap;
use std::sync::Arc;
use throng_cost::Work;
use throng_mls::engine::{Engine, Heard as MlsHeard, HeardWhat as MlsHeardWhat, MlsError};
use throng_mls::wire::{EmbeddedMessage, MLS_HEADER_LEN};
use throng_stack::{
    Envelope, Heard, HeardWhat, Hearing, Listeners, Packet, Receiver, Stored, Taken,
};
use throng_workloads::intent::{ClientId, ProviderId};

impl<E: Engine> WarmRooms<'_, E> {
    /// Those of a room's members who only receive, by provider. The first of each has an account there, as all have who act.
    pub(super) fn listeners(
        &self,
        members: &[ClientId],
        providers: &mut [Provider<E>],
    ) -> Result<Vec<Listeners>, MlsError> {
        let mut seats: BTreeMap<ProviderId, Vec<(ClientId, u32)>> = BTreeMap::new();
        for (client, leaf) in members.iter().zip(0..) {
            if !self.acts(*client) {
                let (member, _) = self.member(*client)?;
                seats
                    .entry(member.provider)
                    .or_default()
                    .push((*client, leaf));
            }
        }
        let mut all = Vec::with_capacity(seats.len());
        for (home, seats) in seats {
            let Some((stand_in, _)) = seats.first().copied() else {
                continue;
            };
            let (_, user) = self.member(stand_in)?;
            if let Some(provider) = providers.get_mut(usize::from(home.0)) {
                provider.register(stand_in, user, true);
            }
            all.push(Listeners {
                provider: home,
                stand_in,
                stored: self.published(&seats)?,
                receiver: Box::new(StandIn(OnlyReceives::<E::Message>::new(
                    stand_in,
                    home,
                    Overheads::new(Arc::clone(self.directory), self.transport),
                ))),
                seats,
            });
        }
        Ok(all)
    }

    /// Their KeyPackages, for which nobody will ask: so many as anybody has.
    fn published(&self, seats: &[(ClientId, u32)]) -> Result<Stored, MlsError> {
        let each = u64::from(self.policy.key_packages);
        // KeyPackages of equal identities in length are as long as each other.
        let mut lengths: BTreeMap<usize, (u64, Vec<u8>)> = BTreeMap::new();
        for (client, _) in seats {
            let identity = self.identity(*client)?;
            let of_length = lengths.entry(identity.len());
            of_length.or_insert_with(|| (0, identity)).0 += 1;
        }
        let mut bytes = 0;
        for (clients, identity) in lengths.values() {
            // The store holds the bare KeyPackage.
            let bare = |last_resort| {
                let message = self.engine.key_package_len(identity, last_resort)?;
                Ok::<_, MlsError>(message - MLS_HEADER_LEN as u64)
            };
            bytes += clients * each * bare(false)?;
            if self.policy.last_resort {
                bytes += clients * bare(true)?;
            }
        }
        Ok(Stored {
            key_packages: seats.len() as u64 * each,
            key_package_bytes: bytes,
            ..Stored::default()
        })
    }

    /// How they process what they receive.
    pub(super) fn hearing(&self, audience: E::Audience) -> Box<dyn Hearing> {
        let engine = Arc::clone(self.engine);
        Box::new(Members { engine, audience })
    }
}

/// One of them, for all of them.
struct StandIn<M>(OnlyReceives<M>);

impl<M: EmbeddedMessage> Receiver for StandIn<M> {
    fn take(&mut self, envelope: Envelope) -> Taken {
        self.0.take(envelope)
    }

    fn passing_on(&self, envelope: &Envelope) -> Work {
        let mut work = Work::from(traffic::from_provider(self.0.peer(), envelope));
        let mut rows = Rows::default();
        rows.queue();
        work += rows.take();
        work
    }
}

/// An engine with the members of one room who only receive.
struct Members<E: Engine> {
    engine: Arc<E>,
    audience: E::Audience,
}

impl<E: Engine> Hearing for Members<E> {
    fn hear(&mut self, packet: &Packet) -> Result<Heard, String> {
        let not_heard = || format!("malformed {}", packet.kind());
        let Ok(Frame::Notify(fanout)) = packet.open::<E::Message>() else {
            return Err(not_heard());
        };
        let (first, more) = match &fanout.event {
            FanoutEvent::Proposal {
                message,
                more_proposals,
            } => (message, more_proposals.as_slice()),
            other => (other.message(), [].as_slice()),
        };
        let mut hear = |message| {
            let heard = self.engine.hear(&mut self.audience, message);
            heard.map(told).map_err(|error| error.to_string())
        };
        let mut heard = hear(first)?;
        if matches!(
            &fanout.event,
            FanoutEvent::Application { frank: Some(_), .. }
        ) {
            // All find the same of the hub's stamp, by one signature.
            let check = throng_mls::work::Work {
                verifications: 1,
                ..throng_mls::work::Work::default()
            };
            let check = Work::from(check);
            heard.work.iter_mut().for_each(|work| *work += check);
        }
        for message in more {
            let next = hear(message)?;
            for (height, work) in heard.work.iter_mut().enumerate() {
                *work += next.at(height);
            }
        }
        Ok(heard)
    }
}

/// What an engine found, in the seam's words.
fn told(heard: MlsHeard) -> Heard {
    Heard {
        sender: heard.sender,
        work: heard.work.into_iter().map(Into::into).collect(),
        what: match heard.what {
            MlsHeardWhat::Application { epoch, bytes } => HeardWhat::Message {
                state: epoch,
                bytes,
            },
            MlsHeardWhat::Proposal => HeardWhat::Proposal,
            MlsHeardWhat::Commit {
                epoch,
                authenticator,
            } => HeardWhat::Change {
                state: epoch,
                digest: authenticator
                    .as_deref()
                    .and_then(|value| value.get(..8)?.try_into().ok()),
            },
        },
    }
}
