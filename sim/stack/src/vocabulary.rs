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
    /// Those of them whose length depends on what happened in a room before, and not on what is in them alone.
    pub by_state: &'static [&'static str],
    /// The units in which its work is counted.
    pub units: Units,
    /// Names of the families of [`Detail`](crate::Detail)s that its facts carry. The record keeps a book of its own for each family
    /// that it knows; a stack that names none has nothing but what any messenger has.
    pub details: &'static [&'static str],
    /// All reasons that its facts can give, table by table: rules can name these and no others.
    pub reasons: &'static [&'static [&'static Reason]],
}

impl Vocabulary {
    /// All reasons that its facts can give.
    pub fn reasons(&self) -> impl Iterator<Item = &'static Reason> + use<> {
        self.reasons.iter().copied().flatten().copied()
    }

    /// Whether a reason is in its tables, as one for which something can fail like that.
    pub fn gives(&self, failure: Failure, reason: &Reason) -> bool {
        reason.explains(failure) && self.reasons().any(|known| known == reason)
    }
}

/// What a kind of packet shows to whoever handles it without being a member, beside that it came, when, from where and how long it is. What
/// is said in a room is among none of this: nobody but members has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shown {
    /// That it is what members say to each other.
    pub message: bool,
    /// Who says that.
    pub sender: bool,
    /// Who changes who is a member, or is to do so, and whom that lets in or puts out.
    pub change: bool,
    /// The same, but to the room's hub alone.
    pub change_to_hub: bool,
    /// All who are members of its room.
    pub members: bool,
    /// All that its room's state says: what it is called, and who belongs to it.
    pub state: bool,
    /// Who asks for whose keys.
    pub asks: bool,
    /// That a device comes or goes.
    pub presence: bool,
    /// What somebody fetches that is attached to a message.
    pub fetches: bool,
    /// Whoever handles it does so as the hub of a room that it does not name.
    pub as_hub: bool,
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
    /// A message that clients send by themselves, such as that another was read: it is counted by itself, and nobody times it.
    Notice,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// Why something failed. [`reasons!`](crate::reasons) declares tables of them.
#[derive(PartialEq, Eq)]
pub struct Reason {
    /// A stable identifier, in kebab case, that no other reason has: rules name it, and files count by it. It stays when the
    /// words change.
    pub id: &'static str,
    /// In words, for people.
    pub text: &'static str,
    /// What can fail for this reason.
    pub failures: &'static [Failure],
    /// What is counted instead when a request is refused for it: where that ends an attempt at a change, and always where no wish
    /// can be given up for it.
    pub counter: Option<Counter>,
}

impl Reason {
    /// Whether something can fail like that for this reason.
    pub fn explains(&self, failure: Failure) -> bool {
        self.failures.contains(&failure)
    }
}

/// How something fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A wish is given up, or a request comes to nothing.
    GivenUp,
    /// A client can make nothing of what it received.
    Unreadable,
    /// A client's state is of no use any more. Nobody counts that by reason.
    Rejoining,
}

/// Declares reasons, a line each: what can fail for it, its identifier, its words, and what is counted instead where a request is
/// refused for it. Each becomes a static of its own, and the first line names the table of all.
///
/// ```
/// throng_stack::reasons! {
///     static ALL;
///     TOO_LONG: GivenUp | Unreadable = "frame-too-long", "a frame that is too long to be sent";
/// }
/// assert_eq!(ALL, [&TOO_LONG]);
/// ```
#[macro_export]
macro_rules! reasons {
    ($visibility:vis static $all:ident; $($name:ident $(: $($failure:ident)|+)? = $id:literal, $text:literal $(, $counter:expr)?;)*) => {
        $(
            #[doc = $text]
            $visibility static $name: $crate::Reason = $crate::Reason {
                id: $id,
                text: $text,
                failures: &[$($($crate::Failure::$failure),+)?],
                counter: $crate::reasons!(@counter $($counter)?),
            };
        )*

        /// All of them.
        $visibility static $all: &[&$crate::Reason] = &[$(&$name),*];
    };
    (@counter) => { None };
    (@counter $counter:expr) => { Some($counter) };
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// Something that is counted: a stable identifier in snake case, by which rules name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counter(pub &'static str);

#[cfg(test)]
#[allow(
    unreachable_pub,
    dead_code,
    reason = "a table is made for others to see"
)]
mod tests {
    use super::{Failure, Vocabulary};
    use throng_cost::Units;

    crate::reasons! {
        static ALL;
        NOBODY_THERE: GivenUp | Unreadable = "nobody-there", "nobody is there";
        TOO_OLD = "too-old", "too old", super::Counter("too_old");
    }

    mod elsewhere {
        crate::reasons! {
            pub(super) static ALL;
            NOBODY_THERE: GivenUp = "nobody-elsewhere", "nobody is there";
        }
    }

    static WORDS: Vocabulary = Vocabulary {
        name: "test",
        packets: &[],
        by_state: &[],
        units: Units::new(&[]),
        reasons: &[ALL],
        details: &[],
    };

    #[test]
    fn a_stack_gives_the_reasons_of_its_tables_for_what_can_fail_for_them() {
        assert!(WORDS.gives(Failure::GivenUp, &NOBODY_THERE));
        assert!(WORDS.gives(Failure::Unreadable, &NOBODY_THERE));
        assert!(!WORDS.gives(Failure::Rejoining, &NOBODY_THERE));
        assert!(!WORDS.gives(Failure::GivenUp, &TOO_OLD) && TOO_OLD.counter.is_some());
        // The same words make no reason of another stack one of this.
        assert!(!WORDS.gives(Failure::GivenUp, elsewhere::ALL[0]));
    }
}
