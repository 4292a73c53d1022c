//! Bodies of draft-ietf-mimi-protocol-06, written and read by hand.

use openmls::prelude::MlsMessageIn;
use tls_codec::{Deserialize, Serialize, VLByteSlice, VLBytes};

/// MLS 1.0, as the draft's `Protocol` has it.
const MLS_10: u8 = 1;

/// The ciphersuite of all that is tried here: MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519.
pub(crate) const SUITE: u16 = 1;

/// Something to be written.
#[derive(Default)]
pub(crate) struct Writes(pub(crate) Vec<u8>);

impl Writes {
    pub(crate) fn u8(mut self, number: u8) -> Self {
        self.0.push(number);
        self
    }

    pub(crate) fn u16(mut self, number: u16) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    pub(crate) fn u64(mut self, number: u64) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    /// As it is.
    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// `opaque <V>`
    pub(crate) fn vector(mut self, bytes: &[u8]) -> Self {
        let vector = VLByteSlice(bytes).tls_serialize_detached();
        self.0.extend(vector.expect("short enough"));
        self
    }

    /// A basic credential (RFC 9420, section 5.3).
    pub(crate) fn credential(self, identity: &str) -> Self {
        self.u16(1).vector(identity.as_bytes())
    }
}

/// Something to be read.
pub(crate) struct Reads<'a>(pub(crate) &'a [u8]);

impl<'a> Reads<'a> {
    pub(crate) fn raw(&mut self, length: usize) -> &'a [u8] {
        let (first, rest) = self.0.split_at(length);
        self.0 = rest;
        first
    }

    pub(crate) fn u8(&mut self) -> u8 {
        self.raw(1)[0]
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.raw(2).try_into().expect("two"))
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.raw(8).try_into().expect("eight"))
    }

    pub(crate) fn vector(&mut self) -> Vec<u8> {
        let vector = VLBytes::tls_deserialize(&mut self.0);
        vector.expect("a vector").into()
    }

    pub(crate) fn text(&mut self) -> String {
        String::from_utf8(self.vector()).expect("text")
    }

    /// The identity in a basic credential.
    pub(crate) fn credential(&mut self) -> String {
        assert_eq!(self.u16(), 1, "a basic credential");
        self.text()
    }

    /// A whole MLSMessage, which says itself where it ends.
    pub(crate) fn message(&mut self) -> Vec<u8> {
        let before = self.0;
        MlsMessageIn::tls_deserialize(&mut self.0).expect("an MLSMessage");
        before[..before.len() - self.0.len()].to_vec()
    }

    /// The same of a struct that is one but for its head.
    pub(crate) fn bare(&mut self, format: u8) -> Vec<u8> {
        let before = self.0;
        let whole = [&[0, 1, 0, format], before].concat();
        let mut rest = &whole[..];
        MlsMessageIn::tls_deserialize(&mut rest).expect("a message");
        let length = before.len() - rest.len();
        self.raw(length).to_vec()
    }
}

/// Which wire formats are bare in the draft's structs (RFC 9420, section 6).
pub(crate) const WELCOME: u8 = 3;
pub(crate) const GROUP_INFO: u8 = 4;
pub(crate) const KEY_PACKAGE: u8 = 5;

/// An MLSMessage of a struct that stands without its head.
pub(crate) fn whole(format: u8, bare: &[u8]) -> Vec<u8> {
    [&[0, 1, 0, format], bare].concat()
}

/// The struct in an MLSMessage.
pub(crate) fn bare(message: &[u8]) -> &[u8] {
    &message[4..]
}

/// What an MLSMessage of handshakes or application data is: 1 application, 2 proposal, 3 commit; 0 of others.
pub(crate) fn content_type(message: &[u8]) -> u8 {
    let mut reads = Reads(&message[2..]);
    let format = reads.u16();
    if format != 1 && format != 2 {
        return 0;
    }
    reads.vector();
    reads.u64();
    if format == 2 {
        return reads.u8();
    }
    // The sender, and the authenticated data.
    match reads.u8() {
        1 | 2 => drop(reads.raw(4)),
        _ => {}
    }
    reads.vector();
    reads.u8()
}

/// `RatchetTreeOption`
pub(crate) enum Tree {
    Full(Vec<u8>),
    /// The hub has it.
    DistributionService,
}

impl Tree {
    fn write(&self) -> Vec<u8> {
        match self {
            // A vector already.
            Self::Full(tree) => [&[1], &tree[..]].concat(),
            Self::DistributionService => vec![4],
        }
    }

    fn read(reads: &mut Reads<'_>) -> Self {
        match reads.u8() {
            1 => {
                let tree = reads.vector();
                Self::Full(Writes::default().vector(&tree).0)
            }
            4 => Self::DistributionService,
            other => panic!("RatchetTreeOption {other}"),
        }
    }
}

