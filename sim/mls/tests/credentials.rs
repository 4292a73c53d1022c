//! Who is let in by which credential: nobody whom another authority vouches for, wherever somebody would have to rely on it.

use throng_mls::credentials::{JWT, X509};
use throng_mls::engine::{
    BundleOf, CommitPlan, Engine, EngineConfig, MlsError, Processed, ProposalPlan,
};
use throng_mls::openmls::{Client, Group, Hub, OpenMlsEngine};
use throng_mls::wire::MlsBytes;
use throng_workloads::scenario::{Ciphersuite, CredentialForm, Credentials};
use throng_workloads::stream::{StreamOwner, Streams};

const FORMS: [CredentialForm; 2] = [CredentialForm::X509, CredentialForm::Jwt];

/// An engine whose clients trust the authority of this seed.
fn engine(form: CredentialForm, seed: u8) -> OpenMlsEngine {
    OpenMlsEngine::new(EngineConfig {
        credentials: Credentials {
            form,
            ..Credentials::BASIC
        },
        authority: [seed; 32],
        ..EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
    })
}

fn client(engine: &OpenMlsEngine, index: u64) -> Client {
    let name = format!("mimi://a.example/d/u{index}.{index}");
    let owner = StreamOwner::Client(index);
    engine
        .client(name.as_bytes(), &Streams::new(1, 0), owner)
        .unwrap()
}

fn plan(adds: &[MlsBytes]) -> CommitPlan<'_, MlsBytes> {
    CommitPlan {
        adds,
        removes: &[],
        app_data: &[],
        force_path: false,
    }
}

/// A room of one, and its hub, of an engine.
fn room(engine: &OpenMlsEngine) -> (Client, Group, Hub) {
    let mut alice = client(engine, 1);
    let group = engine.create(&mut alice, b"room").unwrap();
    let (info, tree) = engine.group_info(&mut alice, &group).unwrap();
    let hub = engine.hub(&info, &tree).unwrap();
    (alice, group, hub)
}

fn refused<T: std::fmt::Debug>(result: Result<T, MlsError>) {
    let error = result.expect_err("another authority's");
    let MlsError::Refused { operation, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*operation, "credential", "{error}");
}

/// Adds Bob by a commit of somebody who does not look at credentials.
fn adds(
    lax: &OpenMlsEngine,
    who: (&mut Client, &mut Group),
    bob: &MlsBytes,
) -> BundleOf<OpenMlsEngine> {
    lax.commit(who.0, who.1, &plan(std::slice::from_ref(bob)))
        .unwrap()
}

#[test]
fn nobody_is_added_by_a_foreign_credential() {
    for form in FORMS {
        let (ours, theirs) = (engine(form, 1), engine(form, 2));
        let (mut alice, mut group, mut hub) = room(&ours);
        let mut mallory = client(&theirs, 2);
        let package = theirs.key_package(&mut mallory).unwrap().message;
        // Neither by value nor by proposal.
        let by_value = ours.commit(
            &mut alice,
            &mut group,
            &plan(std::slice::from_ref(&package)),
        );
        refused(by_value);
        refused(ours.propose(&mut alice, &mut group, &ProposalPlan::Add(&package)));
        // Nor by a member who trusts others than all the rest: neither hub nor members follow.
        let mut carol = client(&ours, 3);
        let hers = ours.key_package(&mut carol).unwrap().message;
        let bundle = ours.commit(&mut alice, &mut group, &plan(&[hers])).unwrap();
        ours.hub_accept(&mut hub, &bundle.commit).unwrap();
        ours.merge_pending(&mut alice, &mut group).unwrap();
        let mut her_group = ours
            .join(&mut carol, &bundle.welcome.unwrap(), None)
            .unwrap();
        let proposal = theirs
            .propose(&mut alice, &mut group, &ProposalPlan::Add(&package))
            .unwrap();
        refused(ours.hub_accept(&mut hub, &proposal));
        refused(ours.process(&mut carol, &mut her_group, &proposal));
        theirs
            .withdraw(&mut alice, &mut group, &[proposal])
            .unwrap();
        let bundle = adds(&theirs, (&mut alice, &mut group), &package);
        refused(ours.hub_accept(&mut hub, &bundle.commit));
        refused(ours.process(&mut carol, &mut her_group, &bundle.commit));
        assert_eq!(ours.epoch(&her_group), 1);
        // One of the right authority is.
        theirs.clear_pending(&mut alice, &mut group).unwrap();
        let dave = ours.key_package(&mut client(&ours, 4)).unwrap().message;
        let bundle = adds(&ours, (&mut alice, &mut group), &dave);
        ours.hub_accept(&mut hub, &bundle.commit).unwrap();
        let processed = ours.process(&mut carol, &mut her_group, &bundle.commit);
        assert!(matches!(processed, Ok(Processed::Commit { epoch: 2, .. })));
    }
}

