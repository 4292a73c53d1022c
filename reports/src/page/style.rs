//! The style sheet: colours here, light and dark, the rest in `style.css`.

use crate::plots::palette::Colour;

/// Layout and type; colours come by name.
const LAYOUT: &str = include_str!("style.css");

/// The page's ground, behind cards and plots: light, then dark.
const PAGE: [&str; 2] = ["#F6F8FA", "#0D1117"];

/// The whole style sheet.
pub(super) fn sheet() -> String {
    let colours = |of: fn(Colour) -> (u8, u8, u8)| {
        Colour::ALL
            .map(|colour| format!("--{}:{};", colour.name(), Colour::hex(of(colour))))
            .concat()
    };
    let light = colours(Colour::light);
    let dark = colours(Colour::dark);
    // Plots hold light colours in their attributes; these rules put the reader's in their place.
    let plots = Colour::ALL.map(|colour| {
        let (name, hex) = (colour.name(), Colour::hex(colour.light()));
        format!("svg [fill=\"{hex}\"]{{fill:var(--{name})}}svg [stroke=\"{hex}\"]{{stroke:var(--{name})}}\n")
    });
    format!(
        ":root{{color-scheme:light dark;--page:{};{light}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root{{--page:{};{dark}}}}}\n{}{LAYOUT}",
        PAGE[0],
        PAGE[1],
        plots.concat(),
    )
}
