//! What a scenario prints as reads back to an equal scenario.

#[path = "common/arbitrary.rs"]
mod arbitrary;

use proptest::prelude::*;
use throng_workloads::scenario::{Scenario, ScenarioSource};

proptest! {
    #[test]
    fn printed_scenarios_read_back(scenario in arbitrary::scenario()) {
        let text = scenario.to_toml();
        match Scenario::parse(&ScenarioSource::inline("printed.toml", text.clone()), &[]) {
            Ok(again) => prop_assert_eq!(again, scenario),
            Err(error) => prop_assert!(false, "{error}\n{text}"),
        }
    }
}

#[test]
fn a_trace_is_printed_too() {
    let text = "trace = \"some where/people.csv\"";
    let scenario = Scenario::parse(&ScenarioSource::inline("a.toml", text), &[]).expect("sound");
    let printed = ScenarioSource::inline("b.toml", scenario.to_toml());
    assert_eq!(Scenario::parse(&printed, &[]).expect("sound"), scenario);
}
