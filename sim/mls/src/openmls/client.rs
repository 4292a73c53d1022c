//! One device: its identity, its signature key, and the private halves of what it has published.

mod keeping;

use crate::context_work::ContextOperation;
use crate::engine::{HpkeKey, KeyPackage, MlsError, Plaintext};
use crate::openmls::crypto::{Crypto, primitives};
use crate::openmls::error::{encode, malformed, refused};
use crate::openmls::hpke;
use crate::openmls::labelled::{self, labelled};
use crate::openmls::provider::{ClientSigner, Provider};
use crate::openmls::settings::{self, Settings};
use crate::openmls::storage::{Entry, Kind, Storage};
use crate::terms::Lifetime;
use crate::wire::{self, MlsBytes, OpaqueBytes};
use crate::work::Work;
use openmls::prelude::{CredentialWithKey, KeyPackage as MlsKeyPackage};
use openmls::prelude::{MlsMessageOut, OpenMlsCrypto, OpenMlsRand};
use openmls_traits::types::{HpkeKeyPair, SignatureScheme};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use throng_cost::stopwatch::Stopwatch;
use throng_workloads::scenario::SignedContext;
use tls_codec::Serialize;

/// The label under which hubs seal GroupInfos (draft-ietf-mimi-protocol-06, "Claim group key information").
const GROUP_INFO_LABEL: &str = "GroupInfo and ratchet_tree encryption";

/// A device of the OpenMLS engine.
#[derive(Debug)]
pub struct Client {
    pub(crate) crypto: Crypto,
    pub(crate) credential: CredentialWithKey,
    name: Vec<u8>,
    scheme: SignatureScheme,
    private_key: Vec<u8>,
    /// KeyPackages that were published and not used, by reference: what OpenMLS stored for each.
    pub(crate) key_packages: BTreeMap<Vec<u8>, Entry>,
    /// Of what it makes.
    pub(crate) lifetime: Lifetime,
    /// By which it reads handshakes of groups that it is not in, once it is asked for.
    receiver: OnceLock<HpkeKeyPair>,
    signed_context: SignedContext,
    pub(crate) work: Work,
    pub(crate) stopwatch: Stopwatch,
}

impl Client {
    /// A new device whose randomness comes from `key` alone. `measuring`: with a stopwatch that runs.
    pub(crate) fn new(
        settings: &Settings,
        identity: &[u8],
        key: [u8; 32],
        measuring: bool,
    ) -> Result<Self, MlsError> {
        let crypto = Crypto::new(key);
        let scheme = settings.ciphersuite.signature_algorithm();
        let (private_key, public_key) = crypto
            .signature_key_gen(scheme)
            .map_err(refused("signature key"))?;
        let credential = CredentialWithKey {
            credential: settings.credentials.issue(identity, &public_key)?,
            signature_key: public_key.into(),
        };
        Ok(Self {
            crypto,
            credential,
            name: identity.to_vec(),
            scheme,
            private_key,
            key_packages: BTreeMap::new(),
            lifetime: Lifetime::ALWAYS,
            receiver: OnceLock::new(),
            signed_context: settings.signed_context,
            work: Work::default(),
            stopwatch: Stopwatch::new(measuring),
        })
    }

    /// What OpenMLS needs for one call with the state kept in `storage`.
    pub(crate) fn provider<'a>(&'a self, storage: &'a Storage) -> Provider<'a> {
        Provider {
            crypto: &self.crypto,
            storage,
        }
    }

