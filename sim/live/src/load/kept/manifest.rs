//! What a stored preparation says of itself.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How everything in the folder is written. Whoever changes that changes this number.
const FORMAT: u32 = 3;

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contents {
    /// The version of throng that stored it.
    pub(super) throng: String,
    /// When, in seconds since 1970.
    pub(super) saved_at: u64,
    /// The BLAKE3 digest of each file, in hexadecimal.
    pub(super) files: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// The digest of the contents.
    digest: String,
    contents: Contents,
}

/// The part that every version has.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

/// The digest of something, as a manifest has it.
pub(super) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Contents {
    pub(super) fn write(&self) -> Result<Vec<u8>, String> {
        let manifest = Manifest {
            format: FORMAT,
            digest: self.digest()?,
            contents: self.clone(),
        };
        let mut text = serde_json::to_vec_pretty(&manifest).map_err(|error| error.to_string())?;
        text.push(b'\n');
        Ok(text)
    }

    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let damaged = |error: serde_json::Error| format!("its manifest cannot be read: {error}");
        let Head { format } = serde_json::from_slice(text).map_err(damaged)?;
        if format != FORMAT {
            return Err(format!(
                "it is of format {format}; expected {FORMAT}, which this version of throng has"
            ));
        }
        let manifest: Manifest = serde_json::from_slice(text).map_err(damaged)?;
        match manifest.contents.digest()? == manifest.digest {
            true => Ok(manifest.contents),
            false => Err("its manifest is damaged".to_owned()),
        }
    }

    fn digest(&self) -> Result<String, String> {
        let contents = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        Ok(digest(&contents))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_is_not_read_as_anything_else() {
        let contents = Contents {
            throng: "0.1.0".to_owned(),
            saved_at: 1_790_000_000,
            files: BTreeMap::from([("clients".to_owned(), digest(b"clients"))]),
        };
        let text = contents.write().expect("written");
        assert_eq!(Contents::read(&text).as_ref(), Ok(&contents));
        for length in 0..text.len() - 1 {
            assert!(Contents::read(&text[..length]).is_err(), "{length}");
        }
        let mut refused = 0;
        for place in 0..text.len() {
            let mut damaged = text.clone();
            damaged[place] ^= 1 << (place % 7);
            match Contents::read(&damaged) {
                // Between what it says there is space.
                Ok(read) => assert_eq!(read, contents),
                Err(_) => refused += 1,
            }
        }
        assert!(refused > text.len() / 2, "{refused}");
        let later = String::from_utf8(text).expect("text");
        let [now, next] = [FORMAT, FORMAT + 1].map(|format| format!("\"format\": {format}"));
        let later = later.replace(&now, &next);
        let error = Contents::read(later.as_bytes()).expect_err("a later one");
        assert!(
            error.starts_with(&format!(
                "it is of format {}; expected {FORMAT}",
                FORMAT + 1
            )),
            "{error}"
        );
    }
}
