//! Which flag of a sizing a mistake is of: people typed flags, and a scenario's reader speaks of keys.

use crate::arguments::SizeArguments;
use crate::failure::Failure;
use throng_experiments::size::SizeError;
use throng_workloads::error::{Place, Problem, ScenarioError};

/// What flags set, typed or by default.
#[derive(Debug, Default)]
pub(super) struct Flags {
    set: Vec<Set>,
}

#[derive(Debug)]
struct Set {
    flag: &'static str,
    key: &'static str,
    /// As `--set` has it.
    text: String,
}

impl Flags {
    /// A flag sets a key.
    pub(super) fn add(&mut self, flag: &'static str, key: &'static str, text: &str) {
        let text = text.to_owned();
        self.set.push(Set { flag, key, text });
    }

    /// What is wrong with a scenario, as of the flag that set it where one did.
    pub(super) fn blame(&self, failure: Failure) -> Failure {
        let Failure::Scenario(ScenarioError::Invalid { problems }) = &failure else {
            return failure;
        };
        let told = problems.iter().find_map(|problem| self.told(problem));
        match told {
            Some((flag, said)) => Failure::of(flag)(said),
            None => failure,
        }
    }

    fn told(&self, problem: &Problem) -> Option<(&'static str, String)> {
        let mut said = problem.message.clone();
        for set in &self.set {
            said = said.replace(set.key, set.flag);
        }
        let ours = |set: &&Set| problem.place == Place::Flag(set.text.clone());
        if let Some(set) = self.set.iter().find(ours) {
            let inside = problem.key.strip_prefix(set.key).unwrap_or_default();
            let inside = inside.trim_start_matches('.');
            return Some(match inside.is_empty() {
                true => (set.flag, said),
                false => (set.flag, format!("{inside}: {said}")),
            });
        }
        // What stands in a file, or is set, and does not go with what a flag says.
        let named = self
            .set
            .iter()
            .find(|set| problem.message.contains(set.key))?;
        Some((
            named.flag,
            format!("{}: {}: {said}", problem.place, problem.key),
        ))
    }
}

/// What is wrong with parts of the people, as of the flag that was typed, where it was one.
pub(super) fn blamed(error: SizeError, arguments: &SizeArguments) -> Failure {
    let (key, flag, typed) = match &error {
        SizeError::LargeRooms { .. } => ("", "--room-size", arguments.room_size.is_some()),
        SizeError::FewRooms { .. } => ("", "--rooms", arguments.rooms.is_some()),
        SizeError::Few { .. } => ("users.count", "--users", arguments.users.is_some()),
        SizeError::Intervals { key } => match *key {
            "churn.joins" | "churn.leaves" => (*key, "--joins", arguments.joins.is_some()),
            "churn.new_clients" => (*key, "--new-devices", arguments.new_devices.is_some()),
            _ => return error.into(),
        },
        _ => return error.into(),
    };
    if !typed {
        return error.into();
    }
    let said = error.to_string();
    let said = said.strip_prefix(key).unwrap_or(&said);
    Failure::of(flag)(said.trim_start_matches(": ").to_owned())
}
