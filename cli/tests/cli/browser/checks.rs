//! What is asked of a page in a browser.

use super::window::{Seen, Window};
use serde_json::Value;
use std::thread;
use std::time::{Duration, Instant};

/// A table with numbers, some of them equal, and more rows than one wants to read.
const KINDS: &str = "document.querySelector('table[aria-label=\"Traffic by kind of message\"]')";

/// What the page's policy refuses to ask for.
const NOWHERE: &str = "https://example.invalid/";

/// Longer than any event of a page takes to get here.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nothing is wider than the window, which would have to be scrolled sideways.
pub(crate) fn fits(window: &Window<'_>) {
    let found = window.eval(
        "({
            has: innerWidth,
            needs: document.scrollingElement.scrollWidth,
            widest: [...document.querySelectorAll('main *')]
                .filter((e) => !e.closest('.scroll') && e.getBoundingClientRect().right > innerWidth + 1)
                .map((e) => e.outerHTML.slice(0, 80)).slice(0, 3),
        })",
    );
    assert_eq!(found["has"], window.width);
    let needs = found["needs"].as_u64().expect("a width");
    assert!(needs <= window.width.into(), "{needs}: {}", found["widest"]);
}

/// What those hear who cannot see: landmarks, headings in order, a name for everything.
pub(crate) fn can_be_heard(window: &Window<'_>) {
    let lacking = window.text(
        "(() => {
            const all = (what) => [...document.querySelectorAll(what)];
            const levels = all('h1,h2,h3,h4').map((h) => +h.tagName[1]);
            const named = all('figure, table, svg[role=img]');
            const links = all('nav a, .skip');
            const ids = all('[id]').map((e) => e.id);
            const holds = {
                'a language': document.documentElement.lang === 'en',
                'one main part': all('main').length === 1,
                'one title': all('h1').length === 1 && levels[0] === 1,
                'headings in order': levels.every((level, at) => at === 0 || level <= levels[at - 1] + 1),
                'contents that lead somewhere': links.length > 3 && links.every((a) => document.querySelector(a.hash)),
                'a name for every plot and table': named.length > 5 && named.every((e) => e.getAttribute('aria-label')),
                'a description of every plot': all('figure svg').every((s) => s.querySelector('desc').textContent.length > 5),
                'words on every button': all('th button').length > 5 && all('button').every((b) => b.textContent.trim()),
                'a label on every field': all('input').every((i) => i.labels.length === 1),
                'no name twice': new Set(ids).size === ids.length,
            };
            return Object.keys(holds).filter((what) => !holds[what]).join(', ');
        })()",
    );
    assert_eq!(lacking, "", "the page lacks it");
}

/// The table after a click on a column's head: how it says that it is sorted, and what is in the column.
fn sorted(window: &Window<'_>, at: usize, of: &str) -> (String, Vec<Value>) {
    let found = window.eval(&format!(
        "(() => {{
            const table = {KINDS};
            return {{
                said: [...table.tHead.rows[0].cells].map((th) => th.getAttribute('aria-sort') ?? '').join(','),
                column: [...table.tBodies[0].rows].map((row) => row.cells[{at}]).map((cell) => {of}),
            }};
        }})()"
    ));
    let said = found["said"].as_str().expect("text").to_owned();
    (said, found["column"].as_array().expect("a list").clone())
}

fn numbers(column: &[Value]) -> Vec<f64> {
    let number = |value: &Value| value.as_f64().expect("a number");
    column.iter().map(number).collect()
}

pub(crate) fn tables_sort(window: &Window<'_>) {
    const VALUE: &str = "+cell.dataset.v";
    let head = |at: usize| format!("{KINDS}.tHead.rows[0].cells[{at}].firstElementChild");
    let (said, before) = sorted(window, 2, VALUE);
    assert_eq!(said, ",,,,");
    let before = numbers(&before);
    assert!(!before.is_sorted(), "sorted by bytes at first: {before:?}");
    window.click(&head(2));
    let (said, up) = sorted(window, 2, VALUE);
    assert_eq!(said, ",,ascending,,");
    assert!(numbers(&up).is_sorted(), "{up:?}");
    window.click(&head(2));
    let (said, down) = sorted(window, 2, VALUE);
    assert_eq!(said, ",,descending,,");
    assert!(numbers(&down).iter().rev().is_sorted(), "{down:?}");
    // Words, with the keyboard.
    window.eval(&format!("{}.focus()", head(0)));
    window.key("Enter");
    let (said, names) = sorted(window, 0, "cell.textContent.toLowerCase()");
    assert_eq!(said, "ascending,,,,");
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    assert!(names.len() == up.len() && names.is_sorted(), "{names:?}");
    // Whatever is missing comes last, whichever way the others go. Which values can be missing differs from run to run,
    // so one is taken away.
    window.eval(&format!(
        "delete {KINDS}.tBodies[0].rows[0].cells[2].dataset.v"
    ));
    for way in ["up", "down"] {
        window.click(&head(2));
        let (_, column) = sorted(window, 2, "cell.dataset.v ?? null");
        let missing = column.iter().position(Value::is_null);
        assert_eq!(missing, Some(column.len() - 1), "on the way {way}");
    }
}

