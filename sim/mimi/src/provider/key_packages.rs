//! KeyPackages: handing them out, each once, and remembering whose they were, so that Welcomes find the way.

use super::service::{About, Provider};
use crate::directory::parse_user_uri;
use crate::observation::Observation;
use crate::packet::{Envelope, Packet, Peer};
use crate::participant::Outputs;
use crate::wire::client::KeyPackagesLow;
use crate::wire::{
    ClientKeyMaterial, ClientMaterial, Frame, KeyMaterialRequest, KeyMaterialResponse,
    KeyMaterialUserCode, Protocol,
};
use throng_mls::engine::Engine;
use throng_mls::wire::BareKeyPackage;
use throng_workloads::intent::{ClientId, ProviderId, UserId};
use throng_workloads::time::SimTime;

impl<E: Engine> Provider<E> {
    pub(super) fn key_material_request(
        &mut self,
        now: SimTime,
        about: About,
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        let hub = self.directory.hub_of(about.room);
        if hub != self.me && matches!(envelope.from, Peer::Client(_)) {
            return self.forward(hub, about, envelope.packet, out);
        }
        let Ok(Frame::KeyMaterialRequest(request)) = envelope.packet.open::<E::Message>() else {
            return;
        };
        let Some(target) = parse_user_uri(request.target_user.as_str().as_bytes()) else {
            return;
        };
        let home = self.directory.provider_of(target);
        if home != self.me {
            return self.forward(home, about, envelope.packet, out);
        }
        let response = self.key_material(now, target, &request, out);
        let frame = Frame::KeyMaterialResponse(response);
        if hub == self.me {
            self.note_response(&frame, self.me);
            self.answer(about, &frame, out);
        } else if let Ok(packet) = Packet::seal(&frame) {
            self.forward(hub, about, packet, out);
        }
    }

    fn key_material(
        &mut self,
        now: SimTime,
        target: UserId,
        request: &KeyMaterialRequest,
        out: &mut Outputs,
    ) -> KeyMaterialResponse<E::Message> {
        let (mut used, mut exhausted, mut expired) = (0, 0, 0);
        let mut clients = Vec::new();
        for client in self.follower.clients_of(target) {
            let taken = self.follower.take(client, now);
            expired += taken.expired;
            if self
                .follower
                .tell_low(client, taken.left, self.policy.key_packages.div_ceil(2))
            {
                self.tell_low(client, taken.left, out);
            }
            let material = match taken.key_package {
                Some(package) => {
                    used += 1;
                    self.owners.insert(package.reference, client);
                    BareKeyPackage::new(package.message).map_or(
                        ClientMaterial::KeyMaterialExhausted,
                        ClientMaterial::Success,
                    )
                }
                None => {
                    exhausted += 1;
                    ClientMaterial::KeyMaterialExhausted
                }
            };
            let client_uri = self.directory.client_uri(target, client).into();
            clients.push(ClientKeyMaterial {
                client_uri,
                material,
            });
        }
        out.observe(Observation::KeyPackagesTaken {
            used,
            exhausted,
            expired,
        });
        let user_status = match (used, exhausted) {
            (0, _) => KeyMaterialUserCode::NoCompatibleMaterial,
            (_, 0) => KeyMaterialUserCode::Success,
            _ => KeyMaterialUserCode::PartialSuccess,
        };
        KeyMaterialResponse {
            protocol: Protocol::Mls10,
            user_status,
            user_uri: request.target_user.clone(),
            clients,
        }
    }

    fn tell_low(&mut self, client: ClientId, remaining: u32, out: &mut Outputs) {
        if let Ok(packet) = Packet::seal(&Frame::<E::Message>::KeyPackagesLow(KeyPackagesLow {
            remaining,
        })) {
            let envelope = self.envelope_about(None, packet);
            self.follower.deliver(client, envelope, out);
        }
    }

    /// As a hub: remember which provider each KeyPackage came from.
    pub(super) fn note_key_packages(&mut self, envelope: &Envelope) {
        let Peer::Provider(provider) = envelope.from else {
            return;
        };
        if let Ok(frame) = envelope.packet.open::<E::Message>() {
            self.note_response(&frame, provider);
        }
    }

    fn note_response(&mut self, frame: &Frame<E::Message>, provider: ProviderId) {
        let Frame::KeyMaterialResponse(response) = frame else {
            return;
        };
        for client in &response.clients {
            if let ClientMaterial::Success(package) = &client.material
                && let Ok(reference) = self.engine.key_package_reference(package.message())
            {
                self.asked.insert(reference, provider);
            }
        }
    }
}
