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
        output::print(&page(Man::new(command))?)?;
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
    let manual = Man::new(command);
    let file = folder.join(manual.get_filename());
    let text = page(manual)?;
    atomic::write(&file, |out| out.write_all(text.as_bytes()))?;
    Ok(())
}

/// A page. What stands below all else in help, the exit codes, has a section of its own in manuals.
fn page(manual: Man) -> Result<String, Failure> {
    let mut page = Vec::new();
    manual.render(&mut page)?;
    let page = String::from_utf8_lossy(&page);
    Ok(page.replace(".SH EXTRA\n", ".SH \"EXIT STATUS\"\n"))
}