/// Every column of every table, up and down, what is missing last. All in the page, as there are hundreds.
pub(crate) fn every_table_sorts(window: &Window<'_>) {
    let found = window.eval(
        "(() => {
            const wrong = [];
            let columns = 0;
            for (const table of document.querySelectorAll('table')) {
                const rows = () => [...table.tBodies[0].rows];
                const before = rows().map((row) => row.textContent).sort().join('|');
                for (const head of table.tHead.rows[0].cells) {
                    const button = head.querySelector('button');
                    if (!button) continue;
                    columns += 1;
                    const numeric = rows().some((row) => row.cells[head.cellIndex].dataset.v !== undefined);
                    const of = (row) => {
                        const cell = row.cells[head.cellIndex];
                        if (numeric) return cell.dataset.v === undefined ? undefined : +cell.dataset.v;
                        return cell.textContent === '–' ? undefined : cell.textContent;
                    };
                    for (const way of [1, -1]) {
                        button.click();
                        const values = rows().map(of);
                        const known = values.filter((value) => value !== undefined);
                        const last = values.slice(known.length).every((value) => value === undefined);
                        const order = (a, b) => numeric ? a - b : a.localeCompare(b, 'en', { numeric: true });
                        const sorted = known.every((value, at) => at === 0 || way * order(known[at - 1], value) <= 0);
                        if (!last || !sorted) wrong.push(`${table.getAttribute('aria-label')}: ${head.textContent}`);
                    }
                }
                const after = rows().map((row) => row.textContent).sort().join('|');
                if (before !== after) wrong.push(`${table.getAttribute('aria-label')}: rows are lost`);
            }
            return { columns, wrong };
        })()",
    );
    assert_eq!(found["wrong"], Value::Array(Vec::new()));
    assert!(found["columns"].as_u64() > Some(5), "{found}");
}

pub(crate) fn search_filters(window: &Window<'_>) {
    let search = format!("{KINDS}.parentNode.previousElementSibling");
    let state = format!(
        "(() => {{
            const rows = [...{KINDS}.tBodies[0].rows];
            const shown = rows.filter((row) => row.offsetParent).map((row) => row.textContent);
            return {{ all: rows.length, shown, said: {search}.querySelector('output').value }};
        }})()"
    );
    let before = window.eval(&state);
    let all = before["all"].as_u64().expect("a count");
    assert_eq!(before["said"], format!("{all} of {all}"));
    window.click(&format!("{search}.querySelector('input')"));
    window.write("COMMIT provider");
    let after = window.eval(&state);
    let shown = after["shown"].as_array().expect("a list");
    let found = shown.len() as u64;
    assert!(0 < found && found < all, "{found} of {all}");
    assert_eq!(after["said"], format!("{found} of {all}"));
    for text in shown.iter().filter_map(Value::as_str) {
        assert!(
            text.contains("commit") && text.contains("provider"),
            "{text}"
        );
    }
}

pub(crate) fn plots_answer(window: &Window<'_>) {
    let figure = "document.querySelector('#plot-commits-over-time')";
    let tip = format!("{figure}.querySelector('.tip')");
    let said = format!("{figure}.querySelector('[aria-live]').textContent");
    assert!(window.is(&format!("{tip}.hidden")), "nobody points at it");
    let svg =
        format!("[...{figure}.querySelectorAll('svg')].find((svg) => svg.getClientRects().length)");
    window.point_at(&svg);
    wait_for(window, &format!("!{tip}.hidden"));
    let shown = window.text(&format!("{tip}.textContent"));
    assert!(shown.contains("accepted commits"), "{shown}");
    assert!(window.is(&format!(
        "{svg}.querySelectorAll('.reading circle').length === 3"
    )));
    let inside = format!(
        "(() => {{ const t = {tip}.getBoundingClientRect(), f = {figure}.getBoundingClientRect();
            return t.left >= f.left && t.right <= f.right; }})()"
    );
    assert!(window.is(&inside), "what is said stays on the plot");
    // With the keyboard, from the first value to the last.
    window.eval(&format!("{figure}.focus()"));
    window.key("Home");
    let first = window.text(&said);
    window.key("ArrowRight");
    let second = window.text(&said);
    window.key("End");
    let last = window.text(&said);
    assert!(
        first != second && second != last,
        "{first}, {second}, {last}"
    );
    assert!(first.contains("commits sent"), "{first}");
    window.key("Escape");
    assert!(window.is(&format!("{tip}.hidden")));
}

