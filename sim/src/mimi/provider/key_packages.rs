//! KeyPackages: handing them out, each once, and remembering whose they were, so that Welcomes find the way.

use super::service::{About, Provider};
use crate::mimi::directory::{parse_client_uri, parse_user_uri};
use crate::mimi::observation::Observation;
use crate::mimi::packet::{Envelope, Packet, Peer};
use crate::mimi::participant::Outputs;
use crate::mimi::refusal::Refusal;
use crate::mimi::signing;
use crate::mimi::wire::client::KeyPackagesLow;
use crate::mimi::wire::{
    BareKeyPackage, ClientKeyMaterial, ClientMaterial, EmbeddedMessage, Frame, KeyMaterialRequest,
    KeyMaterialResponse, KeyMaterialUserCode, Protocol,
};
use crate::mls::engine::Engine;
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
            return self.refused(about, Refusal::MalformedFrame, out);
        };
        if let Err(reason) = self.check_requester(hub, about, &request) {
            self.refused(about, reason, out);
            let code = match reason {
                Refusal::UserUnknown => KeyMaterialUserCode::UserUnknown,
                Refusal::OtherSuite => KeyMaterialUserCode::NoCompatibleMaterial,
                Refusal::NoSuchRoom | Refusal::NoMember => {
                    KeyMaterialUserCode::NoConsentForThisRoom
                }
                _ => KeyMaterialUserCode::NoConsent,
            };
            let response = without_clients(code, &request);
            return self.key_material_response(hub, about, response, out);
        }
        let target = parse_user_uri(request.content.target_user.as_str().as_bytes());
        let Some((target, home)) = target.and_then(|target| {
            let home = self.directory.users.get(target.0 as usize)?;
            Some((target, *home))
        }) else {
            self.refused(about, Refusal::UserUnknown, out);
            let response = without_clients(KeyMaterialUserCode::UserUnknown, &request);
            return self.key_material_response(hub, about, response, out);
        };
        if home != self.me {
            return self.forward(home, about, envelope.packet, out);
        }
        let response = self.key_material(now, target, &request, out);
        self.key_material_response(hub, about, response, out);
    }

    /// Whether whoever asks for KeyPackages may: the request is signed with the key in it, credential and name are those of
    /// the client that sends it; and, as far as the hub knows, key and credential are a member's.
    fn check_requester(
        &mut self,
        hub: ProviderId,
        about: About,
        request: &KeyMaterialRequest,
    ) -> Result<(), Refusal> {
        let content = &request.content;
        let identity = signing::basic_identity(&content.requester_credential)
            .ok_or(Refusal::ForeignIdentity)?;
        let named = parse_user_uri(content.requesting_user.as_str().as_bytes());
        let asks = parse_client_uri(identity).is_some_and(|(user, client)| {
            let home = self.directory.users.get(user.0 as usize);
            named == Some(user)
                && client == about.request.client
                && home == Some(&about.request.provider)
        });
        if !asks || content.room_id.as_str() != self.directory.room_uri(about.room) {
            return Err(Refusal::ForeignIdentity);
        }
        let suite = self.engine.ciphersuite_code();
        if !content.acceptable_ciphersuites.contains(&suite) {
            return Err(Refusal::OtherSuite);
        }
        if hub == self.me {
            let room = self.rooms.get(&about.room).ok_or(Refusal::NoSuchRoom)?;
            let key = content.requester_signature_key.as_slice();
            if !room.has_member(&self.engine, identity, key) {
                return Err(Refusal::NoMember);
            }
        }
        signing::check_key_material_request(&*self.engine, &mut self.identity, request)
            .map_err(|_| Refusal::BadSignature)
    }

    /// Answer by way of the hub, which notes where KeyPackages came from.
    fn key_material_response(
        &mut self,
        hub: ProviderId,
        about: About,
        response: KeyMaterialResponse<E::Message>,
        out: &mut Outputs,
    ) {
        out.work += self.engine.take_work(&mut self.identity);
        let frame = Frame::KeyMaterialResponse(response);
        if hub == self.me {
            self.note_response(&frame, self.me);
            return self.answer(about, &frame, out);
        }
        match Packet::seal(&frame) {
            Ok(packet) => self.forward(hub, about, packet, out),
            Err(_) => self.refused(about, Refusal::Unanswerable, out),
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
            clients,
            ..without_clients(user_status, request)
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

fn without_clients<M: EmbeddedMessage>(
    user_status: KeyMaterialUserCode,
    request: &KeyMaterialRequest,
) -> KeyMaterialResponse<M> {
    KeyMaterialResponse {
        protocol: Protocol::Mls10,
        user_status,
        user_uri: request.content.target_user.clone(),
        clients: Vec::new(),
    }
}
