//! A comparison as people and programs read it.

use super::{Comparison, Difference, NO_CHANGE, Row};
use crate::json;
use crate::junit;
use crate::measures::{Better, Class};
use crate::summary::{MARK, MARK_SAYS, marked};
use crate::text::layout::Page;
use serde::Serialize;
use throng_workloads::visible::visible_lines;

/// Rows that a text shows of one table.
const MOST_ROWS: usize = 40;

/// Measures that are named where many break a rule.
const MOST_SAID: usize = 3;

/// Decimals that can tell two values apart.
const MOST_DIGITS: usize = 15;

/// What the signs before rows say.
const SIGNS: &str = "✗ breaks a rule · ▲ costs more · ▼ costs less";

const EQUAL: &str = "all that was simulated is equal";

impl Comparison {
    /// The verdict in a line.
    fn verdict(&self) -> String {
        let said = self.of(Class::Simulated);
        let said: Vec<&Row> = said.filter(|row| !self.is_said_before(row)).collect();
        let changed = said.iter().filter(|row| row.is_changed()).count();
        let simulated = match changed {
            0 => EQUAL.to_owned(),
            some => format!("{some} of {} simulated measures changed", said.len()),
        };
        match (self.passes(), self.judgements.is_empty()) {
            (true, false) => format!("✓ {simulated}"),
            (true, true) => format!("· {simulated}; nothing was judged"),
            (false, _) if changed == 0 => format!("✗ {simulated}, but a rule is broken"),
            (false, _) => format!("✗ {simulated}"),
        }
    }

    /// What became of each rule: whether it is kept, what it says, and what breaks it. Nothing where there is only the one that
    /// holds without rules, which the verdict says.
    fn rules(&self) -> impl Iterator<Item = (bool, &str, String)> {
        let given = self
            .judgements
            .iter()
            .filter(|judgement| judgement.rule != NO_CHANGE);
        given.map(|judgement| {
            let broken = judgement.broken_by.as_slice();
            let said = match broken {
                [] if !judgement.judged => "nothing was measured".to_owned(),
                [] => "nowhere".to_owned(),
                broken => {
                    let of = |at: &usize| {
                        let row = &self.rows[*at];
                        format!("{} {}", row.label(), row.change())
                    };
                    let mut said: Vec<String> = broken.iter().take(MOST_SAID).map(of).collect();
                    if broken.len() > MOST_SAID {
                        said.push(format!("{} more", broken.len() - MOST_SAID));
                    }
                    said.join(", ")
                }
            };
            (judgement.is_kept(), judgement.rule.as_str(), said)
        })
    }

