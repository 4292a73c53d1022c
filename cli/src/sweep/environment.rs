//! Which shard this process is, by what whoever started it says in the environment.

use crate::arguments::WhichShard;
use throng_record::Shard;

/// Who numbers processes, by which variable, and from which number on. Slurm says by others how many there are.
const KNOWN: [(&str, &str, u32); 4] = [
    (SLURM, "Slurm", 1),
    ("JOB_COMPLETION_INDEX", "Kubernetes", 0),
    ("PBS_ARRAY_INDEX", "PBS", 1),
    ("PARALLEL_SEQ", "GNU parallel", 1),
];

const SLURM: &str = "SLURM_ARRAY_TASK_ID";

/// The shard that was asked for, or that the environment names.
///
/// # Errors
/// What was looked for, and what was found.
pub(super) fn shard(
    which: WhichShard,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Shard, String> {
    let of = match which {
        WhichShard::This(shard) => return Ok(shard),
        WhichShard::Auto(of) => of,
    };
    let found = KNOWN
        .into_iter()
        .filter_map(|(name, whose, first)| Some((name, whose, first, variable(name)?)));
    let found: Vec<(&str, &str, u32, String)> = found.collect();
    let (name, whose, first, value) = match found.as_slice() {
        [one] => one,
        [] => {
            let known = KNOWN.map(|(name, whose, _)| format!("{name} ({whose})"));
            return Err(format!(
                "nothing in the environment says which shard this is: there is none of {}; expected one of them, or --shard I/N",
                known.join(", ")
            ));
        }
        several => {
            let said = several
                .iter()
                .map(|(name, .., value)| format!("{name}={value}"));
            return Err(format!(
                "{} say each which shard this is; expected one of them, or --shard I/N",
                said.collect::<Vec<String>>().join(" and ")
            ));
        }
    };
    let number: u32 = value
        .parse()
        .map_err(|_| format!("{name} is {value:?}; expected a whole number"))?;
    let (first, of) = match (*name == SLURM, of) {
        (true, None) => slurm_array(variable)?,
        (_, Some(of)) => (*first, of),
        (false, None) => {
            return Err(format!(
                "{name}={value} says which shard this is, and {whose} does not say of how many; expected --shard auto/N"
            ));
        }
    };
    let shard = number.checked_sub(first).and_then(|before| {
        let number = before.checked_add(1)?;
        Shard::new(number, of)
    });
    shard.ok_or_else(|| {
        let last = u64::from(first) + u64::from(of) - 1;
        format!("{name} is {number}; expected a number from {first} to {last} for {of} shards")
    })
}

/// The number of a Slurm array's first task, and how many it has. A part of an array that is run again looks like a smaller one, so that it
/// has to begin where whole ones do.
fn slurm_array(variable: &dyn Fn(&str) -> Option<String>) -> Result<(u32, u32), String> {
    let number = |what: &str| {
        let name = format!("SLURM_ARRAY_TASK_{what}");
        match variable(&name) {
            None => Err(format!(
                "{SLURM} says which shard this is, and there is no {name} to say of how many; expected it, or --shard auto/N"
            )),
            Some(value) => value
                .parse::<u32>()
                .map_err(|_| format!("{name} is {value:?}; expected a whole number")),
        }
    };
    let (first, last, count) = (number("MIN")?, number("MAX")?, number("COUNT")?);
    let in_steps_of_one = last.checked_sub(first).and_then(|more| more.checked_add(1));
    match first <= 1 && count > 0 && in_steps_of_one == Some(count) {
        true => Ok((first, count)),
        false => Err(format!(
            "the Slurm array has {count} tasks from {first} to {last}; expected all from 0 or 1 on in steps of 1, or --shard auto/N"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(which: WhichShard, said: &[(&str, &str)]) -> Result<String, String> {
        let variable = |name: &str| {
            let mut said = said.iter();
            let found = said.find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        };
        shard(which, &variable).map(|shard| shard.to_string())
    }

    const AUTO: WhichShard = WhichShard::Auto(None);
    const OF_EIGHT: WhichShard = WhichShard::Auto(Some(8));

    fn array<'v>(
        id: &'v str,
        min: &'v str,
        max: &'v str,
        count: &'v str,
    ) -> [(&'v str, &'v str); 4] {
        [
            ("SLURM_ARRAY_TASK_ID", id),
            ("SLURM_ARRAY_TASK_MIN", min),
            ("SLURM_ARRAY_TASK_MAX", max),
            ("SLURM_ARRAY_TASK_COUNT", count),
        ]
    }

    #[test]
    fn whoever_numbers_processes_is_understood() {
        let is = |which, said: &[(&str, &str)], expected: &str| {
            assert_eq!(found(which, said).as_deref(), Ok(expected), "{said:?}");
        };
        is(AUTO, &array("3", "1", "8", "8"), "3/8");
        is(AUTO, &array("0", "0", "7", "8"), "1/8");
        // Some tasks of an array, run again.
        is(OF_EIGHT, &array("3", "3", "3", "1"), "3/8");
        is(OF_EIGHT, &[("JOB_COMPLETION_INDEX", "0")], "1/8");
        is(OF_EIGHT, &[("JOB_COMPLETION_INDEX", "7")], "8/8");
        is(OF_EIGHT, &[("PBS_ARRAY_INDEX", "8")], "8/8");
        is(OF_EIGHT, &[("PARALLEL_SEQ", "1")], "1/8");
    }

    #[test]
    fn what_is_none_is_said() {
        let is = |which, said: &[(&str, &str)], expected: &str| {
            let message = found(which, said).expect_err("none");
            assert!(message.contains(expected), "{message}");
        };
        is(AUTO, &[], "none of SLURM_ARRAY_TASK_ID (Slurm), JOB_COMP");
        is(
            OF_EIGHT,
            &[("JOB_COMPLETION_INDEX", "1"), ("PARALLEL_SEQ", "2")],
            "JOB_COMPLETION_INDEX=1 and PARALLEL_SEQ=2 say each",
        );
        is(AUTO, &[("PARALLEL_SEQ", "2")], "expected --shard auto/N");
        is(AUTO, &array("3", "1", "9", "5"), "5 tasks from 1 to 9");
        is(AUTO, &array("3", "3", "3", "1"), "1 tasks from 3 to 3");
        is(AUTO, &array("9", "1", "8", "8"), "from 1 to 8 for 8 shards");
        is(
            AUTO,
            &array("3", "1", "8", "x"),
            "SLURM_ARRAY_TASK_COUNT is \"x\"",
        );
        is(AUTO, &[(SLURM, "3")], "there is no SLURM_ARRAY_TASK_MIN");
        is(OF_EIGHT, &[(SLURM, "three")], "is \"three\"");
        is(OF_EIGHT, &[(SLURM, "0")], "from 1 to 8");
        is(OF_EIGHT, &[("JOB_COMPLETION_INDEX", "8")], "from 0 to 7");
        is(OF_EIGHT, &[("PARALLEL_SEQ", "4294967295")], "from 1 to 8");
    }
}
