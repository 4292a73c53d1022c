//! A scenario's text as a tree of values, each of which knows where it comes from.
//!
//! Files and flags end up in one tree, so the reader need not know which is which, and an error about
//! any value can name its line or its flag.

use crate::error::{Place, ScenarioError};
use toml_edit::{Document, Item, TableLike, Value};

/// Where a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// In the file, at this byte.
    File(usize),
    /// In the flag with this number.
    Flag(usize),
}

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) value: Tree,
}

/// A value.
#[derive(Debug, Clone)]
pub(super) enum Tree {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Array(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key of a table with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    /// Where the key stands.
    pub(super) origin: Origin,
    pub(super) node: Node,
}

impl Node {
    /// The child of a table by key, or of an array by index.
    pub(super) fn child(&self, step: &str) -> Option<&Node> {
        match &self.value {
            Tree::Table(entries) => entries.iter().find(|e| e.key == step).map(|e| &e.node),
            Tree::Array(nodes) => step.parse::<usize>().ok().and_then(|i| nodes.get(i)),
            _ => None,
        }
    }

    /// The keys of a table; empty for anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Tree::Table(entries) => entries,
            _ => &[],
        }
    }

    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            Tree::Text(_) => "text",
            Tree::Integer(_) | Tree::Float(_) => "a number",
            Tree::Bool(_) => "true or false",
            Tree::Array(_) => "an array",
            Tree::Table(_) => "a table",
        }
    }
}

/// Parses a file's text.
pub(super) fn parse(file: &str, text: &str) -> Result<Node, ScenarioError> {
    let document = Document::parse(text).map_err(|error| syntax_error(file, text, error))?;
    Ok(Node {
        origin: Origin::File(0),
        value: table(document.as_table(), Origin::File(0)),
    })
}

/// Parses the value of a flag: TOML where it is TOML, otherwise a text.
pub(super) fn parse_flag(text: &str, flag: usize) -> Node {
    let origin = Origin::Flag(flag);
    match text.trim().parse::<Value>() {
        Ok(parsed) => Node {
            origin,
            value: value(&parsed, origin),
        },
        Err(_) => Node {
            origin,
            value: Tree::Text(text.trim().to_owned()),
        },
    }
}

/// Where something stands: at its span if it has one, otherwise where its parent does. Values of flags
/// have spans too, but within the flag, so they keep the flag.
fn origin_at(span: Option<std::ops::Range<usize>>, parent: Origin) -> Origin {
    match (parent, span) {
        (Origin::Flag(_), _) | (_, None) => parent,
        (Origin::File(_), Some(span)) => Origin::File(span.start),
    }
}

fn table(table: &dyn TableLike, parent: Origin) -> Tree {
    let mut entries = Vec::new();
    for (name, child) in table.iter() {
        let key_span = table.get_key_value(name).and_then(|(key, _)| key.span());
        let origin = origin_at(key_span, parent);
        if let Some(node) = item(child, origin) {
            entries.push(Entry {
                key: name.to_owned(),
                origin,
                node,
            });
        }
    }
    Tree::Table(entries)
}

fn item(item: &Item, key: Origin) -> Option<Node> {
    let origin = origin_at(item.span(), key);
    let value = match item {
        Item::None => return None,
        Item::Value(inner) => value(inner, origin),
        Item::Table(inner) => table(inner, origin),
        Item::ArrayOfTables(tables) => Tree::Array(
            tables
                .iter()
                .map(|inner| {
                    let origin = origin_at(inner.span(), key);
                    Node {
                        origin,
                        value: table(inner, origin),
                    }
                })
                .collect(),
        ),
    };
    Some(Node { origin, value })
}

fn value(value: &Value, origin: Origin) -> Tree {
    match value {
        Value::String(text) => Tree::Text(text.value().clone()),
        Value::Integer(number) => Tree::Integer(*number.value()),
        Value::Float(number) => Tree::Float(*number.value()),
        Value::Boolean(flag) => Tree::Bool(*flag.value()),
        // No key takes a date; as a text it is refused with the key's own words.
        Value::Datetime(date) => Tree::Text(date.value().to_string()),
        Value::Array(array) => Tree::Array(
            array
                .iter()
                .map(|inner| {
                    let origin = origin_at(inner.span(), origin);
                    Node {
                        origin,
                        value: self::value(inner, origin),
                    }
                })
                .collect(),
        ),
        Value::InlineTable(inner) => table(inner, origin),
    }
}

fn syntax_error(file: &str, text: &str, error: toml_edit::TomlError) -> ScenarioError {
    let at = error.span().map_or(0, |span| span.start);
    let (line, column) = line_and_column(text, at);
    let message: Vec<&str> = error.message().lines().map(str::trim).collect();
    ScenarioError::Syntax {
        file: file.to_owned(),
        line,
        column,
        message: message.join("; "),
        source: Box::new(error),
    }
}

/// The line and the column (in characters) of a byte, both from 1.
fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let at = text.floor_char_boundary(at);
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}

/// What is needed to name places: the file, its text and the flags.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    pub(super) flags: &'a [String],
}

impl Sources<'_> {
    /// The place of an origin.
    pub(super) fn place(&self, origin: Origin) -> Place {
        match origin {
            Origin::File(at) => {
                let (line, column) = line_and_column(self.text, at);
                Place::File {
                    file: self.file.to_owned(),
                    line,
                    column,
                }
            }
            Origin::Flag(flag) => Place::Flag(self.flags.get(flag).cloned().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        assert_eq!(line_and_column("a\nµ = 1", 5), (2, 3));
        assert_eq!(line_and_column("", 10), (1, 1));
    }

    #[test]
    fn broken_toml_names_its_line() {
        let error = parse("a.toml", "name = \"x\"\n[users\n").expect_err("broken");
        assert!(error.to_string().starts_with("a.toml:2:"), "{error}");
    }
}
