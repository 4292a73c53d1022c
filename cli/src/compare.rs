//! `throng compare`.

use crate::arguments::{CompareArguments, ComparisonFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::named::{Named, read};
use crate::output;
use throng_reports::compare::{CompareError, Comparison};
use throng_reports::measures::Rule;

/// Compares two runs, or two sweeps.
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
