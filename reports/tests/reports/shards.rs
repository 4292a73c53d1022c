//! Shards of a load: their folders are read back as they were written, and none that is damaged or does not belong there is taken.

use super::sample;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use throng_record::shard::{
    Agreed, EventSort, GotEvent, Invited, Joined, LoadId, MemberCount, SentEvent, Stay,
};
use throng_record::{Generator, Ledger, RateChange, RealRecord, Record, Shard, Violation};
use throng_reports::run_info::{Machine, RealInfo, Share};
use throng_reports::shards::{OfShard, ShardsError, read_shards, write_shard};
use throng_reports::{RunInfo, write_run};
use throng_workloads::builtin;
use throng_workloads::intent::{ClientId, RoomId, UserId};
use throng_workloads::scenario::Scenario;
use throng_workloads::time::{SimSpan, SimTime};
use throng_world::World;

fn scenario(seed: u64) -> Scenario {
    let overrides = ["duration=20s".to_owned(), format!("seed={seed}")];
    let small = builtin::find("small").and_then(|found| found.scenario(&overrides));
    small.expect("built in")
}

/// A record as of a real run: that of a simulated one.
fn record(scenario: &Scenario) -> Record {
    let mut world = World::new(scenario).expect("a world");
    while world.step().expect("a step") {}
    let simulated = world.finish(false).expect("a record");
    Record {
        fingerprint: String::new(),
        real: Some(RealRecord {
            message_raw: simulated.latencies.message.clone(),
            clients_only: true,
            undelivered: 3,
            violations: vec![Violation {
                name: throng_record::invariants::DELIVERED,
                detail: "room r0: \u{1b}[31m".to_owned(),
            }],
            servers: Vec::new(),
            findings: Vec::new(),
        }),
        ..simulated
    }
}

fn ledger() -> Ledger {
    let at = |millis: u64| SimTime::from_nanos(millis * 1_000_001);
    let (room, client) = (RoomId(1), ClientId(7));
    Ledger {
        warmup: at(0),
        ends: Some(at(60_000)),
        interval: SimSpan::from_millis(84),
        sent: vec![
            SentEvent {
                digest: [0xab; 16],
                room,
                sort: EventSort::Message,
                wanted: at(1),
                sent: at(2),
                accepted: at(3),
                last: None,
            },
            SentEvent {
                digest: [1; 16],
                room,
                sort: EventSort::Change,
                wanted: at(1),
                sent: at(2),
                accepted: at(3),
                last: Some(at(9)),
            },
        ],
        got: vec![GotEvent {
            digest: [2; 16],
            client,
            since: at(0),
            at: at(8),
            read: true,
        }],
        invited: vec![Invited {
            room,
            user: UserId(4),
            since: at(3),
        }],
        joined: vec![Joined {
            room,
            user: UserId(3),
            since: at(1),
            at: at(4),
        }],
        members: vec![MemberCount {
            at: at(4),
            room,
            members: 3,
        }],
        stays: vec![Stay {
            room,
            client,
            since: at(5),
            online: false,
        }],
        agreed: vec![Agreed {
            room,
            state: 9,
            digest: [7; 8],
        }],
    }
}

fn generator(record: &Record) -> Generator {
    Generator {
        limits: vec!["it was slow".to_owned()],
        intended: 100,
        in_time: 98,
        taken: 99,
        vanished: 1,
        under_way: 2,
        lateness: record.latencies.message.clone(),
        cpu: SimSpan::from_millis(1_234),
        lasted: SimSpan::from_secs(20),
        memory_max: Some(1 << 30),
        repeated: 4,
        errors: [("a connection broke".to_owned(), 3)].into(),
        rates: vec![RateChange {
            at: SimTime::ZERO,
            factor: 0.1 + 0.2,
        }],
        ..Generator::idle(2)
    }
}

fn info(record: &Record, shard: Shard) -> RunInfo {
    RunInfo {
        real: Some(RealInfo {
            machine: Machine {
                processor: None,
                cores: 2,
                system: "a system".to_owned(),
            },
            generator: generator(record),
            failed: vec!["it failed".to_owned()],
            share: Share::One(shard),
        }),
        ..sample::info()
    }
}

/// The folders of all shards, of which each has the same in it.
struct Folders {
    home: TempDir,
    record: Record,
    ledger: Ledger,
}

