//! Mutilated scenario files: never a panic; a scenario, or an error that names the file and a line.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use throng_workloads::builtin::LIBRARY;
use throng_workloads::population::Population;
use throng_workloads::scenario::{DEFAULTS, Scenario, ScenarioSource};
use throng_workloads::stream::Streams;

/// What a careless hand or a broken disk does to a file.
#[derive(Debug, Clone)]
enum Damage {
    Delete(Index, usize),
    Flip(Index, u8),
    Insert(Index, String),
    Truncate(Index),
    /// The value of one line in place of another's.
    Swap(Index, Index),
    /// A value in place of a line's.
    Replace(Index, &'static str),
}

/// Values that readers trip over.
const ODD: &[&str] = &[
    "-1",
    "0",
    "nan",
    "-inf",
    "1e308",
    "9223372036854775807",
    "\"\"",
    "\"-5/h\"",
    "\"1e400s\"",
    "\"99999999999d\"",
    "[]",
    "{}",
    "[[[[{}]]]]",
    "1979-05-27",
    "true",
    "{ dist = \"zipf\", exponent = 1e9, n = 4294967295, unit = 1e300 }",
    "{ dist = \"pareto\", min = \"0s\", shape = 0 }",
    "{ dist = \"lognormal\", median = 0, p99 = 1 }",
    "{ dist = \"empirical\", values = [], weights = [] }",
    "{ dist = \"uniform\", min = 5, max = 1 }",
    "{ dist = { dist = \"constant\" } }",
];

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), 1usize..200).prop_map(|(at, count)| Damage::Delete(at, count)),
        (any::<Index>(), 1u8..=255).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        (any::<Index>(), "\\PC{1,12}").prop_map(|(at, text)| Damage::Insert(at, text)),
        (any::<Index>(), "[\\[\\]{}\"'=.,#\n\\\\]{1,6}")
            .prop_map(|(at, text)| Damage::Insert(at, text)),
        any::<Index>().prop_map(Damage::Truncate),
        (any::<Index>(), any::<Index>()).prop_map(|(to, from)| Damage::Swap(to, from)),
        (any::<Index>(), select(ODD)).prop_map(|(at, value)| Damage::Replace(at, value)),
        (any::<Index>(), select(ODD)).prop_map(|(at, value)| Damage::Replace(at, value)),
    ]
}

fn with_value(text: &str, line: Index, value: impl Fn(&[&str]) -> String) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let settings: Vec<usize> = (0..lines.len())
        .filter(|i| lines[*i].contains(" = ") && !lines[*i].starts_with('#'))
        .collect();
    if settings.is_empty() {
        return text.to_owned();
    }
    let at = settings[line.index(settings.len())];
    let key = lines[at].split(" = ").next().unwrap_or_default();
    let values: Vec<&str> = settings.iter().map(|i| lines[*i]).collect();
    let mut changed: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
    changed[at] = format!("{key} = {}", value(&values));
    changed.join("\n")
}

fn apply(text: &str, damage: &Damage) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let place = |at: &Index| at.index(text.len().max(1));
    match damage {
        Damage::Delete(at, count) => {
            let start = place(at).min(bytes.len());
            bytes.drain(start..(start + count).min(text.len()));
        }
        Damage::Flip(at, bits) => {
            if let Some(byte) = bytes.get_mut(place(at)) {
                *byte ^= bits;
            }
        }
        Damage::Insert(at, garbage) => {
            let start = place(at).min(bytes.len());
            bytes.splice(start..start, garbage.bytes());
        }
        Damage::Truncate(at) => bytes.truncate(place(at)),
        Damage::Swap(to, from) => {
            return with_value(text, *to, |values| {
                let line = values[from.index(values.len())];
                line.split_once(" = ")
                    .map_or("", |(_, value)| value)
                    .to_owned()
            });
        }
        Damage::Replace(at, value) => return with_value(text, *at, |_| (*value).to_owned()),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn texts() -> Vec<&'static str> {
    LIBRARY.iter().map(|b| b.text).chain([DEFAULTS]).collect()
}

/// Whether the text names the file and a line from 1 to just beyond the last.
fn names_a_line(message: &str, text: &str) -> bool {
    let last = text.lines().count().max(1) + 1;
    message.lines().any(|line| {
        let rest = line.strip_prefix("bad.toml:");
        let number = rest.and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
        number.is_some_and(|number| (1..=last).contains(&number))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_mutilated_file_is_read_or_refused(
        text in select(texts()),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let text = damages.iter().fold(text.to_owned(), |text, damage| apply(&text, damage));
        match Scenario::parse(&ScenarioSource::inline("bad.toml", text.clone()), &[]) {
            Ok(scenario) => {
                // What is accepted can be drawn from, and printed.
                if scenario.users.count <= 10_000 && scenario.rooms.count <= 1_000 {
                    let population = Population::draw(&scenario, &Streams::new(1, 0));
                    prop_assert_eq!(population.users.len(), scenario.users.count as usize);
                }
                let printed = ScenarioSource::inline("printed.toml", scenario.to_toml());
                let again = Scenario::parse(&printed, &[]).map_err(|e| e.to_string());
                prop_assert_eq!(again, Ok(scenario));
            }
            Err(error) => prop_assert!(names_a_line(&error.to_string(), &text), "{error}"),
        }
    }

    #[test]
    fn a_strange_flag_is_read_or_refused(flag in prop_oneof![
        "\\PC{0,30}",
        "(users|rooms|churn|network|providers)\\.[a-z0-9_]{1,9}(\\.[a-z0-9]{1,7})?=\\PC{0,12}",
        "(users\\.clients|rooms\\.size|churn\\.joins|messages\\.size|network\\.same_region)\\.[a-z0-9]{1,7}=\\PC{0,5}",
    ]) {
        let source = ScenarioSource::inline("company.toml", LIBRARY[0].text);
        if let Err(error) = Scenario::parse(&source, std::slice::from_ref(&flag)) {
            let message = error.to_string();
            prop_assert!(message.contains("--set ") || message.contains("company.toml:"), "{message}");
        }
    }
}

/// Depth is bounded by the parser, not by the stack.
#[test]
fn deep_nesting_is_refused() {
    for text in [
        format!("name = {}", "[".repeat(100_000)),
        format!("{} = 1", vec!["a"; 100_000].join(".")),
        format!("[{}]", vec!["a"; 100_000].join(".")),
        format!("name = {}", "{a=".repeat(100_000)),
    ] {
        let error =
            Scenario::parse(&ScenarioSource::inline("deep.toml", text), &[]).expect_err("too deep");
        assert!(
            error.to_string().starts_with("deep.toml:1:"),
            "{}",
            &error.to_string()[..100]
        );
    }
    let flag = format!("{}=1", vec!["a"; 100_000].join("."));
    let source = ScenarioSource::inline("a.toml", "");
    assert!(Scenario::parse(&source, &[flag]).is_err());
    let flag = format!("users={}", "[".repeat(100_000));
    assert!(Scenario::parse(&source, &[flag]).is_err());
}
