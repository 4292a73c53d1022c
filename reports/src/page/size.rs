//! The page of a sizing: the same tables as in Markdown, with a section each, and a plot for each provider.

use super::figures::figure;
use super::skeleton::{self, Section};
use super::table::{Cell, Table};
use crate::error::ReportError;
use crate::plots::Size;
use crate::plots::size::of_size;
use crate::size::Sizing;
use crate::size::sheets::{Sheet, intro, sheets};
use maud::{Markup, html};

/// The whole page.
///
/// # Errors
/// [`ReportError::Plot`] where the drawing backend fails.
pub fn size_html(sizing: &Sizing) -> Result<String, ReportError> {
    let about = html! {
        @for paragraph in intro(sizing) { p { (paragraph) } }
        p { "The same again, on any machine:" }
        pre { code { (sizing.command) } }
    };
    let all = sheets(sizing);
    let mut sections: Vec<Section> = all
        .chunk_by(|one, other| one.section == other.section)
        .map(|sheets| Section {
            id: sheets[0].section[0],
            title: sheets[0].section[1],
            content: html! { @for sheet in sheets { (show(sheet)) } },
        })
        .collect();
    // Behind how many machines there are, what of them is used.
    let used = Section {
        id: "used",
        title: "What of the machines is used",
        content: plots(sizing)?,
    };
    sections.insert(sections.len().min(1), used);
    let title = format!("{}, a sizing", sizing.scenario);
    Ok(skeleton::page(&title, &about, &sections, &sizing.version))
}

fn plots(sizing: &Sizing) -> Result<Markup, ReportError> {
    let mut figures = Vec::new();
    for plot in of_size(sizing) {
        let (wide, narrow) = (plot.draw(Size::Wide)?, plot.draw(Size::Narrow)?);
        let drawn = [&wide.svg[..], &narrow.svg, &wide.values];
        let id = format!("plot-{}", plot.name());
        figures.push(figure(&id, &plot.title(), &plot.note(), drawn));
    }
    Ok(html! { div.plots { @for figure in &figures { (figure) } } })
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
