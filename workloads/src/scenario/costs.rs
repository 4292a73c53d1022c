//! `[cost]`, and the files that `throng calibrate` writes.
//!
//! A profile is a factor on the built-in one, or a table: `{ file = "my.toml", factor = 2.0 }` reads what was
//! measured on a machine; a resolved scenario has the costs themselves in the place of the file, so that its
//! folder can be moved.

use super::checks::{Checks, CostUnit, Lacking};
use super::model::{
    Cost, CostSource, LeafChecks, MachineCosts, ProfileSpec, Provider, Users, WholeTree,
};
use super::reader::{Notes, Section};
use super::source::ScenarioSource;
use super::tree::{self, Node, Origin, Sources, Tree};
use crate::error::{ScenarioError, nearest};
use crate::units::Quantity;
use std::path::{Path, PathBuf};

/// No unit takes longer than this, in nanoseconds: a quarter of an hour.
const MOST_NANOS: f64 = 1e12;

impl MachineCosts {
    /// Reads a file that `throng calibrate` wrote.
    ///
    /// Fails where it cannot be read, is no TOML, has a key that is not known, or lacks a cost of one of `units`; and where a cost is
    /// negative or not finite. Where nobody says which units there are, any will do. Costs of what was not counted yet when the file
    /// was written are 0, or left out where something else was counted in its place. Every mistake is reported at once, with its line.
    pub fn read(path: &Path, units: Option<&[CostUnit]>) -> Result<Self, ScenarioError> {
        let source = ScenarioSource::read(path)?;
        Self::parse_with(source.name(), source.text(), units)
    }

    /// The same for a text that is called `name` in messages, whatever its units.
    ///
    /// ```
    /// use throng_workloads::scenario::MachineCosts;
    /// let text = "machine = 'a phone'\n[nanoseconds]\nopen = 2\nseal = 1.5\n";
    /// let costs = MachineCosts::parse("phone.toml", text)?;
    /// assert_eq!((costs.source.as_str(), &costs.nanos[1]), ("a phone", &("seal".to_owned(), 1.5)));
    ///
    /// let error = MachineCosts::parse("phone.toml", &text.replace("1.5", "-1")).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "phone.toml:4:8: nanoseconds.seal: -1 is negative; expected a number such as 5"
    /// );
    /// # Ok::<(), throng_workloads::error::ScenarioError>(())
    /// ```
    pub fn parse(name: &str, text: &str) -> Result<Self, ScenarioError> {
        Self::parse_with(name, text, None)
    }

    fn parse_with(
        name: &str,
        text: &str,
        units: Option<&[CostUnit]>,
    ) -> Result<Self, ScenarioError> {
        let root = tree::parse(name, text)?;
        let notes = Notes::new(
            Sources {
                file: name,
                text,
                flags: &[],
            },
            &root,
            Checks::default(),
        );
        let section = Section::of_node(String::new(), &root, &notes);
        let costs = machine(&section, units);
        // How well the costs fit is for people to read; its form is the writer's.
        section.written("errors");
        section.written("held_out");
        section.written("largest");
        section.finish();
        let problems = notes.into_problems();
        match problems.is_empty() {
            true => Ok(costs),
            false => Err(ScenarioError::Invalid { problems }),
        }
    }
}

/// The keys that say what was measured, and the costs: of all units that there are, in their order, so that one profile is always
/// the same; as they stand where nobody knows the units.
fn machine(section: &Section<'_>, units: Option<&[CostUnit]>) -> MachineCosts {
    let mut said = said(section, &["machine", "versions", "date"]);
    if section.written("provider").is_some() {
        let provider = section.section("provider");
        said.extend(self::said(
            &provider,
            &["machine", "versions", "date", "store"],
        ));
        // How well its costs fit is for people to read, too.
        for key in ["waits", "errors", "seen", "held_out", "database"] {
            provider.written(key);
        }
        provider.finish();
    }
    section.need("nanoseconds");
    let table = section.section("nanoseconds");
    let there = section.written("nanoseconds").is_some();
    let cost = |unit: &CostUnit| {
        let lacks = !there || table.written(unit.name).is_none();
        let nanos = match unit.lacking {
            Lacking::Another if lacks => return None,
            Lacking::Nothing if lacks => 0.0,
            _ if !there => 0.0,
            _ => nanoseconds(&table, unit.name),
        };
        Some((unit.name.to_owned(), nanos))
    };
    let nanos = match units {
        Some(units) => units.iter().filter_map(cost).collect(),
        None => {
            let names = table.names().into_iter();
            let cost = |unit: String| (nanoseconds(&table, &unit), unit);
            names.map(cost).map(|(nanos, unit)| (unit, nanos)).collect()
        }
    };
    table.finish();
    let calibrated_to = section
        .written("calibrated_to")
        .map(|_| section.whole("calibrated_to", 1, u32::MAX));
    MachineCosts {
        source: said.join("; "),
        nanos,
        calibrated_to,
    }
}

