//! What clients say by who they are.

use crate::common;

use common::{run_on, scenario};
use throng_record::Record;
use throng_world::verify::verify;

/// Joins of both kinds, requests that are signed, KeyPackages, and commits that add.
const SMALL: [&str; 5] = [
    "duration=20min",
    "churn.joins=30/h",
    "churn.new_clients=1/h",
    "churn.resyncs=1/h",
    "messages.content=mimi",
];

const X509: [&str; 1] = ["users.credential=x509"];
const JWT: [&str; 2] = ["users.credential=jwt", "users.credential_bytes=900B"];
const LONG: [&str; 3] = [
    "users.credential=x509",
    "users.certificates=4",
    "users.credential_bytes=1500B",
];

fn small(more: &[&str]) -> throng_workloads::scenario::Scenario {
    scenario("small", &[&SMALL[..], more].concat())
}

/// Of all clients and providers.
fn counted(record: &Record, counter: &str) -> u64 {
    let units = throng_mls::work::UNITS;
    let at = units.all().position(|unit| unit.counter == counter);
    let at = at.expect("a unit of MLS");
    record.client_work.counts[at] + record.hub_work.counts[at]
}

#[test]
fn both_engines_agree_on_every_kind() {
    for settings in [&X509[..], &JWT, &LONG] {
        for (join_by, tree) in [("add", "welcome"), ("external", "hub")] {
            let join_by = format!("churn.join_by={join_by}");
            let tree = format!("policy.tree={tree}");
            let more = [settings, &[&join_by, &tree, "messages.franking=true"]].concat();
            let verdict = verify(&small(&more), |_| true);
            let verdict = verdict.unwrap_or_else(|error| panic!("{more:?}: {error}"));
            assert!(verdict.agrees(), "{more:?}: {verdict:#?}");
        }
    }
}

/// What is wished and who joins is the same with each kind; what is sent and checked is not.
#[test]
fn they_cost_bytes_and_checks_and_change_nothing_else() {
    let [basic, x509, jwt, long] =
        [&[][..], &X509, &JWT, &LONG].map(|more| run_on(&small(more), 2));
    for other in [&x509, &jwt, &long] {
        assert_eq!(other.counts.intents, basic.counts.intents);
    }
    let checks = |record| counted(record, "credential_checks");
    assert_eq!(checks(&basic), 0);
    assert!(checks(&jwt) > 100);
    // A check of a chain is one of as many signatures as there are certificates.
    assert!(checks(&x509) > checks(&jwt) && checks(&long) > checks(&x509));
    assert!(counted(&long, "credential_bytes") > 1_000 * checks(&long));
    assert!(counted(&basic, "bytes") < counted(&jwt, "bytes"));
    assert!(counted(&jwt, "bytes") < counted(&x509, "bytes"));
    assert!(counted(&x509, "bytes") < counted(&long, "bytes"));
}
