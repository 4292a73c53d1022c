//! The forms that other tools read, and the schema of our own.

use super::sample;
use serde_json::Value;
use std::path::Path;
use throng_reports::compare::Side;
use throng_reports::exports::{ExportError, Figures, bencher, github, openmetrics};
use throng_reports::{Stored, Summary, write_run};

fn summary() -> Summary {
    Summary::new(&sample::scenario(), &sample::record(), &sample::info())
}

fn figures(patterns: &[&str]) -> Figures {
    let side = Side {
        label: "one".to_owned(),
        summary: summary(),
        scenario: None,
    };
    let patterns: Vec<String> = patterns
        .iter()
        .map(|pattern| (*pattern).to_owned())
        .collect();
    let figures = Figures::of_run(&side).expect("whole");
    figures.only(&patterns).expect("known")
}

#[test]
fn exports_are_what_the_tools_expect() {
    let few = figures(&[
        "commit.bytes.*",
        "provider.*.busy",
        "simulator.wall",
        "join.p95",
    ]);
    insta::assert_snapshot!("github-action-benchmark", github::json(&few).expect("json"));
    insta::assert_snapshot!("bencher", bencher::json(&few).expect("json"));
    insta::assert_snapshot!("openmetrics", openmetrics::text(&few, None).expect("text"));
}

/// The rules of <https://prometheus.io/docs/specs/om/open_metrics_spec/> that our text could break.
#[test]
fn openmetrics_text_keeps_its_rules() {
    let text = openmetrics::text(&figures(&["*"]), None).expect("text");
    assert!(text.ends_with("# EOF\n"), "{text}");
    let mut family = String::new();
    let mut families = Vec::new();
    let mut series = Vec::new();
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.splitn(3, ' ');
            let (kind, name) = (words.next().expect("a kind"), words.next().expect("a name"));
            if kind == "HELP" {
                families.push(name.to_owned());
            }
            if let ("UNIT", Some(unit)) = (kind, words.next()) {
                assert!(name.ends_with(unit), "{line}");
            }
            family = name.to_owned();
            continue;
        }
        let (name, rest) = line.split_once('{').expect("labels");
        assert_eq!(name, family, "{line}");
        assert!(
            name.chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_'),
            "{line}"
        );
        let (labels, value) = rest.rsplit_once("} ").expect("a value");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        series.push((name.to_owned(), labels.to_owned()));
    }
    for mut names in [
        families,
        series
            .iter()
            .map(|(name, labels)| format!("{name}{{{labels}}}"))
            .collect(),
    ] {
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "something is there twice");
    }
    assert_eq!(series.len(), figures(&["*"]).figures.len());
}

/// A stamp stands behind every sample, and nothing else differs.
#[test]
fn samples_are_stamped_with_a_moment() {
    let figures = figures(&["*"]);
    let plain = openmetrics::text(&figures, None).expect("text");
    let at = "2026-11-29T10:00:00Z".parse().expect("a moment");
    let stamped = openmetrics::text(&figures, Some(at)).expect("text");
    for (plain, stamped) in plain.lines().zip(stamped.lines()) {
        match plain.starts_with('#') {
            true => assert_eq!(stamped, plain),
            false => assert_eq!(stamped, format!("{plain} 1795946400")),
        }
    }
    assert_eq!(plain.lines().count(), stamped.lines().count());
}

#[test]
fn a_run_is_exported_over_its_virtual_time() {
    let home = tempfile::tempdir().expect("a folder");
    let record = sample::record();
    write_run(
        home.path(),
        &sample::scenario(),
        sample::TOML,
        &record,
        &sample::info(),
    )
    .expect("written");
    let run = Stored::read(home.path(), "one").expect("whole");
    let series = |patterns: &[&str]| {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        Figures::of_series(&run, &patterns)
    };
    let at = "2026-11-29T10:00:00.5Z".parse().expect("a moment");
    let few = series(&["series.online", "series.provider_*"]).expect("known");
    let text = openmetrics::text(&few, Some(at)).expect("text");
    let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(samples.len(), 3 * record.series.len());
    let first = &record.series[0];
    let seconds = 1_795_946_400.5 + first.time.as_secs_f64();
    assert_eq!(
        samples[0],
        format!(
            "throng_series_online{{scenario=\"company\",seed=\"7\",engine=\"openmls\",run=\"0\"}} {:?} {seconds}",
            f64::from(first.online)
        )
    );
    assert!(text.contains("# UNIT throng_series_provider_busy_seconds seconds"));
    assert_eq!(
        series(&["*"]).expect("all").figures,
        series(&[]).expect("all").figures
    );
    let refused = series(&["series.onlin"]).expect_err("unknown").to_string();
    assert!(
        refused.starts_with(
            "no sample is called \"series.onlin\"; expected one of series.online, series.members"
        ),
        "{refused}"
    );
}

