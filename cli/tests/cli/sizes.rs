//! `throng size`.

use super::{stderr, throng, throng_in};
use std::fs;
use std::path::Path;

/// Few, who say little: a sizing in a second or two.
const FEW: [&str; 11] = [
    "--users",
    "2000",
    "--organisations",
    "a.example=60%,b.example=40%",
    "--attachments",
    "0",
    "--room-size",
    "4",
    "--simulate",
    "40",
    "--quiet",
];

/// Two machines with prices.
const MACHINES: &str =
    "name,cores,memory,network,price\nsmall,2,4 GB,1 Gbit/s,12\nlarge,16,64 GB,10 Gbit/s,130\n";

fn sized(home: &Path, more: &[&str]) -> String {
    let assert = throng_in(home)
        .arg("size")
        .args(FEW)
        .args(more)
        .assert()
        .success();
    String::from_utf8(assert.get_output().stdout.clone()).expect("text")
}

#[test]
fn all_forms_say_the_same_on_any_number_of_threads() {
    let (_, home) = throng();
    let home = home.path();
    fs::write(home.join("machines.csv"), MACHINES).expect("written");
    let list = ["--machines", "machines.csv"];
    let more = |threads, out, format| {
        let flags = ["--threads", threads, "--out", out, "--format", format];
        [&list[..], &flags].concat()
    };
    let json = sized(home, &more("1", "one", "json"));
    let csv = sized(home, &more("2", "two", "csv"));
    let read = |name: &str| fs::read_to_string(home.join(name)).expect(name);
    for name in ["size.json", "size.csv", "size.md", "report.html"] {
        let [one, two] = ["one", "two"].map(|folder| read(&format!("{folder}/{name}")));
        assert!(one == two, "{name} differs");
    }
    assert!(json == read("one/size.json") && csv == read("two/size.csv"));
    let found: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let number = |pointer: &str| {
        let value = found.pointer(pointer).and_then(serde_json::Value::as_f64);
        value.expect(pointer)
    };
    // The same figure in each form.
    let cores = number("/providers/1/cores/recommended");
    let row = format!("b.example,cores,recommended,{cores},cores");
    assert!(csv.lines().any(|line| line == row), "{csv}");
    let price = number("/providers/0/machines/price_one_less")
        + number("/providers/1/machines/price_one_less");
    assert!((number("/price") - price).abs() < 1e-9);
    assert_eq!(found["providers"][0]["machines"]["machine"], "small");
    // Users × messages a day, at the mean and in the peak, each said to be that.
    assert!((number("/rates/0/mean") - 2_000.0 * 30.0 / 86_400.0).abs() < 1e-9);
    assert!((number("/rates/0/peak_hour") - 8.0 * 2_000.0 * 30.0 / 86_400.0).abs() < 1e-9);
    let markdown = read("one/size.md");
    for said in [
        "mean of a day | peak: mean of the busiest hour",
        "messages of a user, mean of a day | 30/d | default",
        "| users | 2000 | given | --users |",
        "| memory of what waits for clients | its bytes | assumed | not measured |",
        "Who pays for foreign hubs",
        "small: 2 cores, 4.00 GB, 1 Gbit/s; large: 16 cores, 64.0 GB, 10 Gbit/s",
    ] {
        assert!(markdown.contains(said), "{said}\n{markdown}");
    }
    assert!(
        found["command"]
            .as_str()
            .is_some_and(|line| line.ends_with("--machines machines.csv"))
    );
}

#[test]
fn a_level_that_no_cores_can_meet_fails_and_says_why() {
    let (_, home) = throng();
    let said = stderr(
        throng_in(home.path())
            .arg("size")
            .args(FEW)
            .args(["--slo", "message.p99 < 1ms"]),
        99,
    );
    assert!(said.contains("no number of cores is enough"), "{said}");
}

