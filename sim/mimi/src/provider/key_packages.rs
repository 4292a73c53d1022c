//! KeyPackages: handing them out, each once, and remembering whose they were, so that Welcomes find the way.

use super::answers::{About, Given};
use super::state::Provider;
use crate::bare::is_unnamed;
use crate::framed::Framed;
use crate::hub::Member;
use crate::refusal::Refusal;
use crate::signing;
use crate::vocabulary::counters;
use crate::wire::client::KeyPackagesLow;
use crate::wire::{
    ClientKeyMaterial, ClientMaterial, Frame, IdentifierUri, KeyMaterialRequest,
    KeyMaterialRequestHead, KeyMaterialResponse, KeyMaterialUserCode, Protocol,
};
use throng_mls::engine::Engine;
use throng_mls::wire::{BareKeyPackage, EmbeddedMessage};
use throng_stack::Fact;
use throng_stack::Outputs;
use throng_stack::packet::Body;
use throng_stack::{Envelope, Packet, Peer};
use throng_workloads::intent::{ClientId, ProviderId, UserId};
use throng_workloads::time::SimTime;

impl<E: Engine> Provider<E> {
    pub(super) fn key_material_request(
        &mut self,
        now: SimTime,
        about: About,
        hub: ProviderId,
        envelope: Envelope,
        out: &mut Outputs,
    ) {
        if hub != self.me && matches!(envelope.from, Peer::Client(_)) {
            return self.forward(hub, about, envelope.packet, out);
        }
        let Ok(Frame::KeyMaterialRequest(request)) = envelope.packet.open::<E::Message>() else {
            let (reason, target_user) = match other_protocol(&envelope.packet) {
                Some(head) => (Refusal::OtherProtocol, head.target_user),
                None => (Refusal::MalformedFrame, "".into()),
            };
            return self.no_key_material(now, about, hub, reason, target_user, out);
        };
        let target_user = request.content.target_user.clone();
        let checked = self.check_requester(hub, about, &request);
        out.work += self.engine.take_work(&mut self.durable.identity);
        if let Err(reason) = checked {
            return self.no_key_material(now, about, hub, reason, target_user, out);
        }
        let target = self.directory.user_named(target_user.as_str().as_bytes());
        let Some((target, home)) = target else {
            return self.no_key_material(now, about, hub, Refusal::UserUnknown, target_user, out);
        };
        if home != self.me {
            return match hub == self.me {
                true => self.forward(home, about, envelope.packet, out),
                // The hub asks for somebody who is not from here.
                false => {
                    self.no_key_material(now, about, hub, Refusal::UserUnknown, target_user, out)
                }
            };
        }
        if self.durable.deleted.contains_key(&target) {
            let reason = Refusal::UserDeleted;
            return self.no_key_material(now, about, hub, reason, target_user, out);
        }
        if let Err(reason) = self.consents_to(&request) {
            return self.no_key_material(now, about, hub, reason, target_user, out);
        }
        if !self.may_ask_again(now, &request.content.requesting_user) {
            let reason = Refusal::TooManyKeyPackages;
            return self.no_key_material(now, about, hub, reason, target_user, out);
        }
        let response = self.key_material(now, target, &request, out);
        self.key_material_response(now, hub, about, response, out);
    }

    /// Whether the user who asks has asked less often than anybody may, by the name in the request: one that a bare hub passes on nobody has
    /// checked.
    pub(super) fn may_ask_again(&mut self, now: SimTime, who: &IdentifierUri) -> bool {
        let (many, period) = (
            self.policy.key_material_limit,
            self.policy.key_material_period,
        );
        let who = who.as_str().as_bytes();
        many == 0 || self.allowance.take(now, who, many, period)
    }

