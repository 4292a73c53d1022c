//! The plots of a run, as SVG.
//!
//! - [`catalogue`]: every plot with its name and what it shows. Start here.
//! - `latency`, `over_time`, `contention`, `traffic`, `cost`: the plots themselves, by question.
//! - `servers`: what servers took in a real run.
//! - `growth`, `small_room`, `trees`: those of MLS groups.
//! - `generator`: those of what made a run over real connections.
//! - `churn`: what happened to members, beneath and across plots over time.
//! - [`side_by_side`]: plots of several runs.
//! - [`sweep`]: the plots of a sweep; [`capacity`]: those of a search for a capacity; [`size`]: those of a sizing.
//! - `frame`: title, legend, axes and grid that they share.
//! - `axis`: scales and the ticks on them.
//! - `bars`: bars that stand in rows.
//! - `buckets`: samples joined, where they are more than the eye can tell apart.
//! - `canvas`: drawing in pixels.
//! - `values`: what a plot's marks say, for those who point at them or cannot see them.
//! - [`palette`]: the colours, and their counterparts on a dark ground.
//!
//! Every plot can be drawn from every record: where there is nothing to show, it says so.

mod axis;
mod bars;
mod buckets;
mod canvas;
pub mod capacity;
pub mod catalogue;
mod churn;
mod contention;
mod cost;
mod federation;
mod frame;
mod generator;
mod growth;
mod latency;
mod over_time;
pub mod palette;
mod servers;
pub mod side_by_side;
pub mod size;
mod small_room;
pub mod sweep;
mod traffic;
mod trees;
mod values;

pub use canvas::{Drawing, Size};
pub use catalogue::{Of, PLOTS, Plot};
