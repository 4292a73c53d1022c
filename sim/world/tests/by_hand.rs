//! A whole run's bytes beside stock OpenMLS, driven by hand with the same credentials.

use crate::common;

use common::{groups, run_on, scenario};
use openmls::prelude::tls_codec::Deserialize;
use openmls::prelude::*;
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// One device with stock OpenMLS: its own entropy, its own in-memory storage.
struct Device {
    provider: OpenMlsRustCrypto,
    signer: SignatureKeyPair,
    credential: CredentialWithKey,
    group: Option<MlsGroup>,
}

impl Device {
    /// Client `number` of user `number`: with one client a user the numbers agree.
    fn new(domain: &str, number: usize) -> Self {
        let signer = SignatureKeyPair::new(SUITE.signature_algorithm()).expect("keys");
        let identity = format!("mimi://{domain}/d/u{number}.{number}");
        let credential = CredentialWithKey {
            credential: BasicCredential::new(identity.into_bytes()).into(),
            signature_key: signer.to_public_vec().into(),
        };
        Self {
            provider: OpenMlsRustCrypto::default(),
            signer,
            credential,
            group: None,
        }
    }

    fn key_package(&self) -> KeyPackage {
        KeyPackage::builder()
            .build(SUITE, &self.provider, &self.signer, self.credential.clone())
            .expect("key package")
            .key_package()
            .clone()
    }

    fn create(&mut self, group_id: &str, tree_in_welcome: bool) {
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(SUITE)
            .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(tree_in_welcome)
            .build();
        let id = GroupId::from_slice(group_id.as_bytes());
        let group = MlsGroup::new_with_group_id(
            &self.provider,
            &self.signer,
            &config,
            id,
            self.credential.clone(),
        );
        self.group = Some(group.expect("group"));
    }

    /// Commit an update of the own leaf; the commit's bytes.
    fn update(&mut self) -> Vec<u8> {
        let group = self.group.as_mut().expect("a member");
        let bundle = group
            .self_update(&self.provider, &self.signer, LeafNodeParameters::default())
            .expect("update");
        let bytes = bundle.into_commit().to_bytes().expect("bytes");
        group.merge_pending_commit(&self.provider).expect("merge");
        bytes
    }

    fn join(&mut self, welcome: &[u8]) {
        let message = MlsMessageIn::tls_deserialize_exact(welcome).expect("message");
        let MlsMessageBodyIn::Welcome(welcome) = message.extract() else {
            panic!("no Welcome")
        };
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
            .build();
        let staged = StagedWelcome::new_from_welcome(&self.provider, &config, welcome, None)
            .expect("staged");
        self.group = Some(staged.into_group(&self.provider).expect("group"));
    }

    fn receive(&mut self, commit: &[u8]) {
        let group = self.group.as_mut().expect("a member");
        let message = MlsMessageIn::tls_deserialize_exact(commit).expect("message");
        let message = message.try_into_protocol_message().expect("handshake");
        let processed = group
            .process_message(&self.provider, message)
            .expect("processed");
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            panic!("no commit")
        };
        group
            .merge_staged_commit(&self.provider, *staged)
            .expect("merged");
    }

    fn leaf(&self) -> u32 {
        self.group
            .as_ref()
            .expect("a member")
            .own_leaf_index()
            .u32()
    }
}

/// The creator's commit that adds 99 others, its Welcome, and the next eight members' updates.
#[test]
fn creator_adds_all_has_the_bytes_of_openmls_driven_by_hand() {
    // By hand nobody keeps a participant list.
    let small = [
        "users.count=50",
        "rooms.size=50",
        "policy.participant_list=none",
        "policy.tree=welcome",
    ];
    let scenario = scenario("creator-adds-all", &small);
    let domain = scenario.providers[0].domain.clone();
    let record = run_on(&scenario, 2);
    let rows = &groups(&record).commits;

    // Who created the room differs with the seed, and with it which names are added: one digit more or less
    // is one byte. The run says by its leaves and lengths; by hand we take the population's own creator.
    let streams = throng_workloads::stream::Streams::new(scenario.seed, 0);
    let population = throng_workloads::population::Population::draw(&scenario, &streams);
    let creator = population.rooms[0].creator.0 as usize;
    let order: Vec<usize> = population.rooms[0]
        .initial
        .iter()
        .map(|user| user.0 as usize)
        .collect();
    assert_eq!(order[0], creator);

    let mut devices: Vec<Device> = (0..50).map(|number| Device::new(&domain, number)).collect();
    devices[creator].create(&format!("mimi://{domain}/g/r0"), true);
    let packages: Vec<KeyPackage> = order[1..]
        .iter()
        .map(|number| devices[*number].key_package())
        .collect();
    let device = &mut devices[creator];
    let group = device.group.as_mut().expect("created");
    let (commit, welcome, _) = group
        .add_members_without_update(&device.provider, &device.signer, &packages)
        .expect("commit");
    group.merge_pending_commit(&device.provider).expect("merge");
    let (commit, welcome) = (
        commit.to_bytes().expect("bytes"),
        welcome.to_bytes().expect("bytes"),
    );
    assert_eq!(
        (rows[0].commit_bytes, rows[0].welcome_bytes),
        (commit.len() as u64, welcome.len() as u64)
    );
    assert_eq!(rows[0].adds.len(), 49);

    for number in &order[1..] {
        devices[*number].join(&welcome);
    }
    for row in &rows[1..9] {
        let committer = devices
            .iter()
            .position(|d| d.leaf() == row.committer_leaf)
            .expect("a leaf");
        let commit = devices[committer].update();
        assert_eq!(
            row.commit_bytes,
            commit.len() as u64,
            "epoch {} by leaf {}",
            row.epoch,
            row.committer_leaf
        );
        for (number, device) in devices.iter_mut().enumerate() {
            if number != committer {
                device.receive(&commit);
            }
        }
    }
}
