//! How long messages are, kind by kind.

use super::check::Check;
use crate::units;
use serde::Serialize;
use std::collections::BTreeMap;
use throng_record::Record;
use throng_record::structure::{Stretch, Structure};

/// So many messages of a kind that the other run does not send at all are more than an accident of timing.
const MANY: u64 = 10;

/// Lengths that are named of a kind that is off.
const MOST_NAMED: usize = 5;

/// How messages of one kind agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// As many of each length.
    Equal,
    /// The same lengths, and of some more or fewer: timing decided how many were sent.
    SameLengths,
    /// Lengths that only one run has, of a kind whose length depends on what happened before: commits of the same history say
    /// whether that is right.
    ByState,
    /// Lengths that only one run has, of a kind whose length what is in it alone decides.
    Off,
    /// Only one run sent any, and so many that timing alone is no reason.
    Missing,
}

impl Agreement {
    /// In words.
    pub fn says(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::SameLengths => "other counts",
            Self::ByState => "by history",
            Self::Off => "off",
            Self::Missing => "only in one",
        }
    }
}

/// Messages of one kind in both runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KindLengths {
    /// `client` or `provider`.
    pub from: &'static str,
    /// `client` or `provider`.
    pub to: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// How they agree.
    pub agreement: Agreement,
    /// In the simulation.
    pub simulated: Messages,
    /// In the real run.
    pub real: Messages,
    /// How many messages of both runs have a partner of the same length in the other.
    pub matched: u64,
    /// Lengths that only one run has, in bytes: the first few.
    pub unmatched_bytes: Vec<u64>,
}

/// Messages of one kind in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Messages {
    /// How many.
    pub messages: u64,
    /// How long together.
    pub bytes: u64,
    /// How many different lengths.
    pub lengths: u64,
}

impl Messages {
    fn of(lengths: &BTreeMap<u64, u64>) -> Self {
        Self {
            messages: lengths.values().sum(),
            bytes: lengths.iter().map(|(bytes, count)| bytes * count).sum(),
            lengths: lengths.len() as u64,
        }
    }

    /// The mean length; none where there is no message.
    pub fn mean(&self) -> Option<f64> {
        (self.messages > 0).then(|| self.bytes as f64 / self.messages as f64)
    }
}

pub(super) fn compare(simulated: &Record, real: &Record, by_state: &[&str]) -> Vec<KindLengths> {
    let none = Structure::default();
    let [simulated, real] =
        [simulated, real].map(|record| &record.structure.as_ref().unwrap_or(&none).lengths);
    let mut stretches: Vec<&Stretch> = simulated.keys().chain(real.keys()).collect();
    stretches.sort();
    stretches.dedup();
    let none = BTreeMap::new();
    let of = |stretch: &Stretch| {
        let (one, two) = (
            simulated.get(stretch).unwrap_or(&none),
            real.get(stretch).unwrap_or(&none),
        );
        kind(*stretch, one, two, by_state.contains(&stretch.kind))
    };
    stretches.into_iter().map(of).collect()
}

fn kind(
    stretch: Stretch,
    simulated: &BTreeMap<u64, u64>,
    real: &BTreeMap<u64, u64>,
    by_state: bool,
) -> KindLengths {
    let only = |one: &BTreeMap<u64, u64>, other: &BTreeMap<u64, u64>| {
        let lengths = one.keys().filter(|bytes| !other.contains_key(bytes));
        lengths.copied().collect::<Vec<u64>>()
    };
    // A kind that one run did not send at all has no length there that could be compared.
    let both = !simulated.is_empty() && !real.is_empty();
    let mut unmatched = match both {
        true => [only(simulated, real), only(real, simulated)].concat(),
        false => Vec::new(),
    };
    unmatched.sort_unstable();
    let matched = simulated
        .iter()
        .map(|(bytes, count)| *count.min(real.get(bytes).unwrap_or(&0)))
        .sum();
    let most = [simulated, real].map(|side| side.values().sum::<u64>());
    let missing = !both && most.iter().any(|messages| *messages >= MANY);
    let agreement = match (simulated == real, unmatched.is_empty(), by_state) {
        _ if missing => Agreement::Missing,
        (true, ..) => Agreement::Equal,
        (false, true, _) => Agreement::SameLengths,
        (false, false, true) => Agreement::ByState,
        (false, false, false) => Agreement::Off,
    };
    unmatched.truncate(MOST_NAMED);
    KindLengths {
        from: stretch.from,
        to: stretch.to,
        kind: stretch.kind,
        agreement,
        simulated: Messages::of(simulated),
        real: Messages::of(real),
        matched,
        unmatched_bytes: unmatched,
    }
}

