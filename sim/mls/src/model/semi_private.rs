//! SemiPrivateMessages (draft-mahy-mls-semiprivatemessage-07): which handshakes are, how long they are then, and what that takes.

use super::client::Client;
use super::message::{Message, epoch_of};
use super::refused;
use super::settings::Settings;
use super::signature_key::receiver_key;
use super::version::Version;
use crate::context_work::ContextOperation;
use crate::engine::MlsError;
use crate::wire::semi_private::{EXTERNAL_RECEIVERS, ExternalReceiver};
use crate::work::Work;
use std::sync::Arc;
use throng_workloads::scenario::SignedContext;
use tls_codec::Deserialize as _;

/// Keys of those outside who read a group's handshakes.
fn receivers(version: &Version) -> Result<Arc<[Vec<u8>]>, MlsError> {
    let Some(data) = version.component(EXTERNAL_RECEIVERS) else {
        return Ok(Arc::default());
    };
    let receivers = Vec::<ExternalReceiver>::tls_deserialize_exact(&data)
        .map_err(|error| MlsError::Malformed(error.to_string()))?;
    let keys = receivers.into_iter();
    Ok(keys.map(|receiver| receiver.public_key.into()).collect())
}

/// What making or reading one takes besides what is in it, where the GroupContext has so many bytes.
pub(super) fn work(message: &Message, context: u64, signed: SignedContext) -> Work {
    let mut work = Work {
        message_bytes: message.len(),
        ..Work::default()
    };
    work.add_context(ContextOperation::SemiPrivate { context }, signed);
    work
}

/// A member's handshake as it goes out: in clear where nobody outside is to read it.
pub(super) fn seal(
    settings: &Settings,
    client: &mut Client,
    version: &Version,
    message: Message,
) -> Result<Message, MlsError> {
    let receivers = receivers(version)?;
    if receivers.is_empty() {
        return Ok(message);
    }
    let count = receivers.len() as u64;
    let len = version.history().lengths.semi_private_message(
        version.group_id(),
        message.len(),
        count,
        settings.padding,
    );
    let message = message.into_sealed(len, receivers);
    client.work().seals += count;
    *client.work() += work(&message, version.context(), settings.lengths.signed_context);
    Ok(message)
}

/// The PublicMessage in one, for a receiver outside.
pub(super) fn open_outside(
    settings: &Settings,
    receiver: &mut Client,
    version: &Version,
    message: &Message,
) -> Result<Message, MlsError> {
    let Some(sealed) = message.sealed() else {
        return Err(MlsError::Malformed("not a SemiPrivateMessage".to_owned()));
    };
    let (got, current) = (epoch_of(message)?, version.epoch());
    if got != current {
        return Err(MlsError::WrongEpoch { got, current });
    }
    let me = receiver_key(&settings.lengths, &receiver.identity);
    if !sealed.receivers.contains(&me) {
        return Err(refused(
            "SemiPrivateMessage",
            "not encrypted for this receiver",
        ));
    }
    receiver.work().opens += 1;
    *receiver.work() += work(message, version.context(), settings.lengths.signed_context);
    Ok(message.opened())
}