    pub(crate) fn signer(&self) -> ClientSigner<'_> {
        ClientSigner {
            crypto: &self.crypto,
            scheme: self.scheme,
            private_key: &self.private_key,
        }
    }

    /// Count what an operation does with a GroupContext.
    pub(crate) fn count_context(&mut self, operation: ContextOperation) {
        self.work.add_context(operation, self.signed_context);
    }

    /// The work since the last call, with what the cryptography counted.
    pub(crate) fn take_work(&mut self) -> Work {
        let mut work = std::mem::take(&mut self.work);
        work += self.crypto.take_counts();
        work.measured_ns += self.stopwatch.take();
        work
    }

    /// The client URI in its credential.
    pub fn identity(&self) -> &[u8] {
        &self.name
    }

    pub(crate) fn signature_key(&self) -> &[u8] {
        self.credential.signature_key.as_slice()
    }

    /// A fresh KeyPackage (RFC 9420, section 10).
    pub(crate) fn key_package(
        &mut self,
        settings: &Settings,
        last_resort: bool,
    ) -> Result<KeyPackage<MlsBytes>, MlsError> {
        let storage = Storage::default();
        let lifetime = settings::lifetime(self.lifetime);
        let mut builder = MlsKeyPackage::builder().key_package_lifetime(lifetime);
        if last_resort {
            builder = builder.mark_as_last_resort();
        }
        if let Some(capabilities) = settings.capabilities() {
            builder = builder.leaf_node_capabilities(capabilities);
        }
        let bundle = builder
            .build(
                settings.ciphersuite,
                &self.provider(&storage),
                &self.signer(),
                self.credential.clone(),
            )
            .map_err(refused("key package"))?;
        let key_package = bundle.key_package();
        let reference = key_package
            .hash_ref(&self.crypto)
            .map_err(refused("key package"))?
            .as_slice()
            .to_vec();
        let message = encode(&MlsMessageOut::from(key_package.clone()))?;
        for entry in storage.entries(Kind::KeyPackage) {
            self.key_packages.insert(reference.clone(), entry);
        }
        self.work.operations += 1;
        self.work.bytes += message.as_slice().len() as u64;
        Ok(KeyPackage { message, reference })
    }

    pub(crate) fn forget_key_package(&mut self, reference: &[u8]) {
        self.key_packages.remove(reference);
    }

    /// SignWithLabel.
    pub(crate) fn sign(
        &mut self,
        label: &str,
        content: &impl Serialize,
    ) -> Result<Vec<u8>, MlsError> {
        let content = content.tls_serialize_detached().map_err(malformed)?;
        self.crypto
            .sign(self.scheme, &labelled(label, &content)?, &self.private_key)
            .map_err(refused("sign"))
    }

    /// VerifyWithLabel, of a signature with somebody's key.
    pub(crate) fn verify(
        &mut self,
        public_key: &[u8],
        label: &str,
        content: &impl Serialize,
        signature: &[u8],
    ) -> Result<(), MlsError> {
        let content = content.tls_serialize_detached().map_err(malformed)?;
        labelled::verify(
            &self.crypto,
            self.scheme,
            public_key,
            label,
            &content,
            signature,
        )
    }

    /// The key pair by which it reads handshakes of groups that it is not in: the same as long as it has its signature key.
    pub(crate) fn receiver_key(&self, settings: &Settings) -> Result<&HpkeKeyPair, MlsError> {
        if let Some(pair) = self.receiver.get() {
            return Ok(pair);
        }
        let ikm = blake3::derive_key("throng 2026 external receiver", &self.private_key);
        let config = settings.ciphersuite.hpke_config();
        // Not counted, as its signature key is not: there is one.
        let pair = primitives()
            .derive_hpke_keypair(config, &ikm)
            .map_err(refused("receiver key"))?;
        Ok(self.receiver.get_or_init(|| pair))
    }

    /// What groups say of it whose handshakes it reads without being in them.
    pub(crate) fn as_receiver(
        &self,
        settings: &Settings,
    ) -> Result<wire::ExternalReceiver, MlsError> {
        let key = &self.receiver_key(settings)?.public;
        Ok(wire::ExternalReceiver {
            public_key: key.as_slice().into(),
            credential: self.said_credential(),
        })
    }

    /// Its credential as it is on the wire.
    pub(crate) fn said_credential(&self) -> wire::Credential {
        let credential = &self.credential.credential;
        wire::Credential {
            credential_type: credential.credential_type().into(),
            content: credential.serialized_content().to_vec().into(),
        }
    }

    /// A key pair for one message to this client.
    pub(crate) fn hpke_key(&mut self, settings: &Settings) -> Result<HpkeKey, MlsError> {
        let ikm = match self.crypto.random_array::<32>() {
            Ok(ikm) => ikm,
            Err(never) => match never {},
        };
        let pair = self
            .crypto
            .derive_hpke_keypair(settings.ciphersuite.hpke_config(), &ikm)
            .map_err(refused("hpke key"))?;
        Ok(HpkeKey {
            public: pair.public,
            private: pair.private.to_vec(),
        })
    }

    /// Seal GroupInfo and tree to a joiner's key, with EncryptWithLabel.
    pub(crate) fn seal_group_info<P: Plaintext>(
        &mut self,
        settings: &Settings,
        public_key: &[u8],
        room_id: &[u8],
        plaintext: &P,
    ) -> Result<wire::HpkeCiphertext<OpaqueBytes>, MlsError> {
        self.work.operations += 1;
        let plaintext = plaintext.tls_serialize_detached().map_err(malformed)?;
        self.work.bytes += plaintext.len() as u64;
        let config = settings.ciphersuite.hpke_config();
        let info = labelled(GROUP_INFO_LABEL, room_id)?;
        let sealed = self
            .crypto
            .hpke_seal(config, public_key, &info, &[], &plaintext)
            .map_err(refused("seal GroupInfo"))?;
        let ciphertext: Vec<u8> = sealed.ciphertext.into();
        let kem_output: Vec<u8> = sealed.kem_output.into();
        Ok(wire::HpkeCiphertext {
            kem_output: kem_output.into(),
            ciphertext: OpaqueBytes::new(ciphertext),
        })
    }

    /// Open what was sealed to one of [`Client::hpke_key`]'s keys.
    pub(crate) fn open_group_info<P: Plaintext>(
        &mut self,
        settings: &Settings,
        key: &HpkeKey,
        room_id: &[u8],
        sealed: &wire::HpkeCiphertext<OpaqueBytes>,
    ) -> Result<P, MlsError> {
        self.work.operations += 1;
        self.work.bytes += sealed.ciphertext.as_slice().len() as u64;
        let input = hpke::sealed(sealed.kem_output.as_slice(), sealed.ciphertext.as_slice());
        let config = settings.ciphersuite.hpke_config();
        let info = labelled(GROUP_INFO_LABEL, room_id)?;
        let plaintext = self
            .crypto
            .hpke_open(config, &input, &key.private, &info, &[])
            .map_err(refused("open GroupInfo"))?;
        P::tls_deserialize_exact(&plaintext).map_err(malformed)
    }
}
