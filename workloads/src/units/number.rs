//! A number, and the unit behind it.

/// A unit: its name, and what one of it is in base units as a quotient, so that `12ms` is 12/1000 (the
/// number nearest to 0.012) and not 12 times a rounded 0.001.
pub(super) type Unit = (&'static str, f64, f64);

/// The leading number of a text, and the rest without the space between them.
pub(super) fn split_number(text: &str) -> (&str, &str) {
    let text = text.trim();
    let bytes = text.as_bytes();
    let mut end = 0;
    while let Some(byte) = bytes.get(end) {
        let exponent = matches!(byte, b'e' | b'E')
            && matches!(bytes.get(end + 1), Some(b'0'..=b'9' | b'+' | b'-'));
        if !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.') && !exponent {
            break;
        }
        end += 1;
    }
    // All bytes before `end` are ASCII.
    (&text[..end], text[end..].trim())
}
