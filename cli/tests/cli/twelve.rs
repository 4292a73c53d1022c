//! `throng load federation`: twelve autonomous organisations over real connections, shrunk, one of which is away for a while.

use super::{stdout, throng};
use serde_json::Value;

/// Few people in few rooms, who say much in a few seconds.
const SHRUNK: [&str; 10] = [
    // The scenario is for the model, which has nothing that could be sent.
    "engine=openmls",
    "users.count=30",
    "users.clients=1",
    "users.online=1000h",
    "rooms.count=6",
    "rooms.size=5",
    "rooms.created=0s",
    "messages.rate=1200/h",
    "duration=5s",
    "warmup=0s",
];

/// Each is a process; nobody answers at the largest of them for two seconds, so that some wait so long, and all that was accepted comes to everybody, once and in order.
#[test]
fn twelve_organisations_federate_for_real() {
    let (mut command, _home) = throng();
    let shrunk = SHRUNK.iter().flat_map(|setting| ["--set", setting]);
    let json = stdout(command.args(["load", "federation"]).args(shrunk).args([
        "--set",
        "network.outages=[]",
        "--freeze",
        "quercus.example=1s+2s",
        "--most-late",
        "10s",
        "--threshold",
        "counts.messages_accepted > 10",
        "--format",
        "json",
        "--quiet",
    ]));
    let summary: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(summary["real"]["violations"], Value::Null, "{json}");
    assert_eq!(summary["providers"].as_array().map(Vec::len), Some(12));
    let counts = &summary["counts"];
    assert_eq!(
        counts["messages_accepted"], counts["intents"]["message"],
        "{json}"
    );
    let slowest = summary["latencies_ms"]["message"]["max"].as_f64();
    assert!(slowest > Some(1_000.0), "{json}");
    let delivered = &summary["invariants"]["what a hub accepted arrives once, in order"];
    assert!(delivered.as_u64() > Some(20), "{json}");
}
