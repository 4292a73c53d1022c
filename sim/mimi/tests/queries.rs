//! Whom providers name to those who look for somebody, and what they make of queries that nobody should send.

use crate::engines::on_both_engines;
use crate::providers::{A, ALICE, B, Bench};
use throng_mimi::framed::Framed;
use throng_mimi::refusal::Refusal;
use throng_mimi::vocabulary::counters;
use throng_mimi::wire::{
    AppDataDictionary, Endpoint, Frame, FrameKind, IdentifierQueryCode, IdentifierRequest,
    IdentifierResponse, QueryElement, SearchIdentifier,
};
use throng_mls::engine::Engine;
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::wire::MlsBytes;
use throng_stack::{Envelope, Fact, Packet, Peer, RequestId};
use throng_workloads::intent::{ClientId, ProviderId};

fn query(elements: &[(SearchIdentifier, &str)]) -> IdentifierRequest {
    let element = |(search, value): &(SearchIdentifier, &str)| QueryElement {
        search: search.clone(),
        search_value: value.as_bytes().into(),
    };
    IdentifierRequest {
        query_elements: elements.iter().map(element).collect(),
        id_request_extensions: AppDataDictionary::default(),
    }
}

fn request(provider: ProviderId, number: u32) -> RequestId {
    RequestId {
        provider,
        client: ClientId(77),
        number,
    }
}

/// What `B` answers a provider that looks for somebody.
fn asks_b<E: Engine>(bench: &mut Bench<E>, query: IdentifierRequest) -> IdentifierResponse {
    let frame = Frame::<E::Message>::IdentifierQuery(Box::new(query));
    let envelope = Envelope {
        request: Some(request(A, 1)),
        ..Envelope::new(Peer::Provider(A), Packet::seal(&frame).unwrap())
    };
    let out = bench.handle(B, envelope);
    bench.facts.extend(out.facts);
    let [(Peer::Provider(A), answer)] = &out.sends[..] else {
        panic!("{:?}", out.sends);
    };
    assert_eq!((answer.request, answer.room), (Some(request(A, 1)), None));
    match answer.packet.open::<E::Message>() {
        Ok(Frame::IdentifierResponse(response)) => *response,
        other => panic!("{other:?}"),
    }
}

fn each_query_has_the_code_that_says_what_came_of_it<E: Engine>() {
    use IdentifierQueryCode as Code;
    use SearchIdentifier as By;
    let mut bench = Bench::<E>::new();
    let (handle, nick) = ((By::Handle, "im:u1@b.example"), (By::Nick, "u1"));
    let given_name = By::OidcStdClaim(b"given_name".as_slice().into());
    let organization = By::VcardField(b"ORG".as_slice().into());
    let nine = vec![handle.clone(); 9];
    for (elements, code) in [
        (vec![handle.clone()], Code::Success),
        (vec![nick.clone()], Code::Success),
        // All of it has to hold.
        (vec![handle.clone(), nick.clone()], Code::Success),
        (vec![handle.clone(), (By::Nick, "u2")], Code::NotFound),
        (vec![(By::Handle, "im:u9@b.example")], Code::NotFound),
        // Somebody from elsewhere; not exactly; by the name that stays; nobody.
        (vec![(By::Handle, "im:u0@a.example")], Code::NotFound),
        (vec![(By::Handle, "im:u01@b.example")], Code::NotFound),
        (vec![(By::Handle, "IM:u1@b.example")], Code::NotFound),
        (vec![(By::Handle, "mimi://b.example/u/u1")], Code::NotFound),
        (vec![(By::Nick, "u1/../u1")], Code::NotFound),
        (vec![(By::Nick, "")], Code::NotFound),
        (vec![(By::PartialName, "u")], Code::Ambiguous),
        (
            vec![(By::WholeProfile, "u1"), nick.clone()],
            Code::Ambiguous,
        ),
        (vec![(By::Email, "u1@b.example")], Code::UnsupportedField),
        (vec![(By::Phone, "+12125551212")], Code::UnsupportedField),
        (vec![(given_name, "Bob"), handle], Code::UnsupportedField),
        (
            vec![(organization, "B"), (By::PartialName, "u")],
            Code::UnsupportedField,
        ),
        (Vec::new(), Code::Forbidden),
        (nine, Code::Forbidden),
    ] {
        let response = asks_b(&mut bench, query(&elements));
        let expected = match code {
            Code::Success => IdentifierResponse::found(vec!["mimi://b.example/u/u1".into()]),
            code => IdentifierResponse::nobody(code),
        };
        assert_eq!(response, expected, "{elements:?}");
    }
    let counted = bench.facts.iter().filter_map(|fact| match fact {
        Fact::Counted(all) => Some(all.clone()),
        _ => None,
    });
    let counted: Vec<_> = counted.flatten().collect();
    let count = |what| {
        let these = counted.iter().filter(|(counter, _)| *counter == what);
        these.map(|(_, count)| count).sum::<u64>()
    };
    assert_eq!(count(counters::IDENTIFIER_QUERIES), 19);
    assert_eq!(count(counters::IDENTIFIERS_FOUND), 3);
}

