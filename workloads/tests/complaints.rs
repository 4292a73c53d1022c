//! Every mistake that a scenario can contain is named with its place, its key and what would be right.

use throng_workloads::error::ScenarioError;
use throng_workloads::scenario::{Scenario, ScenarioSource};

/// What `company.toml` with this text is told.
fn complaint(text: &str) -> String {
    Scenario::parse(&ScenarioSource::inline("company.toml", text), &[])
        .expect_err(text)
        .to_string()
}

/// What a flag on an empty scenario is told.
fn flag(flag: &str) -> String {
    Scenario::parse(
        &ScenarioSource::inline("company.toml", ""),
        &[flag.to_owned()],
    )
    .expect_err(flag)
    .to_string()
}

fn check(cases: &[(&str, &str)]) {
    for (text, want) in cases {
        assert_eq!(complaint(text), *want, "\n{text}");
    }
}

#[test]
fn unknown_keys_suggest_the_nearest() {
    check(&[
        (
            "\n\n[users]\ncuont = 5",
            "company.toml:4:1: users.cuont: unknown key; did you mean `count`?",
        ),
        (
            "[network.client.\"4g\"]\nlost = 0.1",
            "company.toml:2:1: network.client.4g.lost: unknown key; did you mean `loss`?",
        ),
        (
            "[[churn.events]]\nat = '1s'\nspred = '1s'",
            "company.toml:3:1: churn.events.0.spred: unknown key; did you mean `spread`?",
        ),
        (
            "[chrn]\njoins = 3",
            "company.toml:1:2: chrn: unknown key; did you mean `churn`?",
        ),
    ]);
    assert!(complaint("xyzzy = 1").contains("unknown key; known are `"));
}

#[test]
fn units_are_asked_for_with_an_example() {
    check(&[
        (
            "name = \"x\"\n[churn]\njoins = \"5/x\"",
            "company.toml:3:9: churn.joins: unknown unit \"x\" in \"5/x\"; expected a rate such as \"5/h\"",
        ),
        (
            "[policy]\nrequest_timeout = '0s'",
            "company.toml:2:19: policy.request_timeout: no answer comes in no time; expected a span such as \"10s\", or \"never\"",
        ),
        (
            "duration = 60",
            "company.toml:1:12: duration: 60 has no unit; expected a duration such as \"60s\" or \"60min\"",
        ),
        (
            "[messages]\nsize = 100",
            "company.toml:2:8: messages.size: 100 has no unit; expected a size such as \"100 B\" or \"100 kB\", or a distribution",
        ),
        (
            "[churn]\nleaves = '5s'",
            "company.toml:2:10: churn.leaves: unknown unit \"s\" in \"5s\"; expected a rate such as \"5/h\"",
        ),
        (
            "[network.same_region]\nup = '5 MB/s'",
            "company.toml:2:6: network.same_region.up: unknown unit \"MB/s\" in \"5 MB/s\"; expected a bandwidth such as \"2 Mbit/s\"",
        ),
        (
            "[users]\ncount = '12'",
            "company.toml:2:9: users.count: expected a whole number from 1 to 10000000, found \"12\"",
        ),
    ]);
}

#[test]
fn negative_and_endless_numbers_are_refused() {
    check(&[
        (
            "[churn]\nleaves = '-1/h'",
            "company.toml:2:10: churn.leaves: -1/h is negative; expected a rate such as \"5/h\"",
        ),
        (
            "duration = '-1h'",
            "company.toml:1:12: duration: -1h is negative; expected a duration such as \"30s\"",
        ),
        (
            "[rooms]\ncount = -3",
            "company.toml:2:9: rooms.count: -3 is out of range; expected 0 to 10000000",
        ),
        (
            "[rooms]\nsize = nan",
            "company.toml:2:8: rooms.size: NaN is not a finite number; expected a number such as 5, or a distribution",
        ),
        (
            "[churn]\njoins = inf",
            "company.toml:2:9: churn.joins: inf is not a finite number; expected a rate such as \"5/h\"",
        ),
        (
            "[rooms]\nlocality = 1.5",
            "company.toml:2:12: rooms.locality: 1.5 is more than 1; expected 0 to 1, or \"0%\" to \"100%\"",
        ),
        (
            "duration = '0s'",
            "company.toml:1:12: duration: nothing happens in no time; expected a duration such as \"1h\"",
        ),
        (
            "duration = '3650d'",
            "company.toml:1:12: duration: ten years or more; expected less",
        ),
    ]);
}

