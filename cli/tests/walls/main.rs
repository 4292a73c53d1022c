//! The walls of the house hold: no circle between crates, and inside a crate no module that imports upward.
//!
//! *Between crates.* Cargo itself forbids circles of ordinary dependencies; here those of tests, benches and build scripts count too.
//!
//! *Inside a crate.* Every module stands among its neighbours: the other modules in the same parent, and the parent's own file. An
//! import is an arrow. It belongs to one level, that of the innermost module around both its ends: a `use` or a path in `a::b::c`
//! that names something in `a::d::e` is the arrow `b → d` on the level of `a`; something in `a`'s own file, the arrow
//! `b → a itself`; and where `a`'s own file names something in `a::b`, the arrow is `a itself → b`. **On no level may the arrows
//! go round in a circle.** So neighbours are in an order, each knows only those below it, and a parent is one of two things: the
//! ground on which its children stand (they use it, and it names none of those that do), or the roof over them (it uses them, and
//! those know nothing of it). A `mod` declaration is no arrow, and a name that is passed on by `pub use` counts where it is
//! defined, so that a roof that lists what is beneath does not bind it together.
//!
//! *Behind the seam.* Kernel, network and seam know no protocol, and of the record one room alone knows what MLS groups add.
//!
//! *Between drivers.* What drives in real time has nothing of what drives in virtual time, and no protocol has sockets.
//!
//! What only tests see does not count: `#[cfg(test)]`, and the targets of kind `test`. Calls of methods have no path and are not seen.

mod arrows;
mod source;

use arrows::{Level, circle, levels};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
            "--manifest-path",
        ])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .expect("cargo");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} in {value}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key]
        .as_array()
        .unwrap_or_else(|| panic!("{key} in {value}"))
}

/// The crates of the workspace, and the kind of dependency that leads from one to another.
fn crates(metadata: &Value) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let packages = list(metadata, "packages");
    let ours: BTreeSet<&str> = packages
        .iter()
        .map(|package| text(package, "name"))
        .collect();
    let arrows = |package: &Value| {
        let mut arrows: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for dependency in list(package, "dependencies") {
            let name = text(dependency, "name");
            if ours.contains(name) {
                let kind = dependency["kind"].as_str().unwrap_or("normal");
                arrows
                    .entry(name.to_owned())
                    .or_default()
                    .push(kind.to_owned());
            }
        }
        arrows
    };
    packages
        .iter()
        .map(|package| (text(package, "name").to_owned(), arrows(package)))
        .collect()
}

/// The targets whose modules are looked at: a name for each, and its first file.
fn targets(metadata: &Value) -> Vec<(String, PathBuf)> {
    let of = |package: &Value| {
        let targets = list(package, "targets")
            .iter()
            .filter(|target| !list(target, "kind").iter().any(|kind| kind == "test"));
        targets
            .map(|target| {
                (
                    text(target, "name").replace('-', "_"),
                    PathBuf::from(text(target, "src_path")),
                )
            })
            .collect::<Vec<_>>()
    };
    list(metadata, "packages").iter().flat_map(of).collect()
}

/// A circle in words, a line an arrow, with the places where it is written.
fn in_words<T: AsRef<[String]>>(
    circle: &[String],
    arrows: &BTreeMap<String, BTreeMap<String, T>>,
) -> String {
    const MOST_PLACES: usize = 4;
    let mut words = String::new();
    for pair in circle.windows(2) {
        let _ = writeln!(words, "  {} → {}", pair[0], pair[1]);
        let places = arrows[&pair[0]][&pair[1]].as_ref();
        for place in places.iter().take(MOST_PLACES) {
            let _ = writeln!(words, "      {place}");
        }
        if places.len() > MOST_PLACES {
            let _ = writeln!(words, "      and {} more", places.len() - MOST_PLACES);
        }
    }
    words
}

