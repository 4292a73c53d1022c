//! Whatever characters others put into names and texts, none of them acts where they are shown.

use super::sample;
use std::fs;
use std::path::{Path, PathBuf};
use throng_experiments::{Axis, Grid};
use throng_record::Record;
use throng_reports::compare::{Comparison, Side, SweepSide};
use throng_reports::exports::{Figures, bencher, github, openmetrics};
use throng_reports::measures::Rule;
use throng_reports::page::side_by_side_html;
use throng_reports::sweep::{Manifest, Sample};
use throng_reports::text::listed_text;
use throng_reports::{
    RunInfo, Stored, Summary, rewrite_page, summary_text, sweep_text, write_run, write_sweep,
};
use throng_workloads::scenario::{Scenario, ScenarioSource};

/// It would colour a terminal, ring, feed a form, return, delete, begin a sequence in eight bits, turn the direction, break a line,
/// break XML, and hide.
const HOSTILE: &str = "a\u{1b}[31m\u{7}\u{c}\r\u{7f}\u{9b}1m\u{202e}\u{2066}\u{61c}\u{2028}\u{fffe}\u{200b}\u{ad}\u{fe0f}\u{e0041}&z";

/// How it is shown.
const SHOWN: &str = r"a\u{1b}[31m\u{7}\u{c}\r\u{7f}\u{9b}1m\u{202e}\u{2066}\u{61c}\u{2028}\u{fffe}\u{200b}\u{ad}\u{fe0f}\u{e0041}";

/// Nothing in a text acts but line breaks and tabs.
fn assert_calm(what: &str, text: &str) {
    let acts = |letter: &char| {
        letter.is_control() && !matches!(letter, '\n' | '\t')
            || ('\u{2028}'..='\u{202e}').contains(letter)
            || ('\u{2066}'..='\u{2069}').contains(letter)
            || matches!(
                letter,
                '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{fffe}' | '\u{ffff}' | '\u{ad}' | '\u{feff}'
                    | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}'
            )
    };
    for line in text.lines() {
        if let Some(letter) = line.chars().find(acts) {
            panic!("{what}: {letter:?} in {line:?}");
        }
    }
}

fn assert_shown(what: &str, text: &str) {
    assert_calm(what, text);
    assert!(text.contains(SHOWN), "{what}: {text}");
}

fn hostile() -> (Scenario, Record, RunInfo) {
    let (mut scenario, mut record) = (sample::scenario(), sample::record());
    scenario.name = HOSTILE.to_owned();
    scenario.description = format!("{HOSTILE}\nand more");
    scenario.thresholds = vec![
        format!("provider.{HOSTILE}.busy < 1us"),
        "join.p95 <\u{2028}1us".to_owned(),
    ];
    scenario.providers[0].domain = HOSTILE.to_owned();
    record.providers[0].domain = HOSTILE.to_owned();
    record.rooms[0].hub = HOSTILE.to_owned();
    let info = RunInfo {
        command: format!("throng run {HOSTILE}"),
        note: Some(HOSTILE.to_owned()),
        folder: Some(PathBuf::from(HOSTILE)),
        ..sample::info()
    };
    (scenario, record, info)
}

/// All files of a folder that are text.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(texts(&path));
        } else if path.extension().is_none_or(|end| end != "parquet") {
            let text = fs::read_to_string(&path).expect("text");
            let name = path.file_name().expect("a name");
            found.push((name.to_string_lossy().into_owned(), text));
        }
    }
    found
}

fn stored(home: &Path, label: &str) -> Stored {
    let (scenario, record, info) = hostile();
    let folder = home.join("run");
    write_run(&folder, &scenario, &scenario.to_toml(), &record, &info).expect("written");
    Stored::read(&folder, label).expect("whole")
}

