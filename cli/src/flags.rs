//! The flags as shells and manuals read them, from the same definitions.

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use std::path::Path;
use throng_reports::folder::atomic;

/// Prints a shell's completion script.
pub(crate) fn completions(shell: Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "throng", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Prints throng(1), or writes the pages of all commands to a folder.
pub(crate) fn manual(folder: Option<&Path>) -> Result<Exit, Failure> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = folder else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        output::print(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Done);
    };
    atomic::create_folder(folder)?;
    write(folder, command)?;
    Ok(Exit::Done)
}

/// The page of a command and those of what it consists of.
fn write(folder: &Path, command: clap::Command) -> Result<(), Failure> {
    for inner in command
        .get_subcommands()
        .filter(|inner| !inner.is_hide_set())
    {
        write(folder, inner.clone())?;
    }
    let page = Man::new(command);
    atomic::write(&folder.join(page.get_filename()), |out| {
        page.render(&mut &mut *out)
    })?;
    Ok(())
}
