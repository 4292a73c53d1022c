//! A request that is not taken, and when it may come again.

use std::time::Duration;
use throng_stack::Reply;
use throng_stack::web::Turned;

/// A request that is not taken.
#[derive(Debug)]
pub(super) struct Declined {
    turned: Turned,
    /// In seconds, where it is known.
    again: Option<u64>,
}

impl Declined {
    /// Not now, or never: as the status says.
    pub(super) fn now(status: u16, why: &str) -> Self {
        Turned::new(status, why).into()
    }

    /// Not now, but after so long.
    pub(super) fn again(wait: Duration, why: &str) -> Self {
        Self {
            turned: Turned::new(503, why),
            again: Some(wait.as_secs()),
        }
    }

    /// The status.
    pub(super) const fn status(&self) -> u16 {
        self.turned.status
    }

    /// Why, in words.
    pub(super) fn why(&self) -> &str {
        &self.turned.why
    }

    /// Whoever asks has asked too often: not before so long.
    pub(super) fn too_often(wait: Duration) -> Self {
        Self {
            turned: Turned::new(429, "too often"),
            // In whole seconds, as the field has them, and none too early.
            again: Some(wait.as_millis().div_ceil(1000).max(1) as u64),
        }
    }
}

impl From<Turned> for Declined {
    fn from(turned: Turned) -> Self {
        Self {
            turned,
            again: None,
        }
    }
}

impl From<Declined> for Reply {
    fn from(declined: Declined) -> Self {
        let mut reply = Self::from(declined.turned);
        let again = declined.again.map(|seconds| seconds.to_string());
        reply
            .fields
            .extend(again.map(|seconds| ("retry-after", seconds)));
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_come_again_hears_when() {
        let again = |declined: Declined| {
            let fields = Reply::from(declined).fields.into_iter();
            let mut again = fields.filter(|(name, _)| *name == "retry-after");
            again.next().map(|(_, value)| value)
        };
        assert_eq!(again(Declined::now(413, "too long")), None);
        let wait = |millis| again(Declined::too_often(Duration::from_millis(millis)));
        assert_eq!(wait(0), Some("1".to_owned()));
        assert_eq!(wait(2001), Some("3".to_owned()));
    }
}
