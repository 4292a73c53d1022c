//! What a scenario says that is for the simulator alone.

use throng_workloads::scenario::{Archive, InOrder, Scenario};

/// The keys of a scenario which have an effect in the simulator and none in a load, as they stand in the reference of scenarios, in its order.
/// What real providers, networks and their clocks decide by themselves (profiles, links) is not among them: that is what a load is for.
///
/// ```
/// use throng_live::load::unheeded;
/// use throng_workloads::builtin;
///
/// let scenario = |name: &str| builtin::find(name).and_then(|found| found.scenario(&[])).expect("built in");
/// assert_eq!(unheeded(&scenario("company")), [""; 0]);
/// assert!(unheeded(&scenario("enterprise")).contains(&"users.connections.push"));
/// ```
pub fn unheeded(scenario: &Scenario) -> Vec<&'static str> {
    let (providers, network) = (&scenario.providers, &scenario.network);
    let shared = providers.iter().any(|one| one.up.or(one.down).is_some());
    let keeps = providers.iter().any(|one| one.archive != Archive::NOTHING);
    let wakes = scenario
        .users
        .connections
        .iter()
        .any(|one| one.push.is_some());
    let keys = [
        (shared, "providers.up and .down"),
        (keeps, "providers.history, .indexes and .copies"),
        (wakes, "users.connections.push"),
        (network.in_order != InOrder::default(), "network.in_order"),
        (!network.outages.is_empty(), "network.outages"),
    ];
    keys.into_iter()
        .filter_map(|(set, key)| set.then_some(key))
        .collect()
}
