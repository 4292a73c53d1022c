//! `throng calibrate`: measure OpenMLS on this machine and write a cost profile.

use crate::arguments::CalibrateArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::progress::Meter;
use crate::{output, today};
use std::io::ErrorKind;
use throng_calibrate::provider::provider;
use throng_calibrate::result::CalibrateError;
use throng_calibrate::{Effort, Machine, Plan, calibrate as measure};
use throng_reports::folder::atomic;
use throng_reports::text::{calibration_text, provider_text};
use throng_workloads::scenario::MachineCosts;
use throng_workloads::visible::visible_path;

/// So often each load is measured: its median counts.
const ROUNDS: [(Effort, u32); 3] = [
    (Effort::Quick, 1),
    (Effort::Normal, 5),
    (Effort::Thorough, 15),
];

/// Measures a provider, and puts what it takes into the profile.
fn calibrate_provider(arguments: &CalibrateArguments) -> Result<Exit, Failure> {
    let before = match std::fs::read_to_string(&arguments.out) {
        Ok(text) => {
            // What is no profile is not found out after a minute of measuring.
            MachineCosts::parse(&visible_path(&arguments.out).to_string(), &text)?;
            Some(text)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let effort = effort(arguments);
    let rounds = ROUNDS.iter().find(|(known, _)| *known == effort);
    let rounds = rounds.map_or(1, |(_, rounds)| *rounds);
    let interrupt = Interrupt::listen().map_err(Failure::Interrupts)?;
    let mut meter = Meter::new(arguments.quiet);
    let found = provider(arguments.store.as_ref(), rounds, &mut |done, of| {
        meter.draw(|| {
            let share = f64::from(done) / f64::from(of.max(1));
            (share, vec!["measuring a provider".to_owned()])
        });
        !interrupt.asked()
    });
    meter.clear();
    let Some(found) = found? else {
        eprintln!("interrupted: too little was measured for a profile; none is written");
        return Ok(Exit::Interrupted);
    };
    let machine = Machine::of_provider(today::today());
    // It was read as a profile, so it is TOML.
    let profile = found.merged(before.as_deref(), &machine);
    let profile = profile.map_err(|error| std::io::Error::other(error.to_string()))?;
    atomic::write(&arguments.out, |out| out.write_all(profile.as_bytes()))?;
    if !arguments.quiet {
        let text = provider_text(&found, &machine, output::takes_colour());
        let file = visible_path(&arguments.out);
        output::print(&format!("{text}\nwritten to {file}\n"))?;
    }
    Ok(Exit::Done)
}

fn effort(arguments: &CalibrateArguments) -> Effort {
    match (arguments.quick, arguments.thorough) {
        (true, _) => Effort::Quick,
        (false, true) => Effort::Thorough,
        (false, false) => Effort::Normal,
    }
}

/// Measures, writes the profile, and prints how good it is.
pub(crate) fn calibrate(arguments: &CalibrateArguments) -> Result<Exit, Failure> {
    // Minutes of measuring must not end in a refusal.
    atomic::check_replaceable(&arguments.out)?;
    if arguments.provider {
        return calibrate_provider(arguments);
    }
    let plan = Plan::new(
        arguments.largest.unwrap_or(Plan::LARGEST),
        effort(arguments),
    );
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
