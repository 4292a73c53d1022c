//! Prints what a built-in scenario wishes for: totals by action, or with `list` every intent.
//!
//! `cargo run -p throng-workloads --example intents -- company [list] [key=value]…`

#[path = "../tests/common/cost.rs"]
mod cost;

use std::collections::BTreeMap;
use throng_workloads::builtin;
use throng_workloads::generate::Workload;
use throng_workloads::population::Population;
use throng_workloads::stream::Streams;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "company".to_owned());
    let (overrides, words): (Vec<String>, Vec<String>) = arguments.partition(|a| a.contains('='));
    let list = words.iter().any(|word| word == "list");
    let scenario = builtin::find(&name)?.scenario(&overrides)?;
    let streams = Streams::new(scenario.seed, 0);
    let population = Population::draw(&scenario, &streams);
    let mut sizes: Vec<usize> = population
        .rooms
        .iter()
        .map(|room| room.initial.len())
        .collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes.truncate(40);
    println!(
        "users {}, clients {}",
        population.users.len(),
        population.clients.len()
    );
    println!("rooms {}, the largest {sizes:?}", population.rooms.len());
    let mut totals: BTreeMap<&str, u32> = BTreeMap::new();
    for intent in Workload::new(&scenario, &population, &streams) {
        *totals.entry(intent.action.name()).or_default() += 1;
        if list {
            println!("{intent:?}");
        }
    }
    println!("{totals:?}");
    let estimate = cost::estimate(&scenario);
    println!(
        "about {:.1} CPU seconds: {estimate:.1?}",
        estimate.seconds()
    );
    Ok(())
}
