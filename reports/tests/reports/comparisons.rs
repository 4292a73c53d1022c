//! Two runs side by side, and the measures that they are compared by.

use super::sample;
use serde_json::Value;
use throng_record::Record;
use throng_reports::compare::{CompareError, Comparison, Side};
use throng_reports::measures::{self, Rule};
use throng_reports::{RunInfo, Summary, measures_text};

fn side(label: &str, record: &Record, info: &RunInfo) -> Side {
    let scenario = sample::scenario();
    Side {
        label: label.to_owned(),
        summary: Summary::new(&scenario, record, info),
        scenario: Some(scenario.to_toml().parse().expect("TOML")),
    }
}

fn sample_side(label: &str) -> Side {
    side(label, &sample::record(), &sample::info())
}

/// The sample with commits that are one byte longer.
fn longer() -> Side {
    let mut record = sample::record();
    for row in &mut sample::groups(&mut record).commits {
        row.commit_bytes += 1;
    }
    side("longer", &record, &sample::info())
}

fn compare(base: &Side, new: &Side, rules: &[&str]) -> Comparison {
    let rules: Vec<Rule> = rules
        .iter()
        .map(|rule| Rule::change(rule).expect("sound"))
        .collect();
    Comparison::new(base, new, &rules, false).expect("comparable")
}

/// Every number of a summary, by its path.
fn numbers(path: &str, value: &Value, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Object(all) => {
            for (key, value) in all {
                numbers(&format!("{path}/{key}"), value, found);
            }
        }
        Value::Array(all) => {
            for (at, value) in all.iter().enumerate() {
                numbers(&format!("{path}/{at}"), value, found);
            }
        }
        value => found.extend(value.as_f64().map(|number| (path.to_owned(), number))),
    }
}

#[test]
fn every_figure_of_a_summary_is_a_measure() {
    let summary = sample_side("one").summary;
    let mut figures = Vec::new();
    numbers(
        "",
        &serde_json::to_value(&summary).expect("json"),
        &mut figures,
    );
    // What says which run it is, and what other figures say better.
    let said = |path: &str| {
        [
            "/schema",
            "/scenario",
            "/measured_cpu",
            "/cost_profiles",
            "/simulator/threads",
            "/thresholds",
        ]
        .iter()
        .any(|start| path.starts_with(start))
    };
    figures.retain(|(path, _)| !said(path));
    let mut values: Vec<f64> = measures::of(&summary)
        .iter()
        // Where nothing is open, a summary says nothing of it, and rules hold all the same.
        .filter(|measure| {
            !measure.name.starts_with("open.") && !measure.name.starts_with("at-least.")
        })
        .map(|measure| measure.value)
        .collect();
    assert!(summary.open.is_empty());
    let mut wanted: Vec<f64> = figures.iter().map(|(_, value)| *value).collect();
    values.sort_by(f64::total_cmp);
    wanted.sort_by(f64::total_cmp);
    assert_eq!(values, wanted);
}

#[test]
fn names_are_unique_and_known() {
    let mut names: Vec<String> = measures::of(&sample_side("one").summary)
        .into_iter()
        .map(|measure| measure.name)
        .collect();
    for name in &names {
        let known = measures::FAMILIES
            .iter()
            .filter(|family| family.has(name))
            .count();
        assert_eq!(known, 1, "{name}");
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    insta::assert_snapshot!(measures_text());
}

/// Before schema 4 reasons were counted by their words.
#[test]
fn a_baseline_of_the_schema_before_is_still_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("summary.json");
    let new = sample_side("new");
    let mut old: Value = serde_json::from_str(&new.summary.to_json()).expect("json");
    old["schema"] = 3.into();
    for by_reason in ["skipped", "undecryptable"] {
        let counts = old["counts"][by_reason].as_object_mut().expect("counts");
        let keys = counts.iter();
        let in_words = keys.map(|(id, count)| (id.replace('-', " "), count.clone()));
        *counts = in_words.collect();
        assert!(!counts.is_empty());
    }
    assert_eq!(old["counts"]["skipped"]["sender is no member"], 31);
    std::fs::write(&path, old.to_string()).expect("written");
    let old = Side::read(&path, "old").expect("read");
    assert_eq!(old.summary.counts, new.summary.counts);
    assert!(compare(&old, &new, &[]).passes());
}

#[test]
fn the_same_run_twice_is_equal_however_slow_the_machine_was() {
    let slow = RunInfo {
        wall: sample::info().wall * 7,
        peak_memory: Some(900_000_000),
        ..sample::info()
    };
    let comparison = compare(
        &sample_side("one"),
        &side("two", &sample::record(), &slow),
        &[],
    );
    assert!(comparison.passes());
    insta::assert_snapshot!(comparison.text(false, false));
}

