//! Text that other people wrote, shown so that nothing in it acts.
//!
//! A scenario's description, a provider's domain, a threshold, a path or a cell of a trace can hold characters that colour a
//! terminal, end a line, turn the direction of what follows, lie there unseen, or cannot stand in XML at all. Whoever writes such text for people
//! passes it through [`visible`] (or [`visible_lines`], where its line breaks may stay); whoever writes it as JSON through
//! [`visible_json`]. Such characters are then spelled out as Rust's `{:?}` spells them, so that errors which quote
//! look the same: `\u{1b}`. What is visible already stays as it is, backslashes too: this is for reading, not for reading back.
//!
//! Data that programs read back (`scenario.toml`, `summary.json`) keeps the text, by the escapes of its own language.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::RangeInclusive;
use std::path::Path;

/// What shows nothing of itself, in the order of its code points: a terminal obeys it, or it lies in a text unseen, so that two
/// texts look the same and are not. It is Unicode's general categories `Cc`, `Zl` and `Zp`, its properties `Bidi_Control` and
/// `Default_Ignorable_Code_Point`, and what XML 1.0, section 2.2, forbids besides (U+FFFE, U+FFFF).
///
/// The joiners U+200C and U+200D are left out: Persian, the scripts of India and families of emoji are spelled with them.
const UNSEEN: &[RangeInclusive<char>] = &[
    '\0'..='\u{1f}',           // C0
    '\u{7f}'..='\u{9f}',       // DEL, C1
    '\u{ad}'..='\u{ad}',       // soft hyphen
    '\u{34f}'..='\u{34f}',     // combining grapheme joiner
    '\u{61c}'..='\u{61c}',     // Arabic letter mark
    '\u{115f}'..='\u{1160}',   // Hangul fillers
    '\u{17b4}'..='\u{17b5}',   // Khmer vowels that are inherent
    '\u{180b}'..='\u{180f}',   // Mongolian variation selectors, vowel separator
    '\u{200b}'..='\u{200b}',   // zero width space
    '\u{200e}'..='\u{200f}',   // marks of direction
    '\u{2028}'..='\u{202e}', // separators of lines and paragraphs; embedding and overriding of direction
    '\u{2060}'..='\u{206f}', // word joiner, invisible operators, isolation of direction
    '\u{3164}'..='\u{3164}', // Hangul filler
    '\u{fe00}'..='\u{fe0f}', // variation selectors
    '\u{feff}'..='\u{feff}', // zero width no-break space, the byte order mark
    '\u{ffa0}'..='\u{ffa0}', // Hangul filler
    '\u{fff0}'..='\u{fff8}', // not assigned, to be ignored
    '\u{fffe}'..='\u{ffff}', // no characters
    '\u{1bca0}'..='\u{1bca3}', // shorthand format controls
    '\u{1d173}'..='\u{1d17a}', // controls of musical notation
    '\u{e0000}'..='\u{e0fff}', // tags, further variation selectors
];

/// Whether a character does something instead of showing something, or shows nothing ([`UNSEEN`]).
pub(crate) fn acts(letter: char) -> bool {
    // Most letters are ASCII.
    match letter {
        ' '..='~' => false,
        _ => {
            let before = UNSEEN.partition_point(|range| *range.end() < letter);
            UNSEEN
                .get(before)
                .is_some_and(|range| range.contains(&letter))
        }
    }
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
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{unit:04x}");
        }
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
    match letter {
        '\0' | '\t' | '\n' | '\r' => shown.extend(letter.escape_debug()),
        // `{:?}` takes some fillers for letters.
        _ => shown.extend(letter.escape_unicode()),
    }
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
            let quoted = format!("{text:?}");
            if acts(letter) && quoted != format!("\"{text}\"") {
                assert_eq!(format!("\"{shown}\""), quoted);
            }
            // `is_control` is what Unicode calls Cc: C0, DEL, C1.
            assert!(acts(letter) || !letter.is_control(), "{letter:?}");
        }
    }

    /// What lies in a text unseen: zero widths, soft hyphens, selectors of a variation, fillers, tags.
    #[test]
    fn what_nobody_sees_is_spelled_out() {
        for letter in "\u{200b}\u{feff}\u{ad}\u{2060}\u{2064}\u{180e}\u{34f}\u{3164}\u{fe00}\u{fe0f}\u{e0001}\u{e0041}\u{e007f}\u{e0100}".chars() {
            let text = format!("a{letter}b");
            let spelled = format!("a\\u{{{:x}}}b", u32::from(letter));
            assert_eq!(visible(&text), spelled);
            assert_eq!(visible_lines(&text), spelled);
            assert!(visible_json(&text).is_ascii(), "{letter:?}");
        }
        assert_eq!(visible_json("\"\u{e0041}\""), r#""\udb40\udc41""#);
        assert!(UNSEEN.is_sorted_by(|one, other| one.end() < other.start()));
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