/// Who asks is not told to whoever is asked, and hears what its own provider heard.
fn a_client_asks_by_way_of_its_provider<E: Engine>() {
    let (mut bench, _group) = Bench::<E>::with_room();
    bench.refusals();
    for (handle, code) in [
        ("im:u1@b.example", IdentifierQueryCode::Success),
        ("im:u9@b.example", IdentifierQueryCode::NotFound),
        ("im:u0@a.example", IdentifierQueryCode::Success),
        ("im:u1@c.example", IdentifierQueryCode::NotFound),
    ] {
        let query = IdentifierRequest::by_handle(handle);
        let envelope = bench.envelope(
            ALICE,
            Packet::seal(&Frame::<E::Message>::IdentifierQuery(Box::new(query))).unwrap(),
        );
        let asked = envelope.request;
        bench.deliver(A, envelope);
        if handle.ends_with("b.example") {
            let [(to, sent)] = bench.wire.make_contiguous() else {
                panic!("{:?}", bench.wire);
            };
            assert_eq!((*to, sent.room), (B, None));
            assert_ne!(sent.request.map(|request| request.client), Some(ALICE));
        }
        bench.settle();
        let answer = bench.device(ALICE).received.pop_back().unwrap();
        assert_eq!(answer.request, asked);
        let Ok(Frame::IdentifierResponse(response)) = answer.packet.open::<E::Message>() else {
            panic!("{:?}", answer.packet.kind());
        };
        assert_eq!(response.response_code, code, "{handle}");
    }
    assert_eq!(bench.refusals(), [Refusal::ProviderUnknown]);
}

on_both_engines!(
    each_query_has_the_code_that_says_what_came_of_it,
    a_client_asks_by_way_of_its_provider
);

/// A query that is none, one without a name, in another's name; answers that nobody waits for: nothing comes of them.
#[test]
fn what_is_no_query_is_refused() {
    let mut bench = Bench::<OpenMlsEngine>::new();
    let whole = Frame::<MlsBytes>::IdentifierQuery(Box::new(IdentifierRequest::by_handle(
        "im:u1@b.example",
    )));
    let whole = whole.encode().unwrap();
    for cut in 0..whole.len() {
        assert!(Frame::<MlsBytes>::decode(Endpoint::IdentifierQuery, &whole[..cut]).is_err());
    }
    let query = |body: &[u8]| Packet::received(FrameKind::IdentifierQuery, body.to_vec());
    let nobody = IdentifierResponse::nobody(IdentifierQueryCode::NotFound);
    let nobody = Packet::seal(&Frame::<MlsBytes>::IdentifierResponse(Box::new(nobody))).unwrap();
    let nonsense = Packet::received(FrameKind::IdentifierResponse, vec![9]);
    for (packet, request, reason) in [
        (
            query(&whole[1..]),
            Some(request(A, 1)),
            Refusal::MalformedFrame,
        ),
        (query(b""), Some(request(A, 1)), Refusal::MalformedFrame),
        (query(&whole), None, Refusal::MissingHeader),
        (query(&whole), Some(request(B, 1)), Refusal::ForeignSender),
        (nobody.clone(), Some(request(B, 1)), Refusal::Unasked),
        (nobody, None, Refusal::Unasked),
        (nonsense, Some(request(B, 1)), Refusal::MalformedFrame),
    ] {
        let envelope = Envelope {
            request,
            ..Envelope::new(Peer::Provider(A), packet)
        };
        let out = bench.handle(B, envelope);
        assert!(out.sends.is_empty(), "{reason:?}");
        assert_eq!(out.turned, Some(reason.reason()));
        bench.facts.extend(out.facts);
        assert_eq!(bench.refusals(), [reason]);
    }
}
