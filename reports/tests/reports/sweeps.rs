//! Sweeps: what is read of them, and two side by side.

use super::sample;
use std::collections::BTreeMap;
use throng_experiments::{Axis, Grid};
use throng_reports::compare::{CompareError, Comparison, SweepSide};
use throng_reports::measures::Rule;
use throng_reports::page::sweep_html;
use throng_reports::plots::Size;
use throng_reports::plots::sweep::of_sweep;
use throng_reports::sweep::table::write_fits;
use throng_reports::sweep::thresholds::junit_xml;
use throng_reports::sweep::{Manifest, Sample, Sweep};
use throng_reports::sweep_text;

const REPLICAS: u32 = 5;

fn grid() -> Grid {
    let axis = |text| Axis::parse(text).expect("an axis");
    let axes = vec![
        axis("rooms.start=warm,bare"),
        axis("users.count=16,32,64,128,256"),
    ];
    Grid::new(axes, REPLICAS).expect("a grid")
}

/// A run in which commits are as long as in a full or a bare tree, more or less, and which took `wall` seconds.
fn run(point: usize, run: u32, wall: f64) -> Sample {
    let n = f64::from(16 << (point % 5));
    let bytes = if point < 5 {
        400.0 + 80.0 * n.log2()
    } else {
        400.0 + 50.0 * n
    };
    let luck = 1.0 + 0.01 * (f64::from(run) * 7.3 + point as f64).sin();
    Sample {
        point,
        run,
        fingerprint: format!("{point}/{run}"),
        measures: BTreeMap::from([
            ("commit.bytes.mean".to_owned(), bytes * luck),
            ("commit-accept.p95".to_owned(), 20.0 * luck),
            ("traffic.bytes".to_owned(), bytes * n * luck),
        ]),
        simulator: BTreeMap::from([("simulator.wall".to_owned(), wall)]),
    }
}

/// A sweep on a machine that is `slower` times as slow as another, with `noise` from run to run.
fn side(label: &str, slower: f64, noise: f64) -> SweepSide {
    let grid = grid();
    let scenarios = vec![sample::scenario(); grid.points()];
    let wall = |point: usize, replica: u32| {
        slower * (1.0 + noise * (f64::from(replica) * 2.1 + point as f64 + 37.0 * slower).sin())
    };
    let runs = |point| (0..REPLICAS).map(move |replica| run(point, replica, wall(point, replica)));
    SweepSide {
        label: label.to_owned(),
        manifest: Manifest::new("0.1.0", "throng sweep company", &grid, &scenarios),
        samples: (0..grid.points()).flat_map(runs).collect(),
    }
}

fn compare(base: &SweepSide, new: &SweepSide, rules: &[&str]) -> Comparison {
    let rules = rules.iter().map(|rule| Rule::change(rule).expect("sound"));
    let rules: Vec<Rule> = rules.collect();
    Comparison::of_sweeps(base, new, &rules, false).expect("comparable")
}

/// What no law describes has no parameters of one, and what is no key measure in one of the tables has no empty table.
#[test]
fn what_no_law_describes_has_no_parameters() {
    let mut side = side("one", 1.0, 0.0);
    for sample in &mut side.samples {
        let n = f64::from(16 << (sample.point % 5));
        let only = match sample.point {
            ..5 => ("commit.bytes.mean", n.powi(3)),
            _ => ("commit.ciphertexts.max", n),
        };
        sample.measures = BTreeMap::from([(only.0.to_owned(), only.1)]);
    }
    let mut fits = Vec::new();
    write_fits(&side.sweep(), &mut fits).expect("written");
    let fits = String::from_utf8(fits).expect("text");
    let row = |begin: &str| {
        let found = fits.lines().find(|row| row.starts_with(begin));
        found
            .unwrap_or_else(|| panic!("{begin}: {fits}"))
            .to_owned()
    };
    let none = row("warm,,users.count,commit.bytes.mean,");
    let cells: Vec<&str> = none.split(',').collect();
    assert_eq!(&cells[4..7], ["none", "", ""], "{none}");
    assert!(cells[7].parse::<f64>().expect("an error") > 0.25, "{none}");
    assert_eq!(&cells[8..10], ["", ""], "{none}");
    assert!(row("bare,,users.count,commit.ciphertexts.max,").contains(",N,"));
    let text = sweep_text(&side.sweep(), &side.about(), false);
    let tables: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("Growth with"))
        .collect();
    assert_eq!(tables.len(), 1, "{text}");
}