/// Fifteen significant digits are what a double holds of any decimal; more of them are left over from binary arithmetic.
#[test]
fn no_number_has_dust_behind_it() {
    let all = figures(&["*"]);
    let texts = [
        openmetrics::text(&all, None).expect("text"),
        github::json(&all).expect("json"),
        bencher::json(&all).expect("json"),
        summary().to_json(),
    ];
    for text in texts {
        let numbers = text.lines().filter_map(|line| {
            let number = line.trim_end_matches(',').rsplit(' ').next()?;
            number.parse::<f64>().ok()?;
            Some((line, number))
        });
        let mut seen = 0;
        for (line, number) in numbers {
            let digits = number.split('e').next().unwrap_or_default();
            let digits = digits.replace(['.', '-'], "");
            let digits = digits.trim_start_matches('0').trim_end_matches('0');
            assert!(digits.len() <= 15, "{line}");
            seen += 1;
        }
        assert!(seen > 100, "{seen} numbers in {text}");
    }
}

#[test]
fn unknown_measures_are_not_exported() {
    let side = Side {
        label: "one".to_owned(),
        summary: summary(),
        scenario: None,
    };
    let figures = Figures::of_run(&side).expect("whole");
    let refused = figures.only(&["joim.p95".to_owned()]);
    assert!(
        refused
            .expect_err("unknown")
            .to_string()
            .contains("did you mean join.p95")
    );
}

/// An empty list would be taken for good news, or break the tool that reads it.
#[test]
fn nothing_is_not_exported() {
    let mut side = Side {
        label: "one".to_owned(),
        summary: summary(),
        scenario: None,
    };
    let figures = Figures::of_run(&side).expect("whole");
    let nothing = figures.clone().only(&["provider.no.such.busy".to_owned()]);
    assert!(matches!(nothing, Err(ExportError::Nothing)));
    let events = figures.only(&["run.events".to_owned()]).expect("measured");
    assert!(matches!(github::json(&events), Err(ExportError::NoCost)));
    side.summary.partial = true;
    let refused = Figures::of_run(&side).expect_err("half a run");
    assert_eq!(
        refused.to_string(),
        "one was stopped before its end: its figures are those of a part, and would be taken for those of the whole"
    );
}

/// The committed schema is that of the types; `INSTA_UPDATE=always` writes it anew.
#[test]
fn the_schema_is_that_of_the_types_and_holds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/summary.schema.json");
    let schema = serde_json::to_value(schemars::schema_for!(Summary)).expect("json");
    let mut text = serde_json::to_string_pretty(&schema).expect("json");
    text.push('\n');
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, &text).expect("written");
    }
    let committed = std::fs::read_to_string(&path).expect("docs/summary.schema.json");
    assert!(
        committed == text,
        "the schema differs from the types: INSTA_UPDATE=always writes it anew"
    );

    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let good: Value = serde_json::from_str(&summary().to_json()).expect("json");
    let errors: Vec<String> = validator
        .iter_errors(&good)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    for (key, value) in [
        ("fingerprint", Value::Null),
        ("schema", "three".into()),
        ("rooms", 1.into()),
    ] {
        let mut bad = good.clone();
        match good.get(key) {
            Some(_) => bad[key] = value,
            None => drop(bad.as_object_mut().expect("an object").remove("counts")),
        }
        assert!(!validator.is_valid(&bad), "{key}");
    }
}