    /// Refuse, with the draft's code.
    fn no_key_material(
        &mut self,
        now: SimTime,
        about: About,
        hub: ProviderId,
        reason: Refusal,
        target_user: IdentifierUri,
        out: &mut Outputs,
    ) {
        self.refused(about, reason, out);
        let response = without_clients(user_code(reason), target_user);
        self.key_material_response(now, hub, about, response, out);
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
        let (credential, key) = (
            &content.requester_credential,
            content.requester_signature_key.as_slice(),
        );
        let verifier = &mut self.durable.identity;
        let identity = self.engine.authenticate(verifier, credential, key);
        let identity = &*identity.map_err(|_| Refusal::ForeignIdentity)?;
        let user = content.requesting_user.as_str().as_bytes();
        let user = self.directory.user_named(user).map(|(user, _)| user);
        let named = self.directory.client_named(identity);
        let unnamed = is_unnamed(about.request);
        // A bare hub answers for those who ask by way of it, and they may be at providers that nobody here knows.
        let by_bare_hub = unnamed && hub != self.me && about.request.provider == hub;
        let asks = by_bare_hub
            || named.is_some_and(|(of, client, provider)| {
                // Whose client it is, no name has to say that is not ours.
                (unnamed || user == Some(of)) && Member { client, provider }.asks(about.request)
            });
        let room = self
            .directory
            .room_named(content.room_id.as_str().as_bytes());
        if !asks || room != Some((about.room, hub)) {
            return Err(Refusal::ForeignIdentity);
        }
        if hub == self.me {
            let room = self
                .durable
                .rooms
                .get(&about.room)
                .ok_or(Refusal::NoSuchRoom)?;
            if !room.has_member(&self.engine, identity, key) {
                return Err(Refusal::NoMember);
            }
        }
        signing::check_key_material_request(&*self.engine, &mut self.durable.identity, request)
            .map_err(|_| Refusal::BadSignature)
    }

    /// Answer by way of the hub.
    fn key_material_response(
        &mut self,
        now: SimTime,
        hub: ProviderId,
        about: About,
        response: KeyMaterialResponse<E::Message>,
        out: &mut Outputs,
    ) {
        let frame = Frame::KeyMaterialResponse(response);
        if hub == self.me {
            return self.answer(now, about, &frame, out);
        }
        match Packet::seal(&frame) {
            Ok(packet) => {
                let given = Given {
                    packet: packet.clone(),
                    number: None,
                };
                self.remember(now, about, given);
                self.give_key_material(hub, about, packet, out);
            }
            Err(_) => self.refused(about, Refusal::Unanswerable, out),
        }
    }

    /// Answer the hub, maybe not for the first time.
    pub(super) fn give_key_material(
        &mut self,
        hub: ProviderId,
        about: About,
        packet: Packet,
        out: &mut Outputs,
    ) {
        let envelope = Envelope {
            request: Some(about.request),
            ..self.envelope_about(Some(about.room), packet)
        };
        out.sends.push((Peer::Provider(hub), envelope));
    }

    fn key_material(
        &mut self,
        now: SimTime,
        target: UserId,
        request: &KeyMaterialRequest,
        out: &mut Outputs,
    ) -> KeyMaterialResponse<E::Message> {
        let clients = self.hand_out(now, target, Some(request), out);
        let has = |client: &&ClientKeyMaterial<E::Message>| {
            matches!(client.material, ClientMaterial::Success(_))
        };
        let used = clients.iter().filter(has).count();
        let user_status = match (used, clients.len() - used) {
            (0, _) => KeyMaterialUserCode::NoCompatibleMaterial,
            (_, 0) => KeyMaterialUserCode::Success,
            _ => KeyMaterialUserCode::PartialSuccess,
        };
        KeyMaterialResponse {
            clients,
            ..without_clients(user_status, request.content.target_user.clone())
        }
    }

    /// KeyPackages of all clients of a user that go with consent.
    pub(super) fn granted(
        &mut self,
        now: SimTime,
        target: UserId,
        out: &mut Outputs,
    ) -> Vec<BareKeyPackage<E::Message>> {
        let clients = self.hand_out(now, target, None, out).into_iter();
        let packages = clients.filter_map(|client| match client.material {
            ClientMaterial::Success(package) => Some(package),
            _ => None,
        });
        let packages: Vec<_> = packages.collect();
        let counted = (counters::KEY_PACKAGES_GRANTED, packages.len() as u64);
        out.note(Fact::Counted(vec![counted]));
        packages
    }

