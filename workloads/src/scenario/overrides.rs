//! `--set key=value`: overrides laid onto a scenario's tree before it is read.

use super::tree::{Entry, Node, Origin, Sources, Tree, parse_flag};
use crate::error::Problem;
use toml_edit::Key;

/// No key is deeper than `network.client.NAME.latency.mean`; bounds the recursion.
const MAX_STEPS: usize = 8;

/// Lays flag number `flag` (`churn.joins=5/h`) onto `root`.
///
/// Tables that are missing are made. What only the defaults have and cannot be overridden in part
/// (arrays, distributions) is copied from them first. A network link given by the name of a preset
/// becomes a table with that preset.
pub(super) fn apply(
    root: &mut Node,
    defaults: &Node,
    flag: usize,
    sources: Sources<'_>,
) -> Result<(), Problem> {
    let text = sources.flags.get(flag).map_or("", String::as_str);
    let problem = |key: &str, message: String| Problem {
        place: sources.place(Origin::Flag(flag)),
        key: key.to_owned(),
        message,
    };
    let Some((key, value)) = text.split_once('=') else {
        let message = "expected key=value such as messages.rate=5/h".to_owned();
        return Err(problem("", message));
    };
    let Ok(steps) = Key::parse(key.trim()) else {
        let message = format!("{key:?} is no dotted key; expected one such as messages.rate");
        return Err(problem("", message));
    };
    let steps: Vec<&str> = steps.iter().map(Key::get).collect();
    if steps.len() > MAX_STEPS {
        return Err(problem(
            "",
            format!("a key of {} parts; no key has that many", steps.len()),
        ));
    }
    set(root, Some(defaults), &steps, 0, parse_flag(value, flag))
        .map_err(|message| problem(&steps.join("."), message))
}

fn set(
    node: &mut Node,
    defaults: Option<&Node>,
    steps: &[&str],
    depth: usize,
    value: Node,
) -> Result<(), String> {
    let Some(step) = steps.get(depth) else {
        *node = value;
        return Ok(());
    };
    let last = depth + 1 == steps.len();
    if steps[0] == "network" {
        spell_out_preset(node);
    }
    let kind = node.kind();
    let (next, fallback) = match &mut node.value {
        Tree::Table(entries) => {
            let fallback = defaults.and_then(|d| d.child(step));
            let entry = entry(entries, step, fallback, value.origin);
            if last {
                entry.origin = value.origin;
            }
            (&mut entry.node, fallback)
        }
        Tree::Array(nodes) => {
            let last = nodes.len().checked_sub(1);
            let found = step.parse::<usize>().ok().and_then(|i| nodes.get_mut(i));
            let next = found.ok_or_else(|| {
                let here = here(&steps[..depth]);
                match last {
                    None => format!("{here} is empty, so it has no element {step:?}"),
                    Some(last) => {
                        format!(
                            "{here} has no element {step:?}; expected a number from 0 to {last}"
                        )
                    }
                }
            })?;
            (next, defaults.and_then(|d| d.child("0")))
        }
        _ => {
            return Err(format!(
                "{} is {kind} and has no key {step:?}",
                here(&steps[..depth])
            ));
        }
    };
    set(next, fallback, steps, depth + 1, value)
}

fn here(steps: &[&str]) -> String {
    match steps {
        [] => "the scenario".to_owned(),
        _ => format!("`{}`", steps.join(".")),
    }
}

/// Turns the name of a preset into a table with that preset.
fn spell_out_preset(node: &mut Node) {
    if let Tree::Text(_) = node.value {
        let origin = node.origin;
        let preset = std::mem::replace(&mut node.value, Tree::Table(Vec::new()));
        node.value = Tree::Table(vec![Entry {
            key: "preset".to_owned(),
            origin,
            node: Node {
                origin,
                value: preset,
            },
        }]);
    }
}

/// The entry of a key; made from the default where the table has none.
fn entry<'a>(
    entries: &'a mut Vec<Entry>,
    key: &str,
    fallback: Option<&Node>,
    origin: Origin,
) -> &'a mut Entry {
    let at = entries.iter().position(|e| e.key == key);
    let at = at.unwrap_or_else(|| {
        entries.push(Entry {
            key: key.to_owned(),
            origin,
            node: missing(fallback, origin),
        });
        entries.len() - 1
    });
    &mut entries[at]
}

/// What to put where the file has nothing, before going on into it.
fn missing(fallback: Option<&Node>, origin: Origin) -> Node {
    match fallback {
        Some(node) if is_whole(node) => relocated(node, origin),
        _ => Node {
            origin,
            value: Tree::Table(Vec::new()),
        },
    }
}

/// Whether a default is taken as a whole or not at all; other tables are filled in key by key.
fn is_whole(node: &Node) -> bool {
    !matches!(node.value, Tree::Table(_)) || node.child("dist").is_some()
}

/// A copy that says it was written by the flag which caused it.
fn relocated(node: &Node, origin: Origin) -> Node {
    let value = match &node.value {
        Tree::Array(nodes) => Tree::Array(nodes.iter().map(|n| relocated(n, origin)).collect()),
        Tree::Table(entries) => Tree::Table(
            entries
                .iter()
                .map(|e| Entry {
                    key: e.key.clone(),
                    origin,
                    node: relocated(&e.node, origin),
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node { origin, value }
}
