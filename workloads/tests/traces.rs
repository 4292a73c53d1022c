//! Traces replay to what was saved, and say what is wrong with them.

use proptest::prelude::*;
use throng_workloads::builtin;
use throng_workloads::generate::Workload;
use throng_workloads::intent::{ClientId, Intent};
use throng_workloads::population::Population;
use throng_workloads::scenario::Scenario;
use throng_workloads::stream::Streams;
use throng_workloads::trace;

fn small(overrides: &[String]) -> (Scenario, Population, Streams) {
    let scenario = builtin::find("small")
        .and_then(|b| b.scenario(overrides))
        .expect("sound");
    let streams = Streams::new(scenario.seed, 0);
    let population = Population::draw(&scenario, &streams);
    (scenario, population, streams)
}

fn saved(overrides: &[String]) -> String {
    let (scenario, population, streams) = small(overrides);
    let intents: Vec<Intent> = Workload::new(&scenario, &population, &streams).collect();
    let mut csv = Vec::new();
    trace::write(&population, &intents, &mut csv).expect("a Vec takes everything");
    String::from_utf8(csv).expect("text")
}

fn complaint(text: &str) -> String {
    let (scenario, population, streams) = small(&["users.online=always".to_owned()]);
    Workload::from_trace(
        &scenario,
        &population,
        &streams,
        "people.csv",
        text.as_bytes(),
    )
    .expect_err("a bad trace")
    .to_string()
}

/// A trace with these lines after a first one that creates room 0.
fn lines(lines: &str) -> String {
    format!("time,room,actor,action,target\n0s,r0,u0.0,create,\n{lines}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_saved_workload_replays_the_same(seed: u32, start in prop_oneof![Just("warm"), Just("bare"), Just("grown"), Just("at-once")]) {
        let overrides = [
            format!("seed={seed}"),
            format!("rooms.start={start}"),
            "churn.new_clients=30/h".to_owned(),
            "churn.lost_clients=10/h".to_owned(),
            "churn.deletions=2/h".to_owned(),
        ];
        let text = saved(&overrides);
        let (scenario, population, streams) = small(&overrides);
        let mut generated = Workload::new(&scenario, &population, &streams);
        let mut replayed =
            Workload::from_trace(&scenario, &population, &streams, "saved.csv", text.as_bytes())
                .expect("what was written reads");
        loop {
            let (a, b) = (generated.next(), replayed.next());
            prop_assert_eq!(&a, &b);
            prop_assert_eq!(generated.client_count(), replayed.client_count());
            let last = ClientId(generated.client_count() as u32 - 1);
            prop_assert_eq!(generated.client(last), replayed.client(last));
            if a.is_none() {
                break;
            }
        }
    }

    /// Cut anywhere but at a line's end, a trace is refused; there it is shorter.
    #[test]
    fn a_truncated_trace_is_noticed(cut in 0usize..20_000) {
        let text = saved(&[]);
        let cut = cut % text.len();
        let (scenario, population, streams) = small(&[]);
        let part = &text.as_bytes()[..cut];
        match Workload::from_trace(&scenario, &population, &streams, "cut.csv", part) {
            Ok(_) => prop_assert!(part.ends_with(b"\n")),
            Err(error) => {
                let line = 1 + part.iter().filter(|b| **b == b'\n').count();
                let place = format!("cut.csv:{line}: ");
                prop_assert!(error.to_string().starts_with(&place), "{}", error);
                prop_assert!(cut == 0 || !part.ends_with(b"\n"));
            }
        }
    }

    #[test]
    fn garbage_is_refused_without_a_panic(at in 0usize..20_000, garbage in prop::collection::vec(any::<u8>(), 1..8)) {
        let mut text = saved(&[]).into_bytes();
        let at = at % text.len();
        text.splice(at..(at + garbage.len()).min(text.len()), garbage);
        let (scenario, population, streams) = small(&[]);
        if let Err(error) = Workload::from_trace(&scenario, &population, &streams, "bad.csv", &text[..]) {
            prop_assert!(error.to_string().starts_with("bad.csv:"), "{}", error);
        }
    }
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (text, want) in [
        (
            String::new(),
            "people.csv:1: expected the header time,room,actor,action,target, found nothing",
        ),
        ("time,who\n".to_owned(), "people.csv:1: expected the header"),
        (
            lines("1s,r0,u0"),
            "people.csv:3: the last line does not end; is the file truncated?",
        ),
        (lines("1s,r0,u0\n"), "people.csv:3: 3 fields; expected 5"),
        (
            lines("# a comment\n\n1s,r0,u0.0,massage,5B\n"),
            "people.csv:5: unknown action \"massage\"; did you mean `message`?",
        ),
        (
            lines("1s,r0,u99.0,update,\n"),
            "people.csv:3: there is no user u99",
        ),
        (
            lines("1s,r0,u0.7,update,\n"),
            "people.csv:3: there is no client u0.7; u0 has",
        ),
        (
            lines("1s,r0,7,update,\n"),
            "people.csv:3: \"7\" is no client; expected one such as u17.1",
        ),
        (
            lines("1s,r0,u1.0,update,\n"),
            "people.csv:3: u1.0 is not in r0",
        ),
        (
            lines("1s,r9,u0.0,update,\n"),
            "people.csv:3: there is no room r9; there are 3",
        ),
        (
            lines("1s,r1,u0.0,join,\n"),
            "people.csv:3: r1 is not created yet",
        ),
        (
            lines("1s,r0,u0.0,create,\n"),
            "people.csv:3: r0 exists already",
        ),
        (
            lines("1s,r0,u0.0,leave,\n"),
            "people.csv:3: u0 is the last user in r0",
        ),
        (
            lines("1s,r0,u0.0,message,200\n"),
            "people.csv:3: 200 has no unit",
        ),
        (
            lines("1s,r0,u0.0,message,4GB\n"),
            "people.csv:3: \"4GB\" is no number of whole bytes up to 16MiB",
        ),
        (lines("1s,r0,u0.0,add,\n"), "people.csv:3: nobody to add"),
        (
            lines("1s,r0,u0.0,add,u1;u1\n"),
            "people.csv:3: u1 is added twice",
        ),
        (
            lines("1s,r0,u0.0,update,now\n"),
            "people.csv:3: `update` has no target, found \"now\"",
        ),
        (
            lines("1s,r0,u0.0,offline,\n"),
            "people.csv:3: `offline` concerns no room",
        ),
        (
            lines("1s,,u0.0,online,\n"),
            "people.csv:3: u0.0 is online already",
        ),
        (
            lines("1s,,u0.9,new-client,r0\n"),
            "people.csv:3: the new client of u0 is called u0.9; expected u0.",
        ),
        (
            lines("2s,r0,u0.0,update,\n1s,r0,u0.0,update,\n"),
            "people.csv:4: time goes back from 2.00 s to 1.00 s",
        ),
        (
            lines("-1s,r0,u0.0,update,\n"),
            "people.csv:3: -1s is negative",
        ),
        (
            lines("soon,r0,u0.0,update,\n"),
            "people.csv:3: no number in \"soon\"",
        ),
        (
            lines("1h,r0,u0.0,update,\n"),
            "people.csv:3: the time 60.0 min is not before the end of the run; the scenario's duration is 10.0 min",
        ),
    ] {
        let got = complaint(&text);
        assert!(got.starts_with(want), "{got}\nshould start with\n{want}");
    }
}

