//! KeyPackages that run out.

use crate::common;

use common::{other, run_on, scenario};
use throng_record::Record;
use throng_workloads::time::SimSpan;
use throng_world::verify::verify;

/// A small drain with all that belongs to it: people join, pools run dry and are filled, lifetimes end.
const SMALL: [&str; 5] = [
    "users.count=24",
    "rooms.count=5",
    "rooms.size=4",
    "duration=2h",
    "churn.look_ups=500/h",
];

/// What helps, and what does not.
const SETTINGS: [&[&str]; 5] = [
    &[],
    &["policy.last_resort=true"],
    &["policy.key_material_limit=60"],
    &[
        "policy.key_package_lifetime=40min",
        "policy.last_resort=true",
    ],
    &["policy.key_packages=3", "policy.key_packages_low=0.1"],
];

fn small(policy: &[&str]) -> Record {
    run_on(
        &scenario("keypackage-drain", &[&SMALL[..], policy].concat()),
        2,
    )
}

fn skipped(record: &Record, reason: &str) -> u64 {
    let mut skipped = record.counts.skipped.iter();
    skipped
        .find(|(id, _)| *id == reason)
        .map_or(0, |(_, count)| *count)
}

#[test]
fn both_engines_agree_on_every_setting() {
    for policy in SETTINGS {
        let overrides = [&SMALL[..], policy].concat();
        let verdict = verify(&scenario("keypackage-drain", &overrides), |_| true);
        let verdict = verdict.unwrap_or_else(|error| panic!("{policy:?}: {error}"));
        assert!(verdict.agrees(), "{policy:?}: {verdict:#?}");
    }
}

#[test]
fn each_setting_does_what_it_is_for() {
    let [plain, last_resort, limited, short, _] = SETTINGS.map(small);
    for record in [&plain, &last_resort, &short] {
        assert_eq!(
            record.counts.intents, plain.counts.intents,
            "the same is wished"
        );
    }
    assert!(plain.counts.key_packages_exhausted > 0);
    assert_eq!(other(&plain, "key_packages_last_resort"), 0);
    assert!(skipped(&plain, "nobody-to-add:-no-KeyPackage,-or-members-already") > 0);
    // With one of last resort nobody is asked for in vain.
    assert_eq!(last_resort.counts.key_packages_exhausted, 0);
    assert!(other(&last_resort, "key_packages_last_resort") > 0);
    assert!(last_resort.counts.welcomes > plain.counts.welcomes);
    // With a limit pools last.
    assert!(
        skipped(
            &limited,
            "more-requests-for-KeyPackages-than-one-user-may-make"
        ) > 0
    );
    let (with, without) = (&limited.counts, &plain.counts);
    assert!(4 * with.key_packages_exhausted < without.key_packages_exhausted);
    assert!(short.counts.key_packages_expired > 0 && plain.counts.key_packages_expired == 0);
    for record in [plain, last_resort, limited, short] {
        let counts = &record.counts;
        let once = counts.key_packages_used - other(&record, "key_packages_last_resort");
        // Those of last resort are published, dropped and never left.
        let all = once + counts.key_packages_expired + counts.key_packages_left;
        assert!(all <= counts.key_packages_published, "{counts:?}");
    }
}

/// Without refill a pool of ten is dry when its client has been asked for ten times, which a Poisson process has done by a time that is
/// known: the share of pools that are dry follows Erlang's distribution.
#[test]
fn pools_run_dry_as_a_poisson_process_says() {
    let overrides = [
        "users.online=always",
        "rooms.count=1",
        "rooms.size=1",
        "rooms.created=0s",
        "churn.joins=0",
        "messages.rate=0",
        "policy.key_packages_low=0",
        "duration=1h",
    ];
    let record = run_on(&scenario("keypackage-drain", &overrides), 2);
    let (pools, each) = (119.0, 10u64);
    let rate = 2400.0 / 3600.0 / pools;
    let mut between = 0;
    for point in &record.series {
        let asked = rate * point.time.as_secs_f64();
        // The probability that a Poisson variable of this mean is below ten.
        let mut term = libm::exp(-asked);
        let mut fewer = 0.0;
        for k in 0..each {
            fewer += term;
            term *= asked / (k + 1) as f64;
        }
        let (dry, deviation) = (1.0 - fewer, libm::sqrt(fewer * (1.0 - fewer) / pools));
        let found = point.exhausted as f64 / pools;
        let at = point.time.since(throng_workloads::time::SimTime::ZERO);
        assert!(
            (found - dry).abs() < 4.0 * deviation + 0.02,
            "{at}: {found}, {dry}"
        );
        between += usize::from((0.2..0.8).contains(&dry));
        assert!(at <= SimSpan::from_secs(3700));
    }
    assert!(between > 3, "few samples say anything");
    // Every request is answered, with a KeyPackage as long as there are any.
    let counts = &record.counts;
    let asked: u64 = counts
        .intents
        .iter()
        .filter(|(name, _)| *name == "look-up")
        .map(|(_, n)| n)
        .sum();
    assert_eq!(
        counts.key_packages_used + counts.key_packages_exhausted,
        asked
    );
    assert_eq!(counts.key_packages_used + counts.key_packages_left, 1200);
    assert_eq!(
        other(&record, "key_packages_looked_up"),
        counts.key_packages_used
    );
}

/// That of last resort is renewed however fresh the others are.
#[test]
fn one_of_last_resort_is_always_there() {
    let record = small(&[
        "policy.last_resort=true",
        "policy.key_packages=2",
        "policy.key_package_lifetime=1h",
        "users.online={ dist = \"exponential\", mean = \"2min\" }",
        "users.offline={ dist = \"exponential\", mean = \"2min\" }",
    ]);
    assert!(other(&record, "key_packages_last_resort") > 100);
    assert_eq!(record.counts.key_packages_exhausted, 0);
}
