//! `throng sweep --shard` and `--print`: a sweep in parts, which `throng merge` puts together.

use super::{SHORT, stderr, stdout, throng, throng_in};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Eight runs, some of which are dearer than others.
const GRID: [&str; 12] = [
    "sweep",
    "small",
    "--set",
    "duration=20s",
    "--engine",
    "model",
    "--vary",
    "rooms.size=2,3,4,8",
    "--replicas",
    "2",
    "--threshold",
    "join.p95 < 1h",
];

/// What comes out of a sweep.
const MADE: [&str; 5] = [
    "sweep.csv",
    "fits.csv",
    "sweep.parquet",
    "thresholds.xml",
    "sweep.json",
];

fn shard(home: &Path, shard: &str, folder: &str) {
    let own = ["--quiet", "--shard", shard, "--out", folder];
    throng_in(home).args(GRID).args(own).assert().success();
}

fn merge(home: &Path, folders: &[&str], out: &str) {
    let mut merge = throng_in(home);
    merge.arg("merge").args(folders).args(["--out", out]);
    merge.arg("--quiet").assert().success();
}

fn file(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the runs that a folder holds.
fn runs(folder: &Path) -> Vec<String> {
    let runs = fs::read_dir(folder.join("runs")).expect("runs");
    let names = runs.map(|run| run.expect("a run").file_name().into_string().expect("text"));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Whether two folders hold the same sweep, but for what it is called.
fn same(home: &Path, one: &str, other: &str) {
    for name in MADE {
        let text = |folder: &str| {
            let bytes = file(&home.join(folder).join(name));
            match name {
                "sweep.json" => String::from_utf8(bytes)
                    .expect("text")
                    .replace(&format!("--out {folder}\""), "--out …\"")
                    .into_bytes(),
                _ => bytes,
            }
        };
        assert!(text(one) == text(other), "{one} and {other}: {name}");
    }
    assert_eq!(runs(&home.join(one)), runs(&home.join(other)));
}

#[test]
fn shards_in_any_order_are_the_sweep_that_one_process_makes() {
    let (_, home) = throng();
    let home = home.path();
    let local = ["--quiet", "--out", "local"];
    throng_in(home).args(GRID).args(local).assert().success();
    for (number, threads) in [("3/3", "1"), ("1/3", "2"), ("2/3", "1")] {
        let own = ["--shard", number, "--threads", threads];
        let said = stdout(throng_in(home).args(GRID).args(own));
        assert!(
            said.contains(&format!("shard {number} of a sweep")),
            "{said}"
        );
        let merge = "throng merge sweeps/small-1-1-of-3 sweeps/small-1-2-of-3 sweeps/small-1-3-of-3 --out sweeps/small-1";
        assert!(said.contains(merge), "{said}");
    }
    let folders = [
        "sweeps/small-1-2-of-3",
        "sweeps/small-1-3-of-3",
        "sweeps/small-1-1-of-3",
    ];
    let mut all: Vec<String> = folders
        .iter()
        .flat_map(|one| runs(&home.join(one)))
        .collect();
    all.sort();
    assert_eq!(all, runs(&home.join("local")));
    let mut text = throng_in(home);
    let text = stdout(text.arg("merge").args(folders).args(["--out", "merged"]));
    assert!(text.contains("✓ join.p95 < 1h: all 8 runs"), "{text}");
    same(home, "merged", "local");
    // It is a sweep as any: the command that it names finds all runs there.
    let manifest = String::from_utf8(file(&home.join("merged/sweep.json"))).expect("text");
    assert!(
        manifest.contains("--replicas 2 --out merged\""),
        "{manifest}"
    );
    let kept = home.join("merged/runs/00000-00000.json");
    let before = fs::metadata(&kept).and_then(|file| file.modified());
    let again = ["--quiet", "--out", "merged", "--save-baseline", "merged"];
    throng_in(home).args(GRID).args(again).assert().success();
    let after = fs::metadata(&kept).and_then(|file| file.modified());
    assert_eq!(before.expect("a time"), after.expect("a time"));
    // What it has to meet besides is held against all runs, and makes none anew.
    let mut strict = throng_in(home);
    strict.arg("merge").args(folders).args(["--out", "merged"]);
    let strict = strict.args(["--quiet", "--threshold", "traffic.bytes < 1kB"]);
    let said = stderr(strict, 99);
    assert!(said.contains("not met: traffic.bytes < 1kB"), "{said}");
    // More shards than runs: some have nothing to do, and nobody has to have their folders.
    for number in 1..=9 {
        shard(home, &format!("{number}/9"), "few-{shard}");
    }
    assert!(runs(&home.join("few-9-of-9")).is_empty());
    let few: Vec<String> = (1..=8).map(|number| format!("few-{number}-of-9")).collect();
    let few: Vec<&str> = few.iter().map(String::as_str).collect();
    merge(home, &few, "few");
    same(home, "few", "local");
}

/// A shard that is killed goes on with the same command, and makes what is not there.
#[test]
fn a_shard_that_was_killed_goes_on() {
    let (_, home) = throng();
    let home = home.path();
    let grid = [
        "sweep",
        "small",
        "--set",
        "duration=2h",
        "--engine",
        "model",
        "--quiet",
        "--threads",
        "2",
        "--vary",
        "seed=1,2,3,4,5,6,7,8,9,10",
    ];
    let one = ["--shard", "1/2", "--out", "one"];
    let mut first = Command::new(env!("CARGO_BIN_EXE_throng"));
    first.current_dir(home).args(grid).args(one);
    let mut first = first.spawn().expect("started");
    let begun = Instant::now();
    while !home.join("one/runs").is_dir() || runs(&home.join("one")).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it makes no run");
        std::thread::sleep(Duration::from_millis(5));
    }
    first.kill().expect("killed");
    first.wait().expect("ended");
    let finished = |name: &String| !name.starts_with('.');
    let made: Vec<String> = runs(&home.join("one"))
        .into_iter()
        .filter(finished)
        .collect();
    let modified = |name: &String| {
        let file = fs::metadata(home.join("one/runs").join(name));
        file.and_then(|file| file.modified()).expect("a time")
    };
    let before: Vec<_> = made.iter().map(modified).collect();
    throng_in(home)
        .args(grid)
        .args(["--shard", "2/2", "--out", "two"])
        .assert()
        .success();
    let mut early = throng_in(home);
    let text = stderr(early.args(["merge", "one", "two", "--out", "both"]), 2);
    let missing = format!("{} of the sweep's 10 runs are missing", 5 - made.len());
    assert!(text.contains(&missing), "{text}");
    throng_in(home).args(grid).args(one).assert().success();
    assert_eq!(made.iter().map(modified).collect::<Vec<_>>(), before);
    merge(home, &["two", "one"], "both");
    let local = ["--out", "local"];
    throng_in(home).args(grid).args(local).assert().success();
    for name in ["sweep.csv", "fits.csv"] {
        let [both, local] = ["both", "local"].map(|folder| file(&home.join(folder).join(name)));
        assert!(both == local, "{name}");
    }
}

#[test]
fn the_environment_says_which_shard_it_is() {
    let (_, home) = throng();
    let home = home.path();
    let slurm = |id: &'static str| {
        vec![
            ("SLURM_ARRAY_TASK_ID", id),
            ("SLURM_ARRAY_TASK_MIN", "1"),
            ("SLURM_ARRAY_TASK_MAX", "3"),
            ("SLURM_ARRAY_TASK_COUNT", "3"),
        ]
    };
    let tasks = [
        ("auto", slurm("1"), "1-of-3"),
        ("auto/3", vec![("JOB_COMPLETION_INDEX", "1")], "2-of-3"),
        ("auto/3", vec![("PARALLEL_SEQ", "3")], "3-of-3"),
    ];
    for (which, environment, folder) in tasks {
        let own = ["--shard", which, "--out", "s-{shard}"];
        let said = stdout(bare(home).args(GRID).args(own).envs(environment));
        assert!(said.contains(&format!("files   s-{folder}\n")), "{said}");
        assert!(
            said.contains("throng merge s-1-of-3 s-2-of-3 s-3-of-3 --out s\n"),
            "{said}"
        );
    }
    merge(home, &["s-3-of-3", "s-1-of-3", "s-2-of-3"], "s");
    for (which, environment, said) in [
        (
            "auto",
            vec![],
            "nothing in the environment says which shard",
        ),
        (
            "auto",
            vec![("PARALLEL_SEQ", "1")],
            "expected --shard auto/N",
        ),
        ("auto/3", slurm("4"), "expected a number from 1 to 3"),
        ("auto/3", vec![("JOB_COMPLETION_INDEX", "3")], "from 0 to 2"),
        ("auto/3", vec![("JOB_COMPLETION_INDEX", "x")], "is \"x\""),
        (
            "auto",
            vec![("SLURM_ARRAY_TASK_ID", "1")],
            "SLURM_ARRAY_TASK_MIN",
        ),
        ("4/3", vec![], "expected I/N, the I-th of N shards"),
        ("0/3", vec![], "expected I/N, the I-th of N shards"),
        ("auto/0", vec![], "expected auto/N"),
        ("next", vec![], "or auto, or auto/N"),
    ] {
        let mut command = bare(home);
        let own = ["--shard", which, "--out", "none"];
        let text = stderr(command.args(GRID).args(own).envs(environment), 2);
        assert!(text.contains(said), "{which}: {text}");
        assert!(!home.join("none").exists(), "{which}: {text}");
    }
}

