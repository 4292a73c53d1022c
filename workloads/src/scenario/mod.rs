//! The scenario file and what it means.
//!
//! [`Scenario::parse`] reads a file ([`ScenarioSource`]) and overrides into a [`Scenario`]: text → tree of
//! values with their places (`tree`) → overrides laid on (`overrides`) → typed values (`reader`,
//! `dist_reader`, `sections`, `head`, `domain`, `talk`, `content`, `links`, `costs`, `stages`) → what must fit together (`check`). [`Scenario::to_toml`] goes the
//! other way. [`Expected`] is what a scenario will come to, by estimate. [`Number`] is what a key is that is a number. [`DEFAULTS`] documents every key, and [`reference()`] makes a page of it.
//!
//! ```
//! use throng_workloads::scenario::{Scenario, ScenarioSource};
//!
//! let text = r#"
//! duration = "30min"
//!
//! [users]
//! count = 60
//!
//! [[users.connections]]
//! link = "congested-4g"
//! profile = "phone"
//!
//! [rooms]
//! count = 1
//! size = 20
//!
//! [churn]
//! joins = "1/min"
//! join_by = "external"
//!
//! [messages]
//! rate = "6/h"
//! size = { dist = "lognormal", median = "80B", p99 = "1kB" }
//!
//! [network.client.congested-4g]
//! loss = "5%"
//! "#;
//! let scenario = Scenario::parse(&ScenarioSource::inline("webinar.toml", text), &[])?;
//! assert_eq!(scenario.name, "webinar");
//! assert_eq!(scenario.network.client[0].1.loss, 0.05);
//! # Ok::<(), throng_workloads::error::ScenarioError>(())
//! ```

mod check;
mod checks;
mod conditions;
mod content;
mod costs;
mod dist_reader;
mod domain;
mod expect;
mod head;
mod links;
mod model;
mod number;
mod outages;
mod overrides;
mod parse;
mod policy;
mod presets;
mod reader;
mod reference;
mod rooms;
mod sections;
mod source;
mod stages;
mod talk;
mod tree;
mod write;

pub use checks::{Checks, CostUnit, KnowsStacks, Lacking};
pub use conditions::{Bursts, Recovery, SlowStart};
pub use content::{Content, Downloads, DownloadsBy, Kinds, Receipts, Structured};
pub use expect::{Cause, Effect, Expected, messages_a_second};
pub use model::*;
pub use number::Number;
pub use parse::DEFAULTS;
pub use presets::{PRESETS, preset};
pub use reference::reference;
pub use source::ScenarioSource;

pub use crate::warp::{Shape, Stage};
