//! As much of Structured Field Values (RFC 9651) as our header fields need: Integers, Strings, Parameters that are Integers, and Lists
//! of Integers, or of Inner Lists of them.

/// The largest Integer (RFC 9651, section 3.3.1).
pub(super) const MOST: u64 = 999_999_999_999_999;

/// The Integers of an Inner List, and its Parameters.
pub(super) type InnerList<'a> = (Vec<u64>, Vec<(&'a str, u64)>);

/// An Integer that is not negative.
pub(super) fn integer(value: &str) -> Option<u64> {
    whole(value, Reader::integer)
}

/// A List of Integers; an empty one is no field at all. Several lines of one field are one list.
pub(super) fn integers<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<Vec<u64>> {
    let mut all = Vec::new();
    for line in lines {
        all.extend(whole(line, |reader| reader.list_of(Reader::integer))?);
    }
    Some(all)
}

/// A List of Inner Lists of Integers with Parameters that are Integers: of each the Integers and the Parameters. Several lines of one
/// field are one list.
pub(super) fn inner_lists<'a>(
    lines: impl IntoIterator<Item = &'a str>,
) -> Option<Vec<InnerList<'a>>> {
    let mut all = Vec::new();
    for line in lines {
        all.extend(whole(line, |reader| reader.list_of(Reader::inner_list))?);
    }
    Some(all)
}

/// A String with Parameters that are Integers: the last of one key counts.
pub(super) fn named(value: &str) -> Option<(String, Vec<(&str, u64)>)> {
    whole(value, |reader| {
        Some((reader.string()?, reader.parameters()?))
    })
}

/// A String. What it cannot hold, it does not.
pub(super) fn string(text: &str) -> Option<String> {
    if !text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return None;
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    Some(quoted)
}