    /// The heading above the simulator's own speed.
    fn noise(&self) -> &'static str {
        match self.rows.iter().any(|row| row.noise.is_some()) {
            true => "The simulator on its machine: change of replicas with its 95 % interval",
            false => "The simulator on its machine: one run each, so noise; not judged",
        }
    }

    /// Whether a row says again what that of its latency says: that it is at least what it is, as nothing was open.
    fn is_said_before(&self, row: &Row) -> bool {
        let same = |other: &Row, name: &str| {
            other.name == name
                && other.point == row.point
                && (other.before, other.after) == (row.before, row.after)
        };
        let latency = row.name.strip_prefix("at-least.");
        latency.is_some_and(|name| self.rows.iter().any(|other| same(other, name)))
    }

    /// The rows to show: what changed or breaks a rule, or with `all` everything. What breaks a rule comes first.
    fn shown(&self, class: Class, all: bool) -> Vec<(usize, &Row)> {
        let rows = self.rows.iter().enumerate();
        let mut shown: Vec<(usize, &Row)> = rows
            .filter(|(at, row)| {
                let changed = || row.is_changed() && !self.is_said_before(row);
                row.family.class == class && (all || self.is_broken(*at) || changed())
            })
            .collect();
        shown.sort_by_key(|(at, _)| !self.is_broken(*at));
        shown
    }

    /// For a terminal. `all`: also what did not change.
    pub fn text(&self, all: bool, colour: bool) -> String {
        let mut page = Page::new(colour);
        page.bold(&format!("{} → {}", self.base, self.new));
        if !self.context.is_empty() {
            page.heading("What else differs");
            let row = |Difference {
                           what,
                           before,
                           after,
                       }: &Difference| {
                page.wrapped(&format!("{what}: {before} → {after}"));
            };
            self.context.iter().for_each(row);
        }
        page.heading("Verdict");
        match self.passes() {
            true => page.good(&format!("  {}", self.verdict())),
            false => page.bad(&format!("  {}", self.verdict())),
        }
        page.verdicts(self.rules());
        let mut signed = false;
        for (class, name) in [
            (Class::Simulated, "Simulated: exact"),
            (Class::Simulator, self.noise()),
        ] {
            let rows = self.shown(class, all);
            if rows.is_empty() {
                continue;
            }
            page.heading(name);
            let most = if all { rows.len() } else { MOST_ROWS };
            let table = rows.iter().take(most).map(|(at, row)| {
                let mut cells = Self::cells(row);
                cells[0] = format!("{} {}", self.mark(*at, row), row.short_label());
                cells
            });
            let keys = rows.first().map_or_else(Vec::new, |(_, row)| row.keys());
            let measure = ["  measure"].into_iter().chain(keys).collect::<Vec<_>>();
            page.table(
                &[&measure.join(" "), "before", "after", "change"],
                table.collect(),
            );
            if rows.len() > most {
                page.line(&format!("  … and {} more (--all)", rows.len() - most));
            }
            signed = true;
        }
        if signed {
            page.line("");
            page.line(&format!("  {SIGNS}"));
            page.explain_marks();
        }
        page.finish()
    }

    /// For a pull request's comment. `all`: also what did not change.
    pub fn markdown(&self, all: bool) -> String {
        let mut text = format!(
            "**throng** `{}` → `{}`\n\n{}\n",
            self.base,
            self.new,
            self.verdict()
        );
        for (kept, rule, said) in self.rules() {
            let mark = if kept { "✓" } else { "✗" };
            text.push_str(&format!("- {mark} `{rule}`: {said}\n"));
        }
        for Difference {
            what,
            before,
            after,
        } in &self.context
        {
            text.push_str(&format!("- {what}: `{before}` → `{after}`\n"));
        }
        let mut signed = false;
        for (class, open, close) in [
            (Class::Simulated, "\n", ""),
            (
                Class::Simulator,
                "\n<details><summary>The simulator on its machine</summary>\n\n",
                "\n</details>\n",
            ),
        ] {
            let rows = self.shown(class, all);
            if rows.is_empty() {
                continue;
            }
            text.push_str(open);
            text.push_str("| | measure | before | after | change |\n|---|---|--:|--:|--:|\n");
            let most = if all { rows.len() } else { MOST_ROWS };
            for (at, row) in rows.iter().take(most) {
                let [name, before, after, change] = Self::cells(row).try_into().unwrap_or_default();
                let mark = self.mark(*at, row);
                text.push_str(&format!(
                    "| {mark} | `{name}` | {before} | {after} | {change} |\n"
                ));
            }
            if rows.len() > most {
                text.push_str(&format!("\n… and {} more.\n", rows.len() - most));
            }
            text.push_str(close);
            signed = true;
        }
        if signed {
            let marks = if text.contains(MARK) { MARK_SAYS } else { "" };
            let signs = [SIGNS, marks].join("<br>");
            let signs = signs.trim_end_matches("<br>");
            text.push_str(&format!("\n<sub>{signs}</sub>\n"));
        }
        visible_lines(&text).into_owned()
    }

    /// All of it, as indented JSON with a line break at its end.
    pub fn json(&self) -> String {
        let row = |(at, row): (usize, &Row)| JsonRow {
            measure: row.name.clone(),
            point: row.point.clone(),
            unit: row.family.unit.symbol(),
            simulated: row.family.class == Class::Simulated,
            before: row.before,
            after: row.after,
            beyond_count: row.beyond_count.contains(&true).then_some(row.beyond_count),
            broken: self.is_broken(at),
            change: row.noise.map(|noise| [noise.low, noise.mean, noise.high]),
        };
        let json = Json {
            base: &self.base,
            new: &self.new,
            passes: self.passes(),
            fingerprints: &self.fingerprints,
            context: &self.context,
            rules: self
                .judgements
                .iter()
                .map(|judgement| JsonRule {
                    rule: judgement.rule.clone(),
                    kept: judgement.is_kept(),
                    broken_by: judgement
                        .broken_by
                        .iter()
                        .map(|at| self.rows[*at].label())
                        .collect(),
                })
                .collect(),
            measures: self.rows.iter().enumerate().map(row).collect(),
        };
        // Keys are strings and values plain: nothing that JSON cannot hold.
        json::pretty(&json).unwrap_or_default()
    }

    /// As JUnit XML: a test case for each rule.
    pub fn junit(&self) -> String {
        let cases = self.judgements.iter().map(|judgement| {
            let broken = judgement.broken_by.iter().map(|at| {
                let row = &self.rows[*at];
                Self::cells(row).join("  ")
            });
            let mut broken: Vec<String> = broken.collect();
            if !judgement.judged {
                broken.push("nothing was measured".to_owned());
            }
            (judgement.rule.clone(), broken)
        });
        junit::xml("throng compare", cases)
    }

    fn cells(row: &Row) -> Vec<String> {
        let none = || "–".to_owned();
        let show =
            |value: Option<f64>| value.map_or_else(none, |value| row.family.unit.show(value));
        let (mut before, mut after) = (show(row.before), show(row.after));
        // What is rounded away for people is a change all the same.
        for digits in 0..=MOST_DIGITS {
            if before != after || !row.is_changed() {
                break;
            }
            let unit = match row.family.unit.symbol() {
                "1" => String::new(),
                unit => format!(" {unit}"),
            };
            let exact = |value: Option<f64>| {
                value.map_or_else(none, |value| format!("{value:.digits$}{unit}"))
            };
            (before, after) = (exact(row.before), exact(row.after));
        }
        let [before, after] =
            [(before, 0), (after, 1)].map(|(shown, side)| marked(shown, row.beyond_count[side]));
        vec![row.label(), before, after, row.change()]
    }

    /// What a row is, in one of [`SIGNS`]; more of what is good costs less.
    fn mark(&self, at: usize, row: &Row) -> &'static str {
        let (before, after) = row.values();
        match row.family.better {
            _ if self.is_broken(at) => "✗",
            Better::Neither => "·",
            _ if before == after => "·",
            Better::Less if after > before => "▲",
            Better::More if after < before => "▲",
            _ => "▼",
        }
    }
}

#[derive(Serialize)]
struct Json<'a> {
    base: &'a str,
    new: &'a str,
    passes: bool,
    fingerprints: &'a [String; 2],
    context: &'a [Difference],
    rules: Vec<JsonRule>,
    measures: Vec<JsonRow>,
}

#[derive(Serialize)]
struct JsonRule {
    rule: String,
    kept: bool,
    broken_by: Vec<String>,
}

#[derive(Serialize)]
struct JsonRow {
    measure: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    point: String,
    unit: &'static str,
    simulated: bool,
    before: Option<f64>,
    after: Option<f64>,
    /// Where one is: whether the value before, and that after, is a percentile of too few values.
    #[serde(skip_serializing_if = "Option::is_none")]
    beyond_count: Option<[bool; 2]>,
    broken: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<[f64; 3]>,
}
