//! What KeyPackages say of their use, on both engines.

use crate::room;

use room::{GROUP_ID, config, name};
use throng_mls::app_data::AppDataRules;
use throng_mls::engine::*;
use throng_mls::model::ModelEngine;
use throng_mls::openmls::OpenMlsEngine;
use throng_mls::terms::{Lifetime, Offer, Terms};
use throng_mls::wire::MLS_HEADER_LEN;
use throng_workloads::scenario::SignedContext;
use throng_workloads::stream::{StreamOwner, Streams};
use throng_workloads::time::{SimSpan, SimTime};
use tls_codec::Size;

fn engine<E: Engine>(last_resort: bool) -> E {
    E::new(EngineConfig {
        last_resort,
        ..config()
    })
}

fn client<E: Engine>(engine: &E, index: u64) -> E::Client {
    let owner = StreamOwner::Client(index);
    engine
        .client(&name(index), &Streams::new(7, 0), owner)
        .unwrap()
}

/// Lengths of a KeyPackage without and with the capability, and of one of last resort.
fn lengths<E: Engine>() -> [usize; 3] {
    let made = |last_resort: bool, marked: bool| {
        let engine = engine::<E>(last_resort);
        let mut client = client(&engine, 0);
        let made = match marked {
            true => engine.last_resort_key_package(&mut client),
            false => engine.key_package(&mut client),
        };
        let len = made.unwrap().message.tls_serialized_len();
        let expected = engine.key_package_len(&name(0), marked).unwrap();
        assert_eq!(len as u64, expected);
        len
    };
    [made(false, false), made(true, false), made(true, true)]
}

#[test]
fn the_mark_takes_three_bytes_and_the_capability_two() {
    let expected = [301, 303, 306].map(|bare| MLS_HEADER_LEN + bare);
    assert_eq!(lengths::<OpenMlsEngine>(), expected);
    assert_eq!(lengths::<ModelEngine>(), expected);
}

fn says_how_long<E: Engine>() {
    let engine = engine::<E>(true);
    let mut client = client(&engine, 0);
    let terms = |made: KeyPackage<E::Message>| engine.key_package_terms(&made.message).unwrap();
    let always = terms(engine.key_package(&mut client).unwrap());
    let (lifetime, last_resort) = (Lifetime::ALWAYS, false);
    assert_eq!(
        always,
        Terms {
            lifetime,
            last_resort
        }
    );
    let now = SimTime::ZERO + SimSpan::from_secs(100);
    let lifetime = Lifetime::starting(now, SimSpan::from_secs(60));
    engine.set_lifetime(&mut client, lifetime);
    let marked = terms(engine.last_resort_key_package(&mut client).unwrap());
    let last_resort = true;
    assert_eq!(
        marked,
        Terms {
            lifetime,
            last_resort
        }
    );
}

#[test]
fn key_packages_say_how_long_they_hold() {
    says_how_long::<OpenMlsEngine>();
    says_how_long::<ModelEngine>();
}

/// How often a client can join by one KeyPackage, out of three times.
fn joins<E: Engine>(marked: bool) -> usize {
    let engine = engine::<E>(true);
    let mut joiner = client(&engine, 9);
    let package = match marked {
        true => engine.last_resort_key_package(&mut joiner),
        false => engine.key_package(&mut joiner),
    };
    let package = package.unwrap();
    let mut joined = 0;
    for index in 0..3 {
        let mut creator = client(&engine, index);
        let id = [GROUP_ID, &[index as u8]].concat();
        let mut group = engine.create(&mut creator, &id).unwrap();
        let plan = CommitPlan {
            adds: std::slice::from_ref(&package.message),
            removes: &[],
            app_data: &[],
            force_path: false,
        };
        let bundle = engine.commit(&mut creator, &mut group, &plan).unwrap();
        engine.merge_pending(&mut creator, &mut group).unwrap();
        let welcome = bundle.welcome.unwrap();
        let Ok(mut at_joiner) = engine.join(&mut joiner, &welcome, None) else {
            continue;
        };
        let said = engine
            .encrypt(&mut joiner, &mut at_joiner, b"here")
            .unwrap();
        engine.process(&mut creator, &mut group, &said).unwrap();
        joined += 1;
    }
    engine
        .forget_key_package(&mut joiner, &package.reference)
        .unwrap();
    joined
}

#[test]
fn one_of_last_resort_lets_its_client_into_any_number_of_groups() {
    assert_eq!(
        (joins::<OpenMlsEngine>(false), joins::<OpenMlsEngine>(true)),
        (1, 3)
    );
    assert_eq!(
        (joins::<ModelEngine>(false), joins::<ModelEngine>(true)),
        (1, 3)
    );
}

/// What the KeyPackages of these engines are good for.
fn offers<E: Engine>(config: EngineConfig) -> Offer {
    let engine = E::new(config);
    let mut client = client(&engine, 0);
    let made = engine.key_package(&mut client).unwrap();
    engine.key_package_offer(&made.message).unwrap()
}

#[test]
fn both_engines_say_what_a_client_can_do() {
    let also =
        [SignedContext::Whole, SignedContext::Hash].map(|signed| [(signed, false), (signed, true)]);
    let also = also.as_flattened();
    for (app_data, (signed_context, tree_sources)) in [None, Some(AppDataRules::MIMI)]
        .into_iter()
        .flat_map(|data| also.iter().map(move |also| (data, *also)))
    {
        for (self_remove, last_resort) in [(false, false), (true, false), (false, true)] {
            let config = || EngineConfig {
                app_data,
                self_remove,
                last_resort,
                signed_context,
                tree_sources,
                ..config()
            };
            let offer = offers::<OpenMlsEngine>(config());
            assert_eq!(offer, offers::<ModelEngine>(config()));
            assert_eq!(offer.cipher_suite, 1);
            let can = &offer.capabilities;
            assert_eq!(can.proposals.contains(&0x000a), self_remove);
            assert_eq!(can.extensions.contains(&0x000a), last_resort);
            let hashes = signed_context == SignedContext::Hash;
            assert_eq!(can.extensions.contains(&0x000b), hashes);
            assert_eq!(can.extensions.contains(&0xf5c0), tree_sources);
        }
    }
}