#[test]
fn a_terminal_shows_means_intervals_and_laws() {
    let side = side("one", 1.0, 0.0);
    insta::assert_snapshot!(sweep_text(&side.sweep(), &side.about(), false));
}

#[test]
fn each_key_measure_is_drawn_along_each_axis_of_numbers() {
    let sweep = Sweep::new(grid(), &side("one", 1.0, 0.0).samples, 1);
    let plots = of_sweep(&sweep);
    let names: Vec<String> = plots.iter().map(|plot| plot.name()).collect();
    assert_eq!(
        names,
        [
            "commit-bytes-mean-by-users-count",
            "commit-accept-p95-by-users-count",
            "traffic-bytes-by-users-count"
        ]
    );
    for size in [Size::Wide, Size::Narrow] {
        let svg = plots[0].draw(size).expect("drawn").svg;
        assert!(svg.contains("rooms.start=warm ~ log N"), "{svg}");
        assert!(svg.contains("rooms.start=bare ~ N"), "{svg}");
        // A dot for each point.
        assert_eq!(svg.matches("<circle").count(), 10, "{svg}");
    }
}

#[test]
fn a_slower_machine_alone_raises_no_alarm() {
    let comparison = compare(&side("one", 1.0, 0.05), &side("two", 7.0, 0.05), &[]);
    assert!(comparison.passes());
    insta::assert_snapshot!(comparison.text(false, false));
    let everything = compare(&side("one", 1.0, 0.0), &side("two", 1.0, 0.0), &["* > 0%"]);
    assert!(everything.passes());
}

#[test]
fn a_longer_commit_at_one_point_is_caught_and_named() {
    let mut longer = side("longer", 1.0, 0.0);
    for sample in longer.samples.iter_mut().filter(|sample| sample.point == 7) {
        let bytes = sample.measures.get_mut("commit.bytes.mean");
        *bytes.expect("there") += 1.0;
    }
    let comparison = compare(&side("main", 1.0, 0.0), &longer, &[]);
    assert!(!comparison.passes());
    insta::assert_snapshot!("longer-sweep", comparison.text(false, false));
    insta::assert_snapshot!("longer-sweep-markdown", comparison.markdown(false));
    let rule = |rule| compare(&side("main", 1.0, 0.0), &longer, &[rule]).passes();
    assert!(rule("commit.bytes.mean > 2%"));
    assert!(!rule("commit.bytes.mean > 0.9 B"));
}

/// Only where the whole interval is beyond the bound.
#[test]
fn noise_is_too_much_only_when_it_is_sure() {
    let passes = |base: &SweepSide, new: &SweepSide, rule| compare(base, new, &[rule]).passes();
    let (calm, slower) = (side("one", 1.0, 0.01), side("two", 1.2, 0.01));
    assert!(!passes(&calm, &slower, "simulator.wall > 10%"));
    assert!(passes(&calm, &slower, "simulator.wall > 30%"));
    assert!(passes(&slower, &calm, "simulator.wall > 10%"));
    let noisy = side("two", 1.2, 0.5);
    assert!(passes(
        &side("one", 1.0, 0.5),
        &noisy,
        "simulator.wall > 10%"
    ));
}

#[test]
fn other_sweeps_are_not_compared_unless_asked() {
    let one = side("one", 1.0, 0.0);
    let mut two = side("two", 1.0, 0.0);
    for text in &mut two.manifest.scenarios {
        *text = text.replace("seed = 7", "seed = 8");
    }
    let refused = Comparison::of_sweeps(&one, &two, &[], false).expect_err("different");
    assert!(matches!(refused, CompareError::Different { .. }));
    assert!(refused.to_string().contains("seed: 7 → 8"), "{refused}");
    let anyway = Comparison::of_sweeps(&one, &two, &[], true).expect("asked for");
    assert!(anyway.passes() && !anyway.context.is_empty());

    let mut elsewhere = side("elsewhere", 1.0, 0.0);
    elsewhere.manifest.axes[0].values = vec!["grown".to_owned(), "at-once".to_owned()];
    let refused = Comparison::of_sweeps(&one, &elsewhere, &[], true).expect_err("nothing shared");
    assert!(
        refused.to_string().contains("no run in common"),
        "{refused}"
    );
}