#[test]
fn nobody_joins_or_follows_a_group_of_foreign_members() {
    for form in FORMS {
        let (ours, theirs) = (engine(form, 1), engine(form, 2));
        let (mut mallory, mut group, _) = room(&theirs);
        let mut bob = client(&ours, 2);
        let package = ours.key_package(&mut bob).unwrap().message;
        let (info, tree) = theirs.group_info(&mut mallory, &group).unwrap();
        refused(ours.hub(&info, &tree));
        refused(ours.join_external(&mut bob, &info, &tree));
        // By a Welcome of hers, who trusts Bob's authority for once.
        let bundle = adds(&ours, (&mut mallory, &mut group), &package);
        refused(ours.join(&mut bob, &bundle.welcome.unwrap(), None));
        assert_eq!(ours.key_packages(&bob), 1, "it is not used up");
    }
}

#[test]
fn nobody_comes_in_from_outside_by_a_foreign_credential() {
    for form in FORMS {
        let (ours, theirs) = (engine(form, 1), engine(form, 2));
        let (mut alice, mut group, mut hub) = room(&ours);
        let (info, tree) = ours.group_info(&mut alice, &group).unwrap();
        // Hers comes from one, and she trusts the other.
        let mut mallory = client(&theirs, 2);
        let (_, bundle) = ours.join_external(&mut mallory, &info, &tree).unwrap();
        refused(ours.hub_accept(&mut hub, &bundle.commit));
        refused(ours.process(&mut alice, &mut group, &bundle.commit));
        assert_eq!((ours.hub_epoch(&hub), ours.epoch(&group)), (0, 0));
    }
}

#[test]
fn credentials_are_authenticated_with_the_key_that_they_are_of() {
    for (form, kind) in [(CredentialForm::X509, X509), (CredentialForm::Jwt, JWT)] {
        let (ours, theirs) = (engine(form, 1), engine(form, 2));
        let (alice, mut bob) = (client(&ours, 1), client(&ours, 2));
        let credential = ours.credential(&alice);
        assert_eq!(credential.credential_type, kind);
        let key = ours.signature_key(&alice);
        let name = ours.authenticate(&mut bob, &credential, &key).unwrap();
        assert_eq!(name, alice.identity());
        let checks = ours.take_work(&mut bob).credential_checks;
        assert_eq!(checks, if kind == X509 { 2 } else { 1 });
        let bobs = ours.signature_key(&bob);
        refused(ours.authenticate(&mut bob, &credential, &bobs));
        refused(theirs.authenticate(&mut bob, &credential, &key));
    }
}

/// A client that was written down has the same credential as before.
#[test]
fn a_client_that_is_restored_has_its_credential_again() {
    for form in FORMS {
        let ours = engine(form, 1);
        let alice = client(&ours, 1);
        let kept = ours.client_kept(&alice).unwrap();
        let owner = StreamOwner::Client(1);
        let again = ours
            .client_restored(&kept, &Streams::new(2, 0), owner)
            .unwrap();
        assert_eq!(ours.credential(&again), ours.credential(&alice));
    }
}
