//! `throng compare`, and where baselines are.

use crate::arguments::{CompareArguments, ComparisonFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::named::{BASELINES, Named, is_name, read};
use crate::output;
use std::io::Write;
use std::path::{Path, PathBuf};
use throng_reports::compare::{CompareError, Comparison};
use throng_reports::folder::atomic;
use throng_reports::measures::Rule;
use throng_reports::{ReportError, Summary};
use throng_workloads::scenario::Scenario;

/// Compares two runs.
pub(crate) fn compare(arguments: &CompareArguments) -> Result<Exit, Failure> {
    let rules = arguments.fail_on.iter().map(|rule| Rule::change(rule));
    let rules = rules.collect::<Result<Vec<Rule>, _>>()?;
    let comparison = match (read(&arguments.base)?, read(&arguments.new)?) {
        (Named::Run(base), Named::Run(new)) => {
            Comparison::new(&base, &new, &rules, arguments.anyway)?
        }
        (Named::Sweep(base), Named::Sweep(new)) => {
            Comparison::of_sweeps(&base, &new, &rules, arguments.anyway)?
        }
        _ => {
            return Err(CompareError::Mixed {
                base: arguments.base.clone(),
                new: arguments.new.clone(),
            }
            .into());
        }
    };
    output::print(&match arguments.format {
        ComparisonFormat::Text => comparison.text(arguments.all, output::takes_colour()),
        ComparisonFormat::Markdown => comparison.markdown(arguments.all),
        ComparisonFormat::Json => comparison.json(),
        ComparisonFormat::Junit => comparison.junit(),
    })?;
    Ok(match comparison.passes() {
        true => Exit::Done,
        false => Exit::Threshold,
    })
}

/// Where the baseline of this name is to be kept.
pub(crate) fn baseline(name: &str) -> Result<PathBuf, Failure> {
    match is_name(name) {
        true => Ok(Path::new(BASELINES).join(name)),
        false => Err(Failure::BaselineName {
            name: name.to_owned(),
        }),
    }
}

/// Keeps a run's figures and its scenario.
pub(crate) fn save(
    folder: &Path,
    scenario: &Scenario,
    summary: &Summary,
) -> Result<(), ReportError> {
    atomic::create_folder(folder)?;
    let keep = |name: &str, text: String| {
        atomic::write(&folder.join(name), |out: &mut dyn Write| {
            out.write_all(text.as_bytes())
        })
    };
    keep("scenario.toml", scenario.to_toml())?;
    keep("summary.json", summary.to_json())
}
