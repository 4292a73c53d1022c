//! A sizing against what we did not write: closed sums, Erlang's and Poisson's formulas, brute force, and the whole deployment simulated.

use crate::capacity::{BYTES, SECONDS, framing, queue};
use proptest::prelude::*;
use statrs::distribution::{DiscreteCDF, Poisson};
use throng_experiments::RunError;
use throng_experiments::size::{Part, SizeError, part, run};
use throng_record::Record;
use throng_record::ledgers::data::OTHERS;
use throng_reports::measures::Rule;
use throng_reports::size::queue::Of;
use throng_reports::size::sample::{Quantity, Sample};
use throng_reports::size::sheets::sheets;
use throng_reports::size::{
    Inputs, Machine, Need, Needs, NoMachine, Offered, Sizing, busiest, cheapest, study,
};
use throng_reports::{Summary, measures, size_csv, size_markdown, write_size};
use throng_workloads::scenario::{Rate, Scenario, ScenarioSource};

/// Two organisations, 400 people in rooms of six who are always online; no churn.
fn people(more: &[&str]) -> Scenario {
    let text = r#"
name = "people"
duration = "610s"
warmup = "10s"
engine = "model"
[[providers]]
domain = "a.example"
share = 0.6
[[providers]]
domain = "b.example"
share = 0.4
[users]
count = 400
[[users.connections]]
link = "fibre"
[rooms]
count = 160
size = 6
start = "warm"
[messages]
rate = "3/h"
size = "200 B"
"#;
    let more: Vec<String> = more.iter().map(|&set| set.to_owned()).collect();
    Scenario::parse(&ScenarioSource::inline("people.toml", text), &more).expect("sound")
}

fn machine(name: &str, cores: u32, memory: f64, price: f64) -> Machine {
    Machine {
        name: name.to_owned(),
        cores,
        memory,
        network: 1e9,
        price,
    }
}

fn inputs(scenario: Scenario, level: &str) -> Inputs {
    Inputs {
        scenario,
        factor: 8.0,
        headroom: 0.4,
        retention_days: 100.0,
        replication: 2.0,
        levels: vec![Rule::threshold(level).expect("a rule")],
        attachments: 0.0,
        attachment_bytes: 0.0,
        assumptions: Vec::new(),
        machines: vec![machine("m", 4, 16e9, 1.0)],
        priced: true,
        command: "throng size".to_owned(),
        version: "0".to_owned(),
    }
}