#[test]
fn shares_must_add_up() {
    check(&[
        (
            "[[providers]]\nshare = 0.5\n[[providers]]\nshare = 0.4",
            "company.toml:1:1: providers: the shares add up to 0.9; expected 1",
        ),
        (
            "[[users.connections]]\nshare = '80%'\n[[users.connections]]\nshare = '30%'",
            "company.toml:1:1: users.connections: the shares add up to 1.1; expected 1",
        ),
        (
            "[[providers]]\nshare = 0.7\n[[providers]]\nshare = 0.7\n[[providers]]",
            "company.toml:1:1: providers: the shares add up to 1.4; expected 1",
        ),
    ]);
    check(&[
        (
            "[rooms]\ncount = 3\n[[rooms.kinds]]\ncount = 4\n[[rooms.kinds]]",
            "company.toml:3:1: rooms.kinds: the kinds' counts come to 4 rooms; expected 3 at most, which is rooms.count",
        ),
        (
            "[rooms]\ncount = 3\n[[rooms.kinds]]\ncount = 2",
            "company.toml:3:1: rooms.kinds: the kinds' counts come to 2 rooms; expected 3, which is rooms.count",
        ),
        (
            "[[rooms.kinds]]\ncount = 2\nshare = 0.5",
            "company.toml:3:9: rooms.kinds.0.share: it has a count already; expected one of the two",
        ),
        (
            "[users]\ncount = 9\n[[rooms.kinds]]\nsize = 10",
            "company.toml:4:8: rooms.kinds.0.size: a room can have 10 users, but users.count is 9; expected at most that",
        ),
        (
            "[rooms]\nsize = 4\n[[rooms.kinds]]",
            "company.toml:2:8: rooms.size: the rooms are of kinds; expected a size in each of these, as in rooms.kinds.0.size",
        ),
        (
            "[[rooms.kinds]]\ntalk = 1e308\n",
            "company.toml:2:8: rooms.kinds.0.talk: it is too much; expected at most 1000000",
        ),
        (
            "[[rooms.kinds]]\ntalk = -1\n",
            "company.toml:2:8: rooms.kinds.0.talk: -1 is negative; expected a number such as 5",
        ),
        (
            "[[rooms.kinds]]\nshare = 0.4\n[[rooms.kinds]]\nshare = 0.4",
            "company.toml:1:1: rooms.kinds: the shares add up to 0.8; expected 1",
        ),
    ]);
    let text = "[[providers]]\nshare = 0.5\n[[providers]]\n[[providers]]";
    let scenario = Scenario::parse(&ScenarioSource::inline("a.toml", text), &[]).expect("sound");
    let shares: Vec<f64> = scenario.providers.iter().map(|p| p.share).collect();
    assert_eq!(
        shares,
        [0.5, 0.25, 0.25],
        "who says nothing gets an equal part of the rest"
    );
}