#[test]
fn what_both_have_is_compared_where_one_has_more() {
    let mut fewer = side("fewer", 1.0, 0.0);
    fewer.samples.retain(|sample| sample.run < 2);
    fewer.manifest.replicas = Some(2);
    let comparison = compare(&side("more", 1.0, 0.0), &fewer, &[]);
    assert!(comparison.passes());
    let said: Vec<String> = comparison
        .context
        .iter()
        .map(|difference| {
            format!(
                "{}: {} → {}",
                difference.what, difference.before, difference.after
            )
        })
        .collect();
    assert_eq!(said, ["runs: 50 → 20, of which 20 are compared"]);
}

#[test]
fn every_run_is_held_to_the_thresholds() {
    let side = side("one", 1.0, 0.0);
    let rules = [
        "commit.bytes.mean < 1kB",
        "commit-accept.p95 < 1s",
        "join.p95 < 1s",
    ];
    let sweep =
        Sweep::new(grid(), &side.samples, 1).held_to(&rules.map(str::to_owned), &side.samples);
    assert!(!sweep.is_as_it_has_to_be());
    let met: Vec<bool> = sweep.thresholds.iter().map(|one| one.is_met()).collect();
    // Nobody joins, so nothing says that joining is quick.
    assert_eq!(met, [false, true, false]);
    insta::assert_snapshot!(
        "thresholds",
        sweep_text(&sweep, &side.about(), false)
            .split("Mean over")
            .next()
            .unwrap_or_default()
    );
    insta::assert_snapshot!("thresholds-junit", junit_xml(&sweep.thresholds));
    let page = sweep_html(&sweep, &side.about()).expect("drawn");
    let (first, _) = page
        .split_once("What was simulated</h2>")
        .expect("it is there");
    assert!(first.contains("✗ not met"), "verdicts come first");
    let calm = Sweep::new(grid(), &side.samples, 1).held_to(
        &rules[1..2]
            .iter()
            .map(|rule| (*rule).to_owned())
            .collect::<Vec<_>>(),
        &side.samples,
    );
    assert!(calm.is_as_it_has_to_be());
}

#[test]
fn other_trees_are_said_before_the_verdict() {
    let with_trees = |label, blank: f64| {
        let mut side = side(label, 1.0, 0.0);
        for sample in &mut side.samples {
            let trees = [("tree.members", 16.0), ("tree.blank_leaves", 0.0)];
            let trees = trees.map(|(name, value)| (name.to_owned(), value));
            sample.measures.extend(trees);
            if sample.point >= 8 {
                sample
                    .measures
                    .insert("tree.blank_leaves".to_owned(), blank);
            }
        }
        side
    };
    let same = compare(&with_trees("one", 1.0), &with_trees("two", 1.0), &[]);
    assert!(same.context.is_empty());
    let text = compare(&with_trees("one", 1.0), &with_trees("two", 3.0), &[]).text(false, false);
    let (context, _) = text.split_once("Verdict").expect("both");
    assert!(
        context.contains(
            "tree health at the end (rooms.start=bare users.count=128, and at 1 more point)"
        ),
        "{text}"
    );
    assert!(context.contains("16 members, 3 blank leaves"), "{text}");
}

#[test]
fn a_page_of_half_a_sweep_says_so() {
    let mut half = side("half", 1.0, 0.0);
    let page = |side: &SweepSide| sweep_html(&side.sweep(), &side.about()).expect("drawn");
    assert!(!page(&half).contains("Partial"));
    half.samples.truncate(30);
    assert!(page(&half).contains("Partial: 30 of 50 runs are done."));
}

/// Without plots and the long table's rows, which `sweep.csv` has.
#[test]
fn the_skeleton_of_the_page_of_a_sweep() {
    let side = side("one", 1.0, 0.0);
    let page = sweep_html(&side.sweep(), &side.about()).expect("drawn");
    insta::assert_snapshot!("page", sample::skeleton(&page, 4));
}