#[test]
fn commits_one_byte_longer_are_caught() {
    let comparison = compare(&sample_side("main"), &longer(), &[]);
    assert!(!comparison.passes());
    insta::assert_snapshot!("longer", comparison.text(false, false));
    insta::assert_snapshot!("longer-markdown", comparison.markdown(false));
    insta::assert_snapshot!("longer-junit", comparison.junit());
    let json: Value = serde_json::from_str(&comparison.json()).expect("json");
    assert_eq!(json["passes"], false);
    let mean = |row: &&Value| row["measure"] == "commit.bytes.mean";
    let rows = json["measures"].as_array().expect("rows");
    let row = rows.iter().find(mean).expect("the mean");
    let difference =
        row["after"].as_f64().expect("after") - row["before"].as_f64().expect("before");
    assert!((difference - 1.0).abs() < 1e-9, "{row}");
}

#[test]
fn rules_say_what_is_too_much() {
    let (one, two) = (sample_side("main"), longer());
    assert!(compare(&one, &two, &["commit.bytes.mean > 2%"]).passes());
    assert!(!compare(&one, &two, &["commit.bytes.mean > 0.9 B"]).passes());
    assert!(!compare(&one, &two, &["commit.bytes.* > 0%"]).passes());
    assert!(compare(&two, &one, &["commit.bytes.* > 0%"]).passes());
}

#[test]
fn other_scenarios_and_seeds_are_not_compared_unless_asked() {
    let one = sample_side("one");
    let say = |change: &dyn Fn(&mut Side)| {
        let mut two = sample_side("two");
        change(&mut two);
        let refused = Comparison::new(&one, &two, &[], false).expect_err("different");
        assert!(matches!(refused, CompareError::Different { .. }));
        let anyway = Comparison::new(&one, &two, &[], true).expect("asked for");
        assert!(anyway.passes() && !anyway.context.is_empty());
        refused.to_string()
    };
    let said = [
        say(&|side| side.summary.scenario.name = "other".to_owned()),
        say(&|side| side.summary.scenario.seed = 8),
        say(&|side| side.summary.scenario.digest = "0".repeat(32)),
    ];
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn what_explains_a_change_comes_first() {
    let mut two = longer();
    two.summary.simulator.version = "0.2.0".to_owned();
    two.summary
        .scenario
        .profiles
        .insert("server".to_owned(), "f".repeat(32));
    two.summary.tree.as_mut().expect("trees").blank_leaves += 5;
    let text = compare(&sample_side("one"), &two, &[]).text(false, false);
    let (context, verdict) = text.split_once("Verdict").expect("both");
    for said in [
        "throng: 0.1.0 → 0.2.0",
        "cost profile server",
        "tree health at the end",
    ] {
        assert!(context.contains(said), "{said}: {text}");
        assert!(!verdict.contains(said), "{text}");
    }
}

#[test]
fn a_measured_run_is_judged_by_rules_only() {
    let mut two = longer();
    two.summary.reproducible = false;
    let one = sample_side("one");
    assert!(compare(&one, &two, &[]).passes());
    assert!(!compare(&one, &two, &["commit.bytes.mean > 0%"]).passes());
}

#[test]
fn one_run_says_nothing_about_noise() {
    let one = sample_side("one");
    let rule = Rule::change("simulator.wall > 5%").expect("sound");
    let refused = Comparison::new(&one, &one, &[rule], false).expect_err("noise");
    assert!(matches!(refused, CompareError::Noise(_)));
    assert!(refused.to_string().contains("--replicas"), "{refused}");
    // A rule about everything is about what can be judged.
    let slow = RunInfo {
        wall: sample::info().wall * 7,
        ..sample::info()
    };
    let slow = side("slow", &sample::record(), &slow);
    assert!(compare(&one, &slow, &["* > 0%"]).passes());
}

/// What a rule watches must be there: a typing error, or joins that do not happen any more, are no good news.
#[test]
fn a_rule_about_nothing_is_broken() {
    let one = sample_side("one");
    let mut gone = sample_side("two");
    gone.summary
        .latencies_ms
        .insert("join".to_owned(), Default::default());
    assert!(!compare(&one, &gone, &["join.p95 > 10%"]).passes());
    assert!(compare(&one, &gone, &["message.p95 > 10%"]).passes());
    let typed = compare(&one, &one, &["provider.no.such.busy > 1%"]);
    assert!(!typed.passes());
    assert!(
        typed
            .text(false, false)
            .contains("✗ provider.no.such.busy > 1%: nothing was measured")
    );
    assert!(typed.junit().contains("nothing was measured"));
    // What is counted by name and never happened is 0.
    assert!(compare(&one, &one, &["counts.undecryptable.no-member > 0"]).passes());
}

#[test]
fn two_halves_of_a_run_say_where_they_were_stopped() {
    let half = |end_s| {
        let mut side = sample_side("half");
        side.summary.partial = true;
        side.summary.run.end_s = end_s;
        side
    };
    let text = compare(&half(600.0), &half(1_200.0), &["message.p95 > 1h"]).text(false, false);
    assert!(
        text.contains("whole: stopped after 10.0 min → stopped after 20.0 min"),
        "{text}"
    );
}