#[test]
fn rooms_must_fit_the_population() {
    let found = |largest: &str| {
        format!(
            "rooms.size: a room can have {largest} users, but users.count is 20; expected at most that"
        )
    };
    for (size, largest) in [
        ("50", "50"),
        ("{ dist = 'uniform', min = 1, max = 21 }", "21"),
        ("{ dist = 'zipf', exponent = 1, n = 30 }", "30"),
        (
            "{ dist = 'empirical', values = [5, 400], weights = [9, 1] }",
            "400",
        ),
        ("{ dist = 'pareto', min = 2, shape = 1, max = 22 }", "22"),
    ] {
        let got = complaint(&format!("[users]\ncount = 20\n[rooms]\nsize = {size}"));
        assert_eq!(got, format!("company.toml:4:8: {}", found(largest)));
    }
    // Where nothing is said about the size, the number of users is to blame.
    assert_eq!(
        complaint(
            "[users]
count = 3"
        ),
        "company.toml:2:9: users.count: a room can have 10 users, but users.count is 3; expected at most that"
    );
    // Distributions without an upper end are cut off.
    let text = "[users]\ncount = 20\n[rooms]\nsize = { dist = 'exponential', mean = 30 }";
    assert!(Scenario::parse(&ScenarioSource::inline("a.toml", text), &[]).is_ok());
}

#[test]
fn names_must_exist_and_be_unique() {
    check(&[
        (
            "[[users.connections]]\nlink = 'wfi'",
            "company.toml:2:8: users.connections.0.link: no link is named \"wfi\"; did you mean `wifi`?",
        ),
        (
            "[network]\nsame_region = 'fiber'",
            "company.toml:2:15: network.same_region: unknown preset \"fiber\"; did you mean `fibre`?",
        ),
        (
            "[[providers]]\nprofile = 'servr'",
            "company.toml:2:11: providers.0.profile: no cost profile is named \"servr\"; did you mean `server`?",
        ),
        (
            "[[providers]]\ndomain = 'a.example'\n[[providers]]\ndomain = 'a.example'",
            "company.toml:4:10: providers.1.domain: \"a.example\" is the domain of provider 0 already",
        ),
        (
            "providers = []",
            "company.toml:1:13: providers: no provider; expected at least one",
        ),
        (
            "[rooms]\ncount = 2\n[[churn.events]]\nrooms = [0, 2]",
            "company.toml:4:9: churn.events.0.rooms: there is no room 2; expected numbers below rooms.count, 2",
        ),
        (
            "[[churn.events]]\naction = 'quit'",
            "company.toml:2:10: churn.events.0.action: unknown value \"quit\"; expected one of `join`, `leave`, \
             `remove`, `update`, `message`, `remove-every-second`",
        ),
    ]);
}

#[test]
fn domains_are_host_names() {
    for domain in [
        "",
        ".",
        "a,b",
        "a<b>",
        "a..b",
        "-a.example",
        "a_b",
        "p\"r,o\\v*<&>%",
        "a\u{200b}b.example",
        "a\u{feff}.example",
    ] {
        let text = format!("[[providers]]\ndomain = {}", toml_edit::Value::from(domain));
        let want = format!(
            "company.toml:2:10: providers.0.domain: {} is no host name; expected labels of letters a-z, digits and `-`, with dots \
             between them, such as \"a.example\" (names in other scripts as `xn--…`)",
            throng_workloads::visible::visible(&format!("{domain:?}"))
        );
        assert_eq!(complaint(&text), want);
    }
    // Case does not tell hosts apart.
    check(&[(
        "[[providers]]\ndomain = 'a.example'\n[[providers]]\ndomain = 'A.example'",
        "company.toml:4:10: providers.1.domain: \"A.example\" is the domain of provider 0 already",
    )]);
}

