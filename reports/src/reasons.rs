//! Why things failed: the closed list of what rules can name, and what people read.

use throng_record::reasons;
use throng_stack::{Failure, Reason};
use throng_world::stacks::STACKS;

/// All reasons that runs can have: those of the stacks that scenarios can ask for, and the record's own.
fn all() -> impl Iterator<Item = &'static Reason> {
    let of_stacks = STACKS.iter().flat_map(|stack| stack.words.reasons());
    of_stacks.chain(reasons::ALL.iter().copied())
}

/// The identifiers of those for which something can fail like that.
pub(crate) fn of(failure: Failure) -> impl Iterator<Item = &'static str> {
    let of = all().filter(move |reason| reason.explains(failure));
    of.map(|reason| reason.id)
}

/// What people read of the reason with this identifier. Where no table has it, as in a file of another version, the identifier
/// itself is all there is.
pub(crate) fn words(id: &str) -> String {
    let known = all().find(|reason| reason.id == id);
    known.map_or_else(|| id.replace('-', " "), |reason| reason.text.to_owned())
}

/// The identifier by which a file counts a reason. Files of schema 3 have the words that it is made of.
pub(crate) fn id_in_file(key: &str) -> String {
    key.replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::{all, id_in_file, of, words};
    use std::collections::BTreeSet;
    use throng_stack::Failure;

    /// Two reasons with one identifier would be counted as one, and no rule could tell them apart.
    #[test]
    fn no_two_reasons_have_one_identifier() {
        let mut seen = BTreeSet::new();
        for reason in all() {
            assert!(seen.insert(reason.id), "{reason:?} is there twice");
        }
    }

    /// Whatever an operator or a pattern is made of cannot be part of a name, and `_` and `.` part other names.
    #[test]
    fn identifiers_can_be_named_by_rules() {
        for reason in all() {
            let sound = |letter: char| letter.is_ascii_graphic() && !"<>=!*_.".contains(letter);
            assert!(
                !reason.id.is_empty() && reason.id.chars().all(sound),
                "{reason:?}"
            );
        }
    }

    #[test]
    fn people_read_words_whatever_the_identifier_is() {
        assert_eq!(words("no-member"), "sent to one who is no member");
        assert_eq!(words("of-another-version"), "of another version");
    }

    #[test]
    fn a_reason_belongs_to_what_can_fail_for_it() {
        let has = |failure, id| of(failure).any(|known| known == id);
        assert!(has(Failure::GivenUp, "still-open-at-the-end"));
        assert!(!has(Failure::Unreadable, "still-open-at-the-end"));
        assert!(has(Failure::Unreadable, "no-member") && !has(Failure::GivenUp, "no-member"));
        for both in [Failure::GivenUp, Failure::Unreadable] {
            assert!(has(both, "malformed-frame"));
        }
    }

    #[test]
    fn old_files_count_by_words() {
        assert_eq!(id_in_file("still open at the end"), "still-open-at-the-end");
    }
}
