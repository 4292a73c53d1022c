//! Every connection is cut in the middle of a load, those of clients and those between providers: whoever had something under way sends
//! it again, what comes twice is known, and all that was accepted arrives once and in order.

use crate::federation;

use federation::Federation;
use federation::wire::{Wire, wires_run};
use std::thread;
use std::time::Duration;
use throng_live::load::samples::Seen;
use throng_live::load::{Order, Outcome, run};
use throng_record::invariants::DELIVERED;
use throng_workloads::scenario::Scenario;

fn scenario() -> Scenario {
    let overrides = [
        "duration=4s",
        "rooms.created=0s",
        "rooms.grow_interval=100ms",
        "messages.rate=7200/h",
        "churn.updates=600/h",
        "users.count=10",
    ];
    federation::small(&overrides, true)
}

#[test]
fn all_arrives_once_and_in_order_although_every_connection_is_cut() {
    let scenario = scenario();
    let folder = tempfile::tempdir().expect("a folder");
    let wires_run = wires_run();
    let mut wires = Vec::new();
    let federation = Federation::start(&scenario, folder.path(), |listens| {
        let wire = Wire::to(listens, &wires_run);
        let address = wire.address;
        wires.push(wire);
        address
    });
    let plan = federation.plan(federation.lines());
    let cuts = thread::spawn(move || {
        // Preparation takes a second or two: both parts are hit.
        for _ in 0..5 {
            thread::sleep(Duration::from_millis(900));
            wires.iter().for_each(Wire::cut);
        }
    });
    let loaded = run(plan, &mut |_| Order::GoOn).expect("a load");
    cuts.join().expect("cut");
    federation.stop();
    let outcome = loaded.outcome(&[], &Seen::default()).expect("whole logs");
    let Outcome {
        record, generator, ..
    } = outcome;
    let violations = record.real.expect("a real run").violations;
    assert_eq!(violations, Vec::new());
    let delivered = record.invariants.iter();
    let mut delivered = delivered.filter(|row| row.name == DELIVERED);
    assert!(delivered.any(|row| row.checks > 100));
    assert!(record.open.is_empty(), "{:?}", record.open);
    let mut errors = generator.errors.keys();
    assert!(errors.any(|error| error.contains("a connection broke")));
    let wished = record.counts.intents.iter();
    let mut wished = wished.filter(|(name, _)| *name == "message");
    let wished = wished.next().map(|(_, count)| *count);
    assert_eq!(Some(record.counts.messages_accepted), wished);
}
