//! A preparation that is stored, and taken up by providers that are as they were then; by others it is not.

use crate::federation;

use federation::Federation;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use throng_live::LiveError;
use throng_live::load::samples::Seen;
use throng_live::load::{Order, Plan, Preparation, Preparing, Storing, run, store};
use throng_record::invariants::DELIVERED;
use throng_workloads::builtin;
use throng_workloads::scenario::Scenario;
use throng_workloads::time::SimSpan;

fn scenario(more: &[&str]) -> Scenario {
    let overrides = [
        "duration=3s",
        "rooms.start=warm",
        "messages.rate=7200/h",
        "churn.updates=600/h",
        "users.count=10",
    ];
    let overrides = overrides.iter().chain(more);
    let overrides: Vec<String> = overrides.map(|key| (*key).to_owned()).collect();
    let small = builtin::find("small").expect("built in");
    let scenario = small.scenario(&overrides).expect("a scenario");
    Plan::in_real_time(scenario, 1.0, true).expect("for real")
}

fn go_on(_: &throng_live::load::View<'_>) -> Order {
    Order::GoOn
}

/// All files of a folder, those in folders of it too.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path.clone(), fs::read(&path).expect("a file"))),
        }
    }
    found
}

fn stored(federation: &Federation, place: &Path) {
    let plan = Plan {
        preparing: Preparing::Stored(Storing::begin(place).expect("a free place")),
        ..federation.plan(Vec::new())
    };
    assert!(store(plan, &mut go_on).expect("prepared"));
}

fn loaded(federation: &Federation, place: &Path, scenario: &Scenario) -> Plan {
    let preparation = Preparation::open(place, scenario).expect("a preparation");
    Plan {
        scenario: scenario.clone(),
        preparing: Preparing::Loaded(Box::new(preparation)),
        ..federation.plan(Vec::new())
    }
}

#[test]
fn it_is_taken_up_while_providers_are_as_they_were_and_not_after_that() {
    let home = tempfile::tempdir().expect("a folder");
    let place = home.path().join("prepared");
    let begun = scenario(&[]);
    let federation = Federation::start(&begun, home.path(), |address| address);
    stored(&federation, &place);
    let before = files(&place);
    // For longer, and more of it.
    let other = scenario(&["duration=4s", "messages.rate=9000/h"]);
    let plan = loaded(&federation, &place, &other);
    let outcome = run(plan, &mut go_on).expect("a load");
    let outcome = outcome.outcome(&[], &Seen::default()).expect("whole");
    let (record, generator) = (outcome.record, outcome.generator);
    let preparation = generator.preparation.expect("what was before");
    assert!(preparation.loaded && preparation.took > SimSpan::ZERO);
    assert_eq!(record.real.expect("a real run").violations, Vec::new());
    let delivered = record.invariants.iter();
    let mut delivered = delivered.filter(|row| row.name == DELIVERED);
    assert!(delivered.any(|row| row.checks > 100));
    assert!(record.open.is_empty(), "{:?}", record.open);
    assert!(record.counts.commits_accepted > 0);
    let wished = record.counts.intents.iter();
    let mut wished = wished.filter(|(name, _)| *name == "message");
    let wished = wished.next().map(|(_, count)| *count);
    assert!(wished > Some(20));
    assert_eq!(Some(record.counts.messages_accepted), wished);
    assert_eq!(record.counts.undecryptable, Vec::new());
    // The rooms have a past, which is none of this run's.
    for room in &record.rooms {
        assert!(room.first_epoch > 0 && room.initial_members > 1, "{room:?}");
    }
    assert_eq!(files(&place), before, "it can be taken up again");

    let again = run(loaded(&federation, &place, &begun), &mut go_on);
    let error = again.err().expect("they have gone on");
    assert!(
        matches!(error, LiveError::Forgotten { status: 409, .. }),
        "{error}"
    );
    federation.stop();

    let elsewhere = tempfile::tempdir().expect("a folder");
    let strangers = Federation::start(&begun, elsewhere.path(), |address| address);
    let error = run(loaded(&strangers, &place, &begun), &mut go_on).err();
    let error = error.expect("nobody knows these clients");
    assert!(
        matches!(error, LiveError::Forgotten { status: 401, .. }),
        "{error}"
    );
    strangers.stop();
}

/// Whoever has something else, or something that is not whole, hears it before anything begins.
#[test]
fn what_is_damaged_or_of_another_scenario_is_said() {
    let home = tempfile::tempdir().expect("a folder");
    let place = home.path().join("inside/prepared");
    let begun = scenario(&[]);
    let federation = Federation::start(&begun, home.path(), |address| address);
    stored(&federation, &place);
    federation.stop();
    let inside = home.path().join("inside");
    let beside = fs::read_dir(&inside).expect("a folder").count();
    assert_eq!(beside, 1, "nothing half-written is left");
    let why = |place: &Path, scenario: &Scenario| match Preparation::open(place, scenario) {
        Err(LiveError::NoPreparation { why, .. }) => why,
        other => panic!("{:?}", other.map(drop)),
    };
    assert!(
        !Preparation::open(&place, &begun)
            .expect("whole")
            .has_stores()
    );
    for (key, set) in [
        ("users.count", "users.count=11"),
        ("seed", "seed=2"),
        ("rooms.start", "rooms.start=grown"),
        ("policy.epoch_tolerance", "policy.epoch_tolerance=9"),
    ] {
        let why = why(&place, &scenario(&[set]));
        assert!(
            why.starts_with(&format!("{key} is not what")),
            "{set}: {why}"
        );
    }
    assert_eq!(why(&home.path().join("nowhere"), &begun), "it is not there");

    for (name, whole) in files(&place) {
        let file = name
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        for step in 0..40 {
            let at = whole.len() * step / 40;
            fs::write(&name, &whole[..at]).expect("written");
            assert!(!why(&place, &begun).is_empty(), "{file} cut at {at}");
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (step % 7);
            fs::write(&name, damaged).expect("written");
            // Between what a manifest says there is space.
            if file != "manifest.json" {
                assert_eq!(why(&place, &begun), format!("its {file} is damaged"));
            } else if let Err(error) = Preparation::open(&place, &begun) {
                assert!(matches!(error, LiveError::NoPreparation { .. }), "{error}");
            }
        }
        fs::remove_file(&name).expect("removed");
        assert!(why(&place, &begun).contains("cannot read its"), "{file}");
        fs::write(&name, whole).expect("written");
    }
    assert!(Preparation::open(&place, &begun).is_ok());

    let taken = Storing::begin(&place).err().expect("there is one");
    assert!(matches!(taken, LiveError::Taken { .. }), "{taken}");
    let free = inside.join("another");
    drop(Storing::begin(&free).expect("a free place"));
    assert_eq!(fs::read_dir(&inside).expect("a folder").count(), 1);
}