/// What these keys say, where they are there.
fn said(section: &Section<'_>, keys: &[&str]) -> Vec<String> {
    let there = keys.iter().filter(|key| section.written(key).is_some());
    let said = there.map(|key| section.text(key));
    said.filter(|text| !text.is_empty()).collect()
}

fn nanoseconds(table: &Section<'_>, unit: &str) -> f64 {
    let nanos = table.quantity(unit, Quantity::Count);
    if nanos > MOST_NANOS {
        let message = format!("more than {MOST_NANOS:e} nanoseconds; expected less");
        table.note(unit, message);
    }
    nanos
}

/// `[cost]`, before it is known which default profiles are used.
pub(super) struct ReadCost {
    source: CostSource,
    written: Vec<(String, ProfileSpec)>,
    offered: Vec<(String, ProfileSpec)>,
}

/// Reads `[cost]`, whose profiles are of these units. `dir` is what a file's path in the scenario is relative to.
pub(super) fn cost(
    section: Section<'_>,
    dir: Option<&Path>,
    units: Option<&[CostUnit]>,
) -> ReadCost {
    let source = section.choice(
        "source",
        &[
            ("profile", CostSource::Profile),
            ("measured", CostSource::Measured),
        ],
        CostSource::Profile,
    );
    let profiles = section.section("profiles");
    let spec = |name: &String| (name.clone(), profile(&profiles, name, (dir, units)));
    let written: Vec<_> = profiles.names().iter().map(spec).collect();
    let mut offered = profiles.default_names();
    // Read once, so that a mistake is named once.
    offered.retain(|name| written.iter().all(|(known, _)| known != name));
    let offered = offered.iter().map(spec).collect();
    profiles.finish();
    section.finish();
    ReadCost {
        source,
        written,
        offered,
    }
}

fn profile(
    profiles: &Section<'_>,
    name: &str,
    (dir, units): (Option<&Path>, Option<&[CostUnit]>),
) -> ProfileSpec {
    let Some(node) = profiles.get(name) else {
        return ProfileSpec::built_in(1.0);
    };
    if !matches!(node.value, Tree::Table(_)) {
        return ProfileSpec::built_in(factor(profiles, name));
    }
    let table = Section::of_node(profiles.key(name), node, profiles.notes);
    let factor = match table.written("factor") {
        Some(_) => factor(&table, "factor"),
        None => 1.0,
    };
    let file = table.written("file");
    let costs = table.written("nanoseconds");
    let measured = match (file, costs) {
        (Some(_), Some(_)) => {
            table.note("file", "the costs stand beside it; expected one of the two");
            None
        }
        (Some(file), None) => read(&table, file, (dir, units)),
        (None, Some(_)) => Some(machine(&table, units)),
        (None, None) => None,
    };
    let whole_tree = match table.written("whole_tree") {
        Some(_) => table.choice(
            "whole_tree",
            &[("anew", WholeTree::Anew), ("kept", WholeTree::Kept)],
            WholeTree::Anew,
        ),
        None => WholeTree::Anew,
    };
    let leaf_checks = match table.written("leaf_checks") {
        Some(_) => table.choice(
            "leaf_checks",
            &[
                ("pairwise", LeafChecks::Pairwise),
                ("indexed", LeafChecks::Indexed),
            ],
            LeafChecks::Pairwise,
        ),
        None => LeafChecks::Pairwise,
    };
    table.finish();
    ProfileSpec {
        factor,
        measured,
        whole_tree,
        leaf_checks,
    }
}

fn factor(section: &Section<'_>, key: &str) -> f64 {
    let factor = section.quantity(key, Quantity::Count);
    if factor > 1e6 {
        section.note(
            key,
            "more than a million times slower; expected a factor such as 2.0",
        );
    }
    factor
}

/// A path in the scenario is relative to the scenario's folder; one in a flag to where the command was given.
fn read(
    table: &Section<'_>,
    file: &Node,
    (dir, units): (Option<&Path>, Option<&[CostUnit]>),
) -> Option<MachineCosts> {
    let path = PathBuf::from(table.text("file"));
    if path.as_os_str().is_empty() {
        if matches!(&file.value, Tree::Text(_)) {
            table.note(
                "file",
                "no file; expected one that `throng calibrate` wrote",
            );
        }
        return None;
    }
    let path = match (dir, file.origin) {
        (Some(dir), Origin::File(_)) if path.is_relative() => dir.join(path),
        _ => path,
    };
    let message = match MachineCosts::read(&path, units) {
        Ok(costs) => return Some(costs),
        Err(ScenarioError::Read { path, source }) => {
            format!("cannot read {path}: {source}; expected a file that `throng calibrate` wrote")
        }
        Err(ScenarioError::NotText { file, line }) => {
            format!("{file}:{line}: not UTF-8 text; a cost profile is a TOML file")
        }
        Err(ScenarioError::Invalid { problems }) => {
            let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
            said.join("; ")
        }
        Err(error) => error.to_string(),
    };
    table.note("file", message);
    None
}

