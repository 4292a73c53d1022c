//! Keys that somebody presses while something runs, at a terminal only.
//!
//! The terminal is told not to wait for the end of a line and not to show what is typed, and nothing else: Ctrl-C is the signal that it
//! always is. When this is dropped, the terminal is as it was before.

#[cfg(unix)]
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::getpgrp,
    termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};
use std::io::{self, IsTerminal};

/// The keyboard, where there is one.
#[derive(Default)]
pub(crate) struct Keys {
    #[cfg(unix)]
    before: Option<Termios>,
}

impl Keys {
    /// Listens, where somebody sits at a terminal and sees what comes of it.
    #[cfg(unix)]
    pub(crate) fn listen(quiet: bool) -> Self {
        let terminal = io::stdin();
        let there = !quiet && terminal.is_terminal() && io::stderr().is_terminal();
        // Whoever runs in the background and touches the terminal is stopped by the system.
        let in_front = || tcgetpgrp(&terminal).is_ok_and(|front| front == getpgrp());
        if !there || !in_front() {
            return Self::default();
        }
        let Ok(before) = tcgetattr(&terminal) else {
            return Self::default();
        };
        let mut listening = before.clone();
        listening
            .local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO);
        let set = tcsetattr(&terminal, OptionalActions::Now, &listening);
        Self {
            before: set.is_ok().then_some(before),
        }
    }

    /// Elsewhere nobody listens.
    #[cfg(not(unix))]
    pub(crate) fn listen(_: bool) -> Self {
        Self::default()
    }

    /// Whether somebody may press keys.
    pub(crate) fn listens(&self) -> bool {
        #[cfg(unix)]
        return self.before.is_some();
        #[cfg(not(unix))]
        false
    }

    /// A key that was pressed since, if there is one.
    #[cfg(unix)]
    pub(crate) fn pressed(&self) -> Option<u8> {
        self.before.as_ref()?;
        let terminal = io::stdin();
        let mut ready = [PollFd::new(&terminal, PollFlags::IN)];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        if poll(&mut ready, Some(&now)) != Ok(1) || !ready[0].revents().contains(PollFlags::IN) {
            return None;
        }
        let mut key = [0];
        match rustix::io::read(&terminal, &mut key) {
            Ok(1) => Some(key[0]),
            _ => None,
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn pressed(&self) -> Option<u8> {
        None
    }

    /// Listens no more.
    pub(crate) fn stop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = self.before.take() {
            // Where the terminal is gone there is nothing to be restored.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.stop();
    }
}
