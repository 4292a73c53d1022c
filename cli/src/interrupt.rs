//! Signals that ask for an end: Ctrl-C (SIGINT), and SIGTERM, which CI systems, service managers and `timeout` send.
//!
//! The first of either asks for an orderly end. Ctrl-C after that ends at once. SIGTERM does not: `timeout` sends it twice in one
//! moment, and whoever loses patience sends SIGKILL. SIGHUP keeps its meaning, so that `nohup` does.

use crate::exit::Exit;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How long after it was asked something ends that is ended at once.
const SOON: Duration = Duration::from_millis(50);

/// Whether the user wants the run to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        let interrupt = Self::default();
        let asked = || Arc::clone(&interrupt.0);
        // Before the flag is set, so that it is the second one that ends at once.
        flag::register_conditional_shutdown(SIGINT, Exit::Interrupted.code().into(), asked())?;
        flag::register(SIGINT, asked())?;
        flag::register(SIGTERM, asked())?;
        Ok(interrupt)
    }

    /// Whether the user asked.
    pub(crate) fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Does what cannot stop half-way and leaves nothing worth keeping: where the user asks meanwhile, `said` is said and the process ends.
    pub(crate) fn at_once<T>(&self, said: &'static str, work: impl FnOnce() -> T) -> T {
        let (working, worked) = mpsc::channel::<()>();
        let asked = self.clone();
        thread::spawn(move || {
            while worked.recv_timeout(SOON) == Err(RecvTimeoutError::Timeout) {
                if asked.asked() {
                    eprintln!("{said}");
                    std::process::exit(Exit::Interrupted.code().into());
                }
            }
        });
        let made = work();
        drop(working);
        made
    }
}