/// Nobody skipped anything in most runs: those count as 0, or the mean would be over the others.
#[test]
fn what_never_happened_in_a_run_counts_as_zero() {
    let skipped = "counts.skipped.the-client-is-lost";
    let with = |times: &[f64]| {
        let mut side = side("one", 1.0, 0.0);
        let samples = side.samples.iter_mut().filter(|sample| sample.point == 0);
        for (sample, times) in samples.zip(times) {
            if *times > 0.0 {
                sample.measures.insert(skipped.to_owned(), *times);
            }
        }
        side
    };
    let sweep = with(&[9.0]).sweep();
    let cell = sweep.cell(0, skipped).expect("a cell");
    assert_eq!((cell.estimate.count, cell.estimate.mean), (5, 1.8));
    let elsewhere = sweep.cell(3, skipped).expect("a cell");
    assert_eq!(
        (elsewhere.estimate.count, elsewhere.estimate.mean),
        (5, 0.0)
    );
    // One more is worse, although the mean over the runs in which it happened is less.
    let comparison = compare(&with(&[9.0]), &with(&[9.0, 1.0]), &["counts.skipped.* > 0"]);
    assert!(!comparison.passes());
}

/// A mean over replicas that one side lacks would be of other runs.
#[test]
fn what_replicas_lack_is_compared_where_both_have_it() {
    let mut fewer = side("fewer", 1.0, 0.0);
    for sample in fewer.samples.iter_mut().filter(|sample| sample.run > 1) {
        sample.measures.remove("commit-accept.p95");
    }
    let comparison = compare(&side("one", 1.0, 0.0), &fewer, &[]);
    assert!(comparison.passes(), "{}", comparison.text(false, false));
    // But what it watched does not happen any more in some.
    let watched = |rule| compare(&side("one", 1.0, 0.0), &fewer, &[rule]).passes();
    assert!(!watched("commit-accept.p95 > 10%") && watched("commit.bytes.mean > 10%"));
}

#[test]
fn half_a_sweep_is_no_evidence() {
    let (one, mut half) = (side("one", 1.0, 0.0), side("half", 1.0, 0.0));
    half.samples.truncate(30);
    let refused = Comparison::of_sweeps(&one, &half, &[], false).expect_err("half");
    assert!(
        refused
            .to_string()
            .starts_with("half: 30 of 50 runs are done"),
        "{refused}"
    );
    assert!(Comparison::of_sweeps(&one, &half, &[], true).is_ok());
    // One point is not repeated, so nothing can be said of its noise.
    let mut alone = one.clone();
    alone
        .samples
        .retain(|sample| sample.point != 3 || sample.run == 0);
    let rule = Rule::change("simulator.wall > 10%").expect("sound");
    let refused = Comparison::of_sweeps(&one, &alone, &[rule], true).expect_err("noise");
    assert!(matches!(refused, CompareError::Noise(_)));
}

/// The same grid with its keys the other way round.
#[test]
fn the_order_of_keys_does_not_matter() {
    let one = side("one", 1.0, 0.0);
    let mut turned = one.clone();
    turned.manifest.axes.reverse();
    let place = |point: usize| (point % 5) * 2 + point / 5;
    for sample in &mut turned.samples {
        sample.point = place(sample.point);
    }
    let comparison = compare(&one, &turned, &[]);
    assert!(comparison.passes() && comparison.context.is_empty());
}

/// What is written above a plot stays on it, on a phone too.
#[test]
fn words_of_plots_are_not_cut_off() {
    let mut long = side("long", 1.0, 0.0);
    for sample in &mut long.samples {
        let bytes = sample.measures["commit.bytes.mean"];
        sample.measures.insert("tree.ciphertexts".to_owned(), bytes);
    }
    let sweep = long.sweep();
    let plots = of_sweep(&sweep);
    let plot = plots.iter().find(|plot| plot.measure == "tree.ciphertexts");
    let draw = |size| plot.expect("a key measure").draw(size).expect("drawn").svg;
    let said = "next commit at the end";
    assert!(draw(Size::Wide).contains(said));
    let phone = draw(Size::Narrow);
    assert!(phone.contains(">\nmean over replicas\n") && !phone.contains(said));
}
