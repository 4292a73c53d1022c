//! Plots, inlined.

use crate::plots::Plot;
use maud::{Markup, PreEscaped, html};

/// A plot, drawn for both kinds of screen.
pub struct Figure<'a> {
    /// Which plot.
    pub plot: &'a Plot,
    /// Its SVG for wide screens, as in `plots/`.
    pub wide: String,
    /// Its SVG for phones.
    pub narrow: String,
}

/// The named plots side by side, as far as the screen has room.
pub(super) fn figures(plots: &[Figure<'_>], names: &[&str]) -> Markup {
    let named = |name: &&str| plots.iter().find(|figure| figure.plot.name == *name);
    html! {
        div.plots {
            @for figure in names.iter().filter_map(named) {
                figure id=(format!("plot-{}", figure.plot.name)) {
                    div.wide { (PreEscaped(&figure.wide)) }
                    div.narrow { (PreEscaped(&figure.narrow)) }
                    figcaption { (figure.plot.note) }
                }
            }
        }
    }
}
