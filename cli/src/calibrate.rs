//! `throng calibrate`: measure OpenMLS on this machine and write a cost profile.

use crate::arguments::CalibrateArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Meter;
use crate::{output, today};
use throng_calibrate::result::CalibrateError;
use throng_calibrate::{Effort, Machine, Plan, calibrate as measure};
use throng_reports::folder::atomic;
use throng_reports::text::calibration_text;
use throng_workloads::visible::visible_path;

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
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    let mut meter = Meter::new(arguments.quiet);
    let found = measure(&plan, arguments.ciphersuite.into(), &mut |step| {
        meter.draw(|| {
            let share = f64::from(step.done) / f64::from(step.of.max(1));
            let next = format!("measuring · next a room of {}", step.members);
            (share, vec![next])
        });
        !interrupt.asked()
    });
    meter.clear();
    let (found, rounds) = match found {
        Err(CalibrateError::Stopped) => {
            eprintln!("interrupted: too little was measured for a profile; none is written");
            return Ok(Exit::Interrupted);
        }
        found => found?,
    };
    let mut machine = Machine::this(arguments.ciphersuite.into(), today::today());
    let partial = rounds < plan.rounds();
    if partial {
        // Every report names the machine of its profile.
        let note = format!("; partial: {rounds} of {} rounds", plan.rounds());
        machine.machine.push_str(&note);
    }
    let profile = found.to_toml(&machine);
    atomic::write(&arguments.out, |out| out.write_all(profile.as_bytes()))?;
    if !arguments.quiet {
        let text = calibration_text(&found, &machine, output::takes_colour());
        let file = visible_path(&arguments.out);
        output::print(&format!("{text}\nwritten to {file}\n"))?;
    }
    Ok(match partial {
        true => Exit::Interrupted,
        false => Exit::Done,
    })
}