/// What a file says decides how much memory a run takes, so it is bounded.
#[test]
fn what_would_not_fit_into_memory_is_refused() {
    check(&[
        (
            "[messages]\nsize = '17 MiB'",
            "company.toml:2:8: messages.size: messages of 17MiB; expected at most 16MiB",
        ),
        (
            "[messages]\nsize = { dist = 'uniform', min = '1B', max = '1GB' }",
            "company.toml:2:8: messages.size: messages of 1GB; expected at most 16MiB",
        ),
        (
            "[messages]\nsize = { dist = 'exponential', mean = '1GB' }",
            "company.toml:2:8: messages.size: messages of 693147181B; expected at most 16MiB",
        ),
        (
            "[users]\ncount = 1000\n[policy]\nkey_packages = 1000000",
            "company.toml:4:16: policy.key_packages: 1000000000 KeyPackages of all clients; expected at most 10000000",
        ),
        (
            "engine = 'model'\n[users]\ncount = 1000000\n[rooms]\ncount = 1000\nsize = 1\n[[churn.events]]\nat = '5min'\naction = 'join'",
            "company.toml:7:3: churn: 1000000000 memberships in all rooms when they are fullest; expected at most 100 million",
        ),
        (
            "engine = 'model'\n[users]\ncount = 1000\n[churn]\nnew_clients = '100/s'",
            "company.toml:5:15: churn.new_clients: 360001000 clients in all at the end; expected at most 50 million",
        ),
        (
            "duration = '1000h'\n[users]\ncount = 1000\n[rooms]\nstart = 'warm'\n[messages]\nrate = '1/s'",
            "company.toml:2:1: users.passive: 344275259 wishes, which are gathered before the run; expected at most 100 million, \
             or `simulated`",
        ),
    ]);
    // Nobody gathers them then.
    let text = "duration = '1000h'\n[users]\ncount = 1000\npassive = 'simulated'\n[rooms]\nstart = 'warm'\n[messages]\nrate = '1/s'";
    assert!(Scenario::parse(&ScenarioSource::inline("a.toml", text), &[]).is_ok());
    // What has no upper end is cut off.
    let text = "[messages]\nsize = { dist = 'pareto', min = '1kB', shape = 0.1 }";
    assert!(Scenario::parse(&ScenarioSource::inline("a.toml", text), &[]).is_ok());
}

/// Who commits, and when.
#[test]
fn what_does_not_fit_together_of_who_commits_is_said() {
    check(&[
        (
            "[policy]\ncommitter = 'lowest'",
            "company.toml:2:13: policy.committer: unknown value \"lowest\"; expected one of `anyone`, `admin`, `admin-covers`, `lowest-leaf`, `most-active`, `rendezvous`",
        ),
        (
            "[policy]\ncommit_batch = 0",
            "company.toml:2:16: policy.commit_batch: 0 is out of range; expected 1 to 10000",
        ),
        (
            "[policy]\ncommitter = 'rendezvous'\ncommit_fallback = '0s'",
            "company.toml:3:19: policy.commit_fallback: nobody is first where all may commit at the same time; expected a span such as \"5s\"",
        ),
        (
            "[policy]\nadmission = 'one-first'\ncommit_fallback = '0s'",
            "company.toml:3:19: policy.commit_fallback: nobody is first where all may commit at the same time; expected a span such as \"5s\"",
        ),
        (
            "[policy]\ncommitter = 'admin-covers'\nadmission = 'one-first'",
            "company.toml:3:13: policy.admission: whom the hub tells first is to commit, whoever it is; expected `everybody`, or policy.committer = \"anyone\"",
        ),
        (
            "[policy]\ncommitter = 'admin'\nrefresh = 0.5",
            "company.toml:3:11: policy.refresh: only the room's creator may commit, so nobody else can refresh a leaf; expected 0, or another policy.committer",
        ),
        (
            "[policy]\nrefresh = 11",
            "company.toml:2:11: policy.refresh: 11 refreshes after each commit; expected 10 at most",
        ),
        (
            "[policy]\ncommit_batch_wait = 30",
            "company.toml:2:21: policy.commit_batch_wait: 30 has no unit; expected a duration such as \"30s\" or \"30min\"",
        ),
    ]);
    // Nobody comes after anybody.
    let text = "[policy]\ncommit_fallback = '0s'";
    assert!(Scenario::parse(&ScenarioSource::inline("a.toml", text), &[]).is_ok());
}

