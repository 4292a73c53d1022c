//! What README and the guide say is what happens: `throng` commands of their sessions are run, and all others are read for flags and
//! keys that there are. Those that begin with `cargo` are not run.

use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// README, CONTRIBUTING and the guide.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    for entry in fs::read_dir(root().join("docs")).expect("docs") {
        let path = entry.expect("an entry").path();
        if path
            .extension()
            .is_some_and(|ending| ending == "md" || ending == "yml")
        {
            pages.push(path);
        }
    }
    pages.sort();
    pages
}

/// Runs every session in these files, each in a folder of its own that is empty at first. With `TRYCMD=overwrite` the files say
/// what happened from then on.
fn try_sessions(files: &[PathBuf]) {
    let home = tempfile::tempdir().expect("a folder");
    let copy = |file: &PathBuf| home.path().join(file.file_name().expect("a name"));
    let cases = trycmd::TestCases::new();
    cases.register_bin("throng", Path::new(env!("CARGO_BIN_EXE_throng")));
    cases.register_bin("cargo", trycmd::schema::Bin::Ignore);
    cases.env("NO_COLOR", "1");
    for file in files {
        fs::copy(file, copy(file)).expect("copied");
        fs::create_dir(copy(file).with_extension("in")).expect("a folder");
        cases.case(copy(file));
    }
    let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(cases)));
    if std::env::var("TRYCMD").is_ok_and(|mode| mode == "overwrite") {
        for file in files {
            fs::copy(copy(file), file).expect("copied");
        }
    }
    if let Err(differences) = run {
        std::panic::resume_unwind(differences);
    }
}

/// Blocks that begin with ```` ```console ```` are sessions.
#[test]
fn every_session_goes_as_it_is_written() {
    let mut pages = pages();
    pages.retain(|page| page.extension().is_some_and(|ending| ending == "md"));
    let texts = pages
        .iter()
        .map(|page| fs::read_to_string(page).expect("a page"));
    let sessions: usize = texts.map(|text| text.matches("```console").count()).sum();
    assert!(sessions > 8, "{sessions}");
    try_sessions(&pages);
}

/// What the command says of itself and of mistakes, as a whole.
#[test]
fn screens_are_as_they_were() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens");
    let files = fs::read_dir(folder).expect("screens");
    let mut files: Vec<PathBuf> = files.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(files.len() > 3, "{files:?}");
    try_sessions(&files);
}

/// The words of a command line, as a shell would split them, up to where another command begins.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for letter in line.chars() {
        match letter {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '|' | '>' | '#' | ';' if !quoted => break,
            ' ' if !quoted => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Whatever stands in code and begins with `throng` is a command that can be typed: its flags and its scenario's keys exist.
#[test]
fn every_command_can_be_typed() {
    let home = tempfile::tempdir().expect("a folder");
    let mut commands = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let lines = text
            .lines()
            .map(|line| line.trim().trim_start_matches("$ ").to_owned());
        let inline = text.replace('\n', " ");
        let inline: Vec<String> = inline.split('`').map(str::to_owned).collect();
        for command in lines.chain(inline) {
            let command = command.replace("cargo run --release -- ", "throng ");
            let command = command.replace("base-bin/bin/throng", "throng");
            let command = command.replace("head-bin/bin/throng", "throng");
            let command = command.replace("$SWEEP", variable(&text, "SWEEP"));
            if command.starts_with("throng ") && !command.contains('…') && command.len() < 300 {
                commands.push(command);
            }
        }
    }
    commands.sort();
    commands.dedup();
    assert!(commands.len() > 20, "{commands:?}");
    let of_workflow = |command: &&String| command.contains("--out sweeps/head");
    assert_eq!(commands.iter().filter(of_workflow).count(), 1);
    for command in commands {
        let mut words = words(&command.replace("NAME", "small"));
        words.remove(0);
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_throng"))
            .args(&words)
            .arg("--help")
            .current_dir(home.path())
            .output()
            .expect("started");
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{command}: {said}");
        // The keys that it sets are those of scenarios.
        let sets = words
            .windows(2)
            .filter(|pair| pair[0] == "--set" || pair[0] == "--vary");
        for pair in sets {
            let key = pair[1].split('=').next().unwrap_or_default();
            assert!(keys().contains(&key.to_owned()), "{command}: {key}");
        }
    }
}

/// What a workflow sets a variable to, in the line behind its name.
fn variable<'t>(workflow: &'t str, name: &str) -> &'t str {
    let name = format!("{name}: >-");
    let mut lines = workflow.lines().map(str::trim);
    lines
        .find(|line| *line == name)
        .and_then(|_| lines.next())
        .unwrap_or_default()
}

/// Every key of the reference, in full.
fn keys() -> Vec<String> {
    let (mut section, mut keys) = (String::new(), Vec::new());
    for line in throng_workloads::scenario::reference().lines() {
        if let Some(title) = line.strip_prefix("## `") {
            section = title
                .trim_matches(|letter| "[]`".contains(letter))
                .to_owned()
                + ".";
        }
        if let Some(key) = line
            .strip_prefix("| `")
            .and_then(|row| row.split('`').next())
        {
            keys.push(format!("{section}{key}"));
        }
    }
    keys
}

/// The committed page is made from the defaults, and every key that a resolved scenario can have is in it.
#[test]
fn the_scenario_reference_is_whole() {
    let made = throng_workloads::scenario::reference();
    let path = root().join("docs/scenarios.md");
    let read = || fs::read_to_string(&path).expect("docs/scenarios.md");
    // Only where it has to be: what reads the guide's pages at the same time must not find an empty one.
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    if update && read() != made {
        fs::write(&path, &made).expect("written");
    }
    let committed = read();
    assert!(
        committed == made,
        "`throng scenarios reference > docs/scenarios.md` makes it anew"
    );
    for row in made.lines().filter(|line| line.starts_with("| `")) {
        let meaning = row
            .trim_end_matches('|')
            .rsplit(" | ")
            .next()
            .unwrap_or_default();
        assert!(meaning.trim().len() > 5, "{row} says nothing");
    }
    let known = keys();
    for builtin in throng_workloads::builtin::LIBRARY {
        let scenario = builtin.scenario(&[]).expect(builtin.name);
        let mut section = String::new();
        for line in scenario.to_toml().lines() {
            if line.starts_with('[') {
                section = line.trim_matches(|letter| "[]".contains(letter)).to_owned() + ".";
            } else if let Some((key, _)) = line.split_once(" = ") {
                let key = format!("{section}{key}");
                // What people name themselves, and links, whose keys stand in a list.
                let own = ["users.connections.", "cost.profiles."];
                let own = own.iter().any(|start| key.starts_with(start))
                    || key.starts_with("network.")
                        && key
                            .rsplit('.')
                            .next()
                            .is_some_and(|last| committed.contains(last));
                assert!(
                    own || known.contains(&key),
                    "{}: {key} is not in the reference",
                    builtin.name
                );
            }
        }
    }
}