impl Folders {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().expect("a folder"),
            record: record(&scenario(1)),
            ledger: ledger(),
        }
    }

    fn write(&self, name: &str, shard: &str, scenario: &Scenario, speed: f64) -> PathBuf {
        self.write_of(LoadId(7), name, shard, scenario, speed)
    }

    fn write_of(
        &self,
        load: LoadId,
        name: &str,
        shard: &str,
        scenario: &Scenario,
        speed: f64,
    ) -> PathBuf {
        let dir = self.home.path().join(name);
        let shard: Shard = shard.parse().expect("a shard");
        let info = info(&self.record, shard);
        let toml = scenario.to_toml();
        write_run(&dir, scenario, &toml, &self.record, &info).expect("a report");
        let of = OfShard {
            shard,
            load,
            speed,
            machine: Some("this one"),
            apart: Some(17),
            ledger: &self.ledger,
        };
        write_shard(&dir, of, &self.record, &info).expect("written");
        dir
    }
}

#[test]
fn what_shards_leave_is_what_is_read() {
    let folders = Folders::new();
    let of = |name, shard| folders.write(name, shard, &scenario(1), 2.0);
    let all = [of("c", "3/3"), of("a", "1/3"), of("b", "2/3")];
    let shards = read_shards(&all).expect("all there");
    let numbers: Vec<u32> = shards
        .parts
        .iter()
        .map(|part| part.shard.number())
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(shards.scenario, scenario(1).to_toml());
    assert_eq!(
        shards.failed,
        [1, 2, 3].map(|n| format!("shard {n}/3: it failed"))
    );
    let was = &folders.record;
    for (part, info) in shards.parts.iter().zip(&shards.infos) {
        assert_eq!(part.ledger, folders.ledger);
        assert_eq!(part.generator, generator(was));
        assert_eq!(info.apart, Some(SimSpan::from_nanos(17)));
        assert_eq!(part.apart, info.apart);
        let is = &part.record;
        assert_eq!(is.counts, was.counts);
        assert_eq!(is.real, was.real);
        assert_eq!(
            (is.end, is.events, is.clients),
            (was.end, was.events, was.clients)
        );
        assert_eq!(is.series, was.series);
        assert_eq!(is.traffic, was.traffic);
        assert_eq!(is.providers, was.providers);
        assert_eq!(is.client_cpu, was.client_cpu);
        assert_eq!(is.client_work.counts, was.client_work.counts);
        assert_eq!(is.measured, was.measured);
        let checks = |record: &Record| {
            let rows = record.invariants.iter();
            rows.map(|row| (row.name, row.checks))
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(checks(is), checks(was));
        for ((name, is), (_, was)) in is.latencies.each().zip(was.latencies.each()) {
            assert_eq!(is, was, "{name}");
        }
        assert_eq!(is.latency_intervals.len(), was.latency_intervals.len());
        for (is, was) in is.latency_intervals.iter().zip(&was.latency_intervals) {
            assert_eq!((is.name, is.histogram()), (was.name, was.histogram()));
        }
    }
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let folders = Folders::new();
    let of = |name, shard| folders.write(name, shard, &scenario(1), 1.0);
    let (a, b) = (of("a", "1/2"), of("b", "2/2"));
    let error = |all: &[&Path]| {
        let all: Vec<PathBuf> = all.iter().map(|path| path.to_path_buf()).collect();
        read_shards(&all).expect_err("refused")
    };
    let missing = error(&[&b]).to_string();
    assert!(
        missing.contains("of the load's 2 shards there is no 1/2"),
        "{missing}"
    );
    assert!(matches!(error(&[&a, &b, &a]), ShardsError::Twice { .. }));
    let seed = folders.write("seed", "2/2", &scenario(2), 1.0);
    let other = error(&[&a, &seed]).to_string();
    assert!(
        other.contains("`seed = 1`") && other.contains("`seed = 2`"),
        "{other}"
    );
    let fast = folders.write("fast", "2/2", &scenario(1), 2.0);
    let other = error(&[&a, &fast]).to_string();
    assert!(other.contains("--speed 1 and 2"), "{other}");
    let again = folders.write_of(LoadId(8), "again", "2/2", &scenario(1), 1.0);
    let other = error(&[&a, &again]).to_string();
    assert!(
        other.contains("two runs of the same, 0000000000000007 and 0000000000000008"),
        "{other}"
    );
    let more = of("more", "2/3");
    assert!(error(&[&a, &more]).to_string().contains("so many shards"));
    let run = folders.home.path().join("run");
    let whole = info(&folders.record, Shard::new(1, 1).expect("one"));
    let toml = scenario(1).to_toml();
    write_run(&run, &scenario(1), &toml, &folders.record, &whole).expect("a report");
    assert!(matches!(error(&[&a, &run]), ShardsError::NoShard { .. }));
    // Where it was a shard before.
    write_run(&b, &scenario(1), &toml, &folders.record, &whole).expect("a report");
    assert!(matches!(error(&[&a, &b]), ShardsError::NoShard { .. }));
}

/// The text of a `shard.json` with the digest of what it says.
fn seal(text: &str) -> String {
    let begin = text.find("\"digest\":\"").expect("a digest") + "\"digest\":\"".len();
    let end = begin + text[begin..].find('"').expect("its end");
    let (before, after) = (&text[..begin], &text[end..]);
    let open = [before, after].concat();
    let digest = blake3::hash(open.trim_end().as_bytes()).to_hex();
    [before, digest.as_str(), after].concat()
}

/// Whatever becomes of a file, it is named, and nothing else comes of it.
#[test]
fn a_damaged_file_is_named() {
    let folders = Folders::new();
    let dir = folders.write("a", "1/1", &scenario(1), 1.0);
    let read = || read_shards(std::slice::from_ref(&dir));
    read().expect("whole");
    let mut files = vec!["shard/got.csv".to_owned(), "shard/sent.csv".to_owned()];
    for name in [
        "summary.json",
        "latency.hlog",
        "rooms.csv",
        "series.csv",
        "generator.csv",
        "scenario.toml",
    ] {
        files.push(name.to_owned());
    }
    for name in files {
        let path = dir.join(&name);
        let was = fs::read(&path).expect("there");
        let mut turned = was.clone();
        let middle = turned.len() / 2;
        turned[middle] ^= 1;
        for damaged in [Some(turned), Some(was[..was.len() - 1].to_vec()), None] {
            match &damaged {
                Some(bytes) => fs::write(&path, bytes).expect("damaged"),
                None => fs::remove_file(&path).expect("removed"),
            }
            match read().expect_err("damaged") {
                ShardsError::Broken { path: named, .. } => assert_eq!(named, path),
                other => panic!("{name}: {other}"),
            }
        }
        fs::write(&path, was).expect("mended");
    }
    read().expect("whole again");

    // With a digest of what it says then, as whoever wants it read would have it.
    let path = dir.join("shard.json");
    let was = fs::read_to_string(&path).expect("there");
    let interval = format!("\"interval_ns\":{},", folders.ledger.interval.as_nanos());
    for (from, to, said) in [
        ("\"schema\":3", "\"schema\":4", "schema 4"),
        ("\"shard\":1", "\"shard\":2", "no 1/1"),
        ("\"shard\":1,\"of\":1", "\"shard\":0,\"of\":0", ""),
        (
            "\"message\":",
            "\"massage\":",
            "\"massage\" is no kind of wish",
        ),
        (
            "\"interval_ns\":",
            "\"interval_ns\":0,\"x\":",
            "unknown field",
        ),
        (interval.as_str(), "\"interval_ns\":0,", "last no time"),
        (interval.as_str(), "\"interval_ns\":1,", "samples of 1 ns"),
        (
            "\"end_ns\":",
            "\"end_ns\":9999999",
            "expected no more than it has",
        ),
        ("HISTFAAA", "HISTFAA?", "client_cpu"),
        (
            "\"messages_accepted\":",
            "\"messages_excepted\":",
            "messages_accepted",
        ),
        ("\"events\":", "\"evens\":", "evens"),
    ] {
        assert!(was.contains(from), "{from}");
        let damaged = was.replacen(from, to, 1);
        fs::write(&path, seal(&damaged)).expect("damaged");
        let error = read().expect_err(to).to_string();
        assert!(error.contains(said), "{to}: {error}");
        // Without that it is not looked at any further.
        fs::write(&path, &damaged).expect("damaged");
        assert!(matches!(read(), Err(ShardsError::Broken { path: named, .. }) if named == path));
    }
    for digit in 0..10 {
        let (from, to) = (format!("{digit}"), format!("{}", (digit + 1) % 10));
        let Some(place) = was.rfind(&from) else {
            continue;
        };
        let mut damaged = was.clone();
        damaged.replace_range(place..=place, &to);
        fs::write(&path, damaged).expect("damaged");
        let error = read().expect_err("another digit").to_string();
        assert!(error.contains("its digest is another"), "{error}");
    }
    fs::write(&path, seal(&was)).expect("mended");
    read().expect("whole again");
    for cut in (0..was.len()).step_by(97) {
        if was.is_char_boundary(cut) {
            fs::write(&path, &was[..cut]).expect("damaged");
            assert!(matches!(read(), Err(ShardsError::Broken { .. })), "{cut}");
        }
    }
}
