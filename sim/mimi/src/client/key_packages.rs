//! The KeyPackages that the client has published, and when they are to be replaced.

use std::collections::VecDeque;
use throng_mls::engine::{Engine, KeyPackage, MlsError};
use throng_mls::terms::Lifetime;
use throng_mls::wire::BareKeyPackage;
use throng_workloads::scenario::Policy;
use throng_workloads::time::{SimSpan, SimTime};

/// What a client keeps at its provider.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    many: u32,
    lifetime: SimSpan,
    last_resort: bool,
    /// Whether they say when their lifetimes end. Where clocks do not show one time, nobody could tell by it, and each party reckons
    /// from when it has them.
    dated: bool,
}

impl Rules {
    /// As the policy has it.
    pub(super) fn new(policy: &Policy, one_clock: bool) -> Self {
        Self {
            many: policy.key_packages,
            lifetime: policy.key_package_lifetime,
            last_resort: policy.last_resort,
            dated: one_clock,
        }
    }

    /// The lifetime of what is made now.
    pub(super) fn lifetime(&self, now: SimTime) -> Lifetime {
        match self.dated {
            true => Lifetime::starting(now, self.lifetime),
            false => Lifetime::ALWAYS,
        }
    }
}

/// Which are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Make {
    /// As many as are kept, and the one of last resort where there is one.
    All,
    /// As many as are missing where so many are left.
    Missing {
        /// How many are left.
        left: u32,
    },
    /// The one of last resort.
    LastResort,
}

/// A reference, and when its lifetime ends.
type Made = (Vec<u8>, SimTime);

/// A client's KeyPackages.
#[derive(Debug)]
pub(super) struct KeyPackages {
    rules: Rules,
    /// Those that are used once, and those of last resort that others have replaced: by the end of their lifetimes.
    made: VecDeque<Made>,
    last_resort: Option<Made>,
    /// Whether somebody has added the client by that.
    last_resort_used: bool,
    /// When the newest of `made` are old; never, where there are none. It is asked for with everything that comes.
    old_from: SimTime,
}

/// What [`KeyPackages`] goes on from: references and when their lifetimes end, oldest first; and of that of last resort.
pub(super) type Written = (Vec<Made>, Option<(Made, bool)>);

impl KeyPackages {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            made: VecDeque::new(),
            last_resort: None,
            last_resort_used: false,
            old_from: SimTime::MAX,
        }
    }

    /// Those of a client that goes on.
    pub(super) fn resumed(rules: Rules, (made, last_resort): Written) -> Self {
        let (last_resort, last_resort_used) = last_resort.unzip();
        let mut all = Self {
            made: made.into(),
            last_resort,
            last_resort_used: last_resort_used.unwrap_or(false),
            ..Self::new(rules)
        };
        all.reckon();
        all
    }

    /// Say anew when those that are used once are old.
    fn reckon(&mut self) {
        let newest = self.made.back();
        self.old_from = newest.map_or(SimTime::MAX, |(_, expires)| self.renewal(*expires));
    }

    /// What [`Self::resumed`] goes on from.
    pub(super) fn written(&self) -> Written {
        let last_resort = self.last_resort.clone();
        let made = self.made.iter().cloned();
        (
            made.collect(),
            last_resort.map(|made| (made, self.last_resort_used)),
        )
    }

    /// Of what is made now.
    pub(super) fn lifetime(&self, now: SimTime) -> Lifetime {
        self.rules.lifetime(now)
    }

    /// Fresh ones. Expired ones are forgotten.
    pub(super) fn make<E: Engine>(
        &mut self,
        now: SimTime,
        make: Make,
        engine: &E,
        mls: &mut E::Client,
    ) -> Result<Vec<BareKeyPackage<E::Message>>, MlsError> {
        let fresh = self.replace(now, make, engine, mls);
        self.reckon();
        fresh
    }

    fn replace<E: Engine>(
        &mut self,
        now: SimTime,
        make: Make,
        engine: &E,
        mls: &mut E::Client,
    ) -> Result<Vec<BareKeyPackage<E::Message>>, MlsError> {
        self.forget_expired(now, engine, mls)?;
        let (once, last_resort) = match make {
            Make::All => (self.rules.many, self.rules.last_resort),
            Make::Missing { left } => (self.rules.many.saturating_sub(left), false),
            Make::LastResort => (0, self.rules.last_resort),
        };
        engine.set_lifetime(mls, self.rules.lifetime(now));
        let expires = Lifetime::starting(now, self.rules.lifetime).end();
        let bare = |package: KeyPackage<E::Message>| {
            BareKeyPackage::new(package.message)
                .map_err(|error| MlsError::Malformed(error.to_string()))
        };
        let mut all = Vec::with_capacity(once as usize + usize::from(last_resort));
        for _ in 0..once {
            let package = engine.key_package(mls)?;
            self.made.push_back((package.reference.clone(), expires));
            all.push(bare(package)?);
        }
        if last_resort {
            let package = engine.last_resort_key_package(mls)?;
            let new = (package.reference.clone(), expires);
            // Whoever has the one before may still use it.
            if let Some(before) = self.last_resort.replace(new) {
                let place = self.made.partition_point(|(_, end)| *end <= before.1);
                self.made.insert(place, before);
            }
            self.last_resort_used = false;
            all.push(bare(package)?);
        }
        Ok(all)
    }

    /// One that was handed out in time may come back in a Welcome that waited: its key is kept a lifetime
    /// longer.
    fn forget_expired<E: Engine>(
        &mut self,
        now: SimTime,
        engine: &E,
        mls: &mut E::Client,
    ) -> Result<(), MlsError> {
        let kept = self.rules.lifetime;
        let over = self.made.partition_point(|(_, end)| *end + kept <= now);
        for (reference, _) in self.made.drain(..over) {
            engine.forget_key_package(mls, &reference)?;
        }
        Ok(())
    }

    /// Whether it is time to replace them: two thirds of the newest ones' lifetime are over.
    pub(super) fn are_old(&self, now: SimTime) -> bool {
        now >= self.old_from
    }

    fn is_old(&self, now: SimTime, (_, expires): &(Vec<u8>, SimTime)) -> bool {
        let third = SimSpan::from_nanos(self.rules.lifetime.as_nanos() / 3);
        now + third >= *expires
    }

    /// A Welcome came: when the lifetime of the KeyPackage ends that it was made by, as far as it is known.
    pub(super) fn welcomed<E: Engine>(
        &mut self,
        engine: &E,
        welcome: &E::Message,
    ) -> Option<SimTime> {
        let references = engine.welcome_references(welcome).ok()?;
        if let Some((reference, expires)) = &self.last_resort
            && references.contains(reference)
        {
            self.last_resort_used = true;
            return Some(*expires);
        }
        let mut made = self.made.iter();
        let used = made.find(|(reference, _)| references.contains(reference));
        used.map(|(_, expires)| *expires)
    }

    /// When a leaf is to be made anew that ends then: two thirds of its lifetime are over.
    pub(super) fn renewal(&self, expires: SimTime) -> SimTime {
        let third = self.rules.lifetime.as_nanos() / 3;
        SimTime::from_nanos(expires.as_nanos().saturating_sub(third))
    }

    /// Whether that of last resort is to be replaced: somebody has added the client by it, or two thirds of its lifetime are over.
    pub(super) fn last_resort_is_due(&self, now: SimTime) -> bool {
        let made = self.last_resort.as_ref();
        self.last_resort_used || made.is_some_and(|made| self.is_old(now, made))
    }
}
