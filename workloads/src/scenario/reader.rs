//! Typed reading of a scenario's tree.
//!
//! Readers never fail: what is wrong is noted with its place and its dotted key, and something harmless
//! is returned, so that one pass finds every mistake of a file. The caller throws the result away where
//! anything was noted.

use super::checks::Checks;
use super::tree::{Node, Origin, Sources, Tree};
use crate::error::{Place, Problem, listed, nearest};
use crate::time::SimSpan;
use crate::units::{Quantity, parse_span};
use std::cell::RefCell;

/// Collects what is wrong.
pub(super) struct Notes<'a> {
    sources: Sources<'a>,
    user: &'a Node,
    pub(super) checks: Checks<'a>,
    problems: RefCell<Vec<(Origin, Problem)>>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(sources: Sources<'a>, user: &'a Node, checks: Checks<'a>) -> Self {
        Self {
            sources,
            user,
            checks,
            problems: RefCell::default(),
        }
    }

    /// Notes a problem with the value of a dotted key; for a value that was not written, at the nearest
    /// section that was.
    pub(super) fn note(&self, key: &str, message: impl Into<String>) {
        let mut node = self.user;
        for step in key.split('.') {
            match node.child(step) {
                Some(child) => node = child,
                None => break,
            }
        }
        self.note_at(node.origin, key, message.into());
    }

    fn note_at(&self, origin: Origin, key: &str, message: String) {
        let problem = Problem {
            place: self.sources.place(origin),
            key: key.to_owned(),
            message,
        };
        self.problems.borrow_mut().push((origin, problem));
    }

    /// Whether a dotted key is in the file or in a flag.
    pub(super) fn is_written(&self, key: &str) -> bool {
        let mut steps = key.split('.');
        steps
            .try_fold(self.user, |node, step| node.child(step))
            .is_some()
    }

    /// Whether nothing was noted so far.
    pub(super) fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// What was noted, in the order of the text, then of the flags.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(origin, problem)| {
            let flag = matches!(problem.place, Place::Flag(_));
            let at = match origin {
                Origin::File(at) => *at,
                Origin::Flag(flag) => *flag,
            };
            (flag, at)
        });
        problems.into_iter().map(|(_, problem)| problem).collect()
    }
}

/// One table of the scenario, with the defaults for what it does not say.
pub(super) struct Section<'a> {
    pub(super) path: String,
    user: Option<&'a Node>,
    defaults: Option<&'a Node>,
    pub(super) notes: &'a Notes<'a>,
    known: RefCell<Vec<String>>,
}

impl<'a> Section<'a> {
    pub(super) fn root(user: &'a Node, defaults: &'a Node, notes: &'a Notes<'a>) -> Self {
        Self::new(String::new(), Some(user), Some(defaults), notes)
    }

    fn new(
        path: String,
        user: Option<&'a Node>,
        defaults: Option<&'a Node>,
        notes: &'a Notes<'a>,
    ) -> Self {
        let section = Self {
            path,
            user,
            defaults,
            notes,
            known: RefCell::default(),
        };
        if let Some(node) = user
            && !matches!(node.value, Tree::Table(_))
        {
            notes.note(
                &section.path,
                format!("expected a table, found {}", node.kind()),
            );
        }
        section
    }

    /// A distribution or another inline table, which has no defaults.
    pub(super) fn of_node(path: String, node: &'a Node, notes: &'a Notes<'a>) -> Self {
        Self::new(path, Some(node), None, notes)
    }

    /// The dotted key of one of its keys.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Notes a problem with one of its keys.
    pub(super) fn note(&self, key: &str, message: impl Into<String>) {
        self.notes.note(&self.key(key), message);
    }

