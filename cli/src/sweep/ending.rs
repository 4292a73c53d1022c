//! What is written and said when all runs of a sweep are there, whoever made them.

use crate::baselines::Baseline;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use std::path::Path;
use throng_reports::sweep::{About, Sweep};
use throng_reports::{sweep_text, write_sweep};
use throng_workloads::visible::visible_path;

/// Writes tables and the page into the sweep's folder, says what came out, and holds all runs to the thresholds.
pub(crate) fn finish(
    folder: &Path,
    sweep: &Sweep,
    about: &About,
    baseline: Option<&Baseline>,
    quiet: bool,
) -> Result<Exit, Failure> {
    write_sweep(folder, sweep, about)?;
    if let Some(baseline) = baseline {
        baseline.save_sweep(folder)?;
    }
    if !quiet {
        let mut text = sweep_text(sweep, about, output::takes_colour());
        let page = folder.join("report.html");
        text.push_str(&format!("\n  command  {}\n", about.command));
        text.push_str(&format!("  files    {}\n", visible_path(folder)));
        text.push_str(&format!("  page     {}\n", visible_path(&page)));
        output::print(&text)?;
    }
    let verdicts = sweep.thresholds.iter();
    output::unmet(
        quiet,
        verdicts.map(|one| (one.is_met(), one.rule.as_str(), one.says())),
    );
    Ok(match sweep.is_as_it_has_to_be() {
        true => Exit::Done,
        false => Exit::Threshold,
    })
}
