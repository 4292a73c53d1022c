//! The scenario reference: what people read of the defaults.

use super::parse::DEFAULTS;
use toml_edit::{DocumentMut, Item, Table};

/// Every key with its default and what it means, as Markdown: made from the file that the reader lays under every scenario.
pub fn reference() -> String {
    // The reader reads the same text; where it were none, the committed page would differ.
    let document: DocumentMut = DEFAULTS.parse().unwrap_or_default();
    let mut page = "# Scenario reference\n\n\
        A scenario is a TOML file. `throng scenarios show NAME` prints a built-in one to begin with; any key can be set on the command\n\
        line, as in `throng run small --set rooms.size=8`. This page is made from the defaults by `throng scenarios reference`.\n"
        .to_owned();
    section(&mut page, &document, "");
    page
}

/// The keys of a table, then the tables inside.
fn section(page: &mut String, table: &Table, prefix: &str) {
    let (mut rows, mut inner) = (String::new(), Vec::new());
    for (key, item) in table {
        let comment = table
            .key(key)
            .map_or("", |key| said(key.leaf_decor().prefix()));
        match item {
            Item::Value(value) => {
                let (before, about) = split(comment, prefix.is_empty() && rows.is_empty());
                page.push_str(&before);
                rows.push_str(&optional(comment));
                let value = value
                    .clone()
                    .decorated("", "")
                    .to_string()
                    .replace('|', "\\|");
                rows.push_str(&format!("| `{key}` | `{value}` | {about} |\n"));
            }
            Item::Table(table) => inner.push((key, table.clone(), false)),
            Item::ArrayOfTables(tables) => {
                inner.extend(tables.get(0).map(|table| (key, table.clone(), true)));
            }
            Item::None => {}
        }
    }
    if !rows.is_empty() {
        page.push_str("\n| key | default | what it means |\n|---|---|---|\n");
        page.push_str(&rows);
    }
    for (key, table, many) in inner {
        let name = match prefix {
            "" => key.to_owned(),
            prefix => format!("{prefix}.{key}"),
        };
        let title = match many {
            true => format!("[[{name}]]"),
            false => format!("[{name}]"),
        };
        if !table.is_implicit() {
            page.push_str(&format!("\n## `{title}`\n"));
            let intro = said(table.decor().prefix());
            let intro = words(intro);
            if !intro.is_empty() {
                page.push_str(&format!("\n{intro}\n"));
            }
        }
        section(page, &table, &name);
    }
}

fn said(prefix: Option<&toml_edit::RawString>) -> &str {
    prefix
        .and_then(toml_edit::RawString::as_str)
        .unwrap_or_default()
}

/// The comment right above a key, and at the very top of the file what comes before that: it is about all of it.
fn split(comment: &str, first: bool) -> (String, String) {
    match (first, comment.trim_end().rsplit_once("\n\n")) {
        (true, Some((before, about))) => {
            // The first paragraph is about the file of defaults, the second about values.
            let values = before.lines().skip_while(|line| *line != "#").skip(1);
            let text: String = values.map(|line| format!("{}\n", bare(line))).collect();
            (format!("\n```text\n{text}```\n"), words(about))
        }
        _ => (String::new(), words(comment)),
    }
}

/// A line of a comment without its sign.
fn bare(line: &str) -> &str {
    let line = line.strip_prefix('#').unwrap_or(line);
    line.strip_prefix(' ').unwrap_or(line)
}

/// Rows for the keys that have no default: lines such as `# key = example   # What it means.`
fn optional(comment: &str) -> String {
    let row = |line: &str| {
        let (key, example, about) = example(line)?;
        Some(format!("| `{key}` | none; `{example}` | {about} |\n"))
    };
    comment.lines().filter_map(row).collect()
}

fn example(line: &str) -> Option<(&str, &str, &str)> {
    let (key, rest) = line.strip_prefix("# ")?.split_once(" = ")?;
    let (example, about) = rest.split_once("   # ")?;
    Some((key, example, about))
}

/// The words of a comment, in one line.
fn words(comment: &str) -> String {
    let lines = comment.lines().filter(|line| example(line).is_none());
    let lines = lines.map(|line| bare(line).trim());
    let text = lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    text.replace('|', "\\|")
}
