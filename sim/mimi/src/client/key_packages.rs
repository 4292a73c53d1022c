//! The KeyPackages that the client has published, and when they are to be replaced.

use std::collections::VecDeque;
use throng_mls::engine::{Engine, MlsError};
use throng_mls::wire::BareKeyPackage;
use throng_workloads::time::{SimSpan, SimTime};

/// A client's KeyPackages.
#[derive(Debug)]
pub(super) struct KeyPackages {
    lifetime: SimSpan,
    /// KeyPackageRefs and when their lifetimes end, oldest first.
    made: VecDeque<(Vec<u8>, SimTime)>,
}

impl KeyPackages {
    pub(super) fn new(lifetime: SimSpan) -> Self {
        Self {
            lifetime,
            made: VecDeque::new(),
        }
    }

    /// Those of a client that goes on: references and when their lifetimes end, oldest first.
    pub(super) fn resumed(
        lifetime: SimSpan,
        made: impl IntoIterator<Item = (Vec<u8>, SimTime)>,
    ) -> Self {
        Self {
            lifetime,
            made: made.into_iter().collect(),
        }
    }

    /// What [`Self::resumed`] goes on from.
    pub(super) fn made(&self) -> impl Iterator<Item = (&[u8], SimTime)> {
        let made = self.made.iter();
        made.map(|(reference, expires)| (reference.as_slice(), *expires))
    }

    /// So many fresh ones. Expired ones are forgotten.
    pub(super) fn make<E: Engine>(
        &mut self,
        now: SimTime,
        count: u32,
        engine: &E,
        mls: &mut E::Client,
    ) -> Result<Vec<BareKeyPackage<E::Message>>, MlsError> {
        self.forget_expired(now, engine, mls)?;
        let expires = now + self.lifetime;
        (0..count)
            .map(|_| {
                let package = engine.key_package(mls)?;
                self.made.push_back((package.reference, expires));
                BareKeyPackage::new(package.message)
                    .map_err(|error| MlsError::Malformed(error.to_string()))
            })
            .collect()
    }

    /// One that was handed out in time may come back in a Welcome that waited: its key is kept a lifetime
    /// longer.
    fn forget_expired<E: Engine>(
        &mut self,
        now: SimTime,
        engine: &E,
        mls: &mut E::Client,
    ) -> Result<(), MlsError> {
        let kept = self.lifetime;
        let over = self.made.partition_point(|(_, end)| *end + kept <= now);
        for (reference, _) in self.made.drain(..over) {
            engine.forget_key_package(mls, &reference)?;
        }
        Ok(())
    }

    /// Whether it is time to replace them: two thirds of the newest ones' lifetime are over.
    pub(super) fn are_old(&self, now: SimTime) -> bool {
        let third = SimSpan::from_nanos(self.lifetime.as_nanos() / 3);
        self.made
            .back()
            .is_some_and(|(_, expires)| now + third >= *expires)
    }
}
