//! Percentiles that there are too few values for are marked wherever they are shown. The sample has 90 leavings and 420
//! joins: not one of the former lies beyond its 99th percentile, and four of the latter.

use super::sample;
use throng_experiments::{Axis, Grid};
use throng_reports::compare::{Comparison, Side};
use throng_reports::exports::{Figures, github, openmetrics};
use throng_reports::measures::Rule;
use throng_reports::page::{Figure, html, sweep_html};
use throng_reports::sweep::{About, Sample, Sweep, table};
use throng_reports::{Details, Summary, summary_text, sweep_text};
use throng_workloads::scenario::Scenario;

const EXPLAINED: &str = "† too few values for this percentile, so it is the maximum";

fn scenario() -> Scenario {
    let thresholds = ["leave.p99 < 1s", "join.p99 < 1s"];
    Scenario {
        thresholds: thresholds.map(str::to_owned).to_vec(),
        ..sample::scenario()
    }
}

fn summary() -> Summary {
    Summary::new(&scenario(), &sample::record(), &sample::info())
}

fn side() -> Side {
    Side {
        label: "one".to_owned(),
        summary: summary(),
        scenario: None,
    }
}

/// The line that begins with these words.
fn line<'t>(text: &'t str, begin: &str) -> &'t str {
    let mut lines = text.lines();
    lines
        .find(|line| line.trim_start().starts_with(begin))
        .unwrap_or_else(|| panic!("no line begins with {begin:?}: {text}"))
}

#[test]
fn a_terminal_marks_them() {
    let text = summary_text(&scenario(), &sample::record(), &sample::info(), false);
    let leave = line(&text, "leave: ");
    assert_eq!(leave.matches('†').count(), 1, "{leave}");
    let join = line(&text, "join: wanted");
    assert!(!join.contains('†'), "{join}");
    assert_eq!(text.matches(EXPLAINED).count(), 1, "{text}");
    let verdict = line(&text, "✗ leave.p99 < 1s");
    assert!(
        verdict.ends_with("(of too few values: the maximum)"),
        "{verdict}"
    );
    assert!(!line(&text, "✗ join.p99 < 1s").contains("too few"));
}

#[test]
fn a_page_marks_them() {
    let (summary, record) = (summary(), sample::record());
    let details = Details::from(&record);
    let figures = Figure::all(&details).expect("drawn");
    let page = html(&summary, &details, &figures);
    let row = |name: &str| {
        let at = page
            .find(&format!("<td class=\"words\">{name}</td>"))
            .expect(name);
        let end = page[at..].find("</tr>").expect("a row");
        &page[at..at + end]
    };
    assert_eq!(
        row("leave").matches('†').count(),
        2,
        "p99 and p99.9: {}",
        row("leave")
    );
    assert_eq!(
        row("join").matches('†').count(),
        1,
        "p99.9: {}",
        row("join")
    );
    assert!(page.contains(EXPLAINED));
}

#[test]
fn programs_find_them() {
    let json: serde_json::Value = serde_json::from_str(&summary().to_json()).expect("json");
    let beyond = |name: &str| json["latencies_ms"][name]["beyond_count"].clone();
    assert_eq!(beyond("leave"), serde_json::json!(["p99", "p999"]));
    assert_eq!(beyond("message"), serde_json::Value::Null);
    assert_eq!(json["thresholds"][0]["found"][0]["beyond_count"], true);
    assert!(
        json["thresholds"][1]["found"][0]
            .get("beyond_count")
            .is_none()
    );

    let only = ["leave.p9*".to_owned(), "join.p99".to_owned()];
    let figures = Figures::of_run(&side())
        .and_then(|figures| figures.only(&only))
        .expect("known");
    let text = openmetrics::text(&figures, None).expect("text");
    for (stat, beyond) in [
        ("p90", false),
        ("p95", false),
        ("p99", true),
        ("p999", true),
    ] {
        let sample = text.lines().find(|line| {
            line.starts_with("throng_leave_seconds{") && line.contains(&format!("stat=\"{stat}\""))
        });
        let marked = sample.expect(stat).contains("beyond_count=\"true\"");
        assert_eq!(marked, beyond, "{sample:?}");
    }
    assert!(!line(&text, "throng_join_seconds{").contains("beyond_count"));
    let entries: serde_json::Value =
        serde_json::from_str(&github::json(&figures).expect("json")).expect("json");
    let extra = |name: &str| {
        let entries = entries.as_array().expect("entries").iter();
        let mut named = entries.filter(|entry| entry["name"] == name);
        named.next().expect(name)["extra"]
            .as_str()
            .expect("words")
            .to_owned()
    };
    assert_eq!(
        extra("company leave.p99"),
        "leave: proposed → excluded; of too few values: the maximum"
    );
    assert_eq!(extra("company join.p99"), "join: wanted → able to send");
}

