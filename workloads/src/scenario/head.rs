//! Reading the keys that stand before all sections.

use super::checks::CostUnit;
use super::model::{Ciphersuite, EngineKind};
use super::reader::Section;
use super::tree::{Origin, Tree};
use crate::time::SimSpan;
use std::path::{Path, PathBuf};

/// Ten years: virtual time is 64 bits of nanoseconds, and nobody plans further.
const MAX_DURATION: SimSpan = SimSpan::from_secs(10 * 365 * 86_400);

const CIPHERSUITES: &[(&str, Ciphersuite)] = &[
    (
        "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
        Ciphersuite::X25519Aes128Sha256Ed25519,
    ),
    (
        "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
        Ciphersuite::P256Aes128Sha256P256,
    ),
    (
        "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
        Ciphersuite::X25519ChaCha20Sha256Ed25519,
    ),
];

pub(super) fn name(root: &Section<'_>, stem: Option<&str>) -> String {
    let sound = |name: &str| {
        !name.is_empty()
            && name.len() <= 64
            && !name.starts_with('.')
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    if root.written("name").is_none()
        && let Some(stem) = stem.filter(|stem| sound(stem))
    {
        return stem.to_owned();
    }
    let name = root.text("name");
    if !sound(&name) && root.notes.is_clean() {
        let message = format!(
            "{name:?} cannot name a folder; expected at most 64 letters, digits, `.`, `-`, `_`, no dot first"
        );
        root.note("name", message);
    }
    name
}

/// Any 64 bits; as a text of digits only what is beyond TOML's integers, which are signed.
pub(super) fn seed(root: &Section<'_>) -> u64 {
    let seed = match root.get("seed").map(|node| &node.value) {
        Some(Tree::Integer(seed)) => u64::try_from(*seed).ok(),
        Some(Tree::Text(digits)) => digits.parse().ok().filter(|seed| {
            i64::try_from(*seed).is_err() && digits.bytes().all(|digit| digit.is_ascii_digit())
        }),
        _ => None,
    };
    seed.unwrap_or_else(|| {
        root.note(
            "seed",
            format!(
                "expected a whole number from 0 to {}, in quotes only beyond {}",
                u64::MAX,
                i64::MAX
            ),
        );
        0
    })
}

pub(super) fn duration(root: &Section<'_>) -> SimSpan {
    let duration = root.span("duration");
    if duration == SimSpan::ZERO && root.notes.is_clean() {
        root.note(
            "duration",
            "nothing happens in no time; expected a duration such as \"1h\"",
        );
    } else if duration >= MAX_DURATION {
        root.note("duration", "ten years or more; expected less");
    }
    duration
}

/// The protocol, and the units that it counts, where anybody knows them.
pub(super) fn stack(root: &Section<'_>) -> (String, Option<Vec<CostUnit>>) {
    let stack = root.text("stack");
    let named = matches!(
        root.get("stack").map(|node| &node.value),
        Some(Tree::Text(_))
    );
    let known = root.notes.checks.stack.filter(|_| named);
    let units = known.and_then(|known| {
        known(&stack)
            .map_err(|wrong| root.note("stack", wrong))
            .ok()
    });
    (stack, units)
}

pub(super) fn engine(root: &Section<'_>) -> EngineKind {
    root.choice(
        "engine",
        &[
            ("openmls", EngineKind::OpenMls),
            ("model", EngineKind::Model),
        ],
        EngineKind::OpenMls,
    )
}

pub(super) fn ciphersuite(root: &Section<'_>) -> Ciphersuite {
    if let Some(Tree::Integer(number)) = root.get("ciphersuite").map(|node| &node.value) {
        let at = usize::try_from(*number).ok().and_then(|n| n.checked_sub(1));
        return at.and_then(|at| CIPHERSUITES.get(at)).map_or_else(
            || {
                let message =
                    format!("ciphersuite {number} is not available; expected 1, 2, 3 or a name");
                root.note("ciphersuite", message);
                Ciphersuite::X25519Aes128Sha256Ed25519
            },
            |(_, suite)| *suite,
        );
    }
    root.choice(
        "ciphersuite",
        CIPHERSUITES,
        Ciphersuite::X25519Aes128Sha256Ed25519,
    )
}

/// A path in the file is relative to the file's folder; one in a flag to where the command was given.
pub(super) fn trace(root: &Section<'_>, dir: Option<&Path>) -> Option<PathBuf> {
    let origin = root.written("trace")?.origin;
    let path = root.text("trace");
    if path.is_empty() && root.notes.is_clean() {
        root.note(
            "trace",
            "\"\" names no file; expected one such as \"people.csv\"",
        );
    }
    let path = PathBuf::from(path);
    Some(match (dir, origin) {
        (Some(dir), Origin::File(_)) if path.is_relative() => dir.join(path),
        _ => path,
    })
}