    /// The value of a key where the file or a flag says it.
    pub(super) fn written(&self, key: &str) -> Option<&'a Node> {
        let mut known = self.known.borrow_mut();
        if !known.iter().any(|k| k == key) {
            known.push(key.to_owned());
        }
        self.user.and_then(|node| node.child(key))
    }

    /// The value of a key, or its default.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.written(key)
            .or_else(|| self.defaults.and_then(|node| node.child(key)))
    }

    /// The value of a key that must be there.
    pub(super) fn need(&self, key: &str) -> Option<&'a Node> {
        let node = self.get(key);
        if node.is_none() {
            self.note(key, "missing");
        }
        node
    }

    /// Notes keys that nobody asked for.
    pub(super) fn finish(self) {
        let known = self.known.borrow();
        for entry in self.user.map_or(&[][..], Node::entries) {
            if !known.contains(&entry.key) {
                let hint = nearest(&entry.key, known.iter().map(String::as_str));
                let message = format!("unknown key; {hint}");
                self.notes
                    .note_at(entry.origin, &self.key(&entry.key), message);
            }
        }
    }

    /// The sub-table of a key, defaults included.
    pub(super) fn section(&self, key: &str) -> Section<'a> {
        let user = self.written(key);
        let defaults = self.defaults.and_then(|node| node.child(key));
        Section::new(self.key(key), user, defaults, self.notes)
    }

    /// The elements of an array of tables. The first element of the default array is the default of each.
    /// Where the array is not written there are `absent` elements, of nothing but defaults.
    pub(super) fn elements(&self, key: &str, absent: usize) -> Vec<Section<'a>> {
        let template = self.defaults.and_then(|d| d.child(key)?.child("0"));
        let path = self.key(key);
        let new = |i: usize, user| Section::new(format!("{path}.{i}"), user, template, self.notes);
        match self.written(key) {
            None => (0..absent).map(|i| new(i, None)).collect(),
            Some(node) => match &node.value {
                Tree::Array(nodes) => nodes
                    .iter()
                    .enumerate()
                    .map(|(i, element)| new(i, Some(element)))
                    .collect(),
                _ => {
                    let message = format!(
                        "expected an array of tables ([[{path}]]), found {}",
                        node.kind()
                    );
                    self.note(key, message);
                    Vec::new()
                }
            },
        }
    }

    /// The keys of a table whose keys are names, in the order of the file.
    pub(super) fn names(&self) -> Vec<String> {
        let entries = self.user.map_or(&[][..], Node::entries);
        entries.iter().map(|e| e.key.clone()).collect()
    }

    /// The names that the defaults have.
    pub(super) fn default_names(&self) -> Vec<String> {
        let entries = self.defaults.map_or(&[][..], Node::entries);
        entries.iter().map(|e| e.key.clone()).collect()
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> String {
        let Some(node) = self.need(key) else {
            return String::new();
        };
        match &node.value {
            Tree::Text(text) => text.clone(),
            _ => {
                self.note(
                    key,
                    format!("expected a text in quotes, found {}", node.kind()),
                );
                String::new()
            }
        }
    }

    /// A list of texts; a text alone is a list of one.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let Some(node) = self.need(key) else {
            return Vec::new();
        };
        let nodes = match &node.value {
            Tree::Array(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut texts = Vec::with_capacity(nodes.len());
        for node in nodes {
            match &node.value {
                Tree::Text(text) => texts.push(text.clone()),
                _ => self.note(
                    key,
                    format!("expected a list of texts in quotes, found {}", node.kind()),
                ),
            }
        }
        texts
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)], otherwise: T) -> T {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let Some(node) = self.need(key) else {
            return otherwise;
        };
        let Tree::Text(text) = &node.value else {
            let message = format!("expected one of {}, found {}", listed(&words), node.kind());
            self.note(key, message);
            return otherwise;
        };
        match choices.iter().find(|(word, _)| word == text) {
            Some((_, choice)) => *choice,
            None => {
                let message = format!("unknown value {text:?}; expected one of {}", listed(&words));
                self.note(key, message);
                otherwise
            }
        }
    }

    /// True or false.
    pub(super) fn flag(&self, key: &str) -> bool {
        match self.need(key).map(|node| (&node.value, node.kind())) {
            Some((Tree::Bool(flag), _)) => *flag,
            Some((_, kind)) => {
                self.note(key, format!("expected true or false, found {kind}"));
                false
            }
            None => false,
        }
    }

    /// A whole number from `min` to `max`.
    pub(super) fn whole(&self, key: &str, min: u32, max: u32) -> u32 {
        let Some(node) = self.need(key) else {
            return min;
        };
        let number = match &node.value {
            Tree::Integer(number) => Some(*number),
            Tree::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Some(*number as i64)
            }
            _ => None,
        };
        let fits = number.and_then(|n| u32::try_from(n).ok());
        match (number, fits) {
            (_, Some(fits)) if (min..=max).contains(&fits) => fits,
            (Some(number), _) => {
                let message = format!("{number} is out of range; expected {min} to {max}");
                self.note(key, message);
                min
            }
            (None, _) => {
                let found = shown(node);
                let message = format!("expected a whole number from {min} to {max}, found {found}");
                self.note(key, message);
                min
            }
        }
    }

    /// A number of the given quantity, in base units.
    pub(super) fn quantity(&self, key: &str, quantity: Quantity) -> f64 {
        let Some(node) = self.need(key) else {
            return 0.0;
        };
        number(node, quantity).unwrap_or_else(|message| {
            self.note(key, message);
            0.0
        })
    }

    /// A share or a probability, from 0 to 1.
    pub(super) fn probability(&self, key: &str) -> f64 {
        let value = self.quantity(key, Quantity::Share);
        if value > 1.0 {
            let found = crate::units::plain(value);
            self.note(
                key,
                format!("{found} is more than 1; expected 0 to 1, or \"0%\" to \"100%\""),
            );
            return 0.0;
        }
        value
    }

    /// A size in whole bytes, from `min` to `max`.
    pub(super) fn bytes(&self, key: &str, min: u32, max: u32) -> u32 {
        let bytes = self.quantity(key, Quantity::Size);
        if bytes.fract() == 0.0 && (f64::from(min)..=f64::from(max)).contains(&bytes) {
            return bytes as u32;
        }
        if self.notes.is_clean() {
            let found = crate::units::plain(bytes);
            self.note(
                key,
                format!("{found} bytes; expected whole bytes from {min} to {max}"),
            );
        }
        min
    }

    /// A duration, exact to the nanosecond.
    pub(super) fn span(&self, key: &str) -> SimSpan {
        let Some(node) = self.need(key) else {
            return SimSpan::ZERO;
        };
        let span = match &node.value {
            Tree::Text(text) => parse_span(text),
            _ => number(node, Quantity::Time).map(SimSpan::from_secs_f64),
        };
        span.unwrap_or_else(|message| {
            self.note(key, message);
            SimSpan::ZERO
        })
    }
}

/// A node as a number of the given quantity.
pub(super) fn number(node: &Node, quantity: Quantity) -> Result<f64, String> {
    match &node.value {
        Tree::Text(text) => quantity.parse(text),
        Tree::Integer(number) => quantity.bare(*number as f64),
        Tree::Float(number) => quantity.bare(*number),
        _ => Err(format!(
            "expected {}, found {}",
            quantity.example(),
            node.kind()
        )),
    }
}

/// A value for messages: itself where it is short, otherwise its kind.
fn shown(node: &Node) -> String {
    match &node.value {
        Tree::Text(text) if text.chars().count() <= 40 => format!("{text:?}"),
        Tree::Float(number) => crate::units::plain(*number),
        _ => node.kind().to_owned(),
    }
}
