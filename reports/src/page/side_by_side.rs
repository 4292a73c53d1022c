//! The page of several runs, side by side.

use super::document::warnings;
use super::figures::figure;
use super::skeleton::{self, Section};
use super::table::{Cell, NONE, Table};
use crate::compare::{context, relative_change};
use crate::error::ReportError;
use crate::families::like;
use crate::measures::{self, Class, Family, Place};
use crate::plots::Size;
use crate::plots::side_by_side::{GROWTH, LATENCIES, Named, OVER_TIME, Overlay};
use crate::stored::Stored;
use crate::summary::marked;
use crate::units;
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// Settings that one takes in at a glance.
const MANY: usize = 12;

/// What most readers ask for.
const KEY: &[&str] = &[
    "message.p99",
    "commit-accept.p99",
    "converge-last.p99",
    "join.p99",
    "counts.commits_accepted",
    "commit.attempts.mean",
    "commit.bytes.mean",
    "commit.bytes.max",
    "welcome.bytes.mean",
    "counts.messages_accepted",
    "traffic.bytes",
    "tree.ciphertexts",
    "tree.largest_room",
    "client.cpu.p50",
    "client.cpu.max",
];

/// Who pays, and in what.
const COST: &[&str] = &[
    "client.cpu.mean",
    "client.cpu.p99",
    "provider.*.busy",
    "provider.*.utilisation",
    "provider.*.stored_max",
    "link.*.*.bytes",
    "work.clients.seals",
    "work.clients.opens",
    "work.clients.signatures",
    "work.clients.verifications",
    "work.hubs.verifications",
    "work.hubs.tree_nodes",
];

/// What each run is like in its tree.
const TREES: &[&str] = &[
    "tree.*",
    "commit.ciphertexts.mean",
    "commit.ciphertexts.max",
];

/// How long things take.
const LATENCY: &[&str] = &[
    "message.p*",
    "commit-accept.p*",
    "converge-last.p*",
    "join.p*",
    "leave.p*",
    "catch-up.p*",
    "cover.p*",
];

/// The whole page of these runs, of which there are [`crate::plots::side_by_side::MOST_RUNS`] at most. `version` is that of
/// the program that makes it.
///
/// # Errors
/// [`ReportError::Plot`] where the drawing backend fails.
pub fn side_by_side_html(runs: &[Stored], version: &str) -> Result<String, ReportError> {
    let runs = Runs::new(runs);
    let about = html! {
        p { (runs.verdict()) }
        @for (name, run) in runs.each() {
            @let warnings = warnings(&run.side.summary).into_string();
            @if !warnings.is_empty() { p.warning { b { (name) } ": see its own page, as it is no whole run or cannot be repeated." } }
        }
    };
    let mut parts = Vec::new();
    let mut add = |id, title, content| parts.push(Section { id, title, content });
    if let Some(content) = runs.thresholds() {
        add("thresholds", "Thresholds", content);
    }
    add("what", "What was simulated", runs.what());
    add("figures", "Key figures", runs.table("Key figures", KEY));
    if let Some(content) = runs.differing_settings() {
        add("settings", "Settings that differ", content);
    }
    let content = html! { (runs.plots(&LATENCIES)?) (runs.table("Latencies", LATENCY)) };
    add("latency", "Latency", content);
    let title = "In the course of the runs";
    add("time", title, runs.plots(&OVER_TIME)?);
    let content = html! { (runs.plots(&GROWTH)?) (runs.table("Trees and commits", TREES)) };
    add("trees", "Trees and commits", content);
    add("cost", "Cost by party", runs.table("Cost by party", COST));
    add("measures", "All measures", runs.all());
    let title = format!("{} runs side by side", runs.runs.len());
    Ok(skeleton::page(&title, &about, &parts, version))
}

/// A measure: its name, what kind it is, its value in each run that has it.
struct Row {
    name: String,
    family: &'static Family,
    values: Vec<Option<f64>>,
    /// Whether it is a percentile that a run has too few values for.
    beyond_count: Vec<bool>,
}

impl Row {
    fn differs(&self) -> bool {
        self.values.iter().any(|value| *value != self.values[0])
    }

