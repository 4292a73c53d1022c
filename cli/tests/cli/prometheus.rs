//! `throng export --format openmetrics` as Prometheus's own tool reads it.
//!
//! Needs `promtool`. Without one the test says that it was skipped, and fails where `CI` is set or
//! `THRONG_PROMTOOL=required`.

use super::{SHORT, stdout, throng, throng_in};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Whether there is the tool, or need not be.
fn installed() -> bool {
    if Command::new("promtool").arg("--version").output().is_ok() {
        return true;
    }
    let required = std::env::var_os("CI").is_some()
        || std::env::var_os("THRONG_PROMTOOL").is_some_and(|value| value == "required");
    let hint = "no promtool is on PATH; install it with `apt-get install prometheus`";
    assert!(!required, "{hint}");
    // Not by a macro, whose output nobody sees of a test that passes.
    writeln!(std::io::stderr(), "skipped: {hint}").expect("written");
    false
}

/// What the tool says, of which the test fails where it refuses.
fn promtool(home: &Path, line: &[&str], input: &str) -> String {
    let mut command = assert_cmd::Command::new("promtool");
    command
        .current_dir(home)
        .args(line)
        .write_stdin(input.to_owned());
    let assert = command.assert().success();
    let output = assert.get_output();
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(said).expect("text")
}

/// Fills blocks from stamped samples, and gives the samples that are in them then.
fn filled(home: &Path, name: &str, text: &str) -> Vec<String> {
    let file = format!("{name}.om");
    fs::write(home.join(&file), text).expect("written");
    let fill = ["tsdb", "create-blocks-from", "openmetrics", &file, name];
    promtool(home, &fill, "");
    // It reads them as those of a server, whose log it looks for.
    fs::create_dir(home.join(name).join("wal")).expect("a folder");
    let dumped = promtool(home, &["tsdb", "dump", name], "");
    let samples = dumped.lines().filter(|line| line.starts_with('{'));
    samples.map(str::to_owned).collect()
}

#[test]
fn prometheus_takes_what_is_exported() {
    if !installed() {
        return;
    }
    let (_, home) = throng();
    let home = home.path();
    throng_in(home)
        .args(SHORT)
        .args(["--quiet", "--out", "run"])
        .assert()
        .success();
    let sweep = ["sweep", "small", "--quiet", "--engine", "model"];
    let grid = ["--vary", "rooms.size=2,4", "--replicas", "2", "--out"];
    let short = ["--set", "duration=20s"];
    let mut command = throng_in(home);
    command.args(sweep).args(short).args(grid).arg("sweep");
    command.assert().success();

    let export = |what: &str, more: &[&str]| {
        let line = ["export", what, "--format", "openmetrics"];
        stdout(throng_in(home).args(line).args(more))
    };
    for what in ["run", "sweep"] {
        let text = export(what, &["--measure", "*"]);
        assert_eq!(promtool(home, &["check", "metrics"], &text), "", "{what}");
        let at = ["--measure", "*", "--at", "2026-11-29T11:00:00+01:00"];
        let stamped = filled(home, &format!("{what}-blocks"), &export(what, &at));
        let samples = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(stamped.len(), samples, "{what}");
        for sample in stamped {
            assert!(sample.ends_with(" 1795946400000"), "{sample}");
        }
    }

    let at = ["--series", "--at", "2026-11-29T10:00:00Z"];
    let text = export("run", &at);
    // That check reads the older text format, in which moments are whole numbers.
    let bare: String = text
        .lines()
        .map(|line| match line.rsplit_once("} ") {
            Some((labels, sample)) => {
                let value = sample.split(' ').next().expect("a value");
                format!("{labels}}} {value}\n")
            }
            None => format!("{line}\n"),
        })
        .collect();
    assert_eq!(promtool(home, &["check", "metrics"], &bare), "");
    let samples = filled(home, "series-blocks", &text);
    let table = fs::read_to_string(home.join("run/series.csv")).expect("a table");
    let rows: Vec<&str> = table.lines().skip(1).collect();
    let members = samples
        .iter()
        .filter(|sample| sample.contains("__name__=\"throng_series_members\""));
    let members: Vec<(&str, u64)> = members
        .map(|sample| {
            let (_, sample) = sample.split_once("} ").expect("labels");
            let (value, moment) = sample.split_once(' ').expect("a moment");
            (value, moment.parse().expect("milliseconds"))
        })
        .collect();
    assert!(
        members.len() > 5 && members.len() == rows.len(),
        "{samples:?}"
    );
    for (row, (value, moment)) in rows.iter().zip(members) {
        let cells: Vec<&str> = row.split(',').collect();
        let seconds: f64 = cells[0].parse().expect("seconds");
        assert_eq!(value, cells[2], "{row}");
        // Prometheus cuts off what is less than a millisecond.
        let since = moment - 1_795_946_400_000;
        assert!(
            (seconds * 1e3 - since as f64).abs() <= 1.0,
            "{row}: {since}"
        );
    }
}