#[derive(Debug)]
enum Wrong {
    Size(SizeError),
    Machine(NoMachine),
    Run(#[expect(dead_code, reason = "shown where a test fails")] RunError),
}

impl From<SizeError> for Wrong {
    fn from(error: SizeError) -> Self {
        Self::Size(error)
    }
}

impl From<NoMachine> for Wrong {
    fn from(error: NoMachine) -> Self {
        Self::Machine(error)
    }
}

fn sized(inputs: &Inputs, most: u32) -> Result<Sizing, Wrong> {
    let made = study(inputs, most, |scenario, _| {
        run(scenario, |_| false).map_err(Wrong::Run)
    });
    made.map(|sizing| sizing.expect("nobody stops it"))
}

fn simulated(scenario: &Scenario) -> Record {
    run(scenario, |_| false)
        .expect("made")
        .expect("not stopped")
}

/// All of the people of a scenario in the peak.
fn whole(scenario: &Scenario, factor: f64) -> Part {
    Part {
        users: scenario.users.count,
        factor,
        run: 0,
    }
}

/// What is longer by 2,000 bytes is so at each link, whatever stands around it: once to its sender's provider, once to every other provider in
/// the room, and to each of the others in it.
#[test]
fn longer_messages_are_longer_at_every_link() {
    let set = [
        "policy.padding=1B",
        "network.transport=none",
        "rooms.locality=1",
    ];
    let sum = |size: &str| {
        let scenario = people(&[&set[..], &[size]].concat());
        let scenario = part(&scenario, whole(&scenario, 8.0), None).expect("sound");
        let record = simulated(&scenario);
        let sum = |of: fn(&throng_record::LoadSecond) -> u64| {
            let seconds = record.loads.iter().flat_map(|load| &load.seconds);
            seconds.map(of).sum::<u64>()
        };
        let sums = [
            sum(|second| second.from_clients),
            sum(|second| second.to_clients),
            sum(|second| second.from_providers),
        ];
        (sums, record.counts.messages_accepted)
    };
    let (short, said) = sum("messages.size=1000 B");
    let (long, said_long) = sum("messages.size=3000 B");
    assert_eq!(said, said_long);
    assert!(said > 1_000, "{said}");
    let more = [0, 1, 2].map(|which| long[which] - short[which]);
    // Lengths are written in one byte more or less here and there.
    let near = |more: u64, told: u64| more.abs_diff(told) as f64 <= 0.002 * told as f64;
    assert!(near(more[0], 2_000 * said), "{more:?}, {said} said");
    assert!(near(more[1], 5 * 2_000 * said), "{more:?}, {said} said");
    assert_eq!(more[2], 0);
}

#[test]
fn seconds_are_what_the_ledger_has_and_looking_changes_nothing() {
    let all = [
        "duration=150s",
        "warmup=0s",
        "churn.joins=20/h",
        "churn.leaves=20/h",
        "churn.new_clients=0.5/h",
        "users.online={ dist = \"exponential\", mean = \"5min\" }",
        "users.offline={ dist = \"exponential\", mean = \"1min\" }",
        "rooms.locality=0.2",
    ];
    for set in [&all[..5], &all] {
        let scenario = people(set);
        let record = simulated(&scenario);
        let unseen = throng_experiments::run(&scenario, || false, |_| ());
        let unseen = unseen.expect("made").expect("whole").record;
        assert_eq!(record.fingerprint, unseen.fingerprint);
        assert!(unseen.loads.is_empty());
        let ledger = record.ledgers.as_ref().expect("simulated");
        for load in &record.loads {
            let rows = ledger.costs.iter();
            let rows: Vec<_> = rows.filter(|row| row.provider == load.domain).collect();
            let sum = |of: fn(&throng_record::LoadSecond) -> u64| {
                load.seconds.iter().map(of).sum::<u64>()
            };
            let paid = |of: fn(&throng_record::CostRow) -> u64| {
                rows.iter().map(|row| of(row)).sum::<u64>()
            };
            assert_eq!(sum(|one| one.requests), paid(|row| row.requests));
            assert_eq!(
                sum(|one| one.cpu.as_nanos()),
                paid(|row| row.cpu.as_nanos())
            );
            assert_eq!(
                sum(|one| one.from_clients + one.from_providers),
                paid(|row| row.received)
            );
            assert_eq!(
                sum(|one| one.to_clients + one.to_providers),
                paid(|row| row.sent)
            );
            assert!(load.seconds.len() >= 150, "{}", load.seconds.len());
        }
        // Of all that a provider pays, which is what came and left when people acted, as much is for others as of the rows.
        let warm = Scenario {
            warmup: throng_workloads::time::SimSpan::from_secs(30),
            ..scenario.clone()
        };
        for sample in [&scenario, &warm].map(|scenario| Sample::of(scenario, &record)) {
            for (load, sample) in record.loads.iter().zip(sample) {
                let ledgered = |others: bool| {
                    let rows = ledger.costs.iter();
                    let rows = rows.filter(|row| row.provider == load.domain);
                    let rows = rows.filter(|row| !others || row.users == OTHERS);
                    rows.map(|row| (row.sent + row.received) as f64)
                        .sum::<f64>()
                };
                let of = |quantity| sample.value(quantity);
                let paid = of(Quantity::PaidBytes);
                let seen = of(Quantity::In) + of(Quantity::Out);
                assert!((paid / seen - 1.0).abs() < 1e-9, "{paid} {seen}");
                assert!((of(Quantity::PaidCpu) / of(Quantity::Cpu) - 1.0).abs() < 1e-9);
                let (part, told) = (
                    of(Quantity::OthersBytes) / paid,
                    ledgered(true) / ledgered(false),
                );
                assert!((part / told - 1.0).abs() < 1e-9, "{part} {told}");
            }
        }
    }
}

#[test]
fn a_simulated_provider_waits_as_erlang_says() {
    let size = format!("{{ dist = \"exponential\", mean = \"{BYTES} B\" }}");
    let mut scenario = queue(&size, 1, 80);
    scenario.messages.rate = Rate::Poisson(0.6);
    let record = simulated(&scenario);
    let sample = &Sample::of(&scenario, &record)[0];
    let offered = sample.offered();
    // Every byte takes as long, those around a message, too; what else is asked takes next to nothing, but is asked.
    let around = framing();
    let span = scenario.duration.as_secs_f64();
    let told = record.counts.messages_accepted as f64 / span * SECONDS * (BYTES + around);
    assert!(
        (offered.erlangs / told - 1.0).abs() < 0.04,
        "{offered:?}, {told}"
    );
    let requests = sample.value(Quantity::Requests);
    assert!((requests * offered.service_s / offered.erlangs - 1.0).abs() < 0.04);
    // Of a mixture of nothing and a part q of sums of an exponential time, m in the mean, and one that is always the same, f:
    // E[S²]/E[S]² − 1 = (1 + (m/(m + f))²)/q − 1.
    let part = record.counts.messages_accepted as f64 / span / requests;
    let varied = (1.0 + (BYTES / (BYTES + around)).powi(2)) / part - 1.0;
    assert!(
        (offered.services / varied - 1.0).abs() < 0.12,
        "{offered:?}, {varied}"
    );
    // Three standard errors of a variance of 78 seconds: 3 · √(2/78).
    assert!((offered.arrivals - 1.0).abs() < 0.48, "{offered:?}");
    let waits = &record.latencies.provider_wait;
    let mean = waits.mean() / 1e6;
    let p95 = waits.value_at_quantile(0.95) as f64 / 1e6;
    // Messages are a Poisson process, whatever the seconds of this run make of it.
    let poisson = Offered {
        arrivals: 1.0,
        ..offered
    };
    for (found, of) in [(mean, Of::Mean), (p95, Of::Quantile(0.95))] {
        let told = poisson.wait(2, of);
        assert!((found / told - 1.0).abs() < 0.2, "{found} {told} {of:?}");
    }
}

#[test]
fn the_busiest_second_of_many_messages_is_that_of_a_poisson_process() {
    for mean in [50.0, 300.0, 5_000.0] {
        let poisson = Poisson::new(mean).expect("sound");
        for (intervals, off) in [(60.0, 0.03), (3_600.0, 0.06)] {
            let told = poisson.inverse_cdf(1.0 - 1.0 / intervals) as f64;
            let found = busiest(mean, mean, intervals);
            // Rather more than less: sums of bursts have longer tails than counts.
            let over = found / told - 1.0;
            assert!(
                (-0.005..off).contains(&over),
                "{mean} {intervals}: {found} {told}"
            );
        }
    }
}

/// The sizing of 800 from 200 at most, and all 800 simulated. Room sizes are equal, so that but for chance everything grows with people.
#[test]
fn what_parts_foretell_the_whole_deployment_bears_out() {
    // Slow enough that it takes several cores.
    let set = [
        "users.count=800",
        "rooms.count=320",
        "cost.profiles.server=1500",
    ];
    let inputs = inputs(people(&set), "message.p99 < 3s");
    let sizing = sized(&inputs, 200).expect("sized");
    assert!(sizing.holds(), "{:?}", sizing.checks);
    assert_eq!(sizing.simulated, [50, 50, 50, 50, 100, 100, 200]);

    let scenario = &inputs.scenario;
    let least: Vec<u32> = sizing
        .providers
        .iter()
        .map(|one| one.cores.minimum)
        .collect();
    assert!(least.iter().all(|cores| *cores >= 2), "{least:?}");
    let ample = part(scenario, whole(scenario, 8.0), None).expect("sound");
    for (sample, told) in Sample::of(&ample, &simulated(&ample))
        .iter()
        .zip(&sizing.providers)
    {
        for (what, told, found, most) in [
            (
                "in",
                told.network_in.peak_hour,
                sample.value(Quantity::In),
                0.1,
            ),
            (
                "out",
                told.network_out.peak_hour,
                sample.value(Quantity::Out),
                0.1,
            ),
            (
                "cores",
                told.cpu.peak_hour,
                sample.value(Quantity::Cpu),
                0.1,
            ),
            ("minute", told.cpu.peak_minute, sample.busiest_cpu[1], 0.2),
            ("rooms", told.rooms, sample.value(Quantity::Rooms), 0.15),
        ] {
            let off = told / found - 1.0;
            assert!(
                off.abs() < most,
                "{what} of {}: {told} {found}",
                sample.users
            );
        }
        // Of an hour, where the run has ten minutes; and a gamma distribution has more of a tail than a few long requests.
        let over = told.cpu.peak_second / sample.busiest_cpu[0] - 1.0;
        assert!((-0.05..0.6).contains(&over), "{over}");
    }
    // The minimum holds, and cores that are all busy do not.
    let deployed = part(scenario, whole(scenario, 8.0), Some(&least)).expect("sound");
    let record = simulated(&deployed);
    let holds = |scenario: &Scenario, record: &Record| {
        let summary = Summary::new(scenario, record, &Default::default());
        let found = measures::of(&summary);
        let found = found
            .iter()
            .find(|one| one.name == "message.p99")
            .expect("measured")
            .value;
        (found < 3_000.0, found)
    };
    let (met, found) = holds(&deployed, &record);
    assert!(met, "{found} ms with {least:?}");
    let few: Vec<u32> = sizing
        .providers
        .iter()
        .map(|one| (one.cpu.peak_hour.floor() as u32).max(1))
        .collect();
    let few = part(scenario, whole(scenario, 8.0), Some(&few)).expect("sound");
    let (met, found) = holds(&few, &simulated(&few));
    assert!(!met, "{found} ms");
}

#[test]
fn what_is_stored_grows_with_how_long_it_is_kept_and_machines_can_be_away() {
    let stored = |days: f64| {
        let mut inputs = inputs(people(&[]), "message.p99 < 1s");
        inputs.retention_days = days;
        inputs.attachments = 0.5;
        inputs.attachment_bytes = 1e6;
        sized(&inputs, 100).expect("sized")
    };
    let three = [0.0, 100.0, 200.0].map(stored);
    for at in 0..2 {
        let [none, some, more] = [0, 1, 2].map(|which| three[which].providers[at].storage);
        let step = some.kept.minimum - none.kept.minimum;
        assert!((more.kept.minimum - some.kept.minimum - step).abs() < 1e-6 * step);
        assert!((step - some.growth_month * 100.0 / 30.0).abs() < 1e-6 * step);
        assert!((none.kept.minimum - 2.0 * none.live).abs() < 1e-6);
        // 3 an hour, each second one with a megabyte, kept twice.
        let users = [240.0, 160.0][at];
        let media = users * 3.0 * 24.0 * 30.0 * 0.5 * 1e6;
        assert!((some.media_month / media - 1.0).abs() < 1e-9);
        assert!((some.growth_month - 2.0 * (some.media_month + some.messages_month)).abs() < 1.0);
        let one = &three[1].providers[at];
        assert!(one.machines.count_one_less > one.machines.count.max(1) - 1);
        // What a plot shows is what the tables say, of another number of machines.
        let cores = &one.demands[0];
        let parts = f64::from(one.machines.count_one_less) / f64::from(one.machines.count);
        let used = parts * one.machines.used[0].part;
        let minute = cores.peak_minute.expect("of cores");
        assert!((minute / used - 1.0).abs() < 1e-9, "{cores:?} {used}");
        let most = one.demands.iter().map(|one| one.recommended);
        let most = most.fold(0.0, f64::max) * f64::from(one.machines.count);
        assert!(
            (most / one.binds[0].machines - 1.0).abs() < 0.05,
            "{most} {:?}",
            one.binds
        );
        let left = f64::from(one.machines.count_one_less - 1);
        assert!(left * 4.0 >= f64::from(one.cores.minimum));
        assert!(
            one.machines
                .used_one_less
                .iter()
                .all(|used| used.part <= 1.0)
        );
    }
    for sheet in sheets(&three[1]) {
        let whole = |row: &Vec<String>| row.len() == sheet.head.len();
        assert!(sheet.rows.iter().all(whole), "{:?}", sheet.head);
    }
    let dir = tempfile::tempdir().expect("a folder");
    let written = write_size(dir.path(), &three[1]).expect("written");
    let plots = ["a", "b"].map(|name| format!("plots/machines-{name}.example.svg"));
    let names = ["size.csv", "size.md", "report.html", "size.json"];
    let names = names.into_iter().chain(plots.iter().map(String::as_str));
    let names: Vec<&str> = names.collect();
    assert_eq!(written.files.len(), names.len());
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).expect(name);
    assert_eq!(read("size.csv"), size_csv(&three[1]));
    assert_eq!(read("size.md"), size_markdown(&three[1]));
    let json: serde_json::Value = serde_json::from_str(&read("size.json")).expect("JSON");
    assert_eq!(json["providers"][1]["domain"], "b.example");
    let page = read("report.html");
    assert!(page.contains("Who pays for foreign hubs"));
    for (plot, provider) in plots.iter().zip(["a.example", "b.example"]) {
        let title = format!("{provider}: what of its machines is used");
        assert!(page.contains(&title));
        let svg = read(plot);
        assert!(
            svg.contains(&title) && svg.contains("busiest hour: cores"),
            "{svg}"
        );
    }
}