/// All plots that have data say something with numbers in it.
pub(crate) fn every_plot_speaks(window: &Window<'_>) {
    let found = window.eval(
        "(() => {
            const figures = [...document.querySelectorAll('figure')].filter((f) => f.querySelector('svg[data-frame]'));
            const silent = figures.filter((f) => {
                f.focus();
                f.dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }));
                const text = f.querySelector('[aria-live]').textContent;
                f.blur();
                return !/\\d/.test(text);
            });
            return { plots: figures.length, silent: silent.map((f) => f.id) };
        })()",
    );
    assert_eq!(
        found["silent"],
        Value::Array(Vec::new()),
        "they say nothing"
    );
    assert!(found["plots"].as_u64() > Some(2), "{found}");
}

pub(crate) fn colours_follow_the_reader(window: &Window<'_>) {
    let colours = "({
        ground: getComputedStyle(document.body).backgroundColor,
        letters: getComputedStyle(document.querySelector('figure svg text')).fill,
    })";
    let mut found = Vec::new();
    for (medium, scheme) in [("screen", "light"), ("screen", "dark"), ("print", "dark")] {
        window.show(medium, scheme);
        found.push(window.eval(colours));
    }
    let [light, dark, paper] = found.try_into().expect("three");
    assert_ne!(light["ground"], dark["ground"]);
    assert_ne!(light["letters"], dark["letters"]);
    assert_eq!(light["letters"], paper["letters"], "paper is never black");
}

pub(crate) fn prints(window: &Window<'_>) {
    window.show("print", "light");
    let found = window.eval(
        "({
            controls: [...document.querySelectorAll('nav, .search, .skip')].filter((e) => e.getClientRects().length).length,
            filtered: [...document.querySelectorAll('tbody tr')]
                .filter((row) => !row.getClientRects().length && !(row.closest('.long') && row.sectionRowIndex >= 60)).length,
            unsaid: [...document.querySelectorAll('.long')]
                .filter((e) => ![...e.parentNode.querySelectorAll('.paper')].some((p) => p.getClientRects().length)).length,
        })",
    );
    assert_eq!(found["controls"], 0, "nobody clicks on paper");
    assert_eq!(found["unsaid"], 0, "what paper leaves out is said");
    assert_eq!(found["filtered"], 0, "a search hides nothing on paper");
    // A4 with margins of 12 mm, in CSS pixels.
    let cut = window.eval_at(
        703,
        "[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
            .map((e) => e.outerHTML.slice(0, 120)).slice(0, 3)",
    );
    assert_eq!(cut, Value::Array(Vec::new()), "paper cannot be scrolled");
    let pdf = window.pdf();
    window.show("screen", "light");
    assert!(pdf.starts_with(b"%PDF"));
    let pages = String::from_utf8_lossy(&pdf)
        .matches("/Type /Page\n")
        .count();
    assert!(pages > 1, "{pages} pages");
}

/// The page asked for itself and for nothing else, and nobody complained. Complaints are made in the end, to know that
/// they would have been heard.
pub(crate) fn nothing_was_asked_or_said(window: &Window<'_>) {
    window.eval(&format!(
        "setTimeout(() => {{
            console.warn('one');
            new Image().src = '{NOWHERE}';
            throw new Error('two');
        }})"
    ));
    let begun = Instant::now();
    let all = |seen: &Seen| seen.complaints.len() >= 3 && seen.requests.len() >= 2;
    while !all(&window.seen()) && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(20));
    }
    let seen = window.seen();
    let others = ["\"one\"", "Content Security Policy", "Error: two"]
        .iter()
        .fold(seen.complaints.clone(), |mut left, made| {
            let heard = left.iter().position(|complaint| complaint.contains(made));
            left.remove(heard.unwrap_or_else(|| panic!("{made} is not in {left:#?}")));
            left
        });
    assert!(others.is_empty(), "{others:#?}");
    let [own, made] = seen.requests.as_slice() else {
        panic!("other than the page and what was made: {:?}", seen.requests);
    };
    assert!(
        own.starts_with("file://") && own.ends_with(".html"),
        "{own}"
    );
    assert_eq!(made, NOWHERE);
}

fn wait_for(window: &Window<'_>, holds: &str) {
    let begun = Instant::now();
    while !window.is(holds) {
        assert!(begun.elapsed() < PATIENCE, "never: {holds}");
        thread::sleep(Duration::from_millis(20));
    }
}
