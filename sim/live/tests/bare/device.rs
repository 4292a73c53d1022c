//! A device that does MLS with OpenMLS by hand.

use super::wire::{Commit, GROUP_INFO, KEY_PACKAGE, SUITE, WELCOME, Writes, bare, whole};
use openmls::prelude::{
    BasicCredential, Ciphersuite, CredentialWithKey, GroupId, KeyPackage, KeyPackageIn, Lifetime,
    MlsGroup, MlsGroupCreateConfig, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn,
    MlsMessageOut, PURE_PLAINTEXT_WIRE_FORMAT_POLICY, ProcessedMessageContent, ProtocolVersion,
    RatchetTreeIn, SenderRatchetConfiguration, StagedWelcome,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use openmls_traits::OpenMlsProvider;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::random::OpenMlsRand;
use openmls_traits::signatures::Signer;
use openmls_traits::types::{HpkeCiphertext, HpkeKeyPair};
use tls_codec::{Deserialize, Serialize};

const CIPHERSUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// What a GroupInfo is sealed under.
const SEALED: &str = "GroupInfo and ratchet_tree encryption";

/// So many epochs that are over it can still read messages of.
pub(crate) const PAST_EPOCHS: usize = 3;

/// What a message was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Took {
    Text(Vec<u8>),
    Proposal,
    Commit,
    /// Something of its own.
    Own,
    /// It cannot be read, for this reason.
    Nothing(String),
}

pub(crate) struct Device {
    provider: OpenMlsRustCrypto,
    signer: SignatureKeyPair,
    pub(crate) uri: String,
    credential: CredentialWithKey,
    pub(crate) group: Option<MlsGroup>,
    /// The epoch at which it came into the group: what was before is not for it.
    pub(crate) first: u64,
}

/// `opaque label<V> = "MLS 1.0 " + Label; opaque content<V>`
fn labelled(label: &str, content: &[u8]) -> Vec<u8> {
    let label = format!("MLS 1.0 {label}");
    Writes::default().vector(label.as_bytes()).vector(content).0
}

fn message(bytes: &[u8]) -> MlsMessageIn {
    MlsMessageIn::tls_deserialize_exact(bytes).expect("an MLSMessage")
}

fn written(message: &MlsMessageOut) -> Vec<u8> {
    message.tls_serialize_detached().expect("bytes")
}

impl Device {
    pub(crate) fn new(uri: &str) -> Self {
        assert_eq!(CIPHERSUITE as u16, SUITE);
        let signer = SignatureKeyPair::new(CIPHERSUITE.signature_algorithm()).expect("a key");
        let credential = CredentialWithKey {
            credential: BasicCredential::new(uri.as_bytes().to_vec()).into(),
            signature_key: signer.public().into(),
        };
        Self {
            provider: OpenMlsRustCrypto::default(),
            signer,
            uri: uri.to_owned(),
            credential,
            group: None,
            first: 0,
        }
    }

    fn config() -> MlsGroupJoinConfig {
        MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
            .max_past_epochs(PAST_EPOCHS)
            .sender_ratchet_configuration(Self::window())
            .use_ratchet_tree_extension(true)
            .build()
    }

    /// Streams of HTTP/2 are served side by side: where threads are few and busy, a message can be taken after many that were sent later,
    /// and OpenMLS bears five unless it is told otherwise.
    fn window() -> SenderRatchetConfiguration {
        SenderRatchetConfiguration::new(100, 1000)
    }

    pub(crate) fn create(&mut self, group_id: &str) {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(CIPHERSUITE)
            .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
            .max_past_epochs(PAST_EPOCHS)
            .sender_ratchet_configuration(Self::window())
            .use_ratchet_tree_extension(true)
            .build();
        let group = MlsGroup::new_with_group_id(
            &self.provider,
            &self.signer,
            &config,
            GroupId::from_slice(group_id.as_bytes()),
            self.credential.clone(),
        );
        self.group = Some(group.expect("a group"));
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.group
            .as_ref()
            .map_or(0, |group| group.epoch().as_u64())
    }

    pub(crate) fn members(&self) -> Vec<String> {
        let members = self.group.as_ref().expect("a member").members();
        let name = |member: openmls::prelude::Member| {
            String::from_utf8(member.credential.serialized_content().to_vec()).expect("text")
        };
        members.map(name).collect()
    }