#[test]
fn a_terminal_shows_a_hostile_run() {
    let (scenario, record, info) = hostile();
    let plain = summary_text(&scenario, &record, &info, false);
    assert_shown("summary", &plain);
    // Name, description, threshold, domain, note, command, folder and page.
    let begins = plain.matches(r"a\u{1b}[31m\u{7}").count();
    assert!(begins >= 7, "{begins} in {plain}");
    assert!(plain.contains(r"join.p95 <\u{2028}1us"), "{plain}");
    // Colours are ours alone.
    let coloured = summary_text(&scenario, &record, &info, true);
    let without: String = ["1", "31", "32", "33", "0"]
        .iter()
        .fold(coloured, |text, style| {
            text.replace(&format!("\u{1b}[{style}m"), "")
        });
    assert_eq!(without, plain);
    assert_shown(
        "a list",
        &listed_text(&[(HOSTILE.to_owned(), format!("{HOSTILE} b"))]),
    );
}

#[test]
fn a_folder_of_a_hostile_run_is_calm() {
    let home = tempfile::tempdir().expect("a folder");
    let stored = stored(home.path(), HOSTILE);
    let (scenario, ..) = hostile();
    for again in [false, true] {
        if again {
            rewrite_page(&home.path().join("run"), &stored, None).expect("written");
        }
        let files = texts(&home.path().join("run"));
        assert!(files.len() > 20, "{}", files.len());
        for (name, text) in &files {
            assert_calm(name, text);
        }
        for shown in [
            "report.html",
            "providers.csv",
            "rooms.csv",
            "thresholds.xml",
        ] {
            let (name, text) = files.iter().find(|(name, _)| name == shown).expect(shown);
            assert_shown(name, text);
        }
        let plots: Vec<_> = files
            .iter()
            .filter(|(name, _)| name.ends_with(".svg"))
            .collect();
        assert!(
            plots.iter().any(|(_, svg)| svg.contains(r"a\u{1b}[31m")),
            "{plots:?}"
        );
    }
    // What is data still says what it said.
    let read = |name: &str| fs::read_to_string(home.path().join("run").join(name)).expect(name);
    let summary: Summary = serde_json::from_str(&read("summary.json")).expect("JSON");
    assert_eq!(summary.scenario.name, HOSTILE);
    assert_eq!(summary.scenario.description, scenario.description);
    let toml: toml::Table = read("scenario.toml").parse().expect("TOML");
    assert_eq!(toml["description"].as_str(), Some(&*scenario.description));
    assert_eq!(toml["providers"][0]["domain"].as_str(), Some(HOSTILE));
}

/// The page's script shows the values of marks as they stand there.
#[test]
fn values_of_marks_are_visible_before_they_are_json() {
    let home = tempfile::tempdir().expect("a folder");
    stored(home.path(), "one");
    let page = fs::read_to_string(home.path().join("run/report.html")).expect("a page");
    let mut values = 0;
    for block in page.split("<script type=\"application/json\">").skip(1) {
        let json = block.split("</script>").next().expect("a block");
        let parsed: serde_json::Value = serde_json::from_str(json).expect("JSON");
        let mut strings = Vec::new();
        collect(&parsed, &mut strings);
        strings.iter().for_each(|text| assert_calm("values", text));
        values += strings
            .iter()
            .filter(|text| text.contains(r"a\u{1b}[31m"))
            .count();
    }
    assert!(values > 0);
}

fn collect(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Array(all) => all.iter().for_each(|value| collect(value, found)),
        serde_json::Value::Object(all) => all.values().for_each(|value| collect(value, found)),
        _ => {}
    }
}

#[test]
fn comparisons_exports_and_several_runs_are_calm() {
    let home = tempfile::tempdir().expect("a folder");
    let runs = [HOSTILE, "b\u{1b}"].map(|label| stored(home.path(), label));
    let page = side_by_side_html(&runs, "0.1.0").expect("drawn");
    assert_shown("side by side", &page);

    let [base, mut new] = runs.map(|run| run.side);
    for provider in &mut new.summary.providers {
        provider.busy_s *= 2.0;
    }
    let rule = Rule::change(&format!("provider.{HOSTILE}.busy > 1%")).expect("sound");
    let comparison = Comparison::new(&base, &new, &[rule], false).expect("comparable");
    assert_shown("text", &comparison.text(true, false));
    assert_shown("Markdown", &comparison.markdown(true));
    assert_shown("JUnit", &comparison.junit());
    assert_calm("JSON", &comparison.json());
    let json: serde_json::Value = serde_json::from_str(&comparison.json()).expect("JSON");
    assert_eq!(json["base"].as_str(), Some(HOSTILE));

    let figures = || {
        let side = Side {
            label: base.label.clone(),
            summary: base.summary.clone(),
            scenario: None,
        };
        let figures = Figures::of_run(&side).expect("whole");
        figures.only(&["*".to_owned()]).expect("known")
    };
    // The backslashes of a label are escaped.
    let metrics = openmetrics::text(&figures(), None).expect("text");
    assert_calm("OpenMetrics", &metrics);
    assert!(metrics.contains(&SHOWN.replace('\\', "\\\\")), "{metrics}");
    assert_calm("Bencher", &bencher::json(&figures()).expect("JSON"));
    assert_calm("github", &github::json(&figures()).expect("JSON"));
}

