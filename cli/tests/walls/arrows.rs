//! Which module imports from which, and where that goes round in a circle.

use crate::source::Module;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A room among its neighbours: one of the modules in a module, or what that module's own file holds.
pub(crate) type Room = String;

/// What a module's own items are called among its children.
const ITSELF: &str = "(itself)";

/// The arrows among the children of one module: who imports from whom, and the places where that is written.
pub(crate) type Level = BTreeMap<Room, BTreeMap<Room, Vec<String>>>;

/// The levels of a target, by the path of the module whose children they are.
pub(crate) fn levels(modules: &[Module]) -> BTreeMap<String, Level> {
    let mut levels: BTreeMap<String, Level> = BTreeMap::new();
    for (from, module) in modules.iter().enumerate() {
        // A name alone is an import where a `use` declaration binds it; in small letters it may as well be a variable's.
        let known = |path: &[String]| {
            path.len() > 1
                || path[0].starts_with(char::is_uppercase) && module.bound.contains_key(&path[0])
        };
        for (path, line) in module.mentions.iter().filter(|(path, _)| known(path)) {
            let Some(to) = resolve(modules, from, path, &mut BTreeSet::new()) else {
                continue;
            };
            let (source, target) = (lineage(modules, from), lineage(modules, to.module()));
            if matches!(to, Place::Module(_)) && source.starts_with(&target) {
                // The name of a module around it: what is used of that is mentioned where it is used.
                continue;
            }
            let shared = source
                .iter()
                .zip(&target)
                .take_while(|(a, b)| a == b)
                .count();
            let room = |line: &[usize]| match line.get(shared) {
                Some(child) => modules[*child].name.clone(),
                None => ITSELF.to_owned(),
            };
            let (importer, imported) = (room(&source), room(&target));
            if importer != imported {
                let place = format!("{}:{line}: {}", module.file.display(), path.join("::"));
                levels
                    .entry(path_of(modules, &source[..shared]))
                    .or_default()
                    .entry(importer)
                    .or_default()
                    .entry(imported)
                    .or_default()
                    .push(place);
            }
        }
    }
    levels
}

/// The shortest circle of a level through its first room that is on one.
pub(crate) fn circle<T>(level: &BTreeMap<Room, BTreeMap<Room, T>>) -> Option<Vec<Room>> {
    level.keys().find_map(|start| {
        let mut before: BTreeMap<&Room, &Room> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(room) = queue.pop_front() {
            for next in level.get(room).into_iter().flat_map(BTreeMap::keys) {
                if next == start {
                    let mut circle = vec![start.clone(), room.clone()];
                    let mut at = room;
                    while let Some(previous) = before.get(at) {
                        circle.push((*previous).clone());
                        at = previous;
                    }
                    circle.reverse();
                    return Some(circle);
                }
                if !before.contains_key(next) {
                    before.insert(next, room);
                    queue.push_back(next);
                }
            }
        }
        None
    })
}

/// What a path names.
#[derive(Clone, Copy)]
enum Place {
    Module(usize),
    /// Something in this module.
    Item(usize),
}

impl Place {
    fn module(self) -> usize {
        let (Self::Module(module) | Self::Item(module)) = self;
        module
    }
}

/// Where what a path names is really defined; names that `use` declarations bind are followed. `None` of what is
/// in another crate. What was `seen` is not looked up again: names may stand for each other in a circle.
fn resolve<'a>(
    modules: &'a [Module],
    from: usize,
    path: &'a [String],
    seen: &mut BTreeSet<(usize, &'a str)>,
) -> Option<Place> {
    let (first, mut rest) = path.split_first()?;
    let mut place = match first.as_str() {
        "crate" => Place::Module(0),
        "self" => Place::Module(from),
        "super" => Place::Module(modules[from].parent?),
        name => find(modules, from, name, seen)?,
    };
    while let (Place::Module(at), Some((name, more))) = (place, rest.split_first()) {
        place = match name.as_str() {
            "super" => Place::Module(modules[at].parent?),
            // What a macro has made has no name in the source.
            name => find(modules, at, name, seen).unwrap_or(Place::Item(at)),
        };
        rest = more;
    }
    Some(place)
}

/// What a name means in a module.
fn find<'a>(
    modules: &'a [Module],
    at: usize,
    name: &'a str,
    seen: &mut BTreeSet<(usize, &'a str)>,
) -> Option<Place> {
    let module = &modules[at];
    if !seen.insert((at, name)) {
        return None;
    }
    if let Some(child) = module.children.get(name) {
        return Some(Place::Module(*child));
    }
    if module.items.contains(name) {
        return Some(Place::Item(at));
    }
    if let Some(path) = module.bound.get(name) {
        // `use serde::…` names a crate, not itself.
        let foreign = path.len() == 1 && path[0] == name;
        return (!foreign)
            .then(|| resolve(modules, at, path, seen))
            .flatten();
    }
    module.globs.iter().find_map(|path| {
        let Place::Module(target) = resolve(modules, at, path, seen)? else {
            return None;
        };
        find(modules, target, name, seen)
    })
}

/// A module and all around it, from the root.
fn lineage(modules: &[Module], at: usize) -> Vec<usize> {
    let mut line = vec![at];
    while let Some(parent) = modules[line[line.len() - 1]].parent {
        line.push(parent);
    }
    line.reverse();
    line
}

fn path_of(modules: &[Module], line: &[usize]) -> String {
    let names: Vec<&str> = line.iter().map(|at| modules[*at].name.as_str()).collect();
    names.join("::")
}
