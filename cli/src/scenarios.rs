//! `throng scenarios`: the built-in library.

use crate::arguments::ScenariosAction;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use throng_workloads::builtin::{self, LIBRARY};
use throng_workloads::scenario::reference;

/// Lists the library, prints one of its files, or all keys that there are.
pub(crate) fn scenarios(action: ScenariosAction) -> Result<Exit, Failure> {
    match action {
        ScenariosAction::List => output::print(&list()?)?,
        ScenariosAction::Reference => output::print(&reference())?,
        ScenariosAction::Show { name } => output::print(builtin::find(&name)?.text)?,
    }
    Ok(Exit::Done)
}

/// A line for each scenario: its name, and the question that it answers.
fn list() -> Result<String, Failure> {
    let widest = LIBRARY
        .iter()
        .map(|entry| entry.name.len())
        .max()
        .unwrap_or(0);
    let mut lines = String::new();
    for entry in LIBRARY {
        let description = entry.scenario(&[])?.description;
        let question = description.lines().next().unwrap_or_default();
        lines.push_str(&format!("{:widest$}  {question}\n", entry.name));
    }
    Ok(lines)
}
