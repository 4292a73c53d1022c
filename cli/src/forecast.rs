//! A word beforehand where a run has very much to deliver.

use console::measure_text_width;
use std::borrow::Cow;
use throng_reports::units;
use throng_workloads::scenario::{Cause, EngineKind, Expected, Scenario};

/// Up to so many deliveries nobody is warned.
const MANY: f64 = 1e9;

/// Deliveries in a second, on two cores: to clients who only receive, which are counted in one loop; to others with the model, and with
/// OpenMLS. Rough, as are the numbers of deliveries.
const COUNTED: f64 = 1e8;
const MODELLED: f64 = 4e5;
const REAL: f64 = 1e4;

/// Says on standard error what is to come where that is very much, unless somebody wants to hear nothing.
pub(crate) fn warn(scenario: &Scenario, quiet: bool) {
    warn_of_most(std::slice::from_ref(scenario), quiet);
}

/// The same for many runs: of the one that has most to deliver.
pub(crate) fn warn_of_most(scenarios: &[Scenario], quiet: bool) {
    if quiet {
        return;
    }
    let each = scenarios
        .iter()
        .map(|scenario| (scenario, Expected::of(scenario)));
    let most = each.max_by(|(_, one), (_, other)| one.deliveries().total_cmp(&other.deliveries()));
    let whose = match scenarios.len() {
        1 => "",
        _ => " in one of the runs alone",
    };
    if let Some(warning) = most.and_then(|(scenario, expected)| warning(scenario, &expected, whose))
    {
        eprintln!("{warning}");
    }
}

fn warning(scenario: &Scenario, expected: &Expected, whose: &str) -> Option<String> {
    let deliveries = expected.deliveries();
    if deliveries <= MANY {
        return None;
    }
    let cause = expected.main_cause();
    let events = units::significant(expected.of_cause(cause).events);
    let (why, cheaper) = match cause {
        Cause::Joins => (
            format!("{events} clients join one by one, and each join goes"),
            "rooms.start = \"at-once\" or \"warm\", or fewer users",
        ),
        Cause::Changes => (
            format!("{events} changes of members and keys go"),
            "fewer users, or lower rates in [churn]",
        ),
        Cause::Messages => (
            format!("{events} messages go"),
            "fewer users, or a lower messages.rate",
        ),
    };
    Some(wrapped(&format!(
        "warning: about {} deliveries are to be expected{whose}, above all because {why} to all who are in the room. By estimate \
         that takes {}{}. It would be less with {cheaper}.",
        large(deliveries),
        units::seconds_short(seconds(scenario, expected)),
        receiving(expected),
    )))
}

/// How many deliveries are expected, where that is very much.
pub(crate) fn many(scenario: &Scenario) -> Option<f64> {
    Some(Expected::of(scenario).deliveries()).filter(|deliveries| *deliveries > MANY)
}

/// What it takes to begin a run, in seconds.
const BEGUN: f64 = 0.01;

/// How long a run takes, in nanoseconds, so roughly that it only says which of two runs takes longer. It is the same number on any machine:
/// the shards of a sweep deal by it. What a trace has people want is not known beforehand, so that such runs are all alike.
pub(crate) fn cost(scenario: &Scenario) -> u64 {
    let expected = Expected::of(scenario);
    let made = (expected.memberships + expected.clients) / speed(scenario);
    ((BEGUN + made + seconds(scenario, &expected)) * 1e9) as u64
}

/// A text in lines for a terminal of 80 columns, all but the first below what follows `warning: `.
fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && measure_text_width(&line) + 1 + measure_text_width(word) > 79 {
            lines.push(std::mem::take(&mut line));
            line.push_str("        ");
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

/// What makes so many deliveries quick, where it does.
fn receiving(expected: &Expected) -> Cow<'static, str> {
    match expected.counted {
        part if part > 0.5 => format!(
            ", as {} of them go to clients who only receive",
            units::percent(part, 1.0)
        )
        .into(),
        _ => "".into(),
    }
}

/// How long the deliveries take, roughly.
fn seconds(scenario: &Scenario, expected: &Expected) -> f64 {
    let counted = expected.deliveries() * expected.counted;
    counted / COUNTED + (expected.deliveries() - counted) / speed(scenario)
}

/// Deliveries in a second to clients who do not only receive.
fn speed(scenario: &Scenario) -> f64 {
    match scenario.engine {
        EngineKind::Model => MODELLED,
        EngineKind::OpenMls => REAL,
    }
}

/// `1.41 billion`, `2,150 billion`.
fn large(number: f64) -> String {
    format!("{} billion", units::significant(number / 1e9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::builtin;
    use throng_workloads::scenario::ScenarioSource;

    /// In one line; on a terminal it has several that fit.
    fn said(scenario: &Scenario) -> Option<String> {
        let warning = warning(scenario, &Expected::of(scenario), "")?;
        for line in warning.lines() {
            assert!(measure_text_width(line) < 80, "{line}");
        }
        Some(warning.replace("\n         ", " "))
    }

    fn grown(users: u32) -> Scenario {
        let text = format!(
            "engine = \"model\"\n[users]\ncount = {users}\n[rooms]\ncount = 1\nsize = {users}\nstart = \"grown\"\n\
             grow_interval = \"10ms\"\n[messages]\nrate = 0\n"
        );
        Scenario::parse(&ScenarioSource::inline("grown.toml", text), &[]).expect("sound")
    }

    #[test]
    fn whoever_lets_a_whole_town_in_one_by_one_is_warned() {
        let warning = said(&grown(65_535)).expect("a warning");
        assert!(
            warning.starts_with(
                "warning: about 2.15 billion deliveries are to be expected, above all because 65,534 clients join one by one, and each \
                 join goes to all who are in the room. By estimate that takes 89"
            ),
            "{warning}"
        );
        assert!(
            warning.ends_with(
                "It would be less with rooms.start = \"at-once\" or \"warm\", or fewer users."
            ),
            "{warning}"
        );
        assert_eq!(said(&grown(16_384)), None);
    }

    /// What goes to clients who only receive takes seconds, and the warning says so.
    #[test]
    fn a_million_who_only_receive_are_known_to_be_quick() {
        let million = builtin::find("million")
            .and_then(|s| s.scenario(&[]))
            .expect("built in");
        let warning = said(&million).expect("a warning");
        assert!(
            warning.contains("% of them go to clients who only receive"),
            "{warning}"
        );
        let seconds = seconds(&million, &Expected::of(&million));
        assert!((10.0..30.0).contains(&seconds), "{seconds}");
    }

    #[test]
    fn no_other_built_in_scenario_is_warned_of() {
        for built_in in builtin::LIBRARY {
            let scenario = built_in.scenario(&[]).expect("built in");
            assert_eq!(
                said(&scenario).is_some(),
                built_in.name == "million",
                "{}",
                built_in.name
            );
        }
    }
}
