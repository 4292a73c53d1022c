//! A member that is written down.

use super::Member;
use throng_mls::engine::{Engine, MlsError};
use tls_codec::{TlsDeserialize, TlsSerialize, TlsSize, VLBytes};

/// What is written of a membership.
#[derive(Debug, TlsSize, TlsSerialize, TlsDeserialize)]
pub(in crate::client::room) struct WrittenMember {
    /// As the engine writes it.
    group: VLBytes,
    retry_from: u64,
    refused_covers: u32,
    /// Who was heard of, and when: leaves and the hub's timestamps.
    activity: Vec<(u32, u64)>,
}

impl<E: Engine> Member<E> {
    /// All of it.
    ///
    /// # Errors
    /// What is under way.
    pub(in crate::client::room) fn written(
        &mut self,
        engine: &E,
        mls: &E::Client,
    ) -> Result<WrittenMember, String> {
        if let Some(epoch) = self.awaits(engine) {
            return Err(format!("the commit to epoch {epoch} has not come"));
        }
        if self.waiting.is_some() {
            return Err("it is about to commit what others proposed".to_owned());
        }
        let group = engine.group_kept(mls, &mut self.group);
        Ok(WrittenMember {
            group: group.map_err(|error| error.to_string())?.into(),
            retry_from: self.retry_from,
            refused_covers: self.refused_covers,
            activity: self.activity.all().collect(),
        })
    }

    /// A member that goes on from that.
    ///
    /// # Errors
    /// The group cannot be read.
    pub(in crate::client::room) fn resumed(
        engine: &E,
        mls: &E::Client,
        written: &WrittenMember,
    ) -> Result<Self, MlsError> {
        let group = engine.group_restored(mls, written.group.as_slice())?;
        Ok(Self {
            retry_from: written.retry_from,
            refused_covers: written.refused_covers,
            activity: written.activity.iter().copied().collect(),
            ..Self::new(group)
        })
    }

    pub(in crate::client::room) fn group(&self) -> &E::Group {
        &self.group
    }
}
