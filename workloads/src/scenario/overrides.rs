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
    let here = || {
        let path = steps[..depth].join(".");
        if path.is_empty() {
            "the scenario".to_owned()
        } else {
            format!("`{path}`")
        }
    };
    if let (Tree::Text(preset), true) = (&node.value, steps[0] == "network") {
        let preset = Node {
            origin: node.origin,
            value: Tree::Text(preset.clone()),
        };
        node.value = Tree::Table(vec![Entry {
            key: "preset".to_owned(),
            origin: node.origin,
            node: preset,
        }]);
    }
    let fallback = defaults.and_then(|d| d.child(step));
    match &mut node.value {
        Tree::Table(entries) => {
            let at = entries.iter().position(|e| e.key == *step);
            let at = at.unwrap_or_else(|| {
                entries.push(Entry {
                    key: (*step).to_owned(),
                    origin: value.origin,
                    node: missing(fallback, value.origin),
                });
                entries.len() - 1
            });
            entries[at].origin = if depth + 1 == steps.len() {
                value.origin
            } else {
                entries[at].origin
            };
            set(&mut entries[at].node, fallback, steps, depth + 1, value)
        }
        Tree::Array(nodes) => {
            let count = nodes.len();
            let place = step.parse::<usize>().ok().and_then(|i| nodes.get_mut(i));
            match place {
                Some(element) => {
                    let template = defaults.and_then(|d| d.child("0"));
                    set(element, template, steps, depth + 1, value)
                }
                None if count == 0 => Err(format!(
                    "{} is empty, so it has no element {step:?}",
                    here()
                )),
                None => Err(format!(
                    "{} has no element {step:?}; expected a number from 0 to {}",
                    here(),
                    count - 1
                )),
            }
        }
        _ => Err(format!(
            "{} is {} and has no key {step:?}",
            here(),
            node.kind()
        )),
    }
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