/// Whether each kind is as long in both runs as what is in it says.
pub(super) fn check(lengths: &[KindLengths]) -> Check {
    let wrong = |kind: &KindLengths| match kind.agreement {
        Agreement::Off => {
            let bytes: Vec<String> = kind.unmatched_bytes.iter().map(u64::to_string).collect();
            Some(format!("{} of {} B", kind.kind, bytes.join(", ")))
        }
        Agreement::Missing => Some(kind.kind.to_owned()),
        _ => None,
    };
    let off: Vec<String> = lengths.iter().filter_map(wrong).collect();
    let equal = |agreement| {
        let kinds = lengths.iter().filter(|kind| kind.agreement == agreement);
        kinds.count() as u64
    };
    Check {
        what: "bytes a message".to_owned(),
        met: off.is_empty() && !lengths.is_empty(),
        found: match off.as_slice() {
            [] => format!(
                "of {} on links {} equal to the byte, {} in other numbers, {} by the rooms' history",
                units::counted(lengths.len() as u64, "kind", "kinds"),
                equal(Agreement::Equal),
                equal(Agreement::SameLengths),
                equal(Agreement::ByState),
            ),
            off => format!("only one run has {}", off.join("; ")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRETCH: Stretch = Stretch {
        from: "client",
        to: "provider",
        kind: "submit-message",
    };

    fn agreement(simulated: &[(u64, u64)], real: &[(u64, u64)], by_state: bool) -> KindLengths {
        let of = |pairs: &[(u64, u64)]| pairs.iter().copied().collect::<BTreeMap<u64, u64>>();
        kind(STRETCH, &of(simulated), &of(real), by_state)
    }

    #[test]
    fn a_length_that_only_one_run_has_is_off_where_content_alone_decides_it() {
        let off = agreement(&[(100, 2), (200, 1)], &[(100, 2), (201, 1)], false);
        assert_eq!(off.agreement, Agreement::Off);
        assert_eq!(
            (off.matched, off.unmatched_bytes.as_slice()),
            (2, &[200, 201][..])
        );
        assert!(!check(std::slice::from_ref(&off)).met);
        assert!(check(&[off]).found.contains("submit-message of 200, 201 B"));
        let state = agreement(&[(100, 2), (200, 1)], &[(100, 2), (201, 1)], true);
        assert_eq!(state.agreement, Agreement::ByState);
        assert!(check(&[state]).met);
    }

    #[test]
    fn timing_may_decide_how_many_there_are() {
        let more = agreement(&[(100, 2)], &[(100, 3)], false);
        assert_eq!(more.agreement, Agreement::SameLengths);
        assert_eq!((more.simulated.messages, more.real.bytes), (2, 300));
        assert_eq!(
            agreement(&[(8, 4)], &[(8, 4)], false).agreement,
            Agreement::Equal
        );
        let absent = agreement(&[], &[(8, 1)], false);
        assert_eq!(absent.agreement, Agreement::SameLengths);
        let missing = agreement(&[], &[(8, MANY)], true);
        assert_eq!(missing.agreement, Agreement::Missing);
        assert!(!check(&[missing]).met);
    }

    #[test]
    fn nothing_compared_is_no_agreement() {
        assert!(!check(&[]).met);
    }
}