#[test]
fn a_comparison_marks_them() {
    let rules = [Rule::change("leave.p99 > 2%").expect("sound")];
    let comparison = Comparison::new(&side(), &side(), &rules, false).expect("comparable");
    let text = comparison.text(true, false);
    assert_eq!(line(&text, "· leave.p99 ").matches('†').count(), 2);
    assert_eq!(line(&text, "· leave.p90 ").matches('†').count(), 0);
    assert_eq!(text.matches(EXPLAINED).count(), 1);
    let markdown = comparison.markdown(true);
    assert_eq!(line(&markdown, "| · | `leave.p99`").matches('†').count(), 2);
    assert_eq!(markdown.matches(EXPLAINED).count(), 1);
    let json: serde_json::Value = serde_json::from_str(&comparison.json()).expect("json");
    for row in json["measures"].as_array().expect("rows") {
        match row["measure"].as_str() {
            Some("leave.p99") => assert_eq!(row["beyond_count"], serde_json::json!([true, true])),
            Some("join.p99") => assert!(row.get("beyond_count").is_none()),
            _ => {}
        }
    }
}

fn about() -> About {
    About {
        name: "company".to_owned(),
        description: String::new(),
        command: "throng sweep company".to_owned(),
        version: "0.1.0".to_owned(),
    }
}

/// Of two replicas one has 50 joins and one has 100.
#[test]
fn a_sweep_marks_them() {
    let grid = Grid::new(vec![Axis::parse("rooms.size=2").expect("an axis")], 2).expect("a grid");
    let run = |run, joins: f64| Sample {
        point: 0,
        run,
        fingerprint: String::new(),
        measures: [("join.count", joins), ("join.p95", 7.0), ("join.p99", 9.0)]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        simulator: [].into(),
    };
    let runs = [run(0, 50.0), run(1, 100.0)];
    let thresholds = ["join.p99 < 8ms".to_owned()];
    let sweep = Sweep::new(grid, &runs, 1).held_to(&thresholds, &runs);
    let mut csv = Vec::new();
    table::write(&sweep, &mut csv).expect("written");
    let csv = String::from_utf8(csv).expect("text");
    assert!(line(&csv, "rooms.size,measure").ends_with(",interval,beyond_count"));
    assert!(line(&csv, "2,join.p95,").ends_with(",student,0"), "{csv}");
    assert!(line(&csv, "2,join.p99,").ends_with(",student,1"), "{csv}");
    let unmet = &sweep.thresholds[0].unmet;
    assert_eq!(unmet[0].values, "9.00 ms (of too few values: the maximum)");
    assert_eq!(unmet[1].values, "9.00 ms");
    let page = sweep_html(&sweep, &about()).expect("drawn");
    assert!(page.contains("9.00 ms†") && page.contains(EXPLAINED));
    assert!(!page.contains("7.00 ms†"));
    let few = [run(0, 5.0), run(1, 100.0)];
    let few = Sweep::new(sweep.grid.clone(), &few, 1);
    let text = sweep_text(&few, &about(), false);
    assert!(
        text.contains("7.00 ms†") && text.contains(EXPLAINED),
        "{text}"
    );
}
