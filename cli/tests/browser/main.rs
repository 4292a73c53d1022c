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

use assert_cmd::Command;
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

fn throng(home: &Path, line: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throng"));
    command.current_dir(home).args(line).assert().success();
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

/// A scenario for real and simulated. How far the two are apart on a busy machine is no matter of pages.
fn twin(home: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_throng"));
    let line = [
        "twin",
        "small",
        "--quiet",
        "--most-late",
        "10s",
        "--out",
        "both",
    ];
    let busy = ["duration=5s", "rooms.created=0s", "messages.rate=3600/h"];
    command.current_dir(home).args(line);
    command.args(busy.iter().flat_map(|set| ["--set", set]));
    let code = command.assert().get_output().status.code();
    assert!(matches!(code, Some(0 | 99)), "{code:?}");
}

/// The page of a run, of a sweep, of two runs side by side, and of a twin and the real run of it.
fn pages(home: &Path) -> [(&'static str, PathBuf); 5] {
    let run = ["run", "small", "--quiet", "--threshold", "join.p95 < 1h"];
    throng(home, &[&run[..], &["--out", "run"]].concat());
    throng(
        home,
        &["run", "small", "--quiet", "--seed", "2", "--out", "other"],
    );
    let sweep = [
        "sweep",
        "tree-growth",
        "--quiet",
        "--replicas",
        "2",
        "--out",
        "grid",
    ];
    let vary = [
        "--vary",
        "rooms.start=warm,bare",
        "--vary",
        "users.count=16,32,64,128,256",
    ];
    throng(home, &[&sweep[..], &vary].concat());
    throng(home, &["report", "run", "other", "--quiet"]);
    twin(home);
    [
        ("run", home.join("run/report.html")),
        ("sweep", home.join("grid/report.html")),
        ("side-by-side", home.join("side-by-side.html")),
        ("real", home.join("both/real/report.html")),
        ("twin", home.join("both/twin.html")),
    ]
}

#[test]
fn pages_work_in_a_real_browser() {
    let Some(browser) = browser() else { return };
    let home = tempfile::tempdir().expect("a folder");
    let pictures = std::env::var_os("THRONG_SCREENSHOTS").map(|_| {
        let folder = tempfile::tempdir().expect("a folder").keep();
        println!("pictures are in {}", folder.display());
        folder
    });
    for (name, page) in pages(home.path()) {
        let bytes = fs::metadata(&page).expect("a page").len();
        assert!(bytes < MOST_BYTES, "{name}: {bytes} bytes");
        for width in WIDTHS {
            let window = Window::open(&browser, &page, width);
            keep_pictures(&window, name, pictures.as_ref());
            checks::fits(&window);
            checks::can_be_heard(&window);
            if name == "run" {
                checks::tables_sort(&window);
                checks::search_filters(&window);
                checks::plots_answer(&window);
            }
            checks::every_table_sorts(&window);
            checks::every_plot_speaks(&window);
            checks::colours_follow_the_reader(&window);
            checks::prints(&window);
            checks::nothing_was_asked_or_said(&window);
        }
    }
}