    /// A KeyPackage of each client of a user, where there is one that fits what is asked for, if anything is.
    fn hand_out(
        &mut self,
        now: SimTime,
        target: UserId,
        asked: Option<&KeyMaterialRequest>,
        out: &mut Outputs,
    ) -> Vec<ClientKeyMaterial<E::Message>> {
        let (mut used, mut exhausted, mut expired) = (0u32, 0u32, 0u32);
        let (mut last_resort, mut incompatible) = (0u32, 0u32);
        let mut clients = Vec::new();
        for client in self.durable.follower.clients_of(target) {
            let Some(client_uri) = self.directory.client_uri(target, client) else {
                continue;
            };
            let engine = &self.engine;
            // The one that would be handed out decides.
            let offered = self.durable.follower.offered(client, now);
            let offered = offered.and_then(|package| engine.key_package_offer(package).ok());
            let unfit = offered.filter(|offer| {
                asked.is_some_and(|KeyMaterialRequest { content, .. }| {
                    !offer.fits(
                        &content.acceptable_ciphersuites,
                        &content.required_capabilities,
                    )
                })
            });
            if let Some(offer) = unfit {
                incompatible += 1;
                clients.push(ClientKeyMaterial {
                    client_uri: client_uri.into(),
                    material: ClientMaterial::NothingCompatible(Some(offer.capabilities)),
                });
                continue;
            }
            let taken = self.durable.follower.take(client, now);
            expired += taken.expired;
            let low = self.policy.low_water();
            if self.durable.follower.tell_low(client, taken.left, low) {
                self.tell_low(client, taken.left, out);
            }
            let material = match taken.key_package {
                Some(package) => {
                    used += 1;
                    last_resort += u32::from(package.last_resort);
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
            clients.push(ClientKeyMaterial {
                client_uri: client_uri.into(),
                material,
            });
        }
        out.note(Fact::Counted(vec![
            (counters::KEY_PACKAGES_USED, u64::from(used)),
            (counters::KEY_PACKAGES_EXHAUSTED, u64::from(exhausted)),
            (counters::KEY_PACKAGES_EXPIRED, u64::from(expired)),
        ]));
        if incompatible > 0 {
            let counted = (counters::KEY_PACKAGES_UNFIT, u64::from(incompatible));
            out.note(Fact::Counted(vec![counted]));
        }
        if last_resort > 0 {
            let counted = (counters::KEY_PACKAGES_LAST_RESORT, u64::from(last_resort));
            out.note(Fact::Counted(vec![counted]));
        }
        clients
    }

    fn tell_low(&mut self, client: ClientId, remaining: u32, out: &mut Outputs) {
        if let Ok(packet) = Packet::seal(&Frame::<E::Message>::KeyPackagesLow(KeyPackagesLow {
            remaining,
        })) {
            self.durable.rows.hold(packet.len());
            let envelope = self.envelope_about(None, packet);
            self.deliver(client, envelope, out);
        }
    }

    /// As a hub: whether this is an answer with KeyPackages, and of users of the provider that it came from.
    pub(super) fn is_key_material(&self, envelope: &Envelope) -> bool {
        let (Peer::Provider(provider), Ok(Frame::KeyMaterialResponse(response))) =
            (envelope.from, envelope.packet.open::<E::Message>())
        else {
            return false;
        };
        let user = response.user_uri.as_str().as_bytes();
        let home = self.directory.user_named(user).map(|(_, home)| home);
        // Where it hands out nothing, it may have been asked for somebody that it does not know.
        response.clients.is_empty() || home == Some(provider)
    }
}

/// Of a request in a protocol that is not known here, what can be read of it.
fn other_protocol(packet: &Packet) -> Option<KeyMaterialRequestHead> {
    let Body::Bytes(body) = packet.body() else {
        return None;
    };
    let head = KeyMaterialRequestHead::of(body).ok()?;
    (head.protocol != Protocol::Mls10 as u8).then_some(head)
}

/// The code for a refusal of a request for KeyPackages.
pub(super) fn user_code(reason: Refusal) -> KeyMaterialUserCode {
    match reason {
        Refusal::UserUnknown => KeyMaterialUserCode::UserUnknown,
        Refusal::UserDeleted => KeyMaterialUserCode::UserDeleted,
        Refusal::OtherProtocol => KeyMaterialUserCode::IncompatibleProtocol,
        Refusal::NoSuchRoom | Refusal::NoMember | Refusal::NoConsentForRoom => {
            KeyMaterialUserCode::NoConsentForThisRoom
        }
        _ => KeyMaterialUserCode::NoConsent,
    }
}

/// An answer without KeyPackages.
pub(super) fn without_clients<M: EmbeddedMessage>(
    user_status: KeyMaterialUserCode,
    user_uri: IdentifierUri,
) -> KeyMaterialResponse<M> {
    KeyMaterialResponse {
        protocol: Protocol::Mls10,
        user_status,
        user_uri,
        clients: Vec::new(),
    }
}
