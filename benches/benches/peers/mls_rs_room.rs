//! A room on mls-rs, driven directly. It has no hub here.

use crate::room::{Clock, Commit, Failure, GROUP, Room, Times, name};
use mls_rs::client_builder::MlsConfig;
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::{
    CipherSuite, CipherSuiteProvider, Client, CryptoProvider, ExtensionList, Group, MlsMessage,
};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use throng_mls::openmls::commit_ciphertexts;

const SUITE: CipherSuite = CipherSuite::CURVE25519_AES128;

fn client(index: u32) -> Result<Client<impl MlsConfig>, Failure> {
    let crypto = RustCryptoProvider::default();
    let suite = crypto
        .cipher_suite_provider(SUITE)
        .ok_or("mls-rs lacks the ciphersuite")?;
    let (secret, public) = suite.signature_key_generate()?;
    let credential = BasicCredential::new(name(index)).into_credential();
    Ok(Client::builder()
        .identity_provider(BasicIdentityProvider)
        .crypto_provider(crypto)
        .signing_identity(SigningIdentity::new(credential, public), secret, SUITE)
        .build())
}

/// What all rooms on mls-rs are made with: a closure's type has no name, so the room is generic.
pub(crate) struct MlsRsRoom<C: MlsConfig, F> {
    client: F,
    committer: Group<C>,
    receiver: Group<C>,
    size: u32,
    joiners: u32,
    first: Commit,
}

/// A room of `size` members who joined one after another by external commits, which leaves a full tree.
pub(crate) fn mls_rs_room(size: u32) -> Result<impl Room, Failure> {
    MlsRsRoom::new(size, client)
}

impl<C: MlsConfig, F: Fn(u32) -> Result<Client<C>, Failure>> MlsRsRoom<C, F> {
    fn new(size: u32, client: F) -> Result<Self, Failure> {
        let none = ExtensionList::default;
        let mut committer =
            client(0)?.create_group_with_id(GROUP.to_vec(), none(), none(), None)?;
        let mut receiver = None;
        for index in 1..size {
            let info = committer.group_info_message_allowing_ext_commit(true)?;
            let (group, commit) = client(index)?.commit_external(info)?;
            committer.process_incoming_message(commit)?;
            receiver = Some(group);
        }
        let mut room = Self {
            client,
            committer,
            receiver: receiver.ok_or("a room of one has no receiver")?,
            size,
            joiners: 0,
            first: Commit {
                ciphertexts: 0,
                bytes: None,
            },
        };
        let (mut make, mut receive) = Default::default();
        let message = room.update(&mut make, &mut receive)?.to_bytes()?;
        room.first = Commit {
            ciphertexts: commit_ciphertexts(&message)?.unwrap_or(0).into(),
            bytes: Some(message.len()),
        };
        Ok(room)
    }

    fn update(&mut self, make: &mut Clock, receive: &mut Clock) -> Result<MlsMessage, Failure> {
        let commit = make
            .time(|| self.committer.commit(Vec::new()))?
            .commit_message;
        make.time(|| self.committer.apply_pending_commit())?;
        let received = commit.clone();
        receive.time(|| self.receiver.process_incoming_message(received))?;
        Ok(commit)
    }
}

impl<C: MlsConfig, F: Fn(u32) -> Result<Client<C>, Failure>> Room for MlsRsRoom<C, F> {
    fn updates(&mut self, count: u32) -> Result<Times, Failure> {
        let (mut make, mut receive) = <(Clock, Clock)>::default();
        for _ in 0..count {
            self.update(&mut make, &mut receive)?;
        }
        Ok(Times {
            make: make.mean(count),
            receive: receive.mean(count),
            ..Times::default()
        })
    }

    fn join(&mut self) -> Result<Times, Failure> {
        let joiner = (self.client)(self.size + self.joiners)?;
        self.joiners += 1;
        let none = ExtensionList::default;
        let package = joiner.generate_key_package_message(none(), none(), None)?;
        let commit = self
            .committer
            .commit_builder()
            .remove_member(self.size - 2)?
            .add_member(package)?
            .build()?;
        self.committer.apply_pending_commit()?;
        self.receiver
            .process_incoming_message(commit.commit_message)?;
        let welcome = commit
            .welcome_messages
            .first()
            .ok_or("an add without a Welcome")?;
        let mut join = Clock::default();
        join.time(|| joiner.join_group(None, welcome, None))?;
        Ok(Times {
            join: join.mean(1),
            ..Times::default()
        })
    }

    fn first(&self) -> Commit {
        self.first
    }
}