    /// The value in each run; from the second on with its change from the first.
    fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        let first = self.values[0];
        self.values.iter().enumerate().map(move |(at, value)| {
            let Some(number) = value else {
                return Cell::words(NONE);
            };
            let shown = marked(self.family.unit.show(*number), self.beyond_count[at]);
            match at {
                0 => Cell::number(*number, |_| shown.clone()),
                _ if first == *value => Cell::marked(*number, &shown, ""),
                _ => Cell::marked(*number, &shown, &relative_change(first, *value)),
            }
        })
    }
}

struct Runs<'a> {
    runs: &'a [Stored],
    names: Vec<String>,
    rows: Vec<Row>,
}

impl<'a> Runs<'a> {
    fn new(runs: &'a [Stored]) -> Self {
        let mut rows: BTreeMap<Place, Row> = BTreeMap::new();
        for (at, run) in runs.iter().enumerate() {
            for measure in measures::of(&run.side.summary) {
                let row = rows.entry(Place::of(&measure.name)).or_insert_with(|| Row {
                    name: measure.name.clone(),
                    family: measure.family,
                    values: vec![None; runs.len()],
                    beyond_count: vec![false; runs.len()],
                });
                row.values[at] = Some(measure.value);
                row.beyond_count[at] = measure.beyond_count;
            }
        }
        Self {
            runs,
            names: names(runs),
            rows: rows.into_values().collect(),
        }
    }

    fn each(&self) -> impl Iterator<Item = (&str, &Stored)> {
        self.names.iter().map(String::as_str).zip(self.runs)
    }

    fn simulated(&self) -> impl Iterator<Item = &Row> {
        let simulated = |row: &&Row| row.family.class == Class::Simulated;
        self.rows.iter().filter(simulated)
    }

    fn verdict(&self) -> String {
        let differ = self.simulated().filter(|row| row.differs()).count();
        match differ {
            0 => "All that was simulated is equal.".to_owned(),
            some => format!(
                "{some} of {} simulated measures differ. Changes are from the first run, {}.",
                self.simulated().count(),
                self.names[0]
            ),
        }
    }