#[test]
fn seeds_and_traces_are_what_they_say() {
    let seed = "expected a whole number from 0 to 18446744073709551615, in quotes only beyond 9223372036854775807";
    for text in [
        "'1'",
        "'+18446744073709551615'",
        "'18446744073709551616'",
        "-1",
        "1.5",
        "''",
    ] {
        let got = complaint(&format!("seed = {text}"));
        assert_eq!(got, format!("company.toml:1:8: seed: {seed}"), "{text}");
    }
    let source = ScenarioSource::inline("a.toml", "seed = '18446744073709551615'");
    let scenario = Scenario::parse(&source, &[]).expect("sound");
    assert_eq!(scenario.seed, u64::MAX);
    check(&[(
        "trace = ''",
        "company.toml:1:9: trace: \"\" names no file; expected one such as \"people.csv\"",
    )]);
}

/// Rooms that a trace creates are its own, as are the wishes of its people.
#[test]
fn what_a_trace_replaces_is_not_checked() {
    let parse = |text: &str| Scenario::parse(&ScenarioSource::inline("company.toml", text), &[]);
    for rest in [
        "",
        "[rooms]\ncount = 1\nsize = 50",
        "[rooms]\ncount = 1\n[[churn.events]]\nrooms = [3]",
    ] {
        let text = format!("trace = 'people.csv'\n[users]\ncount = 2\n{rest}");
        assert!(parse(&text).is_ok(), "{text}");
    }
    // Those that are there at time zero are not the trace's.
    check(&[(
        "trace = 'people.csv'\n[users]\ncount = 2\n[rooms]\nstart = 'warm'",
        "company.toml:3:9: users.count: a room can have 10 users, but users.count is 2; expected at most that",
    )]);
}

#[test]
fn what_is_not_there_yet_is_said() {
    check(&[
        (
            "engine = 'mls-rs'",
            "company.toml:1:10: engine: unknown value \"mls-rs\"; expected one of `openmls`, `model`",
        ),
        (
            "ciphersuite = 4",
            "company.toml:1:15: ciphersuite: ciphersuite 4 is not available; expected 1, 2, 3 or a name",
        ),
    ]);
}

#[test]
fn what_only_one_engine_can_run_is_said() {
    check(&[
        (
            "[users]\ncount = 9000\nclients = 1\n[rooms]\ncount = 1\nsize = 9000",
            "company.toml:6:8: rooms.size: rooms of some 9000 members, which OpenMLS cannot hold in memory; \
             expected 8192 at most, or engine = \"model\"",
        ),
        (
            "engine = 'model'\n[cost]\nsource = 'measured'",
            "company.toml:3:10: cost.source: only the engine `openmls` can be measured; expected `profile`",
        ),
    ]);
}

#[test]
fn distributions_say_what_they_take() {
    check(&[
        (
            "[rooms]\nsize = { dist = 'unifrom', min = 1, max = 2 }",
            "company.toml:2:17: rooms.size.dist: unknown distribution \"unifrom\"; did you mean `uniform`?",
        ),
        (
            "[rooms]\nsize = { mean = 3 }",
            "company.toml:2:8: rooms.size: a distribution needs a key `dist`, one of `constant`, `uniform`, \
             `exponential`, `lognormal`, `zipf`, `pareto`, `empirical`",
        ),
        (
            "[rooms]\nsize = { dist = 'exponential', median = 3 }",
            "company.toml:2:8: rooms.size.mean: missing\n\
             company.toml:2:32: rooms.size.median: unknown key; did you mean `mean`?",
        ),
        (
            "[churn]\njoins = { dist = 'uniform', min = '9s', max = '1s' }",
            "company.toml:2:47: churn.joins.max: max is below min",
        ),
        (
            "[churn]\njoins = { dist = 'constant', value = 0 }",
            "company.toml:2:9: churn.joins: the mean is below 1us; expected one above",
        ),
        (
            "[users]\nonline = 'sometimes'",
            "company.toml:2:10: users.online: no number in \"sometimes\"; expected a duration such as \"30s\", or a distribution",
        ),
    ]);
}

