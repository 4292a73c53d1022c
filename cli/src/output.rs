//! Standard output.

use std::io::{self, IsTerminal, Write};
use throng_workloads::visible::visible;

/// Prints text as it is. A reader that has gone is an error of the kind [`io::ErrorKind::BrokenPipe`].
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Says which thresholds are not met, a line each, where nothing else says so: whoever wants to hear of errors alone hears of
/// these.
pub(crate) fn unmet<'r>(quiet: bool, rules: impl Iterator<Item = (bool, &'r str, String)>) {
    for (_, rule, found) in rules.filter(|(met, ..)| quiet && !met) {
        eprintln!("error: not met: {}", visible(&format!("{rule}: {found}")));
    }
}

/// Whether standard output takes colour: it is a terminal, and the user does not refuse
/// (<https://no-color.org>).
pub(crate) fn takes_colour() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
}
