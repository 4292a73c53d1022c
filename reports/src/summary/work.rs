//! What was done, in countable units.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use throng_cost::{Units, Work};
use throng_world::stacks::STACKS;

/// What was done, by who did it.
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

    /// How much of each of some units, by what people call them; of all units where it has none of these.
    pub(crate) fn of_each(&self, wanted: &[(&str, &str)]) -> Vec<(String, u64)> {
        if !wanted.iter().any(|(unit, _)| self.0.contains_key(*unit)) {
            let all = self.0.iter();
            return all
                .map(|(unit, count)| (unit.replace('_', " "), *count))
                .collect();
        }
        let each = wanted.iter();
        each.map(|(unit, shown)| ((*shown).to_owned(), self.of(unit)))
            .collect()
    }
}

impl WorkSummary {
    /// All units of a table, with how much of each.
    pub(super) fn new(units: &Units, work: &Work) -> Self {
        let counted = units.count(work);
        Self(
            counted
                .map(|(unit, count)| (unit.counter.to_owned(), count))
                .collect(),
        )
    }
}

/// As an object with a key for each unit.
impl JsonSchema for WorkSummary {
    fn schema_name() -> Cow<'static, str> {
        "WorkSummary".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // Those of the stack that ships; another one's are as good.
        let unit = |unit: &throng_cost::Unit| {
            let count = serde_json::json!({
                "description": unit.what.trim(), "type": "integer", "format": "uint64", "minimum": 0
            });
            (unit.counter.to_owned(), count)
        };
        let properties: serde_json::Map<String, serde_json::Value> = STACKS
            .iter()
            .flat_map(|stack| stack.words.units.all())
            .map(unit)
            .collect();
        json_schema!({
            "description": "Work by unit.",
            "type": "object",
            "properties": properties,
            "additionalProperties": { "type": "integer", "format": "uint64", "minimum": 0 }
        })
    }
}
