//! What MLS did, in countable units.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use throng_sim::mls::work::Work;

/// What MLS did, by who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkByParty {
    /// All clients together.
    pub clients: WorkSummary,
    /// All hubs together.
    pub hubs: WorkSummary,
}

/// Work by unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkSummary(BTreeMap<String, u64>);

impl WorkSummary {
    /// How much of a unit; 0 of one that was not counted yet when the run was made.
    pub fn of(&self, unit: &str) -> u64 {
        self.0.get(unit).copied().unwrap_or(0)
    }
}

impl From<&Work> for WorkSummary {
    fn from(work: &Work) -> Self {
        let counters = work.counters().into_iter();
        Self(
            counters
                .map(|(unit, count)| (unit.to_owned(), count))
                .collect(),
        )
    }
}

/// The units, and what each counts.
const UNITS: [(&str, &str); Work::COUNTERS] = [
    ("operations", "Operations begun."),
    ("seals", "HPKE encryptions."),
    ("opens", "HPKE decryptions."),
    ("key_pairs", "HPKE key pairs derived or generated."),
    ("signatures", "Signatures made."),
    ("verifications", "Signatures checked."),
    ("tree_nodes", "Tree nodes hashed, blank ones too."),
    (
        "member_nodes",
        "Members' leaves among them, and members whose keys were gathered.",
    ),
    (
        "leaf_checks",
        "Leaves looked at in order to check another one.",
    ),
    ("proposals", "Proposals covered by commits made or read."),
    ("epochs", "Epochs gone to: key schedules."),
    (
        "secret_slots",
        "Leaves of the secret trees that were laid out for them.",
    ),
    ("ciphertexts", "HPKE ciphertexts in messages read."),
    (
        "secret_nodes",
        "Nodes of secret trees at which secrets were derived.",
    ),
    (
        "bytes",
        "Bytes of handshakes, KeyPackages, Welcomes and GroupInfos made or read.",
    ),
    (
        "message_bytes",
        "Bytes of application messages made or read.",
    ),
    (
        "context_bytes",
        "Bytes of encrypted GroupInfos that Welcome secrets take as their context.",
    ),
    ("tree_bytes", "Bytes of trees that were copied and encoded."),
];

/// As an object with a key for each unit.
impl JsonSchema for WorkSummary {
    fn schema_name() -> Cow<'static, str> {
        "WorkSummary".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let unit = |(unit, says): &(&str, &str)| {
            let count = serde_json::json!({
                "description": says, "type": "integer", "format": "uint64", "minimum": 0
            });
            ((*unit).to_owned(), count)
        };
        let properties: serde_json::Map<String, serde_json::Value> =
            UNITS.iter().map(unit).collect();
        json_schema!({
            "description": "Work by unit.",
            "type": "object",
            "properties": properties,
            "additionalProperties": { "type": "integer", "format": "uint64", "minimum": 0 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_says_what_it_counts() {
        let counted = Work::default().counters().map(|(unit, _)| unit);
        assert_eq!(counted, UNITS.map(|(unit, _)| unit));
    }
}
