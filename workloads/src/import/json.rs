//! JSON of others, of which little is wanted.

use super::lines::{Gauge, Meter, unreadable};
use crate::error::ScenarioError;
use serde::de::{DeserializeOwned, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::io::BufReader;
use std::marker::PhantomData;
use std::path::Path;

/// The length of a text in bytes of UTF-8. The text itself is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Length(pub(super) u64);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Length;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Length, E> {
                Ok(Length(text.len() as u64))
            }

            fn visit_bytes<E>(self, text: &[u8]) -> Result<Length, E> {
                Ok(Length(text.len() as u64))
            }
        }
        // As bytes: half of a surrogate pair, which some programs leave where they cut texts, is no reason to refuse a chat.
        deserializer.deserialize_bytes(Text)
    }
}

/// Why a text is not what was expected, with its column; the line is another matter.
pub(super) fn explained(error: &serde_json::Error) -> String {
    /// What is quoted of a text may be long.
    const MOST: usize = 300;
    let said = error.to_string();
    let said = said
        .rsplit_once(" at line ")
        .map_or(&*said, |(said, _)| said);
    let shown: String = said.chars().take(MOST).collect();
    match error.column() {
        0 => shown,
        column => format!("column {column}: {shown}"),
    }
}

/// Reads a file that is an array, one element after another. `take` says what is wrong with one, and what would be right.
pub(super) fn each<T: DeserializeOwned>(
    path: &Path,
    take: impl FnMut(T) -> Result<(), String>,
) -> Result<(), ScenarioError> {
    let meter = Meter::new();
    let file = BufReader::with_capacity(1 << 16, Gauge::open(path, &meter)?);
    let mut json = serde_json::Deserializer::from_reader(file);
    let elements = Elements {
        take,
        meter: &meter,
        of: PhantomData,
    };
    let read = json.deserialize_seq(elements).and_then(|()| json.end());
    read.map_err(|error| {
        let too_large = error.io_error_kind() == Some(std::io::ErrorKind::FileTooLarge);
        if error.is_io() && !too_large {
            return unreadable(path, error.into());
        }
        ScenarioError::Import {
            file: path.display().to_string(),
            line: match too_large {
                true => meter.line(),
                false => error.line().max(1) as u64,
            },
            message: explained(&error),
        }
    })
}

struct Elements<'m, T, F> {
    take: F,
    meter: &'m Meter,
    of: PhantomData<T>,
}

impl<'de, T: DeserializeOwned, F: FnMut(T) -> Result<(), String>> Visitor<'de>
    for Elements<'_, T, F>
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element()? {
            (self.take)(element).map_err(A::Error::custom)?;
            self.meter.reset();
        }
        Ok(())
    }
}