fn sweep() -> SweepSide {
    let axis = |text: &str| Axis::parse(text).expect("an axis");
    let axes = vec![
        axis(&format!("network.client.{HOSTILE}.loss=1%,2%")),
        axis(&format!("description=b,{HOSTILE}")),
        axis("rooms.size=2,4,8,16"),
    ];
    let grid = Grid::new(axes, 2).expect("a grid");
    let mut scenario = sample::scenario();
    scenario.name = HOSTILE.to_owned();
    scenario.description = HOSTILE.to_owned();
    let sample = |point: usize, run: u32| Sample {
        point,
        run,
        fingerprint: HOSTILE.to_owned(),
        measures: [
            (format!("provider.{HOSTILE}.busy"), 1.0),
            ("traffic.bytes".to_owned(), (1 << (point % 4)) as f64),
        ]
        .into(),
        simulator: [].into(),
    };
    SweepSide {
        label: HOSTILE.to_owned(),
        manifest: Manifest::new("0.1.0", HOSTILE, &grid, &vec![scenario; grid.points()]),
        samples: (0..grid.points())
            .flat_map(|point| (0..2).map(move |run| sample(point, run)))
            .collect(),
    }
}

#[test]
fn a_hostile_sweep_is_calm() {
    let side = sweep();
    let rules = [format!("provider.{HOSTILE}.busy < 1us")];
    let sweep = side.sweep().held_to(&rules, &side.samples);
    assert_shown("text", &sweep_text(&sweep, &side.about(), false));
    let home = tempfile::tempdir().expect("a folder");
    write_sweep(home.path(), &sweep, &side.about()).expect("written");
    let files = texts(home.path());
    for (name, text) in &files {
        assert_calm(name, text);
    }
    for shown in ["report.html", "sweep.csv", "fits.csv", "thresholds.xml"] {
        let (name, text) = files.iter().find(|(name, _)| name == shown).expect(shown);
        assert_shown(name, text);
    }
    let parquet = fs::read(home.path().join("sweep.parquet")).expect("a table");
    let holds = |what: &str| {
        parquet
            .windows(what.len())
            .any(|part| part == what.as_bytes())
    };
    assert!(holds(SHOWN) && !holds(HOSTILE));
    // Labels have names that OpenMetrics takes.
    let figures = Figures::of_sweep(&side).expect("whole");
    let metrics = openmetrics::text(&figures.only(&["*".to_owned()]).expect("known"), None);
    let metrics = metrics.expect("text");
    assert_calm("OpenMetrics", &metrics);
    assert!(metrics.contains(",network_client_a"), "{metrics}");
}

/// A scenario that is printed with escapes is the same when it is read.
#[test]
fn a_hostile_scenario_is_read_back() {
    let text = r#"description = "a\u001B\u009b'\"\\\u202E\n\t\u007F\u200b\U000E0041 b"
[[providers]]
domain = "a.example"
region = "x\u001B'"
[network.client."x\u001B\u2066"]
preset = "wifi"
loss = "1%"
"#;
    let source = ScenarioSource::inline("a.toml", text);
    let scenario = Scenario::parse(&source, &[]).expect("sound");
    assert!(scenario.description.contains('\u{9b}'));
    let printed = scenario.to_toml();
    assert_calm("scenario.toml", &printed);
    let again = Scenario::parse(&ScenarioSource::inline("b.toml", printed), &[]).expect("sound");
    assert_eq!(
        Scenario {
            name: again.name.clone(),
            ..scenario
        },
        again
    );
}
