//! What comparing found: a vector's differences, a file's counts.

use super::format::Kind;
use crate::ciphersuite::Suite;
use crate::model::lengths::Lengths;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Differences kept of one vector: a tree of another width differs everywhere.
const KEPT: usize = 3;

/// Letters of a value that are kept.
const LETTERS: usize = 160;

/// What a file's vectors came to. Vectors are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// The file.
    pub path: PathBuf,
    /// What its vectors are about.
    pub kind: Kind,
    /// Vectors in which the model agrees.
    pub passed: usize,
    /// Vectors in which it does not.
    pub failed: Vec<Failure>,
    /// Vectors that were not checked.
    pub skipped: Vec<Skipped>,
    /// Values that were compared, in all vectors together.
    pub compared: u64,
    /// Vectors of which no encoded length was compared, by the number of their ciphersuite: the model has no lengths
    /// for it.
    pub without_lengths: BTreeMap<u16, usize>,
    /// Vectors of which no hash was compared, by the number of their ciphersuite: its hash function is not known.
    pub without_hashes: BTreeMap<u16, usize>,
    /// Vectors with a tree that ends with blank nodes, which RFC 9420, section 12.4.3.3, leaves out. They were checked
    /// as if without.
    pub blank_tails: usize,
}

/// A vector in which the model does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub vector: usize,
    /// The number of its ciphersuite.
    pub suite: u16,
    /// The first differences.
    pub differences: Vec<Difference>,
    /// How many more there are.
    pub more: u64,
}

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of what.
    pub what: String,
    /// What the vector says.
    pub expected: String,
    /// What the model says.
    pub found: String,
}

/// A vector that was not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Which.
    pub vector: usize,
    /// Why not.
    pub why: String,
}

/// What became of one vector.
#[derive(Debug)]
pub(super) enum Outcome {
    Checked(Findings),
    Skipped(String),
}

/// What one vector's comparisons came to so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    compared: u64,
    differences: Vec<Difference>,
    more: u64,
    /// Whether a tree of the vector ends with blank nodes.
    pub(super) blank_tail: bool,
}

impl Findings {
    /// Compare, and describe both sides where they differ.
    pub(super) fn equal<T: PartialEq + ?Sized>(
        &mut self,
        what: impl FnOnce() -> String,
        expected: &T,
        found: &T,
        show: impl Fn(&T) -> String,
    ) {
        self.compared += 1;
        if expected != found {
            self.differ(what(), show(expected), show(found));
        }
    }

    /// Something is not as the vector has it.
    pub(super) fn differ(&mut self, what: String, expected: String, found: String) {
        if self.differences.len() == KEPT {
            self.more += 1;
            return;
        }
        self.differences.push(Difference {
            what,
            expected: cut(expected),
            found: cut(found),
        });
    }

    /// The vector's tree is none.
    pub(super) fn invalid(&mut self, field: &str, why: &impl ToString) {
        self.compared += 1;
        self.differ(field.to_owned(), "a valid tree".to_owned(), why.to_string());
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

impl FileReport {
    pub(super) fn new(path: &Path, kind: Kind) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            passed: 0,
            failed: Vec::new(),
            skipped: Vec::new(),
            compared: 0,
            without_lengths: BTreeMap::new(),
            without_hashes: BTreeMap::new(),
            blank_tails: 0,
        }
    }

    pub(super) fn note(&mut self, vector: usize, suite: u16, outcome: Outcome) {
        let findings = match outcome {
            Outcome::Skipped(why) => return self.skipped.push(Skipped { vector, why }),
            Outcome::Checked(findings) => findings,
        };
        self.compared += findings.compared;
        self.blank_tails += usize::from(findings.blank_tail);
        let known = Suite::by_code(suite);
        if known.as_ref().and_then(Lengths::of).is_none() {
            *self.without_lengths.entry(suite).or_default() += 1;
        }
        if known.is_none() {
            *self.without_hashes.entry(suite).or_default() += 1;
        }
        if findings.differences.is_empty() {
            self.passed += 1;
            return;
        }
        self.failed.push(Failure {
            vector,
            suite,
            differences: findings.differences,
            more: findings.more,
        });
    }

    /// Vectors that were checked.
    pub fn checked(&self) -> usize {
        self.passed + self.failed.len()
    }
}
