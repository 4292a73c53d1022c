//! Plots, inlined.

use crate::details::Details;
use crate::error::ReportError;
use crate::plots::{PLOTS, Plot, Size};
use maud::{Markup, PreEscaped, html};

/// A plot, drawn for both kinds of screen.
pub struct Figure<'a> {
    /// Which plot.
    pub plot: &'a Plot,
    /// Its SVG for wide screens, as in `plots/`.
    pub wide: String,
    /// Its SVG for phones.
    pub narrow: String,
    /// The values of its marks, as JSON.
    pub values: String,
}

impl<'a> Figure<'a> {
    /// Draws a plot of a run.
    ///
    /// # Errors
    /// [`ReportError::Plot`] where the drawing backend fails.
    pub fn draw(plot: &'a Plot, details: &Details<'_>) -> Result<Self, ReportError> {
        let wide = plot.draw(details, Size::Wide)?;
        Ok(Self {
            plot,
            wide: wide.svg,
            narrow: plot.draw(details, Size::Narrow)?.svg,
            values: wide.values,
        })
    }

    /// Draws all plots of a run, in the order of a page.
    ///
    /// # Errors
    /// As [`Figure::draw`].
    pub fn all(details: &Details<'_>) -> Result<Vec<Self>, ReportError> {
        let known = |plot: &&Plot| plot.of.includes(details);
        PLOTS
            .iter()
            .filter(known)
            .map(|plot| Figure::draw(plot, details))
            .collect()
    }

    /// The plot with a note below; `name` is what it is called by those who cannot see it.
    pub(super) fn show(&self, id: &str, name: &str, note: &str) -> Markup {
        figure(id, name, note, [&self.wide, &self.narrow, &self.values])
    }
}

/// A plot in both sizes, the values of its marks, and a note below.
pub(super) fn figure(
    id: &str,
    name: &str,
    note: &str,
    [wide, narrow, values]: [&str; 3],
) -> Markup {
    html! {
        figure id=(id) aria-label=(name) {
            div.wide { (PreEscaped(wide)) }
            div.narrow { (PreEscaped(narrow)) }
            script type="application/json" { (PreEscaped(values)) }
            figcaption { (note) }
        }
    }
}

/// The named plots side by side, as far as the screen has room.
pub(super) fn figures(plots: &[Figure<'_>], names: &[&str]) -> Markup {
    let named = |name: &&str| plots.iter().find(|figure| figure.plot.name == *name);
    html! {
        div.plots {
            @for figure in names.iter().filter_map(named) {
                (figure.show(&format!("plot-{}", figure.plot.name), figure.plot.title, figure.plot.note))
            }
        }
    }
}
