//! Runs whose CPU times come from a stopwatch say so, and set the profile beside it.

use super::sample;
use throng_calibrate::{Calibration, Machine};
use throng_cost::fit::Errors;
use throng_record::{MeasuredRow, Record};
use throng_reports::page::html;
use throng_reports::{Details, Summary, summary_text};
use throng_workloads::scenario::{CostSource, Scenario};
use throng_workloads::time::SimSpan;

fn measured() -> (Scenario, Record) {
    let (mut scenario, mut record) = (sample::scenario(), sample::record());
    scenario.cost.source = CostSource::Measured;
    let row = |party, trigger, times, measured, profiled| MeasuredRow {
        party,
        trigger,
        times,
        measured: SimSpan::from_millis(measured),
        profiled: SimSpan::from_millis(profiled),
    };
    record.measured = vec![
        row("client", "notify: commit", 120, 300, 150),
        row("client", "wish or timer", 40, 100, 250),
        row("provider", "update: commit", 7, 50, 0),
    ];
    (scenario, record)
}

#[test]
fn parties_are_added_up_and_compared() {
    let (scenario, record) = measured();
    let summary = Summary::new(&scenario, &record, &sample::info());
    assert!(!summary.reproducible);
    let rows: Vec<_> = summary
        .measured_cpu
        .iter()
        .map(|row| {
            (
                row.party.as_str(),
                row.trigger.as_str(),
                row.times,
                row.ratio,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("client", "all", 160, Some(1.0)),
            ("client", "notify: commit", 120, Some(2.0)),
            ("client", "wish or timer", 40, Some(0.4)),
            ("provider", "all", 7, None),
            ("provider", "update: commit", 7, None),
        ]
    );
    let back: Summary = serde_json::from_str(&summary.to_json()).expect("read");
    assert_eq!(back, summary);
}

#[test]
fn text_and_page_say_that_it_cannot_be_repeated() {
    let (scenario, record) = measured();
    let text = summary_text(&scenario, &record, &sample::info(), false);
    assert!(text.contains("this run is not reproducible"), "{text}");
    assert!(text.contains("measured against profiled"), "{text}");
    assert!(text.contains("client: notify: commit"), "{text}");
    let summary = Summary::new(&scenario, &record, &sample::info());
    let page = html(&summary, &Details::from(&record), &[]);
    assert!(page.contains("this run is not reproducible"));
    assert!(page.contains("id=\"measured\""));
    let other = Summary::new(&sample::scenario(), &sample::record(), &sample::info());
    let page = html(&other, &Details::from(&sample::record()), &[]);
    assert!(other.reproducible && !page.contains("reproducible"));
}

#[test]
fn a_calibration_fits_a_terminal() {
    let found = Calibration {
        nanos: [1_234.5; throng_cost::work::MOST_UNITS],
        fit: Errors::default(),
        held_out: Errors {
            points: 3,
            median: 0.031,
            worst: 0.12,
        },
        largest: Errors::default(),
        points: Vec::new(),
    };
    let machine = Machine {
        machine: "a core of a machine with a long name ".repeat(3),
        versions: "throng 0.1.0, OpenMLS with everything that there is to say about it".to_owned(),
        date: "2026-01-02".to_owned(),
    };
    let text = throng_reports::text::calibration_text(&found, &machine, false);
    assert!(text.contains("3.1 %") && text.contains("12.0 %"), "{text}");
    assert!(text.contains("tree byte"), "{text}");
}