#[test]
fn people_who_say_nothing_need_machines_too() {
    let (_, home) = throng();
    let home = home.path();
    let json = sized(home, &["--messages", "0", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let number = |pointer: &str| found.pointer(pointer).and_then(serde_json::Value::as_f64);
    assert!(number("/providers/0/cpu/peak_hour") > Some(0.0), "{json}");
    assert_eq!(number("/providers/0/storage/messages_month"), Some(0.0));
    let rows = found["assumptions"].as_array().expect("rows");
    let value = |what: &str| rows.iter().find(|row| row["what"] == what);
    let holds = value("has to hold in the busiest hour (peak)").expect("a row");
    assert_eq!(holds["value"], "nothing: nobody sends a message");
    assert_eq!(value("a message as it is kept"), None);
    assert!(json.contains("0 by arithmetic, 0 in the run"), "{json}");
    let slo = ["--messages", "0", "--slo", "message.p99 < 1s"];
    let said = stderr(throng_in(home).arg("size").args(FEW).args(slo), 2);
    let wrong = "--slo: message.p99 < 1s: nobody sends a message; expected more --messages";
    assert!(said.contains(wrong), "{said}");
}

/// A new device publishes as many KeyPackages as each has. It comes into rooms by external commits, which take none, so that where nobody joins,
/// all others that are published replace what gets old: two thirds of 90 days after it was made.
#[test]
fn new_devices_publish_key_packages() {
    let (_, home) = throng();
    for (joins, new, each, handed_out) in [
        ("0/d", 1.0, 10.0, false),
        ("0/d", 0.5, 7.0, false),
        ("0/d", 0.0, 10.0, false),
        ("1/d", 1.0, 10.0, true),
    ] {
        let (new_devices, kept) = (format!("{new}/d"), format!("policy.key_packages={each}"));
        let more = [
            "--joins",
            joins,
            "--new-devices",
            &new_devices,
            "--set",
            &kept,
        ];
        let json = sized(home.path(), &[&more[..], &["--format", "json"]].concat());
        let found: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        for provider in found["providers"].as_array().expect("providers") {
            let number = |pointer: &str| {
                let value = provider
                    .pointer(pointer)
                    .and_then(serde_json::Value::as_f64);
                value.expect(pointer)
            };
            let kept = number("/key_packages/kept");
            assert_eq!(kept, number("/devices") * each);
            let told = number("/users") * new * each + kept / 60.0;
            let over = number("/key_packages/refill_day") / told - 1.0;
            match handed_out {
                true => assert!(over > 1e-3, "{over}"),
                false => assert!(over.abs() < 1e-9, "{joins} {new}: {over}"),
            }
        }
    }
}

#[test]
fn mistakes_are_named_with_what_would_be_right() {
    let (_, home) = throng();
    let home = home.path();
    for (name, text) in [
        ("column.csv", "name,cpu,memory,network,price\n"),
        (
            "amount.csv",
            "name,cores,memory,network,price\na,2,4 GB,1 Gbit/s,1\nb,2,4,1 Gbit/s,1\n",
        ),
        ("short.csv", "name,cores,memory,network,price\na,2,4 GB\n"),
        ("broken.toml", "[[machine]]\nname = \"a\"\ncores = \n"),
        ("lacks.toml", "[[machine]]\nname = \"a\"\ncores = 2\n"),
        ("none.toml", ""),
    ] {
        fs::write(home.join(name), text).expect("written");
    }
    for (more, says) in [
        (
            ["--machines", "column.csv"],
            ["unknown column `cpu`", "expected name, cores, memory"],
        ),
        (
            ["--machines", "amount.csv"],
            ["line 3: b: memory", "\"4 B\""],
        ),
        (["--machines", "short.csv"], ["line: 2", "short.csv"]),
        (["--machines", "broken.toml"], ["broken.toml: line 3", ""]),
        (
            ["--machines", "lacks.toml"],
            ["machine 1", "column `memory` is missing"],
        ),
        (
            ["--machines", "none.toml"],
            ["no machine in it", "expected one"],
        ),
        (
            ["--machines", "nowhere.csv"],
            ["cannot read nowhere.csv", ""],
        ),
        (
            ["--devices", "0.2"],
            [
                "--devices: less than one for each user",
                "expected one at least",
            ],
        ),
        (
            ["--devices", "many"],
            ["--devices: no number in \"many\"", "expected a number"],
        ),
        (["--joins", "4"], ["--joins: 4 has no unit", "\"4/h\""]),
        (
            ["--messages", "often"],
            ["--messages: no number", "expected"],
        ),
        (
            ["--organisations", "a.example"],
            ["--organisations", "has no share"],
        ),
        (
            ["--organisations", "a b=1"],
            ["--organisations", "no host name"],
        ),
        (
            ["--organisations", "a.example=0.5"],
            ["--organisations", "add up to 0.5"],
        ),
        (
            ["--peak-factor", "0.5"],
            ["--peak-factor", "expected 1 to a million"],
        ),
        (
            ["--headroom", "100%"],
            ["--headroom", "expected less than 100%"],
        ),
        (
            ["--attachments", "120%"],
            ["--attachments", "expected 0% to 100%"],
        ),
        (["--retention", "5"], ["--retention", "has no unit"]),
        (["--server", "4"], ["--server", "'4,16 GB,1 Gbit/s'"]),
        (
            ["--slo", "mesage.p99 < 1s"],
            ["did you mean", "message.p99"],
        ),
        (["--set", "rooms.cuont=3"], ["did you mean `count`?", ""]),
        (
            ["--room-size", "90"],
            [
                "--room-size: rooms of 90",
                "smaller rooms, or --simulate 90 or more",
            ],
        ),
        (
            ["--room-size", "{ dist = \"zipf\", n = 5 }"],
            ["--room-size: exponent: missing", ""],
        ),
        (
            ["--room-size", "2500"],
            [
                "--room-size: a room can have 2500 users, but --users is 2000",
                "expected at most that",
            ],
        ),
        (
            ["--rooms", "3"],
            ["--rooms: 3 rooms", "expected more rooms"],
        ),
        (
            ["--joins", "{ dist = \"exponential\", mean = \"1min\" }"],
            ["--joins: intervals", "expected a rate"],
        ),
        (
            ["--headroom", "99.9999999%"],
            [
                "--headroom: 99.9999999% leaves 16 B of the 16.0 GB",
                "expected 99.8% or less",
            ],
        ),
        (
            ["--server", "1,20 MB,1 Gbit/s"],
            ["--server: no machine has more than 20.0 MB", "23.3 MB"],
        ),
    ] {
        // A flag twice is another mistake.
        let others = FEW.chunks(2).filter(|pair| pair[0] != more[0]);
        let mut command = throng_in(home);
        command.arg("size").args(others.flatten()).args(more);
        let said = stderr(&mut command, 2);
        for part in says {
            assert!(said.contains(part), "{more:?}: {said}");
        }
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let said = stderr(throng_in(home).arg("size"), 2);
    assert!(said.contains("--users"), "{said}");
    let kinds = "rooms.kinds=[{ share = 0.99, size = 2 }, { share = 0.01, size = 3 }]";
    for (more, wrong) in [
        (
            &["--simulate", "40"][..],
            "rooms.kinds.1: none of the 10 rooms of the 40 users that are simulated",
        ),
        (
            &["--room-size", "4"],
            "--room-size: the rooms are of kinds; expected a size in each of these, as in rooms.kinds.0.size",
        ),
        (
            &["--set", "rooms.size=4"],
            "rooms.size: the rooms are of kinds",
        ),
    ] {
        let mut command = throng_in(home);
        command.args(["size", "--users", "2000", "--set", kinds]);
        let said = stderr(command.args(more), 2);
        assert!(said.contains(wrong), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let said = stderr(throng_in(home).args(["size", "--from", "enterprise"]), 2);
    let wrong = "rooms.kinds.0.count: 1 rooms, which are no fewer in a part of the people";
    assert!(said.contains(wrong), "{said}");
    assert!(!home.join("sizes").exists());
}

#[test]
fn the_scenario_can_be_printed_and_given_back() {
    let (_, home) = throng();
    let home = home.path();
    let scenario = sized(home, &["--print-scenario"]);
    fs::write(home.join("mine.toml"), scenario).expect("written");
    let one = sized(home, &["--format", "csv"]);
    let words = [
        "size",
        "--from",
        "mine.toml",
        "--peak-factor",
        "8",
        "--simulate",
        "40",
        "--quiet",
        "--format",
        "csv",
    ];
    let assert = throng_in(home).args(words).assert().success();
    let two = String::from_utf8(assert.get_output().stdout.clone()).expect("text");
    assert!(one == two, "{one}\n{two}");
}
