//! What exit codes mean.

use std::process::ExitCode;

/// How the command ends. Scripts rely on the numbers: they never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is done.
    Done,
    /// The simulation itself failed: an invariant broke, the disk is full.
    Failed,
    /// What was typed, or the scenario, is wrong.
    Usage,
    /// A threshold or a comparison failed; both engines were compared, and differ; a test vector disagrees.
    Threshold,
    /// The user interrupted; what was measured so far is written and marked partial, but of a search for a capacity, of a sizing,
    /// and of a run that was still being set up, which write nothing.
    Interrupted,
}

impl Exit {
    /// The number that the system sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Threshold => 99,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn numbers_are_those_that_scripts_know() {
        let all = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::Threshold,
            Exit::Interrupted,
        ];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 99, 130]);
    }
}
