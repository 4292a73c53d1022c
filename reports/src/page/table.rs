//! Tables that can be read without a script, and sorted and searched with one.

use crate::units;
use maud::{Markup, Render, html};

/// What stands where there is no value.
pub(super) const NONE: &str = "–";

/// What a table shows in one place.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    content: Markup,
    /// The number behind the text, by which a column is sorted.
    value: Option<String>,
    /// Whether it may take several lines.
    prose: bool,
}

impl Cell {
    /// Whole sentences, which take as many lines as there is place for.
    pub(super) fn prose(text: impl AsRef<str>) -> Self {
        Self {
            prose: true,
            ..Self::words(text)
        }
    }

    /// Words, or a name.
    pub(super) fn words(text: impl AsRef<str>) -> Self {
        Self {
            content: text.as_ref().render(),
            value: None,
            prose: false,
        }
    }

    /// A picture, and the number that it ends with.
    pub(super) fn picture(content: Markup, value: Option<f64>) -> Self {
        Self {
            content,
            value: value.map(|value| value.to_string()),
            prose: false,
        }
    }

    /// A count, exactly.
    pub(super) fn count(count: u64) -> Self {
        Self::exact(count, units::count(count))
    }

    /// Bytes, in the unit that fits.
    pub(super) fn bytes(bytes: u64) -> Self {
        Self::exact(bytes, units::bytes(bytes))
    }

    /// A whole number that is written like this.
    pub(super) fn exact(value: u64, text: String) -> Self {
        Self {
            content: text.render(),
            value: Some(value.to_string()),
            prose: false,
        }
    }

    /// A measured number, written as `unit` says.
    pub(super) fn number(value: f64, unit: impl Fn(f64) -> String) -> Self {
        Self {
            content: unit(value).render(),
            value: value.is_finite().then(|| value.to_string()),
            prose: false,
        }
    }

    /// A number with a remark in smaller type.
    pub(super) fn marked(value: f64, shown: &str, said: &str) -> Self {
        Self {
            content: html! { (shown) " " span.change { (said) } },
            value: value.is_finite().then(|| value.to_string()),
            prose: false,
        }
    }

    /// A number that may be missing.
    pub(super) fn maybe(value: Option<f64>, unit: impl Fn(f64) -> String) -> Self {
        value.map_or_else(|| Self::words(NONE), |value| Self::number(value, unit))
    }
}

/// A table with more rows scrolls by itself on a screen, and ends after these on paper, where nobody can search it. The style
/// sheet counts them, too.
const LONG: usize = 60;

/// A table that scrolls by itself where the screen is too narrow.
pub(super) struct Table<'a> {
    /// What it is called by those who cannot see where it stands.
    pub(super) name: &'a str,
    /// The first so many columns hold words, the others numbers.
    pub(super) words: usize,
    pub(super) head: &'a [&'a str],
    pub(super) rows: Vec<Vec<Cell>>,
    /// What its rows are, where there can be so many of them that a reader wants to search.
    pub(super) search: Option<&'a str>,
}

impl Table<'_> {
    /// Nothing where there are no rows.
    pub(super) fn show(&self) -> Markup {
        let class = |at: usize| (at < self.words).then_some("words");
        let of_cell = |at: usize, cell: &Cell| match cell.prose {
            true => Some("words prose"),
            false => class(at),
        };
        html! {
            @if !self.rows.is_empty() {
                @let long = self.rows.len() > LONG;
                @if long { p.paper { "On paper: the first " (LONG) " of " (units::count(self.rows.len() as u64)) " rows." } }
                div.scroll.long[long] role="group" aria-label=(self.name) tabindex="0" data-search=[self.search] {
                    table aria-label=(self.name) {
                        thead { tr { @for (at, name) in self.head.iter().enumerate() { th scope="col" class=[class(at)] { (name) } } } }
                        tbody {
                            @for row in &self.rows { tr {
                                @for (at, cell) in row.iter().enumerate() {
                                    td class=[of_cell(at, cell)] data-v=[&cell.value] { (cell.content) }
                                }
                            } }
                        }
                    }
                }
            }
        }
    }
}
