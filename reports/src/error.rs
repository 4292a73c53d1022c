//! What can go wrong when a report is made.

use std::path::PathBuf;
use thiserror::Error;

/// Why a report could not be made or written.
#[derive(Debug, Error)]
pub enum ReportError {
    /// The run's folder, or one inside it, could not be made.
    #[error("cannot create the folder {}", path.display())]
    CreateFolder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file could not be written whole; whatever stood there before is untouched.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A plot could not be drawn.
    #[error("cannot draw the plot {name}: {reason}")]
    Plot {
        /// The plot's file name without its ending.
        name: &'static str,
        /// The drawing backend's reason.
        reason: String,
    },
}
