//! Reading what an MLS message says in clear, without decoding all of it.
//!
//! OpenMLS decodes messages whole and keeps some of what it finds to itself (the ciphertexts of an
//! UpdatePath among it). This reads the few fields that engine and hub decide on, by the TLS
//! presentation of RFC 9420: variable-size vectors (section 2.1.2), MLSMessage (section 6), Commit
//! and UpdatePath (sections 12.4 and 7.6), Welcome (section 12.4.3.1).

use crate::app_data::AppDataUpdate;
use crate::engine::{MlsError, Proposed};
use crate::tls::{Malformed, consumed, leaf_node};
pub(crate) use crate::tls::{Reader, push_vector, vector_len};
use crate::wire::embedded::GROUP_INFO;
use crate::wire::semi_private::SEMI_PRIVATE;
use crate::wire::{MlsBytes, PartialGroupInfo, RatchetTreePresence};
use tls_codec::Deserialize as _;

/// Extensions of a GroupInfo (RFC 9420, section 17.3).
const RATCHET_TREE: u16 = 2;
const EXTERNAL_PUB: u16 = 4;

type Result<T> = std::result::Result<T, MlsError>;

fn malformed(what: &'static str) -> MlsError {
    Malformed(what).into()
}

/// Wire formats of MLSMessage (RFC 9420, section 17.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireFormat {
    Public,
    Private,
    SemiPrivate,
    Welcome,
    GroupInfo,
    KeyPackage,
}

/// Content types of framed messages (RFC 9420, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentType {
    Application,
    Proposal,
    Commit,
}

/// Who a PublicMessage says sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    Member(u32),
    External(u32),
    NewMemberProposal,
    NewMemberCommit,
}

/// The clear beginning of a PublicMessage, PrivateMessage or SemiPrivateMessage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header<'a> {
    pub(crate) epoch: u64,
    pub(crate) content_type: ContentType,
    /// In clear in PublicMessages only.
    pub(crate) sender: Option<Sender>,
    /// What follows: for a PublicMessage the content, then signature and tags.
    pub(crate) rest: Reader<'a>,
}

/// The wire format of an MLSMessage, and what follows it.
pub(crate) fn open(message: &[u8]) -> Result<(WireFormat, Reader<'_>)> {
    let mut reader = Reader::new(message);
    if reader.u16()? != 1 {
        return Err(malformed("protocol version is not mls10"));
    }
    let format = match reader.u16()? {
        1 => WireFormat::Public,
        2 => WireFormat::Private,
        3 => WireFormat::Welcome,
        4 => WireFormat::GroupInfo,
        5 => WireFormat::KeyPackage,
        SEMI_PRIVATE => WireFormat::SemiPrivate,
        _ => return Err(malformed("unknown wire format")),
    };
    Ok((format, reader))
}

/// What follows the header of an MLSMessage that must have this format.
pub(crate) fn expect(message: &[u8], format: WireFormat) -> Result<Reader<'_>> {
    match open(message)? {
        (found, reader) if found == format => Ok(reader),
        (found, _) => Err(MlsError::Malformed(format!(
            "wire format is {found:?}, not {format:?}"
        ))),
    }
}

/// The header of a handshake or application message.
pub(crate) fn header(message: &[u8]) -> Result<Header<'_>> {
    let (format, mut reader) = open(message)?;
    let framed = [
        WireFormat::Public,
        WireFormat::Private,
        WireFormat::SemiPrivate,
    ];
    if !framed.contains(&format) {
        return Err(malformed("neither handshake nor application message"));
    }
    reader.vector()?; // group_id
    let epoch = reader.u64()?;
    let mut sender = None;
    if format == WireFormat::Public {
        sender = Some(match reader.u8()? {
            1 => Sender::Member(reader.u32()?),
            2 => Sender::External(reader.u32()?),
            3 => Sender::NewMemberProposal,
            4 => Sender::NewMemberCommit,
            _ => return Err(malformed("unknown sender type")),
        });
        reader.vector()?; // authenticated_data
    }
    let content_type = match reader.u8()? {
        1 => ContentType::Application,
        2 => ContentType::Proposal,
        3 => ContentType::Commit,
        _ => return Err(malformed("unknown content type")),
    };
    Ok(Header {
        epoch,
        content_type,
        sender,
        rest: reader,
    })
}

