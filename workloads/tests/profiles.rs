//! Cost profiles that are files.

use std::fs;
use std::path::Path;
use throng_workloads::scenario::{Checks, CostSource, CostUnit, Lacking, Scenario, ScenarioSource};

/// The units that somebody else knows here: profiles have to have all of them.
const UNITS: [&str; 3] = ["operation", "seal", "open"];

fn profile_text() -> String {
    let costs = UNITS.map(|unit| format!("{unit} = 7.5\n")).concat();
    format!("machine = 'a phone'\n\n[nanoseconds]\n{costs}")
}

fn known(_: &str) -> Result<Vec<CostUnit>, String> {
    let unit = |name| CostUnit {
        name,
        lacking: Lacking::Wrong,
    };
    Ok(UNITS.into_iter().map(unit).collect())
}

fn read(folder: &Path, scenario: &str, flags: &[&str]) -> Result<Scenario, String> {
    let path = folder.join("team.toml");
    fs::write(&path, scenario).expect("written");
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    let source = ScenarioSource::read(&path).expect("there");
    let checks = Checks {
        stack: Some(&known),
        ..Checks::default()
    };
    Scenario::parse_with(&source, &flags, checks).map_err(|error| error.to_string())
}

#[test]
fn a_file_is_found_beside_its_scenario_and_kept_in_what_is_resolved() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("machines")).expect("made");
    fs::write(folder.path().join("machines/phone.toml"), profile_text()).expect("written");
    let text = "[cost]\nsource = 'measured'\n[cost.profiles]\nserver = 2\n\
                phone = { file = 'machines/phone.toml', factor = 1.5 }\n";
    let scenario = read(folder.path(), text, &[]).expect("sound");
    assert_eq!(scenario.cost.source, CostSource::Measured);
    let (name, spec) = &scenario.cost.profiles[1];
    assert_eq!((name.as_str(), spec.factor), ("phone", 1.5));
    let costs = spec.measured.as_ref().expect("measured");
    assert_eq!(
        (costs.source.as_str(), &costs.nanos[2]),
        ("a phone", &("open".to_owned(), 7.5))
    );

    // The file may be gone when the resolved scenario is read.
    let resolved = ScenarioSource::inline("resolved.toml", scenario.to_toml());
    assert_eq!(Scenario::parse(&resolved, &[]).expect("sound"), scenario);
}

#[test]
fn a_flag_names_a_file_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.toml");
    fs::write(&path, profile_text()).expect("written");
    let flag = format!("cost.profiles.server={{ file = '{}' }}", path.display());
    let scenario = read(folder.path(), "", &[&flag]).expect("sound");
    let (_, spec) = &scenario.cost.profiles[0];
    assert!(spec.measured.is_some() && spec.factor == 1.0);
}

#[test]
fn mistakes_say_which_file_and_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    fs::write(
        here.join("short.toml"),
        profile_text().replace("open = 7.5\n", ""),
    )
    .expect("written");
    fs::write(here.join("broken.toml"), "[nanoseconds\n").expect("written");
    fs::write(here.join("binary.toml"), [b'a', b'\n', 0xff]).expect("written");
    for (value, said) in [
        (
            "{ file = 'none.toml' }",
            "team.toml:2:19: cost.profiles.server.file: cannot read ",
        ),
        (
            "{ file = 'none.toml' }",
            "expected a file that `throng calibrate` wrote",
        ),
        (
            "{ file = 'short.toml' }",
            "short.toml:3:1: nanoseconds.open: missing",
        ),
        ("{ file = 'broken.toml' }", "broken.toml:1:"),
        (
            "{ file = 'binary.toml' }",
            "binary.toml:2: not UTF-8 text; a cost profile is a TOML file",
        ),
        (
            "{ file = '' }",
            "no file; expected one that `throng calibrate` wrote",
        ),
        ("{ file = 3 }", "expected a text in quotes, found a number"),
        (
            "{ fiel = 'a.toml' }",
            "cost.profiles.server.fiel: unknown key; did you mean `file`?",
        ),
        ("{ file = 'short.toml', factor = -1 }", "-1 is negative"),
        ("{ factor = 1e7 }", "more than a million times slower"),
        (
            "{ nanoseconds = { seal = 1 } }",
            "cost.profiles.server.nanoseconds.open: missing",
        ),
        (
            "{ file = 'short.toml', nanoseconds = {} }",
            "the costs stand beside it",
        ),
        ("'fast'", "no number in \"fast\""),
    ] {
        let text = format!("[cost.profiles]\nserver = {value}\n");
        let error = read(here, &text, &[]).expect_err(value);
        assert!(error.contains(said), "{value}: {error}");
        let mut lines: Vec<&str> = error.lines().collect();
        lines.sort_unstable();
        assert!(
            lines.windows(2).all(|two| two[0] != two[1]),
            "said twice: {error}"
        );
    }
}
