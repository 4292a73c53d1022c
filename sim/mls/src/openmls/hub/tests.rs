//! What a hub refuses that no engine of ours would send.

use crate::app_data::{AppData, AppDataRules};
use crate::engine::{Engine, EngineConfig, MlsError, Uncoverable};
use crate::openmls::error::encode;
use crate::openmls::{OpenMlsEngine, app_data};
use openmls::prelude::{
    BasicCredential, CredentialWithKey, LeafNodeParameters, ProposalOrRefType, Propose,
};
use throng_workloads::scenario::{Ciphersuite, SignedContext};
use throng_workloads::stream::{StreamOwner, Streams};

/// What would take a component out of the GroupContext, or replace all that is in it, is no proposal that waits for a commit. (A commit
/// that brings the latter along OpenMLS does not make, as no capability is required of members.)
#[test]
fn nothing_else_changes_the_groups_context() {
    let engine = OpenMlsEngine::new(EngineConfig {
        app_data: Some(AppDataRules::MIMI),
        ..EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519)
    });
    let (streams, owner) = (Streams::new(1, 0), StreamOwner::Client(0));
    let mut client = engine.client(b"alice", &streams, owner).unwrap();
    let mut group = engine.create(&mut client, b"group").unwrap();
    let (info, tree) = engine.group_info(&mut client, &group).unwrap();
    let mut hub = engine.hub(&info, &tree).unwrap();
    let (provider, signer) = (client.provider(&group.storage), client.signer());
    let other = AppDataRules {
        participants: 0x99,
        ..AppDataRules::MIMI
    };
    let extensions =
        app_data::extensions(other, &AppData::default(), SignedContext::Whole).unwrap();
    for propose in [
        Propose::RemoveAppDataComponent {
            component_id: AppDataRules::MIMI.participants,
        },
        Propose::GroupContextExtensions(extensions),
    ] {
        let by_reference = ProposalOrRefType::Reference;
        let proposal = group.mls.propose(&provider, &signer, propose, by_reference);
        let proposal = encode(&proposal.unwrap().0).unwrap();
        let refused = hub.check_proposals(&[proposal]);
        let kind = matches!(
            refused,
            Err(MlsError::InvalidProposal {
                reason: Uncoverable::OtherKind,
                ..
            })
        );
        assert!(kind, "{refused:?}");
        group.mls.clear_pending_proposals(&group.storage).unwrap();
    }
}

/// Whoever is in has been looked at when it came in.
#[test]
fn nobody_becomes_another_by_a_new_leaf() {
    let engine = OpenMlsEngine::new(EngineConfig::new(Ciphersuite::X25519Aes128Sha256Ed25519));
    let (streams, owner) = (Streams::new(1, 0), StreamOwner::Client(0));
    let mut client = engine.client(b"alice", &streams, owner).unwrap();
    let mut group = engine.create(&mut client, b"group").unwrap();
    let (info, tree) = engine.group_info(&mut client, &group).unwrap();
    let mut hub = engine.hub(&info, &tree).unwrap();
    let named = |name: &[u8]| {
        let credential = CredentialWithKey {
            credential: BasicCredential::new(name.to_vec()).into(),
            ..client.credential.clone()
        };
        let builder = LeafNodeParameters::builder();
        builder.with_credential_with_key(credential).build()
    };
    let (provider, signer) = (client.provider(&group.storage), client.signer());
    for (name, taken) in [(b"mallory".as_slice(), false), (b"alice", true)] {
        let update = group
            .mls
            .propose_self_update(&provider, &signer, named(name));
        let update = encode(&update.unwrap().0).unwrap();
        let checked = hub.check_proposals(&[update]);
        assert_eq!(checked.is_ok(), taken, "{checked:?}");
        group.mls.clear_pending_proposals(&group.storage).unwrap();
        let commit = group.mls.self_update(&provider, &signer, named(name));
        let commit = encode(&commit.unwrap().into_commit()).unwrap();
        let checked = hub.check(&commit, &[]);
        assert_eq!(checked.is_ok(), taken, "{:?}", checked.err());
        group.mls.clear_pending_commit(&group.storage).unwrap();
    }
}
