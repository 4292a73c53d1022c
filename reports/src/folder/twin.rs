//! The files of a twin's folder: `real/` and `simulated/` are folders of runs, `twin.json` and `twin.html` say how far they are apart.

use super::filling::{Folder, Written};
use super::run::write_run;
use crate::Details;
use crate::error::ReportError;
use crate::page::twin_html;
use crate::twin::{Run, Twin};
use std::path::Path;

/// Writes both runs and what they came to, each file whole or not at all. `twin.json` comes last.
///
/// # Errors
/// As [`write_run`].
pub fn write_twin(
    dir: &Path,
    twin: &Twin,
    simulated: Run<'_>,
    real: Run<'_>,
) -> Result<Written, ReportError> {
    let mut folder = Folder::open(dir)?;
    folder.remove("twin.json")?;
    for (name, run) in [("real", real), ("simulated", simulated)] {
        let toml = run.scenario.to_toml();
        write_run(&dir.join(name), run.scenario, &toml, run.record, run.info)?;
    }
    let details = [simulated, real].map(|run| Details::from(run.record));
    let page = twin_html(twin, &details[0], &details[1], &real.info.version)?;
    folder.text("twin.html", &page)?;
    folder.text("twin.json", &twin.to_json())?;
    Ok(folder.written())
}