#[test]
fn links_keep_their_promises() {
    check(&[
        (
            "[network.same_region]\nfloor = '1ns'",
            "company.toml:2:9: network.same_region.floor: the floor must be at least 1us: it bounds how far links run in parallel",
        ),
        (
            "[network.same_region]\nfloor = '1s'\nlatency = '3ms'",
            "company.toml:2:9: network.same_region.floor: the floor 1.00 s is above the mean latency of 3ms; expected one below",
        ),
        (
            "[[network.links]]\nbetween = ['eu']",
            "company.toml:2:11: network.links.0.between: expected two regions such as [\"eu\", \"us\"]",
        ),
        (
            "[network]\noutages = 'b.example'",
            "company.toml:2:11: network.outages: \"b.example\" is no outage; expected DOMAIN=AT+LASTS such as \"b.example=20min+10min\"",
        ),
        (
            "[policy]\nrequest_timeout = '30s'\n[network]\noutages = 'beta.example=1min+1min'\n[[providers]]\ndomain = 'b.example'",
            "company.toml:4:11: network.outages: no provider is \"beta.example\"; did you mean `b.example`?",
        ),
        (
            "[policy]\nrequest_timeout = '30s'\n[network]\noutages = ['b.example=5min+1min', 'b.example=330s+2min']\n[[providers]]\ndomain = 'b.example'",
            "company.toml:4:11: network.outages: b.example=330s+2min: it is down then, because of b.example=5min+1min; expected one after the other",
        ),
        (
            "[network]\noutages = 'b.example=1min+1min'\n[[providers]]\ndomain = 'b.example'",
            "company.toml:2:11: network.outages: nobody repeats what is lost, so whoever waits for it would wait for ever; expected none, or policy.request_timeout with a span such as \"30s\"",
        ),
        (
            "[network.client.wifi]\nbursts = { p = 0.1 }",
            "company.toml:2:10: network.client.wifi.bursts.r: missing",
        ),
        (
            "[network.client.wifi]\nbursts = { p = 0.1, r = 0 }",
            "company.toml:2:25: network.client.wifi.bursts.r: bursts of more than 1,000 packets in the mean; expected at least 0.001",
        ),
        (
            "[network.client.wifi]\nbursts = { p = 1, r = 0.001 }",
            "company.toml:2:10: network.client.wifi.bursts: more than 99% of packets lost; nothing would ever arrive",
        ),
        (
            "[network.same_region]\nrecovery = 'quick'",
            "company.toml:2:12: network.same_region.recovery: unknown value \"quick\"; expected one of `timeout`, `fast`, `rack`",
        ),
        (
            "[network.same_region]\nslow_start = { initial = 20, most = 10 }",
            "company.toml:2:37: network.same_region.slow_start.most: less than the 20 packets that it begins with",
        ),
        (
            "[network]\nrequest_loss = '5%'",
            "company.toml:2:16: network.request_loss: nobody repeats what is lost, so whoever waits for it would wait for ever; expected 0, or policy.request_timeout with a span such as \"10s\"",
        ),
    ]);
    let text = "[network.same_region]\nlatency = '20us'";
    let scenario = Scenario::parse(&ScenarioSource::inline("a.toml", text), &[]).expect("sound");
    let floor = scenario.network.same_region.floor;
    assert_eq!(
        floor.as_nanos(),
        10_000,
        "a floor that is not written gives way"
    );
}