/// `KeyMaterialRequest`, but for the signature.
pub(crate) fn key_material_tbs(
    [requester, target, room]: [&str; 3],
    key: &[u8],
    client: &str,
) -> Vec<u8> {
    let suites = Writes::default().u16(SUITE).0;
    let begins = Writes::default()
        .u8(MLS_10)
        .vector(requester.as_bytes())
        .vector(target.as_bytes())
        .vector(room.as_bytes())
        .vector(&suites);
    // No required capabilities.
    let begins = begins.vector(&[]).vector(&[]).vector(&[]);
    begins.vector(key).credential(client).0
}

/// Whom a `KeyMaterialRequest` is for.
pub(crate) fn target_of(request: &[u8]) -> String {
    let mut reads = Reads(request);
    assert_eq!(reads.u8(), MLS_10);
    reads.vector();
    reads.text()
}

/// `KeyMaterialResponse` with KeyPackages, each of a client.
pub(crate) fn key_material(user: &str, packages: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut clients = Writes::default();
    for (client, package) in packages {
        clients = clients.u8(0).vector(client.as_bytes()).raw(package);
    }
    let begins = Writes::default().u8(MLS_10).u8(0).vector(user.as_bytes());
    begins.vector(&clients.0).0
}

/// The KeyPackages of a `KeyMaterialResponse`.
pub(crate) fn key_packages(response: &[u8]) -> Vec<Vec<u8>> {
    let mut reads = Reads(response);
    assert_eq!(reads.u8(), MLS_10);
    let _status = reads.u8();
    reads.vector();
    let clients = reads.vector();
    let mut reads = Reads(&clients);
    let mut packages = Vec::new();
    while !reads.0.is_empty() {
        let status = reads.u8();
        reads.vector();
        assert_eq!(status, 0, "a client without a KeyPackage");
        packages.push(reads.bare(KEY_PACKAGE));
    }
    packages
}

/// `HandshakeBundle` of a commit.
pub(crate) struct Commit {
    pub(crate) commit: Vec<u8>,
    /// Bare.
    pub(crate) welcome: Option<Vec<u8>>,
    /// Bare; its extensions where it came in part.
    pub(crate) group_info: Vec<u8>,
}

impl Commit {
    pub(crate) fn write(&self) -> Vec<u8> {
        let begins = Writes::default().raw(&self.commit);
        let begins = match &self.welcome {
            Some(welcome) => begins.u8(1).raw(welcome),
            None => begins.u8(0),
        };
        let tree = Tree::DistributionService.write();
        begins.u8(1).raw(&self.group_info).raw(&tree).0
    }

    /// Nothing where it is of proposals.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Vec<Vec<u8>>> {
        let mut reads = Reads(body);
        let commit = reads.message();
        if content_type(&commit) != 3 {
            let more = reads.vector();
            let mut reads = Reads(&more);
            let mut proposals = vec![commit];
            while !reads.0.is_empty() {
                proposals.push(reads.message());
            }
            return Err(proposals);
        }
        let welcome = (reads.u8() == 1).then(|| reads.bare(WELCOME));
        // Ada makes her own of each epoch: what came is only looked at.
        let group_info = match reads.u8() {
            1 => reads.bare(GROUP_INFO),
            2 => {
                assert_eq!(reads.u8(), 0, "no ratchet tree in a partial GroupInfo");
                let extensions = reads.vector();
                assert_eq!(reads.vector().len(), 64, "an Ed25519 signature");
                extensions
            }
            other => panic!("a GroupInfoRepresentation of {other}"),
        };
        Tree::read(&mut reads);
        assert!(reads.0.is_empty());
        Ok(Self {
            commit,
            welcome,
            group_info,
        })
    }
}

/// `UpdateRoomResponse`
pub(crate) enum Updated {
    Success(u64),
    WrongEpoch(u64),
    Other(u8),
}

impl Updated {
    pub(crate) fn write(&self) -> Vec<u8> {
        let (code, number) = match self {
            Self::Success(at) => (0, Some(*at)),
            Self::WrongEpoch(epoch) => (1, Some(*epoch)),
            Self::Other(code) => (*code, None),
        };
        let begins = Writes::default().u8(code).vector(b"");
        match number {
            Some(number) => begins.u64(number).0,
            None => begins.0,
        }
    }

    pub(crate) fn read(body: &[u8]) -> Self {
        let mut reads = Reads(body);
        let code = reads.u8();
        reads.vector();
        match code {
            0 => Self::Success(reads.u64()),
            1 => Self::WrongEpoch(reads.u64()),
            code => Self::Other(code),
        }
    }
}

/// `SubmitMessageRequest`
pub(crate) fn submit(message: &[u8], user: &str) -> Vec<u8> {
    let begins = Writes::default().u8(MLS_10).raw(message);
    begins.vector(user.as_bytes()).0
}

/// Message and user of one.
/// An `AbuseReport` of one user about another: of a message with this content and a stamp that nobody made, or of none.
pub(crate) fn report([by, about]: [&str; 2], said: Option<&[u8]>) -> Vec<u8> {
    let messages = said.map_or(Vec::new(), |content| {
        let frank = Writes(Vec::new()).raw(&[7; 32]).u16(SUITE).vector(&[9; 64]);
        let message = Writes(Vec::new()).vector(content).raw(&frank.0);
        message.u64(1_234).0
    });
    let (reason, extensions) = (0, &[]);
    let report = Writes(Vec::new())
        .vector(by.as_bytes())
        .vector(about.as_bytes());
    let report = report.u8(reason).vector(b"rude").vector(&messages);
    report.vector(extensions).0
}