/// Every level of a target that has a circle, in words.
fn circles(name: &str, root: &Path) -> Vec<String> {
    let modules = source::read(name, root).unwrap_or_else(|error| panic!("{error}"));
    let in_level = |(path, level): (String, Level)| {
        circle(&level).map(|circle| format!("in {path}:\n{}", in_words(&circle, &level)))
    };
    levels(&modules).into_iter().filter_map(in_level).collect()
}

#[test]
fn no_crate_depends_on_itself_in_a_circle() {
    let crates = crates(&metadata());
    assert!(crates.len() > 4, "crates are missing: {crates:?}");
    if let Some(circle) = circle(&crates) {
        panic!(
            "crates depend on each other in a circle:\n{}",
            in_words(&circle, &crates)
        );
    }
}

#[test]
fn no_module_imports_upward() {
    let targets = targets(&metadata());
    let found: Vec<String> = targets
        .iter()
        .flat_map(|(name, root)| circles(name, root))
        .collect();
    assert!(
        found.is_empty(),
        "modules import each other in a circle\n{}",
        found.join("\n")
    );
}

/// The crate that no line of kernel, network and seam may name, nor any of the record outside of one room.
const MLS: &str = "throng_mls";

/// Rooms at the top of a target that name something of another crate, each with the places.
fn rooms_that_name(name: &str, root: &Path, other: &str) -> BTreeMap<String, Vec<String>> {
    let modules = source::read(name, root).unwrap_or_else(|error| panic!("{error}"));
    let is_other = |path: &[String]| path.first().is_some_and(|first| first == other);
    let mut rooms: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for module in &modules {
        // What it uses, and what it only passes on.
        let used = module.mentions.iter().map(|(path, _)| path);
        let passed_on = module.bound.values().chain(&module.globs);
        let mut found = used.chain(passed_on).filter(|path| is_other(path));
        if let Some(path) = found.next() {
            let mut top = module;
            while let Some(parent) = top
                .parent
                .filter(|parent| modules[*parent].parent.is_some())
            {
                top = &modules[parent];
            }
            let place = format!("{}: {}", module.file.display(), path.join("::"));
            rooms.entry(top.name.clone()).or_default().push(place);
        }
    }
    rooms
}

#[test]
fn of_all_behind_the_seam_one_room_alone_knows_mls() {
    let metadata = metadata();
    for (name, arrows) in crates(&metadata) {
        if ["throng-kernel", "throng-net", "throng-stack"].contains(&name.as_str()) {
            assert!(!arrows.contains_key("throng-mls"), "{name}: {arrows:?}");
        }
    }
    let targets = targets(&metadata);
    let behind = [
        "throng_kernel",
        "throng_net",
        "throng_stack",
        "throng_record",
    ];
    let behind = behind.map(|name| {
        let found = targets.iter().find(|(target, _)| target == name);
        found.unwrap_or_else(|| panic!("no crate {name}"))
    });
    for (name, root) in behind {
        let mut rooms = rooms_that_name(name, root, MLS);
        if name == "throng_record" {
            assert!(
                rooms.remove("groups").is_some(),
                "the room is elsewhere now"
            );
        }
        assert!(rooms.is_empty(), "{name} names {MLS}: {rooms:#?}");
    }
}

/// What over real sockets is driven by real time has nothing of virtual time in it, and knows protocols as whatever they are
/// registered as; these know nothing of sockets.
#[test]
fn the_second_driver_knows_neither_the_first_nor_any_protocol() {
    let metadata = metadata();
    let crates = crates(&metadata);
    let live = &crates["throng-live"];
    for other in [
        "throng-kernel",
        "throng-net",
        "throng-audience",
        "throng-world",
        "throng-mls",
        "throng-mimi",
    ] {
        assert!(!live.contains_key(other), "{live:?}");
    }
    let sockets = ["tokio", "hyper", "rustls", "http"];
    for package in list(&metadata, "packages") {
        let name = text(package, "name");
        if ["throng-live", "throng"].contains(&name) {
            continue;
        }
        for dependency in list(package, "dependencies") {
            assert!(!sockets.contains(&text(dependency, "name")), "{name}");
        }
    }
}