/// The `authenticated_data` of an application message.
pub(crate) fn application_aad(message: &[u8]) -> Result<&[u8]> {
    let mut header = header(message)?;
    match header.content_type {
        ContentType::Application => Ok(header.rest.vector()?),
        _ => Err(malformed("not an application message")),
    }
}

/// What a proposal in a PublicMessage says; `None` of any other message.
pub(crate) fn proposal(header: Header<'_>) -> Result<Option<Proposed>> {
    if header.content_type != ContentType::Proposal || header.sender.is_none() {
        return Ok(None);
    }
    let mut body = header.rest;
    Ok(Some(match body.u16()? {
        // RFC 9420, section 17.4; draft-ietf-mls-extensions, "MLS Proposal Types".
        3 => Proposed::Remove(body.u32()?),
        8 => {
            let component = body.u16()?;
            match body.u8()? {
                1 => Proposed::AppData(AppDataUpdate {
                    component,
                    update: body.vector()?.to_vec(),
                }),
                _ => Proposed::Other,
            }
        }
        10 => Proposed::SelfRemove,
        _ => Proposed::Other,
    }))
}

/// HPKE ciphertexts in the UpdatePath of a commit in a PublicMessage, if it has one; whoever's library wrote it.
///
/// # Errors
/// [`MlsError::Malformed`] where it is something else.
pub fn commit_ciphertexts(message: &[u8]) -> Result<Option<u32>> {
    let header = header(message)?;
    match (header.content_type, header.sender) {
        (ContentType::Commit, Some(_)) => path_ciphertexts(header.rest),
        _ => Err(malformed("not a commit in a PublicMessage")),
    }
}

/// HPKE ciphertexts in the UpdatePath of a Commit, if it has one. `commit` is positioned at the
/// Commit.
pub(crate) fn path_ciphertexts(mut commit: Reader<'_>) -> Result<Option<u32>> {
    commit.vector()?; // proposals
    if commit.u8()? == 0 {
        return Ok(None);
    }
    leaf_node(&mut commit)?;
    let mut nodes = Reader::new(commit.vector()?);
    let mut count = 0;
    while !nodes.is_empty() {
        nodes.vector()?; // encryption_key
        let mut ciphertexts = Reader::new(nodes.vector()?);
        while !ciphertexts.is_empty() {
            ciphertexts.vector()?; // kem_output
            ciphertexts.vector()?; // ciphertext
            count += 1;
        }
    }
    Ok(Some(count))
}

/// The confirmation tag (RFC 9420, section 6.1) of a commit in a PublicMessage. `commit` is positioned at the Commit.
pub(crate) fn confirmation_tag(mut commit: Reader<'_>) -> Result<&[u8]> {
    commit.vector()?; // proposals
    if commit.u8()? != 0 {
        leaf_node(&mut commit)?;
        commit.vector()?; // nodes
    }
    commit.vector()?; // signature
    Ok(commit.vector()?)
}

/// The KeyPackageRefs that a Welcome is for, in its order.
pub(crate) fn welcome_references(welcome: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut reader = expect(welcome, WireFormat::Welcome)?;
    reader.u16()?; // cipher_suite
    let mut secrets = Reader::new(reader.vector()?);
    let mut references = Vec::new();
    while !secrets.is_empty() {
        references.push(secrets.vector()?.to_vec());
        secrets.vector()?; // kem_output
        secrets.vector()?; // ciphertext
    }
    Ok(references)
}

