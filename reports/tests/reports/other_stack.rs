//! A run of another protocol than MIMI is reported like any other, with its own units and packets, and without what only MLS has.

#[path = "../../../sim/world/tests/toy/mod.rs"]
mod toy;

use super::sample;
use throng_record::Record;
use throng_reports::{Summary, summary_text, write_run};
use throng_workloads::builtin;
use throng_workloads::scenario::Scenario;
use throng_world::World;

fn run_toy() -> (Scenario, Record) {
    let flags = ["churn.new_clients=0/h", "churn.lost_clients=0/h"].map(str::to_owned);
    let small = builtin::find("small").expect("built in");
    let scenario = small.scenario(&flags).expect("sound");
    let stack = |_: &_, population: &_, _: &_| Box::new(toy::Toy::new(population)) as _;
    let mut world = World::with(&scenario, &stack, &|_, party| party).expect("a world");
    while world.step().expect("no fault") {}
    let record = world.finish(false).expect("sound accounts");
    (scenario, record)
}

#[test]
fn a_run_without_mls_is_reported() {
    let (scenario, record) = run_toy();
    let summary = Summary::new(&scenario, &record, &sample::info());
    assert_eq!(summary.counts.others.get("postcards"), Some(&1));
    assert!(summary.latencies_ms["message"].count > 0);
    assert!(summary.work.hubs.of("packets") > 0);
    let kinds = summary.traffic.kinds.iter().map(|row| row.kind.as_str());
    assert!(kinds.clone().count() > 0 && kinds.clone().all(|kind| ["say", "tell"].contains(&kind)));
    let text = summary_text(&scenario, &record, &sample::info(), false);
    assert!(text.contains("packets"), "{text}");
    assert!(text.contains("nothing that one can say"), "{text}");
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    write_run(
        &run,
        &scenario,
        &scenario.to_toml(),
        &record,
        &sample::info(),
    )
    .expect("written");
    let page = std::fs::read_to_string(run.join("report.html")).expect("a page");
    assert!(page.contains("packets") && page.contains("tell"));
}
