//! Text that other people wrote, shown so that nothing in it acts.
//!
//! A scenario's description, a provider's domain, a threshold, a path or a cell of a trace can hold characters that colour a
//! terminal, end a line, turn the direction of what follows, or cannot stand in XML at all. Whoever writes such text for people
//! passes it through [`visible`] (or [`visible_lines`], where its line breaks may stay); whoever writes it as JSON through
//! [`visible_json`]. Such characters are then spelled out as Rust's `{:?}` spells them, so that errors which quote
//! look the same: `\u{1b}`. What is visible already stays as it is, backslashes too: this is for reading, not for reading back.
//!
//! Data that programs read back (`scenario.toml`, `summary.json`) keeps the text, by the escapes of its own language.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

/// Whether a character does something instead of showing something: the controls C0, DEL and C1; those of direction (Unicode's
/// property `Bidi_Control`); line and paragraph separators. U+FFFE and U+FFFF are no characters, and XML 1.0, section 2.2, forbids them.
pub(crate) const fn acts(letter: char) -> bool {
    matches!(
        letter,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fffe}'
            | '\u{ffff}'
    )
}

/// The text on one line.
///
/// ```
/// use throng_workloads::visible::visible;
/// assert_eq!(visible("a.example"), "a.example");
/// assert_eq!(visible("a\u{1b}[31m\u{202e}b\n"), r"a\u{1b}[31m\u{202e}b\n");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    spelled(text, acts, spell)
}

/// The text with its line breaks and tabs; those of Windows become plain ones.
///
/// ```
/// use throng_workloads::visible::visible_lines;
/// assert_eq!(visible_lines("one\r\ntwo\rthree\n"), "one\ntwo\\rthree\n");
/// ```
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    let acts = |letter| acts(letter) && !matches!(letter, '\n' | '\t');
    match text.contains("\r\n") {
        true => Cow::Owned(spelled(&text.replace("\r\n", "\n"), acts, spell).into_owned()),
        false => spelled(text, acts, spell),
    }
}

/// JSON with such characters in its strings escaped, which reads back to the same value: encoders escape C0 alone.
///
/// ```
/// use throng_workloads::visible::visible_json;
/// assert_eq!(visible_json("{\n\"note\": \"\u{9b}31m\"\n}"), "{\n\"note\": \"\\u009b31m\"\n}");
/// ```
pub fn visible_json(json: &str) -> Cow<'_, str> {
    // Between strings there are none but these.
    let acts = |letter| acts(letter) && !matches!(letter, '\n' | '\r' | '\t');
    spelled(json, acts, |letter, shown| {
        // All of them are in the basic plane. Writing to a String cannot fail.
        let _ = write!(shown, "\\u{:04x}", u32::from(letter));
    })
}

/// A path on one line.
///
/// ```
/// use throng_workloads::visible::visible_path;
/// assert_eq!(visible_path("runs/a\tb".as_ref()), r"runs/a\tb");
/// ```
pub fn visible_path(path: &Path) -> String {
    visible(&path.to_string_lossy()).into_owned()
}

fn spell(letter: char, shown: &mut String) {
    shown.extend(letter.escape_debug());
}

fn spelled(
    text: &str,
    acts: impl Fn(char) -> bool,
    spell: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    if !text.contains(&acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match acts(letter) {
            true => spell(letter, &mut shown),
            false => shown.push(letter),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_acts_is_spelled_out_and_no_other() {
        for letter in '\0'..=char::MAX {
            let text = letter.to_string();
            let shown = visible(&text);
            assert_eq!(shown == text, !acts(letter), "{letter:?}");
            assert!(!shown.contains(acts), "{letter:?}");
            // As `{:?}` does, so that text which is quoted and text which is not look the same.
            if acts(letter) {
                assert_eq!(format!("\"{shown}\""), format!("{text:?}"));
            }
            // `is_control` is what Unicode calls Cc: C0, DEL, C1.
            assert!(acts(letter) || !letter.is_control(), "{letter:?}");
        }
    }

    #[test]
    fn what_is_shown_is_shown_as_it_is_from_then_on() {
        let once = visible("\u{7}a\u{85}\u{2066}\r\n").into_owned();
        assert_eq!(once, r"\u{7}a\u{85}\u{2066}\r\n");
        assert!(matches!(visible(&once), Cow::Borrowed(same) if same == once));
    }

    #[test]
    fn letters_of_all_scripts_stay() {
        for text in ["Ünïcode", "שלום", "مرحبا", "👩‍👩‍👧", "नमस्ते", "a\u{a0}b"]
        {
            assert_eq!(visible(text), text);
        }
    }
}
