//! What the built-in profile charges beside MLS, and what profiles do that were made before it was counted.

use throng_cost::{CostProfile, Work};
use throng_mimi::work::{Storage, Transport, UNITS};
use throng_mls::work::{UNITS as MLS, Work as MlsWork};
use throng_workloads::scenario::{MachineCosts, ProfileSpec};

#[test]
fn the_built_in_profile_has_costs_of_all_that_is_counted() {
    let texts = [
        include_str!("../../mls/src/built_in.toml"),
        include_str!("../src/built_in.toml"),
    ];
    let mut names = Vec::new();
    for text in texts {
        let costs = MachineCosts::parse("built_in.toml", text).expect("sound");
        names.extend(costs.nanos.into_iter().map(|(unit, _)| unit));
    }
    let all: Vec<&str> = UNITS.all().map(|unit| unit.name).collect();
    assert_eq!(names, all);
    let groups: Vec<_> = UNITS.groups().map(|(group, _)| group).collect();
    assert_eq!(groups, ["mls", "transport", "storage"]);
}

/// Where they stood for what a request takes: an operation of MLS, and its bytes as those of handshakes.
#[test]
fn a_profile_of_mls_alone_charges_what_it_did() {
    let costs = MLS
        .all()
        .zip(1..)
        .map(|(unit, nanos)| (unit.name.to_owned(), f64::from(nanos)));
    let measured = MachineCosts {
        source: String::new(),
        nanos: costs.collect(),
        calibrated_to: None,
    };
    let names: Vec<&str> = measured
        .nanos
        .iter()
        .map(|(unit, _)| unit.as_str())
        .collect();
    assert_eq!(UNITS.check(&names), Ok(()));
    let spec = ProfileSpec {
        measured: Some(measured.clone()),
        ..ProfileSpec::built_in(1.0)
    };
    let profile = CostProfile::of_scenario("mine", &spec, UNITS);
    let mut now: Work = Transport {
        requests_in: 3,
        received_bytes: 500,
        records_out: 9,
        connections_in: 2,
        ..Transport::default()
    }
    .into();
    now += Storage {
        rows_written: 4,
        stored_bytes: 100,
        ..Storage::default()
    };
    let before: Work = MlsWork {
        operations: 3,
        bytes: 500,
        ..MlsWork::default()
    }
    .into();
    assert_eq!(profile.time(&now), profile.time(&before));
    assert!(profile.time(&now).as_nanos() > 0);
}