    pub(crate) fn key(&self) -> &[u8] {
        self.signer.public()
    }

    /// SignWithLabel (RFC 9420, section 5.1.2).
    pub(crate) fn sign(&self, label: &str, content: &[u8]) -> Vec<u8> {
        let content = labelled(label, content);
        self.signer.sign(&content).expect("a signature")
    }

    pub(crate) fn verifies(&self, key: &[u8], label: &str, content: &[u8], signed: &[u8]) -> bool {
        let content = labelled(label, content);
        let scheme = CIPHERSUITE.signature_algorithm();
        let crypto = self.provider.crypto();
        crypto
            .verify_signature(scheme, &content, key, signed)
            .is_ok()
    }

    pub(crate) fn hpke_key(&self) -> HpkeKeyPair {
        let random = self.provider.rand().random_vec(32).expect("randomness");
        let pair = self
            .provider
            .crypto()
            .derive_hpke_keypair(CIPHERSUITE.hpke_config(), &random);
        pair.expect("a key")
    }

    /// EncryptWithLabel (RFC 9420, section 5.1.3).
    pub(crate) fn seal(&self, to: &[u8], room: &str, plain: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let info = labelled(SEALED, room.as_bytes());
        let config = CIPHERSUITE.hpke_config();
        let sealed = self
            .provider
            .crypto()
            .hpke_seal(config, to, &info, &[], plain);
        let sealed = sealed.expect("sealed");
        (sealed.kem_output.into(), sealed.ciphertext.into())
    }

    pub(crate) fn open(
        &self,
        key: &HpkeKeyPair,
        room: &str,
        (kem, sealed): (Vec<u8>, Vec<u8>),
    ) -> Vec<u8> {
        let sealed = HpkeCiphertext {
            kem_output: kem.into(),
            ciphertext: sealed.into(),
        };
        let info = labelled(SEALED, room.as_bytes());
        let config = CIPHERSUITE.hpke_config();
        let crypto = self.provider.crypto();
        let opened = crypto.hpke_open(config, &sealed, &key.private, &info, &[]);
        opened.expect("it is sealed to this key")
    }

    /// A KeyPackage, bare.
    pub(crate) fn key_package(&self) -> Vec<u8> {
        let bundle = KeyPackage::builder()
            .key_package_lifetime(Lifetime::new(3600))
            .build(
                CIPHERSUITE,
                &self.provider,
                &self.signer,
                self.credential.clone(),
            );
        let package = bundle.expect("a KeyPackage").into_key_package();
        package.tls_serialize_detached().expect("bytes")
    }

    pub(crate) fn join(&mut self, welcome: &[u8], tree: Option<&[u8]>) -> Result<(), String> {
        let MlsMessageBodyIn::Welcome(welcome) = message(welcome).extract() else {
            panic!("no Welcome");
        };
        let builder = StagedWelcome::build_from_welcome(&self.provider, &Self::config(), welcome);
        let mut builder = builder
            .map_err(|error| error.to_string())?
            .skip_lifetime_validation();
        if let Some(tree) = tree {
            let tree = RatchetTreeIn::tls_deserialize_exact(tree).expect("a tree");
            builder = builder.with_ratchet_tree(tree);
        }
        let staged = builder.build().map_err(|error| error.to_string())?;
        let group = staged.into_group(&self.provider);
        self.group = Some(group.map_err(|error| error.to_string())?);
        self.first = self.epoch();
        Ok(())
    }

    /// An external commit to the room of this GroupInfo. It is a member where the hub takes it, and only then.
    pub(crate) fn enter(&mut self, group_info: &[u8], tree: &[u8]) -> Commit {
        let info = message(&whole(GROUP_INFO, group_info));
        let MlsMessageBodyIn::GroupInfo(info) = info.extract() else {
            panic!("no GroupInfo");
        };
        let tree = RatchetTreeIn::tls_deserialize_exact(tree).expect("a tree");
        let (group, made) = MlsGroup::external_commit_builder()
            .with_ratchet_tree(tree)
            .with_config(Self::config())
            .skip_lifetime_validation()
            .build_group(&self.provider, info, self.credential.clone())
            .expect("a group to enter")
            .load_psks(self.provider.storage())
            .expect("no keys")
            .use_ratchet_tree_extension(false)
            .create_group_info(true)
            .build(
                self.provider.rand(),
                self.provider.crypto(),
                &self.signer,
                |_| true,
            )
            .expect("a commit")
            .finalize(&self.provider)
            .expect("a commit");
        let (commit, _, info) = made.into_messages();
        self.group = Some(group);
        self.first = self.epoch();
        Commit {
            commit: written(&commit),
            welcome: None,
            group_info: bare(&written(&info.expect("a GroupInfo"))).to_vec(),
        }
    }

