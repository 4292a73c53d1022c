//! `throng report`.

use super::{SHORT, stderr, stdout, throng, throng_in};
use std::fs;
use std::path::Path;

fn run(home: &Path, more: &[&str]) {
    let mut command = throng_in(home);
    command.args(SHORT).arg("--quiet").args(more);
    command.assert().success();
}

fn sweep(home: &Path, out: &str) {
    let line = ["sweep", "small", "--quiet", "--engine", "model"];
    let vary = ["--set", "duration=20s", "--vary", "rooms.size=2,4"];
    let mut command = throng_in(home);
    command.args(line).args(vary).args(["--out", out]);
    command.assert().success();
}

#[test]
fn a_page_is_made_again_as_it_was() {
    let (_, home) = throng();
    let home = home.path();
    run(home, &["--out", "one"]);
    sweep(home, "grid");
    for (folder, plot) in [
        ("one", "plots/latency-messages.svg"),
        ("grid", "plots/commit-bytes-mean-by-rooms-size.svg"),
    ] {
        let (page, plot) = (
            home.join(folder).join("report.html"),
            home.join(folder).join(plot),
        );
        let before = [&page, &plot].map(|file| fs::read(file).expect("a file"));
        fs::write(&page, "spoilt").expect("written");
        fs::remove_file(&plot).expect("removed");
        let said = stdout(throng_in(home).args(["report", folder]));
        assert_eq!(said, format!("{folder}/report.html\n"));
        let after = [&page, &plot].map(|file| fs::read(file).expect("a file"));
        assert!(before == after, "{folder}");
        // Elsewhere, and nothing but the page.
        let line = ["report", folder, "--out", "elsewhere.html", "--quiet"];
        assert_eq!(stdout(throng_in(home).args(line)), "");
        assert!(fs::read(home.join("elsewhere.html")).expect("a page") == before[0]);
    }
}

#[test]
fn several_runs_stand_side_by_side() {
    let (_, home) = throng();
    let home = home.path();
    run(home, &["--out", "one"]);
    run(home, &["--out", "two", "--seed", "2"]);
    let said = stdout(throng_in(home).args(["report", "one", "two"]));
    assert_eq!(said, "side-by-side.html\n");
    let page = fs::read_to_string(home.join("side-by-side.html")).expect("a page");
    for said in [
        "2 runs side by side",
        "throng run small --seed 1 --set duration=20s\nthrong run small --seed 2",
        ">one</th>",
        ">two</th>",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn what_has_no_page_is_bad_usage_and_nothing_is_written() {
    let (_, home) = throng();
    let home = home.path();
    run(home, &["--out", "one", "--save-baseline", "main"]);
    sweep(home, "grid");
    run(home, &["--out", "cut"]);
    fs::write(home.join("cut/commits.csv"), "time_s,room\n1,").expect("written");
    fs::create_dir(home.join("empty")).expect("a folder");
    for (line, said) in [
        (
            &["nowhere"][..],
            "there is no folder \"nowhere\"; expected that of a run or a sweep",
        ),
        (&["main"], "there is no folder \"main\""),
        (
            &["runs/baselines/main"],
            "has no latency.hlog; expected the folder of a whole run",
        ),
        (&["empty"], "empty has no summary.json"),
        (&["one/summary.json"], "there is no folder"),
        (&["cut"], "cut/commits.csv: "),
        (&["one", "cut"], "cut/commits.csv: "),
        (&["one", "grid"], "grid is a sweep"),
        (&["one"; 6], "6 runs side by side: expected at most 5"),
    ] {
        let out = ["--out", "page.html"];
        let text = stderr(throng_in(home).arg("report").args(line).args(out), 2);
        assert!(text.contains(said), "{line:?}: {text}");
        assert!(!home.join("page.html").exists(), "{line:?}");
    }
    stderr(throng_in(home).arg("report"), 2);
    let line = ["report", "one", "--out", "no/such/page.html"];
    let text = stderr(throng_in(home).args(line), 1);
    assert!(text.contains("cannot write no/such/page.html"), "{text}");
}

#[test]
fn a_folder_holds_a_run_or_a_sweep() {
    let (_, home) = throng();
    let home = home.path();
    run(home, &["--out", "one"]);
    sweep(home, "grid");
    let mut command = throng_in(home);
    let text = stderr(command.args(SHORT).args(["--out", "grid"]), 2);
    assert_eq!(
        text,
        "error: grid holds a sweep; choose another --out, or remove it\n"
    );
    let line = ["sweep", "small", "--vary", "rooms.size=2,4", "--out", "one"];
    let text = stderr(throng_in(home).args(line), 2);
    assert_eq!(
        text,
        "error: one holds a run; choose another --out, or remove it\n"
    );
}
