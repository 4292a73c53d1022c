//! The style sheet, light and dark.

use crate::plots::palette::Colour;

/// Layout and type; colours come by name.
const LAYOUT: &str = "
*{box-sizing:border-box}
body{margin:0 auto;max-width:1280px;padding:1.5rem 1.25rem 3rem;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem}
p{margin:.25rem 0;max-width:48rem}
header p,footer p,figcaption,.unit,caption{color:var(--muted)}
.warning{color:var(--ink);border-left:4px solid var(--orange);padding:.25rem .75rem;background:var(--surface)}
pre{background:var(--surface);border:1px solid var(--grid);border-radius:8px;padding:.75rem 1rem;margin:.75rem 0;
overflow-x:auto;font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;margin:0}
dl.facts dt{color:var(--muted)}
dl.facts dd{margin:0;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:.75rem}
.card,figure{background:var(--surface);border:1px solid var(--grid);border-radius:8px}
.card{padding:.75rem 1rem}
.card b{display:block;font-size:1.35rem;line-height:1.3;font-variant-numeric:tabular-nums}
.card span{font-size:.875rem;color:var(--muted)}
.verdicts{list-style:none;padding:0;margin:0}
.verdicts li{border-left:4px solid var(--green);padding:.25rem .75rem;margin:.25rem 0;background:var(--surface);overflow-wrap:anywhere}
.verdicts .unmet{border-color:var(--vermilion)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:1rem;margin:1rem 0}
.plots:has(figure:only-child){grid-template-columns:minmax(0,720px)}
figure{margin:0;padding:.25rem .25rem .75rem;min-width:0}
figure svg{display:block;width:100%;height:auto}
figure svg text{font-family:inherit}
figcaption{padding:0 .75rem;font-size:.875rem}
.narrow{display:none}
.scroll{overflow-x:auto;margin:.75rem 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9375rem}
th,td{padding:.3rem .75rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid)}
th{font-weight:600;color:var(--muted)}
th.words,td.words{text-align:left}
th:first-child,td:first-child{padding-left:0}
caption{text-align:left;font-size:.875rem;padding-bottom:.25rem}
footer{margin-top:3rem;border-top:1px solid var(--grid);padding-top:.75rem;font-size:.875rem}
@media(max-width:560px){
body{padding:1rem .75rem 2rem}
h1{font-size:1.4rem}
.cards{grid-template-columns:repeat(2,1fr)}
.wide{display:none}
.narrow{display:block}
dl.facts{grid-template-columns:1fr;gap:0}
dl.facts dd{margin-bottom:.5rem}
table{font-size:.875rem}
th,td{padding:.3rem}
td:first-child{white-space:normal;min-width:8rem}
}
@media print{body{max-width:none}figure,.card,tr{break-inside:avoid}}
";

/// The page's ground, behind cards and plots: light, then dark.
const PAGE: [&str; 2] = ["#F6F8FA", "#0D1117"];

/// The whole style sheet.
pub(super) fn sheet() -> String {
    let colours = |of: fn(Colour) -> (u8, u8, u8)| {
        Colour::ALL
            .map(|colour| format!("--{}:{};", name(colour), Colour::hex(of(colour))))
            .concat()
    };
    let light = colours(Colour::light);
    let dark = colours(Colour::dark);
    // Plots hold light colours in their attributes; these rules put the reader's in their place.
    let plots = Colour::ALL.map(|colour| {
        let (name, hex) = (name(colour), Colour::hex(colour.light()));
        format!("svg [fill=\"{hex}\"]{{fill:var(--{name})}}svg [stroke=\"{hex}\"]{{stroke:var(--{name})}}\n")
    });
    format!(
        ":root{{color-scheme:light dark;--page:{};{light}}}\n\
         @media(prefers-color-scheme:dark){{:root{{--page:{};{dark}}}}}\n{}{LAYOUT}",
        PAGE[0],
        PAGE[1],
        plots.concat(),
    )
}

fn name(colour: Colour) -> &'static str {
    match colour {
        Colour::Surface => "surface",
        Colour::Grid => "grid",
        Colour::Ink => "ink",
        Colour::Muted => "muted",
        Colour::Blue => "blue",
        Colour::Vermilion => "vermilion",
        Colour::Green => "green",
        Colour::Purple => "purple",
        Colour::Orange => "orange",
        Colour::Sky => "sky",
    }
}
