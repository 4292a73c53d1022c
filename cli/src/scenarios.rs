//! `throng scenarios`: the built-in library.

use crate::arguments::ScenariosAction;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use throng_reports::text::listed_text;
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

/// Each scenario's name, and the question that it answers.
fn list() -> Result<String, Failure> {
    let question = |entry: &builtin::Builtin| -> Result<(String, String), Failure> {
        let description = entry.scenario(&[])?.description;
        let question = description.lines().next().unwrap_or_default();
        Ok((entry.name.to_owned(), question.to_owned()))
    };
    let questions = LIBRARY.iter().map(question);
    Ok(listed_text(&questions.collect::<Result<Vec<_>, _>>()?))
}
