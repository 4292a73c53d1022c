//! A simulation and a real run, held against each other: what has to be equal is noticed where it is not, and what may differ is judged
//! by the bounds.

use super::sample;
use throng_record::structure::Stretch;
use throng_record::{RealRecord, Record};
use throng_reports::run_info::{Machine, RealInfo};
use throng_reports::twin::{Agreement, Run, Told, Twin, Within};
use throng_reports::{RunInfo, Stored, twin_text, write_twin};
use throng_stack::vocabulary::Vocabulary;
use throng_workloads::builtin;
use throng_workloads::scenario::Scenario;
use throng_workloads::time::{SimSpan, SimTime};
use throng_world::{World, stacks};

// Links carry bodies alone, so that their accounts say how long those are.
const OVERRIDES: [&str; 6] = [
    "network.transport=none",
    "duration=2min",
    "rooms.created=0s",
    "messages.rate=300/h",
    "churn.updates=60/h",
    "engine=model",
];

/// A run, and the same as if it had been made for real.
struct Both {
    scenario: Scenario,
    simulated: Record,
    real: Record,
    info: RunInfo,
}

impl Both {
    fn new() -> Self {
        let overrides = OVERRIDES.map(str::to_owned);
        let scenario = builtin::find("small").and_then(|found| found.scenario(&overrides));
        let scenario = scenario.expect("built in");
        let mut world = World::new(&scenario).expect("a world");
        world.keep_structure();
        while world.step().expect("a step") {}
        let simulated = world.finish(false).expect("a record");
        let real = Record {
            real: Some(RealRecord {
                message_raw: simulated.latencies.message.clone(),
                clients_only: false,
                undelivered: 0,
                violations: Vec::new(),
                servers: Vec::new(),
                findings: Vec::new(),
            }),
            ..simulated.clone()
        };
        let machine = Machine {
            processor: Some("a processor".to_owned()),
            cores: 2,
            system: "a system".to_owned(),
        };
        let real_info = RealInfo {
            machine,
            generator: throng_record::Generator {
                lateness: simulated.latencies.message.clone(),
                ..throng_record::Generator::idle(2)
            },
            failed: Vec::new(),
            share: throng_reports::run_info::Share::Whole,
        };
        Self {
            scenario,
            simulated,
            real,
            info: RunInfo {
                real: Some(real_info),
                ..sample::info()
            },
        }
    }

    fn run<'a>(&'a self, record: &'a Record) -> Run<'a> {
        Run {
            scenario: &self.scenario,
            record,
            info: &self.info,
        }
    }

    fn twin(&self) -> Twin {
        let words: Option<&Vocabulary> = stacks::vocabulary(&self.scenario);
        let by_state = words.expect("a stack").by_state;
        let bounds: Vec<Within> = ["message.p50=15%", "commit-accept.p50=15%"]
            .map(|bound| bound.parse().expect("a bound"))
            .to_vec();
        let told = Told {
            words: vec!["links of 40 µs".to_owned()],
            ..Told::default()
        };
        Twin::new(
            self.run(&self.simulated),
            self.run(&self.real),
            told,
            &bounds,
            by_state,
        )
    }
}

fn off(twin: &Twin) -> Vec<&str> {
    let off = twin.checks.iter().filter(|check| !check.met);
    off.map(|check| check.what.as_str()).collect()
}

/// What a process takes when nobody wants anything is no operation's.
#[test]
fn idle_providers_take_something_too() {
    let mut both = Both::new();
    let domain = both.scenario.providers[0].domain.clone();
    let sample = |second: u64, cpu: u64| throng_record::ServerSample {
        time: SimTime::ZERO + SimSpan::from_secs(second),
        server: domain.clone(),
        over: SimSpan::from_secs(5),
        cpu: SimSpan::from_millis(cpu),
        memory: 0,
        files: 0,
        connections: None,
        stored: None,
    };
    let real = both.real.real.as_mut().expect("a real run");
    real.servers = vec![sample(5, 700), sample(10, 500)];
    let taken = |idle: f64| {
        let told = Told {
            idle,
            ..Told::default()
        };
        let runs = (both.run(&both.simulated), both.run(&both.real));
        let twin = Twin::new(runs.0, runs.1, told, &[], &[]);
        let measure = format!("provider.{domain}.cpu");
        let mut figures = twin.figures.into_iter();
        let pair = figures.find(|pair| pair.measure == measure);
        let pair = pair.expect("of the one that was looked at");
        (pair.simulated.expect("simulated"), pair.real.expect("real"))
    };
    let ((busy, real), (all, _)) = (taken(0.0), taken(0.1));
    assert!((real - 1.2).abs() < 1e-9, "{real}");
    assert!(
        busy > 0.0 && (all - busy - 1.0).abs() < 1e-9,
        "{busy} {all}"
    );
}