impl ReadCost {
    /// The profiles that are written, then the default ones that are used.
    pub(super) fn resolve(self, root: &Section<'_>, providers: &[Provider], users: &Users) -> Cost {
        let mut profiles = self.written;
        let named = |list: &str, i: usize, profile: &String| {
            (format!("{list}.{i}.profile"), profile.clone())
        };
        let of_providers = providers.iter().enumerate();
        let of_providers = of_providers.map(|(i, p)| named("providers", i, &p.profile));
        let of_users = users.connections.iter().enumerate();
        let of_users = of_users.map(|(i, c)| named("users.connections", i, &c.profile));
        for (key, name) in of_providers.chain(of_users) {
            if profiles.iter().any(|(known, _)| *known == name) {
                continue;
            }
            match self.offered.iter().find(|(known, _)| *known == name) {
                Some(found) => profiles.push(found.clone()),
                None => {
                    let known = profiles
                        .iter()
                        .chain(&self.offered)
                        .map(|(n, _)| n.as_str());
                    let message = format!(
                        "no cost profile is named {name:?}; {}",
                        nearest(&name, known)
                    );
                    root.notes.note(&key, message);
                }
            }
        }
        Cost {
            source: self.source,
            profiles,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> String {
        "machine = 'a core'\nversions = 'OpenMLS'\ndate = '2026-01-02'\ncalibrated_to = 700\n\
         [nanoseconds]\noperation = 2\nseal = 2\nopen = 2\n\n[errors.fit]\npoints = 3\n"
            .to_owned()
    }

    const UNITS: [CostUnit; 5] = [
        unit("operation", Lacking::Wrong),
        unit("seal", Lacking::Wrong),
        unit("open", Lacking::Wrong),
        unit("far_open", Lacking::Nothing),
        unit("request", Lacking::Another),
    ];

    const fn unit(name: &'static str, lacking: Lacking) -> CostUnit {
        CostUnit { name, lacking }
    }

    /// Two files that say the same are the same profile.
    #[test]
    fn order_and_what_was_counted_later_make_no_difference() {
        let read = |text: &str| MachineCosts::parse_with("a.toml", text, Some(&UNITS)).unwrap();
        let costs = read(&sound());
        let nanos = [2.0, 2.0, 2.0, 0.0];
        let named = UNITS.iter().zip(nanos);
        let named: Vec<_> = named
            .map(|(unit, each)| (unit.name.to_owned(), each))
            .collect();
        assert_eq!(costs.nanos, named);
        let other = sound().replace(
            "operation = 2\nseal = 2\n",
            "far_open = 0\nseal = 2\noperation = 2\n",
        );
        assert_eq!(read(&other), costs);
        // What something else stood for is there where it is written, and nowhere else.
        let more = read(&sound().replace("open = 2\n", "open = 2\nrequest = 3\n"));
        assert_eq!(more.nanos[..4], costs.nanos);
        assert_eq!(more.nanos[4..], [("request".to_owned(), 3.0)]);
    }

    #[test]
    fn what_was_measured_is_said_in_one_line() {
        let costs = MachineCosts::parse("a.toml", &sound()).unwrap();
        assert_eq!(costs.source, "a core; OpenMLS; 2026-01-02");
        let nanos = ["operation", "seal", "open"].map(|unit| (unit.to_owned(), 2.0));
        assert_eq!(costs.nanos, nanos);
        assert_eq!(costs.calibrated_to, Some(700));
    }

    #[test]
    fn mistakes_are_named_with_their_lines() {
        for (from, to, said) in [
            ("seal = 2\n", "", "a.toml:5:1: nanoseconds.seal: missing"),
            (
                "open = 2",
                "open = nan",
                "a.toml:8:8: nanoseconds.open: NaN is not a finite number",
            ),
            (
                "open = 2",
                "open = -2.5",
                "a.toml:8:8: nanoseconds.open: -2.5 is negative",
            ),
            (
                "open = 2",
                "open = 'x'",
                "a.toml:8:8: nanoseconds.open: no number in \"x\"",
            ),
            (
                "open = 2",
                "opne = 2",
                "a.toml:8:1: nanoseconds.opne: unknown key; did you mean `open`?",
            ),
            (
                "machine =",
                "machin =",
                "a.toml:1:1: machin: unknown key; did you mean `machine`?",
            ),
            ("[nanoseconds]", "[nanosecond]", "nanoseconds: missing"),
            (
                "seal = 2",
                "seal = 1e13",
                "nanoseconds.seal: more than 1e12 nanoseconds",
            ),
            ("[nanoseconds]", "[nanoseconds", "a.toml:5:"),
            (
                "calibrated_to = 700",
                "calibrated_to = 0",
                "a.toml:4:17: calibrated_to: ",
            ),
            (
                "machine = 'a core'",
                "machine = 5",
                "a.toml:1:11: machine: expected a text",
            ),
        ] {
            let text = sound().replacen(from, to, 1);
            let error = MachineCosts::parse_with("a.toml", &text, Some(&UNITS))
                .expect_err(to)
                .to_string();
            assert!(error.contains(said), "{to:?}: {error}");
        }
    }
}
