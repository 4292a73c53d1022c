//! `throng compare`, and where baselines are.

use crate::arguments::{CompareArguments, ComparisonFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use throng_reports::compare::{CompareError, Comparison, Side};
use throng_reports::folder::atomic;
use throng_reports::measures::Rule;
use throng_reports::{ReportError, Summary};
use throng_workloads::scenario::Scenario;

/// Where baselines are kept.
const BASELINES: &str = "runs/baselines";

/// Compares two runs.
pub(crate) fn compare(arguments: &CompareArguments) -> Result<Exit, Failure> {
    let rules = arguments.fail_on.iter().map(|rule| Rule::change(rule));
    let rules = rules.collect::<Result<Vec<Rule>, _>>()?;
    let (base, new) = (read(&arguments.base)?, read(&arguments.new)?);
    let comparison = Comparison::new(&base, &new, &rules, arguments.anyway)?;
    output::print(&match arguments.format {
        ComparisonFormat::Text => comparison.text(arguments.all, output::takes_colour()),
        ComparisonFormat::Markdown => comparison.markdown(),
        ComparisonFormat::Json => comparison.json(),
        ComparisonFormat::Junit => comparison.junit(),
    })?;
    Ok(match comparison.passes() {
        true => Exit::Done,
        false => Exit::Threshold,
    })
}

/// A folder, a file, or the name of a baseline.
fn read(name: &str) -> Result<Side, CompareError> {
    let path = Path::new(name);
    if path.exists() {
        return Side::read(path, name);
    }
    let kept = Path::new(BASELINES).join(name);
    if is_name(name) && kept.exists() {
        return Side::read(&kept, name);
    }
    let mut known: Vec<String> = fs::read_dir(BASELINES)
        .map(|entries| {
            entries
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok())
                .collect()
        })
        .unwrap_or_default();
    known.sort_unstable();
    Err(CompareError::NoSuch {
        name: name.to_owned(),
        known: match known.is_empty() {
            true => ", or a baseline that `throng run --save-baseline NAME` kept".to_owned(),
            false => format!(", or one of the baselines {}", known.join(", ")),
        },
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

fn is_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    !name.is_empty() && name.len() <= 80 && !name.starts_with('.') && name.chars().all(plain)
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
