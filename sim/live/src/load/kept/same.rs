//! What of a scenario has to be as it was when a preparation was made: who is there, where, in which rooms, and by which rules. When people
//! want what, for how long and how much of it, may be different.

use throng_workloads::scenario::Scenario;

/// Whether both say the same of a key.
type Same = fn(&Scenario, &Scenario) -> bool;

/// The keys that have to be the same.
const KEYS: &[(&str, Same)] = &[
    ("stack", |one, other| one.stack == other.stack),
    ("ciphersuite", |one, other| {
        one.ciphersuite == other.ciphersuite
    }),
    ("providers", |one, other| {
        let providers = |scenario: &Scenario| {
            let all = scenario.providers.iter();
            all.map(|provider| (provider.domain.clone(), provider.share))
                .collect::<Vec<_>>()
        };
        providers(one) == providers(other)
    }),
    ("users.count", |one, other| {
        one.users.count == other.users.count
    }),
    ("users.clients", |one, other| {
        one.users.clients == other.users.clients
    }),
    ("rooms.count", |one, other| {
        one.rooms.count == other.rooms.count
    }),
    ("rooms.size", |one, other| {
        one.rooms.size == other.rooms.size
    }),
    ("rooms.hub", |one, other| one.rooms.hub == other.rooms.hub),
    ("rooms.locality", |one, other| {
        one.rooms.locality == other.rooms.locality
    }),
    ("rooms.start", |one, other| {
        one.rooms.start == other.rooms.start
    }),
    ("policy", |one, other| one.policy == other.policy),
    // Everybody is drawn from them.
    ("seed", |one, other| one.seed == other.seed),
    ("run", |one, other| one.run == other.run),
];

/// The first key of which two scenarios do not say the same.
pub(super) fn differing(one: &Scenario, other: &Scenario) -> Option<&'static str> {
    let mut keys = KEYS.iter();
    let differs = keys.find(|(_, same)| !same(one, other));
    differs.map(|(key, _)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use throng_workloads::builtin;
    use throng_workloads::population::Population;

    fn small(set: &str) -> Scenario {
        let small = builtin::find("small").expect("built in");
        small.scenario(&[set.to_owned()]).expect("a scenario")
    }

    fn population(scenario: &Scenario) -> Population {
        Population::draw(scenario, &scenario.streams())
    }

    #[test]
    fn who_is_there_and_by_which_rules_has_to_be_the_same() {
        let prepared = small("duration=1min");
        for (set, key) in [
            ("ciphersuite=3", "ciphersuite"),
            ("users.count=9", "users.count"),
            ("users.clients=3", "users.clients"),
            ("rooms.count=2", "rooms.count"),
            ("rooms.size=3", "rooms.size"),
            ("rooms.locality=0.1", "rooms.locality"),
            ("rooms.start=warm", "rooms.start"),
            ("policy.padding=1B", "policy"),
            ("policy.key_packages=99", "policy"),
            ("seed=77", "seed"),
            ("run=3", "run"),
        ] {
            assert_eq!(differing(&prepared, &small(set)), Some(key), "{set}");
        }
    }

    #[test]
    fn what_people_want_may_differ_and_changes_nobody_who_is_there() {
        let prepared = small("duration=1min");
        for set in [
            "duration=2min",
            "messages.rate=77/h",
            "churn.updates=5/h",
            "thresholds=[]",
            "users.passive=simulated",
            "rooms.created=5s",
        ] {
            let other = small(set);
            assert_eq!(differing(&prepared, &other), None, "{set}");
            assert_eq!(population(&prepared), population(&other), "{set}");
        }
        // What is stored is read back as it was.
        let text = prepared.to_toml();
        let source = throng_workloads::scenario::ScenarioSource::inline("scenario.toml", &text);
        let read = Scenario::parse(&source, &[]).expect("a scenario");
        assert_eq!(differing(&prepared, &read), None);
    }
}