#[test]
fn a_room_that_names_another_crate_is_found() {
    let root = house(
        "leaky",
        &[
            ("lib.rs", "mod groups; mod rooms; pub mod shop; mod still;"),
            ("groups/mod.rs", "mod book;"),
            ("groups/book.rs", "use throng_mls::engine::Engine;"),
            ("rooms.rs", "fn health() { throng_mls::tree_health::of() }"),
            ("shop.rs", "pub use throng_mls::work::Work;"),
            (
                "still.rs",
                "#[cfg(test)] use throng_mls::work::Work; use throng_stack::Fact;",
            ),
        ],
    );
    let rooms = rooms_that_name("leaky", &root, MLS);
    let names: Vec<&str> = rooms.keys().map(String::as_str).collect();
    assert_eq!(names, ["groups", "rooms", "shop"]);
}

/// A small house: files and what is in them.
fn house(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (file, content) in files {
        let file = root.join(file);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, content).expect("a file");
    }
    root.join("lib.rs")
}

fn circles_in(root: &Path) -> Vec<String> {
    let folder = format!("{}/", root.parent().expect("a folder").display());
    let found = circles("house", root).into_iter();
    found.map(|circle| circle.replace(&folder, "/")).collect()
}

#[test]
fn a_circle_is_found_and_named() {
    let root = house(
        "crooked",
        &[
            (
                "lib.rs",
                "mod attic; mod cellar; mod stairs; pub use stairs::Step;",
            ),
            ("attic.rs", "use crate::Step;"),
            ("cellar/mod.rs", "mod wine; pub fn dig() { wine::pour(); }"),
            (
                "cellar/wine.rs",
                "pub fn pour() { println!(\"{}\", crate::attic::LIGHT); }",
            ),
            (
                "stairs.rs",
                "pub struct Step;\n\nimpl Step {\n    fn down() { crate::cellar::dig() }\n}",
            ),
        ],
    );
    // Through a name that is passed on, a macro and a path without `use`.
    let circle = "in house:\n\
        \x20 attic → stairs\n      /attic.rs:1: crate::Step\n\
        \x20 stairs → cellar\n      /stairs.rs:4: crate::cellar::dig\n\
        \x20 cellar → attic\n      /cellar/wine.rs:1: crate::attic::LIGHT\n";
    assert_eq!(circles_in(&root), [circle]);
}

#[test]
fn a_parent_is_the_ground_or_the_roof_but_not_both() {
    let both = house(
        "both",
        &[
            (
                "lib.rs",
                "mod room; pub struct Key; pub fn open() { room::turn(Key) }",
            ),
            ("room.rs", "pub fn turn(_: super::Key) {}"),
        ],
    );
    assert_eq!(circles_in(&both).len(), 1);
    let ground = house(
        "ground",
        &[
            ("lib.rs", "pub mod room; pub struct Key;"),
            ("room.rs", "pub fn turn(_: super::Key) {}"),
        ],
    );
    let roof = house(
        "roof",
        &[
            ("lib.rs", "mod room; pub fn open() { room::turn() }"),
            ("room.rs", "pub fn turn() {}"),
        ],
    );
    for root in [ground, roof] {
        assert_eq!(circles_in(&root), Vec::<String>::new());
    }
}

#[test]
fn what_only_tests_see_is_no_arrow() {
    let root = house(
        "tested",
        &[
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "pub fn one() {} #[cfg(test)] mod tests { use crate::b::two; } #[cfg(test)] use crate::b;",
            ),
            ("b.rs", "pub fn two() { crate::a::one() }"),
        ],
    );
    assert_eq!(circles_in(&root), Vec::<String>::new());
}