    /// A commit that adds those of these KeyPackages; with none of them a new key of its own.
    pub(crate) fn commit(&mut self, packages: &[Vec<u8>]) -> Commit {
        let package = |bare: &Vec<u8>| {
            let MlsMessageBodyIn::KeyPackage(package) =
                message(&whole(KEY_PACKAGE, bare)).extract()
            else {
                panic!("no KeyPackage");
            };
            let package: KeyPackageIn = package;
            let checked = package.validate(self.provider.crypto(), ProtocolVersion::Mls10);
            checked.expect("a sound KeyPackage")
        };
        let adds: Vec<KeyPackage> = packages.iter().map(package).collect();
        let group = self.group.as_mut().expect("a member");
        let made = group
            .commit_builder()
            .propose_adds(adds)
            .force_self_update(true)
            .load_psks(self.provider.storage())
            .expect("no keys")
            // A hub wants the GroupInfo without a tree.
            .use_ratchet_tree_extension(false)
            .create_group_info(true)
            .build(
                self.provider.rand(),
                self.provider.crypto(),
                &self.signer,
                |_| true,
            )
            .expect("a commit")
            .stage_commit(&self.provider)
            .expect("a commit");
        let (commit, welcome, info) = made.into_messages();
        Commit {
            commit: written(&commit),
            welcome: welcome.map(|welcome| bare(&written(&welcome)).to_vec()),
            group_info: bare(&written(&info.expect("a GroupInfo"))).to_vec(),
        }
    }

    /// The hub took its commit.
    pub(crate) fn merge(&mut self) {
        let group = self.group.as_mut().expect("a group");
        let merged = group.merge_pending_commit(&self.provider);
        merged.expect("a pending commit");
    }

    /// It did not.
    pub(crate) fn drop_commit(&mut self) {
        let group = self.group.as_mut().expect("a group");
        let dropped = group.clear_pending_commit(self.provider.storage());
        dropped.expect("a pending commit");
    }

    pub(crate) fn encrypt(&mut self, text: &[u8]) -> Vec<u8> {
        let group = self.group.as_mut().expect("a member");
        let made = group.create_message(&self.provider, &self.signer, text);
        written(&made.expect("a message"))
    }

    /// GroupInfo, bare, and tree of its epoch.
    pub(crate) fn group_info(&self) -> (Vec<u8>, Vec<u8>) {
        let group = self.group.as_ref().expect("a member");
        let info = group.export_group_info(self.provider.crypto(), &self.signer, false);
        let tree = group.export_ratchet_tree().tls_serialize_detached();
        let info = written(&info.expect("a GroupInfo"));
        (bare(&info).to_vec(), tree.expect("bytes"))
    }

    /// Takes a message of the group.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Took {
        let group = self.group.as_mut().expect("a member");
        let came = message(bytes).try_into_protocol_message();
        let processed = group.process_message(&self.provider, came.expect("of a group"));
        let processed = match processed {
            Ok(processed) => processed,
            Err(error) => return Took::Nothing(error.to_string()),
        };
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(text) => Took::Text(text.into_bytes()),
            ProcessedMessageContent::ProposalMessage(proposal) => {
                let stored = group.store_pending_proposal(self.provider.storage(), *proposal);
                stored.expect("a proposal");
                Took::Proposal
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                let merged = group.merge_staged_commit(&self.provider, *staged);
                merged.expect("a commit");
                Took::Commit
            }
            ProcessedMessageContent::OwnPrivateMessage => Took::Own,
            _ => Took::Nothing("of another kind".to_owned()),
        }
    }
}

/// The epoch of a message of a group.
pub(crate) fn epoch_of(bytes: &[u8]) -> u64 {
    let came = message(bytes).try_into_protocol_message();
    came.expect("of a group").epoch().as_u64()
}

/// A Welcome as it is sent on.
pub(crate) fn welcome(bare: &[u8]) -> Vec<u8> {
    whole(WELCOME, bare)
}