/// Draws that no message can be as long as become the longest.
#[test]
fn the_longest_message_is_as_long_as_messages_get() {
    let size = "messages.size={ dist = \"pareto\", min = \"9MiB\", shape = 2 }";
    let text = saved(&[size.to_owned()]);
    let sizes = text
        .lines()
        .filter_map(|line| line.rsplit_once(",message,"));
    let sizes: Vec<u32> = sizes
        .filter_map(|(_, size)| size.trim_end_matches('B').parse().ok())
        .collect();
    assert!(sizes.len() > 20, "{sizes:?}");
    assert_eq!(sizes.iter().max(), Some(&(16 << 20)));
}

#[test]
fn a_scenario_opens_the_trace_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(
        folder.path().join("people.csv"),
        lines("1.000000001,r0,u0.0,update,\n"),
    )
    .expect("written");
    let file = folder.path().join("traced.toml");
    std::fs::write(
        &file,
        "trace = 'people.csv'\n[rooms]\ncount = 1\nsize = 5\n",
    )
    .expect("written");
    let source = throng_workloads::scenario::ScenarioSource::read(&file).expect("read");
    let scenario = Scenario::parse(&source, &[]).expect("sound");
    assert_eq!(scenario.name, "traced");
    let streams = Streams::new(scenario.seed, 0);
    let population = Population::draw(&scenario, &streams);
    let workload = Workload::open(&scenario, &population, &streams).expect("opened");
    let times: Vec<u64> = workload.map(|intent| intent.at.as_nanos()).collect();
    assert_eq!(times, [0, 1_000_000_001]);
}
