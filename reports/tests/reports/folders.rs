//! A run's folder: which files it holds, and what happens where it cannot be written.

use super::sample;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use throng_record::Record;
use throng_reports::{ReportError, Written, write_run};

fn write(dir: &Path, record: &Record) -> Result<Written, ReportError> {
    write_run(
        dir,
        &sample::scenario(),
        sample::TOML,
        record,
        &sample::info(),
    )
}

fn read(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).expect("a file")
}

/// Every file below a folder, by its path inside.
fn listing(dir: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            names.extend(
                listing(&path)
                    .into_iter()
                    .map(|inner| format!("{name}/{inner}")),
            );
        } else {
            names.insert(name);
        }
    }
    names
}

#[test]
fn a_folder_holds_what_is_promised_and_nothing_else() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("runs/company-7");
    let written = write(&dir, &sample::record()).expect("written");
    assert_eq!(written.dir, dir);
    let names: BTreeSet<String> = written
        .files
        .iter()
        .map(|file| {
            file.strip_prefix(&dir)
                .expect("inside")
                .to_string_lossy()
                .replace('\\', "/")
        })
        .collect();
    assert_eq!(names, listing(&dir));
    assert_eq!(
        written.files.last(),
        Some(&dir.join("summary.json")),
        "it vouches for the rest"
    );
    let listed: Vec<String> = names.into_iter().collect();
    insta::assert_snapshot!(listed.join("\n"));
    assert_eq!(read(&dir, "scenario.toml"), sample::TOML);
}

#[test]
fn two_folders_of_one_run_are_equal_byte_for_byte() {
    let home = tempfile::tempdir().expect("a folder");
    let dirs = [home.path().join("one"), home.path().join("two")];
    for dir in &dirs {
        write(dir, &sample::record()).expect("written");
    }
    for name in listing(&dirs[0]) {
        let [one, two] = [&dirs[0], &dirs[1]].map(|dir| fs::read(dir.join(&name)).expect("a file"));
        assert!(one == two, "{name}");
    }
}

#[test]
fn tables_have_their_columns_and_a_row_for_each_thing() {
    let home = tempfile::tempdir().expect("a folder");
    let mut record = sample::record();
    write(home.path(), &record).expect("written");
    let head = |name: &str| {
        read(home.path(), name)
            .lines()
            .take(4)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let tables = [
        "commits.csv",
        "rooms.csv",
        "series.csv",
        "trees.csv",
        "traffic.csv",
        "providers.csv",
        "costs.csv",
        "pairs.csv",
        "exposure.csv",
        "dependence.csv",
        "outages.csv",
    ];
    insta::assert_snapshot!(
        tables
            .map(|name| format!("{name}\n{}", head(name)))
            .join("\n\n")
    );
    assert_eq!(
        read(home.path(), "commits.csv").lines().count(),
        1 + sample::groups(&mut record).commits.len()
    );
    assert_eq!(
        read(home.path(), "rooms.csv").lines().count(),
        1 + record.rooms.len()
    );
}

#[test]
fn a_smaller_run_leaves_nothing_of_the_larger_one() {
    let home = tempfile::tempdir().expect("a folder");
    write(home.path(), &sample::record()).expect("written");
    let before = listing(home.path());
    // Of as many providers: who pays for whom is drawn where there are several.
    let mut smaller = sample::empty_record();
    smaller.providers = sample::record().providers;
    write(home.path(), &smaller).expect("written again");
    assert_eq!(listing(home.path()), before);
    assert_eq!(read(home.path(), "commits.csv").lines().count(), 1);
    assert!(read(home.path(), "summary.json").contains("\"partial\": true"));
    assert!(read(home.path(), "plots/commit-size.svg").contains("no data"));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_its_path() {
    let home = tempfile::tempdir().expect("a folder");
    let taken = home.path().join("taken");
    fs::write(&taken, "a file").expect("written");
    let error = write(&taken.join("company-7"), &sample::record()).expect_err("no folder");
    assert!(
        matches!(error, ReportError::CreateFolder { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("taken"), "{error}");
}

#[test]
fn a_run_that_could_not_be_written_whole_has_no_summary() {
    let home = tempfile::tempdir().expect("a folder");
    write(home.path(), &sample::record()).expect("written");
    fs::remove_dir_all(home.path().join("plots")).expect("removed");
    fs::write(home.path().join("plots"), "in the way").expect("written");
    write(home.path(), &sample::record()).expect_err("plots cannot be a folder");
    assert!(!home.path().join("summary.json").exists());
}
