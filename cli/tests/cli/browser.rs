//! `report.html` in a real browser, over the browser's own protocol: that it asks nothing of the network and complains of
//! nothing, that its tables sort and filter, that its plots say their values, and that it fits phones, screens and paper.
//!
//! - `protocol`: the browser, and how it is talked to.
//! - `window`: a page in the browser.
//! - `checks`: what is asked of it.
//!
//! Needs Chromium. Without one the test says that it was skipped, and fails where `CI` is set or
//! `THRONG_BROWSER=required`. `THRONG_SCREENSHOTS=1` keeps pictures and says where.

mod checks;
mod protocol;
mod window;

use super::throng_in;
use protocol::Browser;
use std::fs;
use std::path::{Path, PathBuf};
use window::Window;

/// A phone and a screen, in CSS pixels.
const WIDTHS: [u32; 2] = [400, 1280];

/// A page may not be larger, in bytes.
const MOST_BYTES: u64 = 2_000_000;

/// The browser, or the reason why there need not be one.
fn browser() -> Option<Browser> {
    if let Some(path) = window::installed() {
        return Some(Browser::launch(&path));
    }
    let required = std::env::var_os("CI").is_some()
        || std::env::var_os("THRONG_BROWSER").is_some_and(|value| value == "required");
    let hint = "no Chromium is on PATH; install it with `apt-get install chromium`";
    assert!(!required, "{hint}");
    eprintln!("skipped: {hint}");
    None
}

/// Keeps pictures of the page where they are wanted.
fn keep_pictures(window: &Window<'_>, name: &str, folder: Option<&PathBuf>) {
    let Some(folder) = folder else { return };
    for (medium, scheme) in [("screen", "light"), ("screen", "dark"), ("print", "light")] {
        window.show(medium, scheme);
        let file = format!("{name}-{}-{medium}-{scheme}.png", window.width);
        fs::write(folder.join(file), window.picture()).expect("written");
    }
    let file = format!("{name}-{}.pdf", window.width);
    fs::write(folder.join(file), window.pdf()).expect("written");
    window.show("screen", "light");
}

/// Opens a page on a phone and on a screen, and asks of it what holds for all pages.
pub(super) fn works(name: &str, page: &Path) {
    works_and(name, page, |_| {});
}

/// And `more`.
fn works_and(name: &str, page: &Path, more: fn(&Window<'_>)) {
    let Some(browser) = browser() else { return };
    let pictures = std::env::var_os("THRONG_SCREENSHOTS").map(|_| {
        let folder = tempfile::tempdir().expect("a folder").keep();
        println!("pictures are in {}", folder.display());
        folder
    });
    let bytes = fs::metadata(page).expect("a page").len();
    assert!(bytes < MOST_BYTES, "{name}: {bytes} bytes");
    for width in WIDTHS {
        let window = Window::open(&browser, page, width);
        keep_pictures(&window, name, pictures.as_ref());
        checks::fits(&window);
        checks::can_be_heard(&window);
        more(&window);
        checks::every_table_sorts(&window);
        checks::every_plot_speaks(&window);
        checks::colours_follow_the_reader(&window);
        checks::prints(&window);
        checks::nothing_was_asked_or_said(&window);
    }
}

/// Runs a command line in a folder.
fn run(home: &Path, line: &str) {
    let mut command = throng_in(home);
    command.args(line.split_whitespace()).assert().success();
}

#[test]
fn the_page_of_a_run_works() {
    let home = tempfile::tempdir().expect("a folder");
    let line = [
        "run",
        "small",
        "--quiet",
        "--out",
        "one",
        "--threshold",
        "join.p95 < 1h",
    ];
    throng_in(home.path()).args(line).assert().success();
    works_and("run", &home.path().join("one/report.html"), |window| {
        checks::tables_sort(window);
        checks::search_filters(window);
        checks::plots_answer(window);
    });
    run(home.path(), "run small --quiet --seed 2 --out other");
    run(home.path(), "report one other --quiet");
    works("side-by-side", &home.path().join("side-by-side.html"));
}

#[test]
fn the_page_of_a_sizing_works() {
    let home = tempfile::tempdir().expect("a folder");
    let people = "size --users 2000 --organisations a.example=50%,b.example=30%,c.example=20% --attachments 0 \
                  --room-size 4 --simulate 40 --quiet --out sized";
    run(home.path(), people);
    works("sizing", &home.path().join("sized/report.html"));
}

#[test]
fn the_page_of_a_sweep_works() {
    let home = tempfile::tempdir().expect("a folder");
    let grid = "sweep tree-growth --quiet --replicas 2 --out grid --vary rooms.start=warm,bare \
                --vary users.count=16,32,64,128,256";
    run(home.path(), grid);
    works("sweep", &home.path().join("grid/report.html"));
}