#[test]
fn what_cannot_be_simulated_in_parts_is_said() {
    let wrong = |set: &[&str], most| match sized(&inputs(people(set), "message.p99 < 1s"), most) {
        Err(Wrong::Size(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(wrong(&["rooms.size=150"], 100).contains("--simulate 150"));
    assert!(wrong(&["rooms.count=3"], 100).contains("fewer than four"));
    assert!(wrong(&["duration=5min"], 400).contains("no peak minute"));
    let drawn = "messages.rate={ dist = \"exponential\", mean = \"1min\" }";
    assert!(wrong(&[drawn], 400).contains("messages.rate: intervals"));
    let mut small = inputs(people(&[]), "message.p99 < 1s");
    small.machines = vec![machine("tiny", 1, 30e6, 1.0)];
    match sized(&small, 100) {
        Err(Wrong::Machine(error)) => assert!(error.to_string().contains("a.example")),
        other => panic!("{other:?}"),
    }
}

fn need() -> impl Strategy<Value = Need> {
    let parts = (0.1..200.0, 1e6..5e8, 1e6..1e11, 1e3..5e9);
    parts.prop_map(|(cores, memory_each, memory, network)| Need {
        cores,
        memory_each,
        memory,
        network,
    })
}

proptest! {
    /// Nothing cheaper bears it, by trying every number of every kind; and what is chosen bears it with one away.
    #[test]
    fn the_choice_is_the_cheapest_that_bears_the_load_with_one_away(
        most in need(),
        part in 0.2..1.0,
        kinds in proptest::collection::vec((1u32..64, 1e9..1e11, 0.1..9.0), 1..5),
    ) {
        let least = Need { cores: most.cores * part, network: most.network * part, memory: most.memory * part, ..most };
        let needs = Needs { recommended: most, minimum: least, used: least };
        let machines: Vec<Machine> = kinds
            .iter()
            .enumerate()
            .map(|(at, (cores, memory, price))| machine(&at.to_string(), *cores, *memory, *price))
            .collect();
        let bears = |machine: &Machine, count: u32, need: &Need| {
            let n = f64::from(count);
            n * f64::from(machine.cores) >= need.cores
                && n * (machine.memory - need.memory_each) >= need.memory
                && n * machine.network >= need.network
        };
        let enough = |machine: &Machine, count: u32| {
            bears(machine, count, &most) && bears(machine, count - 1, &least)
        };
        let prices = machines.iter().filter_map(|machine| {
            let count = (2..5_000).find(|count| enough(machine, *count))?;
            Some(machine.price * f64::from(count))
        });
        let told = prices.fold(f64::INFINITY, f64::min);
        let chosen = cheapest(&machines, &needs).expect("some");
        prop_assert!((chosen.price_one_less - told).abs() < 1e-9 * told, "{chosen:?} {told}");
    }
}
