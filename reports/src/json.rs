//! JSON as all of this crate writes it.

use serde::Serialize;
use throng_workloads::visible::visible_json;

/// Indented, with a line break at its end, and with nothing in its strings that acts where it is printed.
///
/// # Errors
/// Where serde refuses.
pub(crate) fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string_pretty(value)?;
    let mut json = visible_json(&json).into_owned();
    json.push('\n');
    Ok(json)
}