/// The Welcome for the KeyPackages of these references alone.
pub(crate) fn welcome_for(welcome: &[u8], references: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut reader = expect(welcome, WireFormat::Welcome)?;
    reader.u16()?; // cipher_suite
    let head = welcome.len() - reader.rest().len();
    let mut secrets = Reader::new(reader.vector()?);
    let (mut theirs, mut found) = (Vec::new(), 0);
    while !secrets.is_empty() {
        let one = secrets.rest();
        let reference = secrets.vector()?;
        secrets.vector()?; // kem_output
        secrets.vector()?; // ciphertext
        if references.iter().any(|wanted| wanted == reference) {
            found += 1;
            theirs.extend(one.iter().take(one.len() - secrets.rest().len()));
        }
    }
    if found != references.len() {
        return Err(MlsError::WrongParts("the Welcome is not for all of them"));
    }
    let mut cut: Vec<u8> = welcome.iter().take(head).copied().collect();
    push_vector(&mut cut, &theirs)?;
    push_vector(&mut cut, reader.vector()?)?;
    Ok(cut)
}

/// Bytes of a Welcome's `encrypted_group_info`: the context of each joiner's secrets.
pub(crate) fn welcome_context(welcome: &[u8]) -> Result<u64> {
    let mut reader = expect(welcome, WireFormat::Welcome)?;
    reader.u16()?; // cipher_suite
    reader.vector()?; // secrets
    Ok(reader.vector()?.len() as u64)
}

/// The `unmerged_leaves` of an encoded ParentNode (RFC 9420, section 7.1).
pub(crate) fn unmerged_leaves(parent: &[u8]) -> Result<Vec<u32>> {
    let mut reader = Reader::new(parent);
    reader.vector()?; // encryption_key
    reader.vector()?; // parent_hash
    let mut list = Reader::new(reader.vector()?);
    let mut leaves = Vec::new();
    while !list.is_empty() {
        leaves.push(list.u32()?);
    }
    Ok(leaves)
}

/// The GroupInfoTBS (RFC 9420, section 12.4.3) of a GroupInfo, less the `ratchet_tree` extension,
/// and the length of that extension's content.
pub(crate) fn group_info_without_tree(message: &[u8]) -> Result<(Vec<u8>, u64)> {
    let mut reader = expect(message, WireFormat::GroupInfo)?;
    let whole = reader.rest();
    skip_group_context(&mut reader)?;
    let context = consumed(whole, reader);
    let mut extensions = Reader::new(reader.vector()?);
    let mut kept = Vec::new();
    let mut tree_len = 0;
    while !extensions.is_empty() {
        let start = extensions.rest();
        let extension = extensions.u16()?;
        let content = extensions.vector()?;
        match extension {
            RATCHET_TREE => tree_len = content.len() as u64,
            _ => kept.extend_from_slice(consumed(start, extensions)),
        }
    }
    let tail = reader.rest();
    reader.vector()?; // confirmation_tag
    reader.u32()?; // signer
    let mut tbs = context.to_vec();
    push_vector(&mut tbs, &kept)?;
    tbs.extend_from_slice(consumed(tail, reader));
    Ok((tbs, tree_len))
}

/// What a GroupInfo (RFC 9420, section 12.4.3) says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupInfoParts<'a> {
    /// All but the signature: GroupInfoTBS.
    pub(crate) to_be_signed: &'a [u8],
    pub(crate) group_context: &'a [u8],
    pub(crate) extensions: &'a [u8],
    pub(crate) has_external_pub: bool,
    pub(crate) has_ratchet_tree: bool,
    pub(crate) confirmation_tag: &'a [u8],
    pub(crate) signer: u32,
    pub(crate) signature: &'a [u8],
}

/// The parts of a GroupInfo message.
pub(crate) fn group_info(message: &[u8]) -> Result<GroupInfoParts<'_>> {
    let mut reader = expect(message, WireFormat::GroupInfo)?;
    let whole = reader.rest();
    skip_group_context(&mut reader)?;
    let group_context = consumed(whole, reader);
    let all_extensions = reader.vector()?;
    let mut extensions = Reader::new(all_extensions);
    let (mut has_external_pub, mut has_ratchet_tree) = (false, false);
    while !extensions.is_empty() {
        match extensions.u16()? {
            RATCHET_TREE => has_ratchet_tree = true,
            EXTERNAL_PUB => has_external_pub = true,
            _ => {}
        }
        extensions.vector()?;
    }
    let confirmation_tag = reader.vector()?;
    let signer = reader.u32()?;
    let to_be_signed = consumed(whole, reader);
    let signature = reader.vector()?;
    match reader.is_empty() {
        true => Ok(GroupInfoParts {
            to_be_signed,
            group_context,
            extensions: all_extensions,
            has_external_pub,
            has_ratchet_tree,
            confirmation_tag,
            signer,
            signature,
        }),
        false => Err(malformed("bytes after the GroupInfo")),
    }
}

