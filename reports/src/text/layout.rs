//! Aligned columns, wrapped lines and colour.

use crate::summary::{MARK, MARK_SAYS};
use comfy_table::{CellAlignment, Table, presets};
use throng_workloads::visible::{visible, visible_lines};

/// Columns of the terminal that a summary keeps within.
pub(crate) const WIDTH: usize = 100;

/// A text under construction. Whatever is put into it is shown so that nothing in it acts but our own colours.
pub(crate) struct Page {
    text: String,
    colour: bool,
    /// Whether it says what a mark behind a percentile means.
    marks_explained: bool,
}

impl Page {
    pub(crate) fn new(colour: bool) -> Self {
        Self {
            text: String::new(),
            colour,
            marks_explained: false,
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// A section's name, after an empty line.
    pub(crate) fn heading(&mut self, name: &str) {
        self.text.push('\n');
        self.styled("1", name);
    }

    /// A bold line.
    pub(crate) fn bold(&mut self, line: &str) {
        self.styled("1", line);
    }

    /// A line that must not be missed.
    pub(crate) fn warning(&mut self, line: &str) {
        self.styled("33", line);
    }

    /// A line that says that something is as it has to be.
    pub(crate) fn good(&mut self, line: &str) {
        self.styled("32", line);
    }

    /// A line that says that something is not.
    pub(crate) fn bad(&mut self, line: &str) {
        self.styled("31", line);
    }

    /// Rules, each met or not, and what was found.
    pub(crate) fn verdicts<'r>(&mut self, rules: impl Iterator<Item = (bool, &'r str, String)>) {
        for (met, rule, found) in rules {
            let sign = if met { "✓" } else { "✗" };
            let text = visible(&format!("{sign} {rule}: {found}")).into_owned();
            for (at, line) in lines(text.split(' '), " ", WIDTH - 4).iter().enumerate() {
                let indent = if at == 0 { "  " } else { "    " };
                let line = format!("{indent}{line}");
                match met {
                    true => self.good(&line),
                    false => self.bad(&line),
                }
            }
        }
    }

    fn styled(&mut self, style: &str, line: &str) {
        if self.colour {
            let line = visible(line);
            self.text
                .push_str(&format!("\u{1b}[{style}m{line}\u{1b}[0m\n"));
        } else {
            self.line(line);
        }
    }

    /// A line.
    pub(crate) fn line(&mut self, line: &str) {
        self.text.push_str(visible(line).trim_end());
        self.text.push('\n');
    }

    /// Words, broken into lines where they need more than the width; further lines are indented.
    pub(crate) fn wrapped(&mut self, words: &str) {
        self.wrap(visible_lines(words).split_whitespace(), " ");
    }

    /// Facts with dots between them, broken only between two facts.
    pub(crate) fn facts(&mut self, facts: &[String]) {
        self.wrap(facts.iter().map(String::as_str), " · ");
    }

    fn wrap<'w>(&mut self, pieces: impl Iterator<Item = &'w str>, between: &str) {
        for line in lines(pieces, between, WIDTH - 2) {
            self.line(&format!("  {line}"));
        }
    }

    /// Says what a mark behind a percentile means, once, where there is one above.
    pub(crate) fn explain_marks(&mut self) {
        if !self.marks_explained && self.text.contains(MARK) {
            self.line(&format!("  {MARK_SAYS}"));
            self.marks_explained = true;
        }
    }

    /// A table: the first column to the left, the others to the right; `none` where there are no rows.
    pub(crate) fn table(&mut self, head: &[&str], rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return self.line("  none");
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(head.iter().map(|name| visible(name)));
        for row in rows {
            table.add_row(row.iter().map(|cell| visible(cell)));
        }
        for (at, column) in table.column_iter_mut().enumerate() {
            let left = at == 0;
            column.set_padding((if left { 2 } else { 1 }, 1));
            column.set_cell_alignment(if left {
                CellAlignment::Left
            } else {
                CellAlignment::Right
            });
        }
        for line in table.to_string().lines() {
            self.line(line);
        }
    }
}

/// Pieces put into lines of at most `most` columns, where no piece is longer.
fn lines<'w>(pieces: impl Iterator<Item = &'w str>, between: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces {
        match lines.last_mut() {
            Some(line) if columns(line) + columns(between) + columns(piece) <= most => {
                line.push_str(between);
                line.push_str(piece);
            }
            _ => lines.push(piece.to_owned()),
        }
    }
    lines
}

/// Names with a description of each, in as many lines as that takes.
pub fn listed_text(entries: &[(String, String)]) -> String {
    let widest = entries
        .iter()
        .map(|(name, _)| columns(name))
        .max()
        .unwrap_or(0);
    let mut page = Page::new(false);
    for (name, said) in entries {
        let mut name = name.as_str();
        for line in lines(
            visible_lines(said).split_whitespace(),
            " ",
            WIDTH.saturating_sub(widest + 2),
        ) {
            page.line(&format!("{name:widest$}  {line}"));
            name = "";
        }
    }
    page.finish()
}

/// Columns that a table needs, its indentation and the gaps between columns included.
pub(crate) fn width_of(head: &[&str], rows: &[Vec<String>]) -> usize {
    let of = |at: usize| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(at))
            .map(|cell| columns(&visible(cell)));
        cells.chain([columns(head[at])]).max().unwrap_or(0)
    };
    // Two before the first, a space at either side of every other.
    (0..head.len()).map(|at| of(at) + 2).sum::<usize>() + 1
}

/// The name, cut at `most` letters.
pub(crate) fn cut(name: &str, most: usize) -> String {
    let name = visible(name);
    if columns(&name) <= most {
        return name.into_owned();
    }
    let kept: String = name.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Columns that a text takes; none of ours has letters of double width.
fn columns(text: &str) -> usize {
    text.chars().count()
}