    /// A head with a column for each run.
    fn head<'h>(&'h self, first: &[&'h str]) -> Vec<&'h str> {
        let names = self.names.iter().map(String::as_str);
        first.iter().copied().chain(names).collect()
    }

    /// What the thresholds of each run say; nothing where none has any.
    fn thresholds(&self) -> Option<Markup> {
        let of = |run: &'a Stored| run.side.summary.thresholds.iter();
        let rules: BTreeSet<&str> = self
            .runs
            .iter()
            .flat_map(of)
            .map(|one| one.rule.as_str())
            .collect();
        let row = |rule: &str| {
            let said = self.runs.iter().map(|run| {
                let found = of(run).find(|one| one.rule == rule);
                found.map_or(NONE.to_owned(), |one| {
                    format!("{} {}", if one.met { "✓" } else { "✗" }, one.values())
                })
            });
            (rule.to_owned(), said.collect())
        };
        (!rules.is_empty()).then(|| self.words("Thresholds", rules.into_iter().map(row)))
    }

    /// What the runs are runs of, and the keys in which their scenarios differ.
    fn what(&self) -> Markup {
        type Fact = fn(&Stored) -> String;
        let facts: [(&str, Fact); 10] = [
            ("scenario", |run| run.side.summary.scenario.name.clone()),
            ("seed", |run| {
                let scenario = &run.side.summary.scenario;
                match scenario.run {
                    0 => scenario.seed.to_string(),
                    number => format!("{}, repetition {number}", scenario.seed),
                }
            }),
            ("engine", |run| run.side.summary.scenario.engine.clone()),
            ("users", |run| {
                units::count(run.side.summary.scenario.users.into())
            }),
            ("clients", |run| {
                units::count(run.side.summary.run.clients.into())
            }),
            ("rooms", |run| {
                units::count(run.side.summary.scenario.rooms.into())
            }),
            ("virtual time", |run| {
                units::seconds(run.side.summary.run.end_s)
            }),
            ("fingerprint", |run| run.side.summary.fingerprint.clone()),
            ("throng", |run| run.side.summary.simulator.version.clone()),
            ("simulated in", |run| {
                units::seconds(run.side.summary.simulator.wall_s)
            }),
        ];
        let of_fact = |(what, fact): &(&str, Fact)| {
            let said = self.runs.iter().map(fact).collect();
            ((*what).to_owned(), said)
        };
        html! {
            (self.words("What was simulated", facts.iter().map(of_fact)))
            p { "The same runs again, on any machine:" }
            pre { code { @for (at, (_, run)) in self.each().enumerate() {
                @if at > 0 { "\n" }
                (run.side.summary.simulator.command)
            } } }
        }
    }

    /// Nothing where the runs are of one scenario; folded where there is more of it than one takes in at a glance.
    fn differing_settings(&self) -> Option<Markup> {
        let settings = self.settings();
        let many = settings.len();
        if many == 0 {
            return None;
        }
        let table = self.words("Settings that differ", settings.into_iter());
        Some(match many > MANY {
            false => table,
            true => html! { details { summary { (many) " settings" } (table) } },
        })
    }

    /// A table of words: a row has its name and what each run says.
    fn words(&self, name: &str, rows: impl Iterator<Item = (String, Vec<String>)>) -> Markup {
        let row = |(what, said): (String, Vec<String>)| {
            let mut row = vec![Cell::words(what)];
            row.extend(said.into_iter().map(Cell::words));
            row
        };
        let head = self.head(&["what"]);
        Table {
            name,
            words: head.len(),
            head: &head,
            rows: rows.map(row).collect(),
            search: None,
        }
        .show()
    }

    /// The keys in which a scenario differs from the first, with what each run says.
    fn settings(&self) -> BTreeMap<String, Vec<String>> {
        let mut settings: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let Some(first) = &self.runs[0].side.scenario else {
            return settings;
        };
        let told = ["name", "description", "seed", "run", "engine"];
        for (at, run) in self.runs.iter().enumerate() {
            let Some(other) = &run.side.scenario else {
                continue;
            };
            for key in context::keys(first, other, &told) {
                let said = settings
                    .entry(key.what)
                    .or_insert_with(|| vec![key.before; self.runs.len()]);
                said[at] = key.after;
            }
        }
        settings
    }

    /// The measures that a pattern covers, in the order of the patterns.
    fn table(&self, name: &str, patterns: &[&str]) -> Markup {
        let mut rows = Vec::new();
        for pattern in patterns {
            for row in self.rows.iter().filter(|row| like(pattern, &row.name)) {
                let mut cells = vec![Cell::words(row.family.in_words(&row.name))];
                cells.extend(row.cells());
                rows.push(cells);
            }
        }
        let head = self.head(&["what"]);
        Table {
            name,
            words: 1,
            head: &head,
            rows,
            search: None,
        }
        .show()
    }

    fn all(&self) -> Markup {
        let row = |row: &Row| {
            let mut cells = vec![
                Cell::words(&row.name),
                Cell::words(if row.differs() { "differs" } else { "equal" }),
            ];
            cells.extend(row.cells());
            cells
        };
        let head = self.head(&["measure", "compared"]);
        let table = Table {
            name: "All measures",
            words: 2,
            head: &head,
            rows: self.rows.iter().map(row).collect(),
            search: Some("measures"),
        };
        html! {
            p { "Those that begin with “simulator” say how fast throng was on its machine; the others are the same on any." }
            (table.show())
        }
    }

    fn plots(&self, overlays: &[Overlay]) -> Result<Markup, ReportError> {
        let named = self.each().map(|(name, run)| Named {
            name,
            details: &run.details,
        });
        let named: Vec<Named<'_>> = named.collect();
        let mut figures = Vec::new();
        let groups = named.iter().any(|run| run.details.groups.is_some());
        for plot in overlays.iter().filter(|plot| groups || !plot.groups) {
            let (wide, narrow) = (
                plot.draw(&named, Size::Wide)?,
                plot.draw(&named, Size::Narrow)?,
            );
            let drawn = [&wide.svg[..], &narrow.svg, &wide.values];
            figures.push(figure(
                &format!("plot-{}", plot.name),
                plot.title,
                plot.note,
                drawn,
            ));
        }
        Ok(html! { div.plots { @for figure in &figures { (figure) } } })
    }
}

/// What the runs are called: by the last part of their paths where that tells them apart.
fn names(runs: &[Stored]) -> Vec<String> {
    let whole = runs.iter().map(|run| run.side.label.as_str());
    let last = |label: &str| {
        let label = label.trim_end_matches(['/', '\\']);
        label.rsplit(['/', '\\']).next().unwrap_or(label).to_owned()
    };
    let short: Vec<String> = whole.clone().map(last).collect();
    let different: BTreeSet<&String> = short.iter().collect();
    match different.len() == runs.len() {
        true => short,
        false => whole.map(str::to_owned).collect(),
    }
}
