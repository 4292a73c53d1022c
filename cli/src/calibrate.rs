//! `throng calibrate`: measure OpenMLS on this machine and write a cost profile.

use crate::arguments::CalibrateArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Meter;
use crate::{output, today};
use throng_reports::folder::atomic;
use throng_reports::text::calibration_text;
use throng_sim::calibrate::{Effort, Machine, Plan, calibrate as measure};

/// Measures, writes the profile, and prints how good it is.
pub(crate) fn calibrate(arguments: &CalibrateArguments) -> Result<Exit, Failure> {
    // Minutes of measuring must not end in a refusal.
    atomic::check_replaceable(&arguments.out)?;
    let effort = match (arguments.quick, arguments.thorough) {
        (true, _) => Effort::Quick,
        (false, true) => Effort::Thorough,
        (false, false) => Effort::Normal,
    };
    let plan = Plan::new(arguments.largest.unwrap_or(Plan::LARGEST), effort);
    let mut meter = Meter::new(arguments.quiet);
    let found = measure(&plan, arguments.ciphersuite.into(), &mut |step| {
        meter.draw(|| {
            let share = f64::from(step.done) / f64::from(step.of.max(1));
            let next = format!("measuring · next a room of {}", step.members);
            (share, next)
        });
    })?;
    meter.clear();
    let machine = Machine::this(arguments.ciphersuite.into(), today::today());
    let profile = found.to_toml(&machine);
    atomic::write(&arguments.out, |out| out.write_all(profile.as_bytes()))?;
    if !arguments.quiet {
        let text = calibration_text(&found, &machine, output::takes_colour());
        let file = arguments.out.display();
        output::print(&format!("{text}\nwritten to {file}\n"))?;
    }
    Ok(Exit::Done)
}
