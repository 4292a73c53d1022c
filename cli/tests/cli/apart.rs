//! `throng twin`: a scenario for real and simulated, on loopback, and how far the two are apart.

use super::{BUSY, browser, stderr, throng};
use serde_json::Value;

/// Besides what [`BUSY`] says: on a machine that may be as busy as it likes, and with nobody whose joining is a matter of moments.
const PATIENT: [&str; 10] = [
    "--set",
    "churn.joins=0/h",
    "--most-late",
    "10s",
    "--within",
    "message.p50=10000%",
    "--format",
    "json",
    "--out",
    "both",
];

/// Nothing that is compared is a model's of the other: the bytes of the one were on sockets.
#[test]
fn what_was_sent_for_real_is_as_long_as_what_was_simulated() {
    let (mut command, home) = throng();
    // A busy machine may measure no ways, and says so.
    command.arg("twin").args(BUSY).args(PATIENT).arg("--quiet");
    let output = command.assert().get_output().clone();
    assert!(matches!(output.status.code(), Some(0 | 99)), "{output:?}");
    let json = String::from_utf8(output.stdout).expect("text");
    let twin: Value = serde_json::from_str(&json).expect("JSON");
    let checks = twin["checks"].as_array().expect("checks");
    for what in [
        "bytes a message",
        "commits of the same history",
        "wishes",
        "the real run",
    ] {
        let check = checks.iter().find(|check| check["what"] == what);
        assert_eq!(check.expect("checked")["met"], true, "{json}");
    }
    // A build for tests takes much longer for MLS than costs say, and that was seen.
    let told = twin["surroundings"].to_string();
    assert!(
        told.contains(" more for each operation") && !told.contains("and 0 ns more"),
        "{told}"
    );
    let messages = twin["lengths"].as_array().expect("lengths").iter();
    let mut messages = messages.filter(|kind| kind["kind"] == "submit-message");
    assert!(messages.all(|kind| kind["agreement"] == "equal"), "{json}");
    assert!(twin["commits"]["compared"].as_u64() > Some(3), "{json}");
    for file in [
        "twin.html",
        "twin.json",
        "real/report.html",
        "simulated/summary.json",
    ] {
        assert!(home.path().join("both").join(file).is_file(), "{file}");
    }
    // Both pages are of a twin, which takes long to make: they are looked at here.
    browser::works("real", &home.path().join("both/real/report.html"));
    browser::works("twin", &home.path().join("both/twin.html"));
}

#[test]
fn a_bound_that_is_none_is_said_before_anything_runs() {
    for (bound, said) in [
        (
            "message.p99",
            "expected a measure and a part, such as message.p99=15%",
        ),
        ("mesage.p99=15%", "no measure is called"),
        ("message.p99=15", "expected a measure and a part"),
        ("message.p99=-1%", "expected a measure and a part"),
    ] {
        let (mut command, home) = throng();
        command.args(["twin", "small", "--within", bound]);
        let error = stderr(&mut command, 2);
        assert!(error.contains(said), "{bound}: {error}");
        assert!(!home.path().join("twins").exists());
    }
    let (mut command, _home) = throng();
    let stages = "load.stages=[{ shape = 'ramp', duration = '5s', to = 2 }]";
    let error = stderr(command.args(["twin", "small", "--set", stages]), 2);
    assert!(error.contains("--set load.stages=[]"), "{error}");
    let (mut command, _home) = throng();
    let error = stderr(command.args(["twin", "small", "--profile", "none.toml"]), 2);
    assert!(error.contains("none.toml"), "{error}");
}
