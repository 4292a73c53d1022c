//! What of a scenario has to be as it was when a preparation was made: who is there, where, in which rooms, and by which rules. When people
//! want what, for how long and how much of it, may be different.

use throng_workloads::scenario::Scenario;

/// Whether both say the same of a key.
type Same = fn(&Scenario, &Scenario) -> bool;

/// Keys by their fields.
macro_rules! keys {
    ($($key:literal: $($field:ident).+;)*) => {
        &[$(($key, |one, other| one.$($field).+ == other.$($field).+)),*]
    };
}

/// The keys that have to be the same, besides who the providers are. Everybody is drawn from the last two.
const KEYS: &[(&str, Same)] = keys! {
    "stack": stack;
    "ciphersuite": ciphersuite;
    "users.count": users.count;
    "users.clients": users.clients;
    "users.credential": users.credentials;
    "rooms.count": rooms.count;
    "rooms.size": rooms.size;
    "rooms.kinds": rooms.kinds;
    "rooms.hub": rooms.hub;
    "rooms.locality": rooms.locality;
    "rooms.start": rooms.start;
    "policy.commit": policy.commit;
    "policy.committer": policy.committer;
    "policy.commit_delay": policy.commit_delay;
    "policy.commit_batch": policy.commit_batch;
    "policy.commit_batch_wait": policy.commit_batch_wait;
    "policy.commit_fallback": policy.commit_fallback;
    "policy.admission": policy.admission;
    "policy.notify_batch": policy.notify_batch;
    "policy.notify_batch_bytes": policy.notify_batch_bytes;
    "policy.notify_batch_wait": policy.notify_batch_wait;
    "policy.notify_most": policy.notify_most;
    "policy.refresh": policy.refresh;
    "policy.backoff": policy.backoff;
    "policy.backoff_max": policy.backoff_max;
    "policy.request_timeout": policy.request_timeout;
    "policy.tree": policy.tree;
    "policy.tree_epochs": policy.tree_epochs;
    "policy.welcome": policy.welcome;
    "policy.group_info": policy.group_info;
    "policy.participant_list": policy.participant_list;
    "policy.profile": policy.profile;
    "policy.evict_ended": policy.evict_ended;
    "policy.handshakes": policy.handshakes;
    "policy.signed_context": policy.signed_context;
    "policy.path_on_add": policy.path_on_add;
    "policy.key_packages": policy.key_packages;
    "policy.key_package_lifetime": policy.key_package_lifetime;
    "policy.key_packages_low": policy.key_packages_low;
    "policy.last_resort": policy.last_resort;
    "policy.key_material_limit": policy.key_material_limit;
    "policy.key_material_period": policy.key_material_period;
    "policy.find": policy.find;
    "policy.findable": policy.findable;
    "policy.consent_key_packages": policy.consent_key_packages;
    "policy.epoch_tolerance": policy.epoch_tolerance;
    "policy.padding": policy.padding;
    "policy.max_forward": policy.max_forward;
    // What is added to it later.
    "policy": policy;
    "seed": seed;
    "run": run;
};

/// Who the providers are, and how many users each has of all.
fn providers(scenario: &Scenario) -> Vec<(&str, f64)> {
    let all = scenario.providers.iter();
    all.map(|provider| (provider.domain.as_str(), provider.share))
        .collect()
}

/// The first key of which two scenarios do not say the same.
pub(super) fn differing(one: &Scenario, other: &Scenario) -> Option<&'static str> {
    if providers(one) != providers(other) {
        return Some("providers");
    }
    // Groups say who stamps their messages.
    if one.messages.content.is_franked() != other.messages.content.is_franked() {
        return Some("messages.franking");
    }
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
        let set: Vec<String> = set.split(' ').map(str::to_owned).collect();
        small.scenario(&set).expect("a scenario")
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
            (
                "messages.content=mimi messages.franking=true",
                "messages.franking",
            ),
            ("policy.padding=1B", "policy.padding"),
            ("policy.group_info=full", "policy.group_info"),
            ("policy.participant_list=none", "policy.participant_list"),
            ("policy.key_packages=99", "policy.key_packages"),
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
            "messages.content=mimi",
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
