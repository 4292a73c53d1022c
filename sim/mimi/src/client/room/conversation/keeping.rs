//! A conversation that is written down. Stamps on messages are not: with the process goes what it could report of them.

use super::Talk;
use super::{Conversation, Evidence, Fetching};
use crate::client::context::Device;
use crate::client::saying::Said;
use crate::content::{Kind, MessageId, MessageStatus, PerMessageStatus};
use crate::directory::Directory;
use throng_mls::engine::Engine;
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// What is written of a conversation.
#[derive(Debug, Default, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
pub(in crate::client::room) struct WrittenConversation {
    known: Vec<WrittenSaid>,
    due: Vec<([u8; 32], u8)>,
    generation: u32,
}

/// A message that others can refer to: its id, kind, what it is about, and the URI of whose it is.
#[derive(Debug, PartialEq, TlsSize, TlsSerialize, TlsDeserialize)]
struct WrittenSaid {
    id: [u8; 32],
    kind: u8,
    in_reply_to: Option<[u8; 32]>,
    by: VLBytes,
}

/// Those kinds that others can refer to, by the number by which they are written.
const REFERRED: [Kind; 5] = [
    Kind::Text,
    Kind::Reply,
    Kind::Reaction,
    Kind::Edit,
    Kind::Attachment,
];

impl Conversation {
    pub(in crate::client::room) fn written<E: Engine>(
        &self,
        device: &Device<E>,
    ) -> WrittenConversation {
        let written = |said: &Said| {
            let kind = REFERRED.iter().position(|kind| *kind == said.kind)?;
            Some(WrittenSaid {
                id: said.id.0,
                kind: kind as u8,
                in_reply_to: said.in_reply_to.map(|id| id.0),
                by: device.directory.user_uri(said.by)?.into_bytes().into(),
            })
        };
        let due = self.due.iter().map(|due| (due.message_id.0, due.status.0));
        WrittenConversation {
            known: self.known.iter().filter_map(written).collect(),
            due: due.collect(),
            generation: self.generation,
        }
    }

    /// One that goes on from that, where it says anything. What is to be reported is when the client is back.
    pub(in crate::client::room) fn resumed(
        directory: &dyn Directory,
        written: WrittenConversation,
    ) -> Talk {
        if written == WrittenConversation::default() {
            return None;
        }
        let said = |written: WrittenSaid| {
            Some(Said {
                id: MessageId(written.id),
                kind: *REFERRED.get(usize::from(written.kind))?,
                in_reply_to: written.in_reply_to.map(MessageId),
                replaces: None,
                by: directory.user_named(written.by.as_slice())?.0,
            })
        };
        let due = |(id, status)| PerMessageStatus {
            message_id: MessageId(id),
            status: MessageStatus(status),
        };
        Some(Box::new(Self {
            known: written.known.into_iter().filter_map(said).collect(),
            late: !written.due.is_empty(),
            due: written.due.into_iter().map(due).collect(),
            gathering: false,
            evidence: Evidence::default(),
            fetching: Fetching::default(),
            generation: written.generation,
        }))
    }
}