pub(crate) fn submitted(body: &[u8]) -> (Vec<u8>, String) {
    let mut reads = Reads(body);
    assert_eq!(reads.u8(), MLS_10);
    (reads.message(), reads.text())
}

/// `SubmitMessageResponse` of a message that is accepted, without a frank.
pub(crate) fn accepted(at: u64) -> Vec<u8> {
    Writes::default().u8(MLS_10).u8(0).u64(at).u8(0).0
}

/// The same of one whose epoch is too long ago: the group's is this.
pub(crate) fn too_old(epoch: u64) -> Vec<u8> {
    Writes::default().u8(MLS_10).u8(2).u64(epoch).0
}

/// Whether one says that a message is accepted.
pub(crate) fn is_accepted(body: &[u8]) -> bool {
    body[..2] == [MLS_10, 0]
}

/// `FanoutMessage`
pub(crate) fn fanout(at: u64, message: &[u8], tree: Option<Tree>) -> Vec<u8> {
    let begins = Writes::default().u64(at).raw(message);
    match (tree, content_type(message)) {
        (Some(tree), _) => begins.raw(&tree.write()).0,
        // No frank; no further proposals.
        (None, 1..=3) => begins.u8(0).0,
        (None, other) => panic!("content type {other}"),
    }
}

/// One event of `/notify`.
pub(crate) struct Event {
    pub(crate) message: Vec<u8>,
    pub(crate) more: Vec<Vec<u8>>,
    pub(crate) tree: Option<Vec<u8>>,
}

/// All events of a body.
pub(crate) fn events(body: &[u8]) -> Vec<Event> {
    let mut reads = Reads(body);
    let mut events = Vec::new();
    while !reads.0.is_empty() {
        reads.u64();
        let message = reads.message();
        let mut event = Event {
            message,
            more: Vec::new(),
            tree: None,
        };
        match content_type(&event.message) {
            0 => {
                event.tree = match Tree::read(&mut reads) {
                    Tree::Full(tree) => Some(tree),
                    Tree::DistributionService => None,
                }
            }
            1 => assert_eq!(reads.u8(), 0, "a frank that nobody asked for"),
            _ => {
                let more = reads.vector();
                let mut reads = Reads(&more);
                while !reads.0.is_empty() {
                    event.more.push(reads.message());
                }
            }
        }
        events.push(event);
    }
    events
}

/// `GroupInfoRequest`, but for the signature.
pub(crate) fn group_info_tbs(key: &[u8], client: &str, hpke: &[u8]) -> Vec<u8> {
    let begins = Writes::default().u8(MLS_10).u16(SUITE).vector(key);
    begins.credential(client).vector(hpke).u8(0).0
}

/// Whom a GroupInfo is to be sealed to, by a `GroupInfoRequest`: signature key, HPKE key, and what is signed with its signature.
pub(crate) fn group_info_asked(body: &[u8]) -> (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>) {
    let mut reads = Reads(body);
    assert_eq!((reads.u8(), reads.u16()), (MLS_10, SUITE));
    let key = reads.vector();
    reads.credential();
    let hpke = reads.vector();
    assert_eq!(reads.u8(), 0, "no joining code");
    let tbs = body[..body.len() - reads.0.len()].to_vec();
    (key, hpke, tbs, reads.vector())
}

/// What is sealed: GroupInfo, tree, and no pending proposals.
pub(crate) fn group_info_plain(group_info: &[u8], tree: Vec<u8>) -> Vec<u8> {
    let begins = Writes::default().raw(group_info);
    begins.raw(&Tree::Full(tree).write()).vector(&[]).0
}

/// The same, read: bare GroupInfo, and tree.
pub(crate) fn group_info_opened(plain: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut reads = Reads(plain);
    let group_info = reads.bare(GROUP_INFO);
    let Tree::Full(tree) = Tree::read(&mut reads) else {
        panic!("no tree");
    };
    (group_info, tree)
}

/// `GroupInfoResponse` that grants it, but for the signature; what is signed of it is the same.
pub(crate) fn group_info_granted(
    room: &str,
    (key, hub): (&[u8], &str),
    (kem, sealed): (&[u8], &[u8]),
) -> Vec<u8> {
    let begins = Writes::default()
        .u8(MLS_10)
        .vector(room.as_bytes())
        .u8(1)
        .u16(SUITE);
    let begins = begins.vector(key).credential(hub);
    begins.vector(kem).vector(sealed).0
}

/// What is sealed in one, where it is granted.
pub(crate) fn group_info_sealed(body: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut reads = Reads(body);
    assert_eq!(reads.u8(), MLS_10);
    reads.vector();
    if reads.u8() != 1 {
        return None;
    }
    reads.u16();
    reads.vector();
    reads.credential();
    Some((reads.vector(), reads.vector()))
}