#[test]
fn a_run_is_as_itself() {
    let both = Both::new();
    let twin = both.twin();
    assert_eq!(off(&twin), [""; 0], "{:#?}", twin.checks);
    assert!(twin.agrees());
    assert!(twin.lengths.len() > 10, "{:#?}", twin.lengths);
    let equal = |kind: &throng_reports::twin::KindLengths| kind.agreement == Agreement::Equal;
    assert!(twin.lengths.iter().all(equal));
    let commits = twin.commits.as_ref().expect("groups");
    assert!(commits.compared > 20 && commits.compared == commits.real);
    // Lengths add up to what the accounts of traffic say, which know nothing of them: nothing is lost on these links.
    let bytes: u64 = twin.lengths.iter().map(|kind| kind.simulated.bytes).sum();
    let bodies: u64 = both.simulated.traffic.iter().map(|row| row.bodies).sum();
    assert_eq!(bytes, bodies);
    // And CPU times to what providers were busy.
    let providers = twin.operations.iter().filter(|one| one.party == "provider");
    let cpu: f64 = providers.map(|one| one.simulated.cpu_s).sum();
    let busy = both
        .simulated
        .providers
        .iter()
        .map(|row| row.busy.as_secs_f64());
    assert!((cpu - busy.sum::<f64>()).abs() < 1e-9);
}

#[test]
fn one_byte_of_one_message_is_noticed() {
    let mut both = Both::new();
    let structure = both.real.structure.as_mut().expect("kept");
    let stretch = Stretch {
        from: "client",
        to: "provider",
        kind: "submit-message",
    };
    let lengths = structure.lengths.get_mut(&stretch).expect("messages");
    let (bytes, count) = lengths.pop_last().expect("a length");
    lengths.insert(bytes + 1, count);
    let twin = both.twin();
    assert_eq!(off(&twin), ["bytes a message"]);
    assert!(!twin.agrees());
    assert!(twin.verdict().contains("off in bytes a message"));
}

#[test]
fn one_byte_of_a_commit_of_the_same_history_is_noticed() {
    let mut both = Both::new();
    let groups = both.real.groups.as_mut().expect("groups");
    let commit = &mut groups.commits[5];
    commit.commit_bytes += 1;
    let (room, epoch) = (commit.room, commit.epoch);
    let twin = both.twin();
    assert_eq!(off(&twin), ["commits of the same history"]);
    let commits = twin.commits.expect("groups");
    assert!(commits.different[0].starts_with(&format!("room {room}, epoch {epoch}: ")));
    // Of that room nothing that follows is compared.
    assert!(commits.compared < commits.real);
}

#[test]
fn another_history_is_not_compared() {
    let mut both = Both::new();
    let groups = both.real.groups.as_mut().expect("groups");
    for commit in &mut groups.commits {
        commit.committer_leaf += 1;
        commit.commit_bytes += 1;
    }
    let commits = both.twin().commits.expect("groups");
    assert_eq!((commits.compared, commits.different.len()), (0, 0));
}

#[test]
fn a_latency_beyond_its_bound_is_off_and_one_within_it_is_not() {
    for (factor, within) in [(1.1, true), (0.92, true), (1.3, false), (0.7, false)] {
        let mut both = Both::new();
        let new = throng_record::histogram::histogram();
        let old = std::mem::replace(&mut both.real.latencies.message, new);
        let new = &mut both.real.latencies.message;
        for value in old.iter_recorded() {
            let scaled = value.value_iterated_to() as f64 * factor;
            new.saturating_record_n(scaled as u64, value.count_at_value());
        }
        let twin = both.twin();
        let expected: &[&str] = if within { &[] } else { &["message.p50"] };
        assert_eq!(off(&twin), expected, "{factor}");
    }
}

#[test]
fn a_real_run_that_was_none_is_no_twin() {
    let mut both = Both::new();
    let real = both.info.real.as_mut().expect("real");
    real.generator.limits = vec!["it was late".to_owned()];
    assert_eq!(off(&both.twin()), ["the real run"]);
}

#[test]
fn the_folder_holds_both_runs_and_the_page_says_what_is_off() {
    let mut both = Both::new();
    both.info.folder = None;
    let twin = both.twin();
    let folder = tempfile::tempdir().expect("a folder");
    let (simulated, real) = (both.run(&both.simulated), both.run(&both.real));
    write_twin(folder.path(), &twin, simulated, real).expect("written");
    for run in ["real", "simulated"] {
        Stored::read(&folder.path().join(run), run).expect("a whole run");
    }
    let json = std::fs::read_to_string(folder.path().join("twin.json")).expect("written");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["checks"][0]["what"], "bytes a message");
    let page = std::fs::read_to_string(folder.path().join("twin.html")).expect("written");
    assert!(page.contains("links of 40 µs") && page.contains("submit-message"));
    let text = twin_text(&twin, false);
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
    assert!(text.starts_with("✓ small, seed 1: "), "{text}");
}
