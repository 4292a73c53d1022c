//! Folders of runs and sweeps on disk.
//!
//! - [`run`]: which files a run's holds. Start here.
//! - [`sweep`]: which files a sweep's holds.
//! - [`capacity`]: which files a capacity's holds.
//! - [`size`]: which files a sizing's holds.
//! - [`twin`]: which files a twin's holds.
//! - `filling`: a folder that is filled file by file.
//! - [`atomic`]: how a file is written whole or not at all.

pub mod atomic;
pub mod capacity;
mod filling;
pub mod run;
pub mod size;
pub mod sweep;
pub mod twin;

pub use capacity::write_capacity;
pub use filling::Written;
pub use run::{rewrite_page, write_run};
pub use size::write_size;
pub use sweep::{rewrite_sweep_page, write_sweep};
pub use twin::write_twin;