/// All of a value, spaces around it left out.
fn whole<'a, T>(value: &'a str, read: impl FnOnce(&mut Reader<'a>) -> Option<T>) -> Option<T> {
    let mut reader = Reader {
        rest: value.trim_matches(' '),
    };
    let found = read(&mut reader)?;
    reader.rest.is_empty().then_some(found)
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, letter: char) -> bool {
        match self.rest.strip_prefix(letter) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn while_all(&mut self, fits: impl Fn(u8) -> bool) -> &'a str {
        let end = self.rest.bytes().position(|byte| !fits(byte));
        let (taken, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn integer(&mut self) -> Option<u64> {
        let digits = self.while_all(|byte| byte.is_ascii_digit());
        (digits.len() <= 15).then(|| digits.parse().ok()).flatten()
    }

    /// The Integers between parentheses, and the Parameters behind them.
    fn inner_list(&mut self) -> Option<InnerList<'a>> {
        if !self.take('(') {
            return None;
        }
        let mut all = Vec::new();
        loop {
            let spaces = self.while_all(|byte| byte == b' ');
            if self.take(')') {
                return Some((all, self.parameters()?));
            }
            if !all.is_empty() && spaces.is_empty() {
                return None;
            }
            all.push(self.integer()?);
        }
    }

    fn list_of<T>(&mut self, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut all = Vec::new();
        if self.rest.is_empty() {
            return Some(all);
        }
        loop {
            all.push(one(self)?);
            self.while_all(|byte| matches!(byte, b' ' | b'\t'));
            if self.rest.is_empty() {
                return Some(all);
            }
            if !self.take(',') {
                return None;
            }
            self.while_all(|byte| matches!(byte, b' ' | b'\t'));
        }
    }

    fn string(&mut self) -> Option<String> {
        if !self.take('"') {
            return None;
        }
        let mut text = String::new();
        loop {
            let plain = self
                .while_all(|byte| (0x20..0x7f).contains(&byte) && !matches!(byte, b'"' | b'\\'));
            text.push_str(plain);
            if self.take('"') {
                return Some(text);
            }
            if !self.take('\\') {
                return None;
            }
            text.push(match () {
                () if self.take('"') => '"',
                () if self.take('\\') => '\\',
                () => return None,
            });
        }
    }

    fn parameters(&mut self) -> Option<Vec<(&'a str, u64)>> {
        let mut all: Vec<(&str, u64)> = Vec::new();
        while self.take(';') {
            self.while_all(|byte| byte == b' ');
            let begins = |byte: u8| byte.is_ascii_lowercase() || byte == b'*';
            if !self.rest.bytes().next().is_some_and(begins) {
                return None;
            }
            let key = self.while_all(|byte| {
                begins(byte) || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.')
            });
            if !self.take('=') {
                return None;
            }
            let value = self.integer()?;
            all.retain(|(known, _)| *known != key);
            all.push((key, value));
        }
        Some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sfv::{BareItem, ListEntry, Parser};

    /// What another implementation reads.
    fn by_sfv(value: &str) -> Option<Vec<u64>> {
        let list: sfv::List = Parser::new(value).parse().ok()?;
        list.iter()
            .map(|entry| match entry {
                ListEntry::Item(item) if item.params.is_empty() => match &item.bare_item {
                    BareItem::Integer(number) => u64::try_from(*number).ok(),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }

    proptest! {
        #[test]
        fn lists_are_read_as_another_reads_them(value in "[0-9, \t-]{0,24}") {
            // Minus zero is an Integer too; none of ours has a sign.
            if !value.contains('-') {
                prop_assert_eq!(integers([value.as_str()]), by_sfv(&value));
            }
        }

        #[test]
        fn strings_are_written_so_that_another_reads_them(text in "[ -~]{0,20}") {
            let quoted = string(&text).unwrap();
            let item: sfv::Item = Parser::new(&quoted).parse().unwrap();
            let expected = sfv::String::from_string(text.clone()).unwrap();
            prop_assert_eq!(item.bare_item, BareItem::String(expected));
            prop_assert_eq!(named(&quoted), Some((text, Vec::new())));
        }

        #[test]
        fn whatever_comes_is_read_or_refused(value in any::<String>()) {
            let _ = (integer(&value), integers([value.as_str()]), named(&value));
            let _ = inner_lists([value.as_str()]);
        }
    }

    #[test]
    fn inner_lists_are_read_as_they_are_written() {
        let read = |line| inner_lists([line]);
        let found = read("(2051 2052);s=8;e=13, ();s=10");
        let expected = vec![
            (vec![2051, 2052], vec![("s", 8), ("e", 13)]),
            (vec![], vec![("s", 10)]),
        ];
        assert_eq!(found, Some(expected));
        assert_eq!(read("( 1  2 )"), Some(vec![(vec![1, 2], vec![])]));
        assert_eq!(inner_lists(["(1)", "(2)"]).map(|all| all.len()), Some(2));
        for value in [
            "(1", "1)", "(1,2)", "(1a)", "(1;a=2)", "(1)(2)", "((1))", "(1), ",
        ] {
            assert_eq!(read(value), None, "{value:?}");
        }
    }

    #[test]
    fn what_is_no_structured_field_is_nothing() {
        for value in ["", "-1", "+1", "1.5", "1000000000000000", "1 2", "1;a", "٣"] {
            assert_eq!(integer(value), None, "{value:?}");
        }
        assert_eq!(integer(" 007 "), Some(7));
        assert_eq!(integer("999999999999999"), Some(MOST));
        for value in ["1,", ",", "1,,2", "1 2", "a"] {
            assert_eq!(integers([value]), None, "{value:?}");
        }
        assert_eq!(integers(["1, 2", "3"]), Some(vec![1, 2, 3]));
        assert_eq!(integers([""]), Some(Vec::new()));
        for value in [
            "a",
            "\"a",
            "\"\\n\"",
            "\"\u{7f}\"",
            "\"a\";C=1",
            "\"a\";c",
            "\"a\";c=x",
        ] {
            assert_eq!(named(value), None, "{value:?}");
        }
        let found = named("\"a\\\"b\\\\\"; c=1;n=2;c=3");
        assert_eq!(found, Some(("a\"b\\".to_owned(), vec![("n", 2), ("c", 3)])));
        assert_eq!(string("é"), None);
    }
}