/// What a hub that knows the rest lacks for a GroupInfo message.
pub(crate) fn partial_group_info(message: &[u8]) -> Result<PartialGroupInfo> {
    let said = group_info(message)?;
    if said.has_ratchet_tree {
        return Err(malformed("a ratchet tree in a GroupInfo for a hub"));
    }
    Ok(PartialGroupInfo {
        ratchet_tree_presence: RatchetTreePresence::NoRatchetTree,
        group_info_extensions: said.extensions.into(),
        signature: said.signature.into(),
    })
}

/// The GroupInfo message of this context, confirmation tag and signer, with what only its maker knows.
pub(crate) fn whole_group_info(
    context: &[u8],
    confirmation_tag: &[u8],
    signer: u32,
    partial: &PartialGroupInfo,
) -> Result<MlsBytes> {
    let [high, low] = GROUP_INFO.to_be_bytes();
    let mut message = vec![0, 1, high, low];
    message.extend_from_slice(context);
    push_vector(&mut message, partial.group_info_extensions.as_slice())?;
    push_vector(&mut message, confirmation_tag)?;
    message.extend_from_slice(&signer.to_be_bytes());
    push_vector(&mut message, partial.signature.as_slice())?;
    // Read whole, as one is that comes whole: of what is signed only one encoding is right, and others could not read another.
    MlsBytes::tls_deserialize_exact(&message)
        .map_err(|error| MlsError::Malformed(error.to_string()))
}

/// Get past a GroupContext.
fn skip_group_context(reader: &mut Reader<'_>) -> Result<()> {
    context_extensions(reader).map(drop)
}

/// The extensions of a GroupContext (RFC 9420, section 8.1), which is read to its end.
pub(crate) fn context_extensions<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8]> {
    reader.u16()?; // version
    reader.u16()?; // cipher_suite
    reader.vector()?; // group_id
    reader.u64()?; // epoch
    reader.vector()?; // tree_hash
    reader.vector()?; // confirmed_transcript_hash
    Ok(reader.vector()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vectors_of_every_length_of_length_come_back() {
        for len in [0, 1, 63, 64, 16_383, 16_384, 70_000] {
            let content = vec![7; len];
            let mut encoded = Vec::new();
            push_vector(&mut encoded, &content).unwrap();
            let mut reader = Reader::new(&encoded);
            assert_eq!(reader.vector().unwrap(), content);
            assert_eq!(vector_len(len as u64), encoded.len() as u64);
            assert!(reader.is_empty());
            assert!(Reader::new(&encoded[..encoded.len() - 1]).vector().is_err());
        }
    }

    proptest! {
        /// Nothing that is read here comes from a friend.
        #[test]
        fn no_bytes_make_it_panic(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
            format in 0..6u8,
        ) {
            for frame in [false, true] {
                if frame && bytes.len() >= 4 {
                    bytes[..4].copy_from_slice(&[0, 1, 0, format]);
                }
                let _ = header(&bytes).and_then(|header| path_ciphertexts(header.rest));
                let _ = path_ciphertexts(Reader::new(&bytes));
                let _ = welcome_references(&bytes);
                let _ = welcome_for(&bytes, &[vec![0]]);
                let _ = welcome_context(&bytes);
                let _ = unmerged_leaves(&bytes);
                let _ = group_info_without_tree(&bytes);
                let _ = group_info(&bytes);
                let _ = confirmation_tag(Reader::new(&bytes));
            }
        }
    }
}