/// The command without what whoever started the tests says of itself.
fn bare(home: &Path) -> assert_cmd::Command {
    let mut command = throng_in(home);
    for name in [
        "SLURM_ARRAY_TASK_ID",
        "JOB_COMPLETION_INDEX",
        "PBS_ARRAY_INDEX",
        "PARALLEL_SEQ",
    ] {
        command.env_remove(name);
    }
    command
}

/// What cannot be put together is said in one message, and nothing is written.
#[test]
fn what_is_no_sweep_is_not_put_together() {
    let (_, home) = throng();
    let home = home.path();
    for number in ["1/3", "2/3", "3/3"] {
        shard(home, number, "s-{shard}");
    }
    let wrong = |folders: &[&str], out: &str, more: &[&str]| {
        let mut merge = throng_in(home);
        let text = stderr(
            merge
                .arg("merge")
                .args(folders)
                .args(["--out", out])
                .args(more),
            2,
        );
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(out != "none" || !home.join(out).exists(), "{text}");
        text
    };
    let all = ["s-1-of-3", "s-2-of-3", "s-3-of-3"];
    let missing = wrong(&["s-3-of-3", "s-1-of-3"], "none", &[]);
    assert!(
        missing.contains("of the sweep's 8 runs are missing: "),
        "{missing}"
    );
    assert!(
        missing.contains("of shard 2/3, which `throng sweep small --engine model --set duration=20s --vary rooms.size=2,3,4,8")
            && missing.contains("--replicas 2 --shard 2/3 --out DIR` makes"),
        "{missing}"
    );
    let twice = wrong(
        &["s-1-of-3", "s-2-of-3", "./s-1-of-3", "s-3-of-3"],
        "none",
        &[],
    );
    assert!(twice.contains("are both shard 1/3"), "{twice}");
    let over = wrong(&all, "./s-2-of-3", &[]);
    assert!(over.contains("is the folder of a shard"), "{over}");
    let nothing = wrong(&["s-1-of-3", "nowhere"], "none", &[]);
    assert!(
        nothing.contains("nowhere: its sweep.json cannot be read"),
        "{nothing}"
    );
    let json = wrong(&all, "none", &["--format", "json"]);
    assert!(json.contains("--format json"), "{json}");
    let rule = wrong(&all, "none", &["--threshold", "jion.p95 < 1s"]);
    assert!(rule.contains("join.p95"), "{rule}");

    // A folder of a load beside those of a sweep: what is in it tells.
    fs::create_dir(home.join("load")).expect("a folder");
    fs::write(home.join("load/shard.json"), "{}").expect("written");
    let mixed = wrong(&["load", "s-1-of-3"], "none", &[]);
    assert!(
        mixed.contains("s-1-of-3 is of a sweep, and load of a load"),
        "{mixed}"
    );

    // Others of the same number of shards: of another scenario, another grid, other replicas, another rule, another count, or none.
    let other = |folder: &str, number: &str, more: &[&str]| {
        let mut other = throng_in(home);
        other.args([
            "sweep", "small", "--quiet", "--engine", "model", "--out", folder,
        ]);
        if number != "whole" {
            other.args(["--shard", number]);
        }
        other.args(more).assert().success();
    };
    let (short, grid, rule) = (
        ["--set", "duration=20s"],
        ["--vary", "rooms.size=2,3,4,8"],
        ["--threshold", "join.p95 < 1h"],
    );
    let twice = ["--replicas", "2"];
    let line = |parts: &[[&'static str; 2]]| parts.concat();
    for (folder, number, more, said) in [
        (
            "seed",
            "2/3",
            [line(&[short, grid, rule, twice]), vec!["--seed", "2"]].concat(),
            "`seed = 1` and `seed = 2`",
        ),
        (
            "grid",
            "2/3",
            line(&[short, ["--vary", "rooms.size=2,3"], rule, twice]),
            "what is varied is rooms.size=2,3,4,8 and rooms.size=2,3",
        ),
        (
            "more",
            "2/3",
            line(&[short, grid, rule, ["--replicas", "3"]]),
            "their --replicas are 2 and 3",
        ),
        (
            "rule",
            "2/3",
            line(&[short, grid, twice]),
            "their thresholds differ",
        ),
        (
            "four",
            "2/4",
            line(&[short, grid, rule, twice]),
            "so many shards have they: 3 and 4",
        ),
        (
            "whole",
            "whole",
            line(&[short, grid, rule, twice]),
            "it holds a whole sweep",
        ),
    ] {
        other(folder, number, &more);
        let text = wrong(&["s-1-of-3", folder, "s-3-of-3"], "none", &[]);
        assert!(text.contains(said), "{folder}: {text}");
        let both = text.contains("s-1-of-3") || folder == "whole";
        assert!(both && text.contains(folder), "{text}");
    }
    let manifest = home.join("s-3-of-3/sweep.json");
    let known = String::from_utf8(file(&manifest)).expect("text");
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(known.contains(&version), "{known}");
    fs::write(
        &manifest,
        known.replacen(&version, "\"version\": \"9.9\"", 1),
    )
    .expect("written");
    let version = wrong(&all, "none", &[]);
    assert!(
        version.contains("9.9") && version.contains("s-3-of-3"),
        "{version}"
    );
    fs::write(&manifest, &known).expect("written");

    // One run in two folders: the same figures are one run, whatever the clock said of the simulator; others are a contradiction.
    let run = runs(&home.join("s-1-of-3")).remove(0);
    let [from, to] =
        ["s-1-of-3", "s-3-of-3"].map(|folder| home.join(folder).join("runs").join(&run));
    let text = String::from_utf8(file(&from)).expect("text");
    let mut sample: serde_json::Value = serde_json::from_str(&text).expect("json");
    sample["simulator"]["simulator.wall"] = 1e9.into();
    fs::write(&to, sample.to_string()).expect("written");
    merge(home, &all, "fine");
    sample["measures"]["traffic.bytes"] = 1.0.into();
    fs::write(&to, sample.to_string()).expect("written");
    let text = wrong(&all, "none", &[]);
    assert!(
        text.contains("different figures of one run") && text.contains(&run),
        "{text}"
    );
    // A run that is damaged is one that is missing.
    fs::remove_file(&to).expect("removed");
    fs::write(&from, "{").expect("written");
    let text = wrong(&all, "none", &[]);
    assert!(
        text.contains(
            "1 of the sweep's 8 runs are missing: 1 of shard 1/3, which `throng sweep small"
        ) && text.contains("--shard 1/3 --out s-1-of-3` makes"),
        "{text}"
    );
    shard(home, "1/3", "s-1-of-3");
    merge(home, &all, "fine");

    // What is in a folder stays what it is.
    for (folder, own, said) in [
        (
            "s-1-of-3",
            vec!["--shard", "2/3"],
            "another shard of it is there",
        ),
        ("s-1-of-3", vec![], "a shard of it is there alone"),
        ("whole", vec!["--shard", "1/3"], "no shard of it"),
    ] {
        let mut command = throng_in(home);
        let text = stderr(command.args(GRID).args(own).args(["--out", folder]), 2);
        assert!(text.contains(said), "{folder}: {text}");
    }
    let run = ["--quiet", "--out", "run"];
    throng_in(home).args(SHORT).args(run).assert().success();
    let text = wrong(&all, "run", &[]);
    assert!(text.contains("run holds a run"), "{text}");
}

#[test]
fn a_sweep_ends_when_its_time_is_over() {
    let (_, home) = throng();
    let home = home.path();
    let long = [
        "sweep",
        "small",
        "--set",
        "duration=300d",
        "--vary",
        "seed=1,2,3",
        "--quiet",
    ];
    for threads in ["1", "2"] {
        let begun = Instant::now();
        let mut command = throng_in(home);
        let own = ["--out", threads, "--threads", threads, "--time-limit", "2s"];
        let text = stderr(command.args(long).args(own), 130);
        assert!(
            text.contains("the time limit of 2s is over: 0 of 3 runs are done; the same command goes on with the others"),
            "{text}"
        );
        assert!(begun.elapsed() < Duration::from_secs(40));
        assert!(
            runs(&home.join(threads))
                .iter()
                .all(|name| name.starts_with('.'))
        );
    }
    // None is begun where there is no time; and where there is enough, nothing is other than without a limit.
    let none = ["--quiet", "--out", "grid", "--time-limit", "0s"];
    let text = stderr(throng_in(home).args(GRID).args(none), 130);
    assert!(text.contains("0 of 8 runs are done"), "{text}");
    let enough = ["--quiet", "--out", "grid", "--time-limit", "1h"];
    throng_in(home).args(GRID).args(enough).assert().success();
    let mut command = throng_in(home);
    stderr(command.args(GRID).args(["--time-limit", "50"]), 2);
}

/// Where the command is found, and nothing of this process's own tasks.
fn scheduled(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    let own = Path::new(env!("CARGO_BIN_EXE_throng"))
        .parent()
        .expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .current_dir(home)
        .env("PATH", format!("{}:{path}", own.display()));
    command
}

fn printed(home: &Path, line: &[&str]) -> String {
    let script = stdout(throng_in(home).args(GRID).args(line));
    let entries = fs::read_dir(home).expect("a folder");
    let begun = entries.flatten().find(|entry| entry.path().is_dir());
    assert!(begun.is_none(), "nothing is run: {begun:?}");
    script
}

/// Whether bash reads a script, which it does not run.
fn is_read(home: &Path, script: &str) {
    let mut bash = scheduled("bash", home);
    let mut bash = bash.arg("-n").stdin(Stdio::piped()).spawn().expect("bash");
    let mut to = bash.stdin.take().expect("piped");
    to.write_all(script.as_bytes()).expect("written");
    drop(to);
    assert!(bash.wait().expect("ended").success(), "{script}");
}

#[test]
fn a_script_for_slurm_makes_the_sweep() {
    let (_, home) = throng();
    let home = home.path();
    let script = printed(
        home,
        &[
            "--print",
            "slurm",
            "--shards",
            "3",
            "--out",
            "it's {a} $HOME",
        ],
    );
    is_read(home, &script);
    assert!(script.contains("\n#SBATCH --array=1-3\n"), "{script}");
    fs::write(home.join("sweep.sbatch"), &script).expect("written");
    // As Slurm runs it: the whole array, of which a task is run again by itself.
    for (id, least, most, count) in [
        ("1", "1", "3", "3"),
        ("3", "1", "3", "3"),
        ("2", "2", "2", "1"),
    ] {
        let task = scheduled("bash", home)
            .arg("sweep.sbatch")
            .env("SLURM_ARRAY_TASK_ID", id)
            .env("SLURM_ARRAY_TASK_MIN", least)
            .env("SLURM_ARRAY_TASK_MAX", most)
            .env("SLURM_ARRAY_TASK_COUNT", count)
            .env("SLURM_CPUS_PER_TASK", "2")
            .output()
            .expect("bash");
        assert!(
            task.status.success(),
            "{}",
            String::from_utf8_lossy(&task.stderr)
        );
    }
    // The second job, as --wrap has a shell run it.
    let wrap = script.lines().find_map(|line| line.split_once("--wrap "));
    let (_, wrapped) = wrap.expect("a second job");
    let merge = scheduled("bash", home)
        .args(["-c", &format!("sh -c {wrapped}")])
        .output()
        .expect("bash");
    assert!(
        merge.status.success(),
        "{}",
        String::from_utf8_lossy(&merge.stderr)
    );
    let local = ["--quiet", "--out", "local"];
    throng_in(home).args(GRID).args(local).assert().success();
    for name in ["sweep.csv", "fits.csv"] {
        let whole = file(&home.join("it's {a} $HOME").join(name));
        assert!(whole == file(&home.join("local").join(name)), "{name}");
    }
}

#[test]
fn a_command_line_of_parallel_makes_the_sweep() {
    let (_, home) = throng();
    let home = home.path();
    let line = [
        "--print",
        "parallel",
        "--shards",
        "3",
        "--out",
        "it's {} {1}",
    ];
    let script = printed(home, &line);
    is_read(home, &script);
    let version = Command::new("parallel").arg("--version").output();
    let is_gnu = |said: Vec<u8>| String::from_utf8_lossy(&said).contains("GNU parallel");
    if !version.is_ok_and(|version| is_gnu(version.stdout)) {
        // Not by a macro, whose output nobody sees of a test that passes.
        writeln!(std::io::stderr(), "skipped: there is no GNU parallel").expect("written");
        return;
    }
    let all = scheduled("bash", home)
        .args(["-c", &script])
        .env("HOME", home)
        .output()
        .expect("bash");
    assert!(
        all.status.success(),
        "{}",
        String::from_utf8_lossy(&all.stderr)
    );
    let local = ["--quiet", "--out", "local"];
    throng_in(home).args(GRID).args(local).assert().success();
    let whole = file(&home.join("it's {} {1}/sweep.csv"));
    assert!(whole == file(&home.join("local/sweep.csv")));
}

#[test]
fn a_job_for_kubernetes_is_printed() {
    let (_, home) = throng();
    let home = home.path();
    let line = ["--print", "kubernetes", "--shards", "3", "--image"];
    let script = printed(home, &[&line[..], &["registry.example/throng: 1"]].concat());
    for said in [
        "  completions: 3\n",
        "  completionMode: Indexed\n",
        "          image: \"registry.example/throng: 1\"\n",
        "            - \"throng\"\n            - \"sweep\"\n",
        "            - \"join.p95 < 1h\"\n",
        "            - \"--shard\"\n            - \"auto/3\"\n            - \"--out\"\n            - \"sweeps/small-1-{shard}\"\n",
    ] {
        assert!(script.contains(said), "{said}: {script}");
    }
    for (wrong, said) in [
        (&["--print", "kubernetes", "--shards", "3"][..], "--image"),
        (&["--print", "slurm"], "--shards"),
        (&["--shards", "3"], "--print"),
        (&["--print", "slurm", "--shards", "0"], "--shards"),
        (
            &["--print", "slurm", "--shards", "3", "--shard", "1/3"],
            "--shard",
        ),
        (
            &["--shard", "1/3", "--save-baseline", "one"],
            "--save-baseline",
        ),
    ] {
        let text = stderr(throng_in(home).args(GRID).args(wrong), 2);
        assert!(text.contains(said), "{wrong:?}: {text}");
    }
}

/// A scenario names its trace alone. What is in it is a part of the sweep all the same.
#[test]
fn shards_of_different_traces_are_not_put_together() {
    let (_, home) = throng();
    let home = home.path();
    let import = |length: &str| {
        let rows = format!("time,room,sender,length\n0,tea,ann,{length}\n1,tea,bob,1\n");
        fs::write(home.join("talk.csv"), rows).expect("written");
        let line = ["import", "talk.csv", "--format", "csv", "--quiet"];
        throng_in(home).args(line).assert().success();
    };
    let sweep = |shard: &str, folder: &str| {
        let mut sweep = throng_in(home);
        sweep.args(["sweep", "imports/talk/scenario.toml", "--engine", "model"]);
        sweep.args(["--vary", "policy.tree=welcome,hub", "--quiet"]);
        sweep.args(["--shard", shard, "--out", folder]);
        sweep
    };
    import("5");
    sweep("1/2", "one").assert().success();
    import("6");
    sweep("2/2", "two").assert().success();
    let message = stderr(&mut sweep("1/2", "one"), 2);
    assert!(
        message.contains("what is in the trace is another"),
        "{message}"
    );
    let line = ["merge", "one", "two", "--out", "both"];
    let message = stderr(throng_in(home).args(line), 2);
    assert!(
        message.contains("what is in their traces differs"),
        "{message}"
    );
    assert!(!home.join("both").exists());
}
