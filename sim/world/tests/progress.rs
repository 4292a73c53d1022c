//! What a run under way says of itself.

use throng_workloads::builtin;
use throng_world::World;

#[test]
fn the_p99_so_far_is_there_from_the_first_messages_on_and_ends_as_that_of_the_run() {
    let overrides = ["duration=5min".to_owned()];
    let scenario = builtin::find("small").and_then(|small| small.scenario(&overrides));
    let mut world = World::new(&scenario.expect("built in")).expect("a world");
    assert_eq!(world.progress().p99, None);
    let mut seen = Vec::new();
    while world.step().expect("a step") {
        let told = world.progress().p99;
        seen.extend(told.filter(|(of, _)| *of == "messages").map(|(_, p99)| p99));
    }
    seen.dedup();
    assert!(seen.len() > 1, "{seen:?}");
    let record = world.finish(false).expect("a record");
    let last = seen.last().expect("seen").as_secs_f64();
    let whole = record.latencies.message.value_at_quantile(0.99) as f64 / 1e6;
    // What came after the last sample is not in it.
    assert!((last / whole - 1.0).abs() < 0.5, "{last} {whole}");
}
