//! The tables of a stack: what there is to count, name and time in it, each in one place.

use std::fmt;
use throng_cost::Units;

/// What a stack's words are.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary {
    /// The stack's name, as scenarios have it.
    pub name: &'static str,
    /// Names of the kinds of packets, each at its [`Kind::index`](crate::Kind::index).
    pub packets: &'static [&'static str],
    /// The units in which its work is counted.
    pub units: Units,
    /// Names of the families of [`Detail`](crate::Detail)s that its facts carry. The record keeps a book of its own for each family
    /// that it knows; a stack that names none has nothing but what any messenger has.
    pub details: &'static [&'static str],
}

/// What an event is about.
#[derive(PartialEq, Eq)]
pub struct Subject {
    /// A stable identifier.
    pub id: &'static str,
    /// How the record treats it.
    pub class: SubjectClass,
}

/// What the record makes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectClass {
    /// Something that people say: how long it takes from the wish to each reader.
    Message,
    /// A change of the room: how long and how many attempts from the wish to acceptance, and how long from there to each
    /// member's new state.
    Change,
    /// Something on the way to a change: it arrives, and nobody times it.
    Proposal,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// Why something was refused.
#[derive(PartialEq, Eq)]
pub struct Reason {
    /// A stable identifier, in snake case: rules can name it.
    pub id: &'static str,
    /// In words.
    pub text: &'static str,
    /// What is counted when it ends an attempt at a change; otherwise it is a wish given up, for this reason.
    pub counter: Counter,
    /// Whether it is counted so, whatever it ends.
    pub always: bool,
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// Something that is counted: a stable identifier in snake case, by which rules name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counter(pub &'static str);
