//! The plots of a run, as SVG.
//!
//! - [`catalogue`]: every plot with its name and what it shows. Start here.
//! - `latency`, `over_time`, `growth`, `contention`, `traffic`: the plots themselves, by question.
//! - `frame`: title, legend, axes and grid that they share.
//! - `axis`: scales and the ticks on them.
//! - `buckets`: samples joined, where they are more than the eye can tell apart.
//! - `canvas`: drawing in pixels.
//! - [`palette`]: the colours, and their counterparts on a dark ground.
//!
//! Every plot can be drawn from every record: where there is nothing to show, it says so.

mod axis;
mod buckets;
mod canvas;
pub mod catalogue;
mod contention;
mod frame;
mod growth;
mod latency;
mod over_time;
pub mod palette;
mod traffic;

pub use canvas::Size;
pub use catalogue::{PLOTS, Plot};