#[test]
fn flags_are_named_instead_of_lines() {
    for (given, want) in [
        (
            "churn.joins=5/x",
            "--set churn.joins=5/x: churn.joins: unknown unit \"x\" in \"5/x\"; expected a rate such as \"5/h\"",
        ),
        (
            "users.cuont=5",
            "--set users.cuont=5: users.cuont: unknown key; did you mean `count`?",
        ),
        (
            "rooms",
            "--set rooms: expected key=value such as messages.rate=5/h",
        ),
        (
            "a b=5",
            "--set a b=5: \"a b\" is no dotted key; expected one such as messages.rate",
        ),
        (
            "providers.3.cores=1",
            "--set providers.3.cores=1: providers.3.cores: `providers` has no element \"3\"; expected a number from 0 to 0",
        ),
        (
            "rooms.size.mean=1",
            "--set rooms.size.mean=1: rooms.size.mean: `rooms.size` is a number and has no key \"mean\"",
        ),
        (
            "rooms.size=500",
            "--set rooms.size=500: rooms.size: a room can have 500 users, but users.count is 100; expected at most that",
        ),
    ] {
        assert_eq!(flag(given), want);
    }
}

#[test]
fn flags_reach_every_kind_of_value() {
    let source = ScenarioSource::inline(
        "a.toml",
        "[[providers]]\n[[providers]]\n[users]\ncount = 9\n",
    );
    let flags = [
        "providers.1.cores=7",
        "users.count=40",
        "messages.rate=5/h",
        "messages.size.median=1 kB",
        "rooms.size={ dist = \"uniform\", min = 2, max = 9 }",
        "network.same_region.loss=0.25",
        "network.client.wifi.latency=9ms",
        "users.connections.0.link=4g",
        "path=1",
    ];
    let flags: Vec<String> = flags.iter().map(|f| (*f).to_owned()).collect();
    let error = Scenario::parse(&source, &flags).expect_err("`path` is no key");
    assert!(
        error
            .to_string()
            .starts_with("--set path=1: path: unknown key"),
        "{error}"
    );
    let scenario = Scenario::parse(&source, &flags[..flags.len() - 1]).expect("sound");
    assert_eq!(scenario.providers[1].cores, 7);
    assert_eq!(scenario.users.count, 40);
    assert_eq!(scenario.rooms.size.max(), 9.0);
    assert_eq!(scenario.network.same_region.loss, 0.25);
    assert_eq!(
        scenario.network.same_region.up, 10e9,
        "the rest of the preset stays"
    );
    let names: Vec<&str> = scenario
        .network
        .client
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["wifi", "4g"]);
}

#[test]
fn all_mistakes_are_reported_in_the_order_of_the_text() {
    let text = "[churn]\njoins = 5\n[users]\ncount = 0\n[rooms]\nhub = 'me'\n";
    let got = complaint(text);
    let places: Vec<&str> = got
        .lines()
        .map(|l| l.split(": ").next().unwrap_or_default())
        .collect();
    assert_eq!(
        places,
        ["company.toml:2:9", "company.toml:4:9", "company.toml:6:7"]
    );
}

