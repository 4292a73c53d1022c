//! The page of a sizing: the same tables as in Markdown, with a section each.

use super::skeleton::{self, Section};
use super::table::{Cell, Table};
use crate::size::Sizing;
use crate::size::sheets::{Sheet, intro, sheets};
use maud::{Markup, html};

/// The whole page.
pub fn size_html(sizing: &Sizing) -> String {
    let about = html! {
        @for paragraph in intro(sizing) { p { (paragraph) } }
        p { "The same again, on any machine:" }
        pre { code { (sizing.command) } }
    };
    let all = sheets(sizing);
    let sections: Vec<Section> = all
        .chunk_by(|one, other| one.section == other.section)
        .map(|sheets| Section {
            id: sheets[0].section[0],
            title: sheets[0].section[1],
            content: html! { @for sheet in sheets { (show(sheet)) } },
        })
        .collect();
    let title = format!("{}, a sizing", sizing.scenario);
    skeleton::page(&title, &about, &sections, &sizing.version)
}

/// Nothing that is longer than this stays on one line.
const LINE: usize = 30;

fn cell(text: &str) -> Cell {
    match text.chars().count() > LINE {
        true => Cell::prose(text),
        false => Cell::words(text),
    }
}

fn show(sheet: &Sheet) -> Markup {
    let name = sheet.title.as_deref().unwrap_or(sheet.section[1]);
    let table = Table {
        name,
        words: sheet.words,
        head: &sheet.head,
        rows: sheet
            .rows
            .iter()
            .map(|row| row.iter().map(|text| cell(text)).collect())
            .collect(),
        search: None,
    };
    html! {
        @if let Some(title) = &sheet.title { h3 { (title) } }
        @for note in &sheet.notes { p { (note) } }
        (table.show())
    }
}