#[test]
fn broken_toml_and_missing_files_are_named() {
    assert!(complaint("[users\ncount = 1").starts_with("company.toml:1:"));
    assert!(complaint("a = 1\na = 2").starts_with("company.toml:2:1: "));
    let missing = ScenarioSource::read(std::path::Path::new("/no/such.toml"));
    let Err(error @ ScenarioError::Read { .. }) = missing else {
        panic!("there is no such file");
    };
    assert_eq!(error.to_string(), "cannot read /no/such.toml");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn stages_say_what_they_take() {
    let stages = |text: &str| complaint(&format!("[[load.stages]]\n{text}"));
    for (text, want) in [
        (
            "shpe = 'ramp'",
            "2:1: load.stages.0.shpe: unknown key; did you mean `shape`?",
        ),
        (
            "shape = 'peak'",
            "2:9: load.stages.0.shape: unknown value \"peak\"; expected one of `ramp`, `hold`, `spike`",
        ),
        (
            "duration = '0s'",
            "2:12: load.stages.0.duration: a stage takes time; expected a duration such as \"30s\"",
        ),
        ("to = 1001", "2:6: load.stages.0.to: expected 0 to 1000"),
        (
            "from = 2",
            "2:8: load.stages.0.from: a hold has one rate; expected `to` alone",
        ),
    ] {
        assert_eq!(stages(text), format!("company.toml:{want}"), "{text}");
    }
    assert!(stages("to = 0").contains("people's time never passes"));
}

/// What is not said goes on from where the stage before has ended.
#[test]
fn stages_go_on_from_one_another() {
    let text = "[[load.stages]]\nshape = 'ramp'\nto = 4\n[[load.stages]]\n[[load.stages]]\nshape = 'spike'\nto = 9\n\
                [[load.stages]]\nshape = 'ramp'\nfrom = 2\n";
    let scenario = Scenario::parse(&ScenarioSource::inline("a.toml", text), &[]).expect("sound");
    let factors = |stage: &throng_workloads::scenario::Stage| (stage.from, stage.to);
    let found: Vec<_> = scenario.load.stages.iter().map(factors).collect();
    assert_eq!(found, [(1.0, 4.0), (4.0, 4.0), (4.0, 9.0), (2.0, 2.0)]);
}

#[test]
fn what_is_in_messages_has_to_fit_together() {
    check(&[
        (
            "[messages]\nreceipts = 'read'",
            "company.toml:2:12: messages.receipts: nobody can read what is in opaque messages; expected messages.content = \"mimi\" with that",
        ),
        (
            "[messages]\ntyping = true\ncontent = 'opaque'",
            "company.toml:2:10: messages.typing: nobody can read what is in opaque messages; expected messages.content = \"mimi\" with that",
        ),
        (
            "[messages]\nfranking = true",
            "company.toml:2:12: messages.franking: nobody can read what is in opaque messages; expected messages.content = \"mimi\" with that",
        ),
        (
            "[messages]\ncontent = 'mimi'\nfranking = true\n[policy]\nparticipant_list = 'none'",
            "company.toml:3:12: messages.franking: who stamps messages is said in the GroupContext, which has no application data where it has no participant list; expected policy.participant_list = \"context\" or \"hash\" with that",
        ),
        (
            "[messages]\nreports = 0.1",
            "company.toml:2:11: messages.reports: nobody can read what is in opaque messages; expected messages.content = \"mimi\" with that",
        ),
        (
            "[messages]\ncontent = 'mimi'\nreports = 0.1",
            "company.toml:3:11: messages.reports: a report proves nothing without the hub's stamp; expected messages.franking = true with that",
        ),
        (
            "[messages]\ndownloads = 'hub'",
            "company.toml:2:13: messages.downloads: nobody can read what is in opaque messages; expected messages.content = \"mimi\" with that",
        ),
        (
            "[messages]\ncontent = 'mimi'\ndownloads = 'proxy'",
            "company.toml:3:13: messages.downloads: unknown value \"proxy\"; expected one of `none`, `provider`, `hub`",
        ),
        (
            "[policy]\nfind = 'email'",
            "company.toml:2:8: policy.find: unknown value \"email\"; expected one of `known`, `handle`",
        ),
        (
            "[messages]\ncontent = 'cbor'",
            "company.toml:2:11: messages.content: unknown value \"cbor\"; expected one of `opaque`, `mimi`",
        ),
        (
            "[messages.kinds]\nrepply = 0.1",
            "company.toml:2:1: messages.kinds.repply: unknown key; did you mean `reply`?",
        ),
    ]);
    let sum = complaint("[messages]\ncontent = 'mimi'\n[messages.kinds]\ntext = 0.5");
    assert_eq!(
        sum,
        "company.toml:4:8: messages.kinds.text: the six kinds come to 0.82; expected 1"
    );
    let receipts = complaint("[messages]\ncontent = 'mimi'\nreceipts = 'seen'");
    assert!(
        receipts.contains("expected one of `none`, `delivery`, `read`"),
        "{receipts}"
    );
}
