//! What people do: scenarios, populations, arrival and churn processes, traces.
//!
//! The way through the crate, in the order of the data:
//!
//! - [`scenario`] (start here): the TOML file, read into [`scenario::Scenario`]; [`builtin`] is the library of
//!   ready ones; [`units`] reads `"30s"` and `"5/h"`; [`dist`] are the distributions that numbers can take.
//! - [`population`]: users, clients and rooms, drawn from a scenario before time zero.
//! - [`generate`]: [`generate::Workload`], the list of what everybody wants, in the order of time, as
//!   [`intent::Intent`]s; [`trace`] saves it as CSV and replays it;
//!   [`audit`] says whether such a list makes sense.
//! - [`import`]: a trace, and the scenario that goes with it, of what a chat exports.
//! - [`warp`]: a scenario's time against real time, where it is run for real and has stages.
//! - [`stream`] and [`time`]: named random streams and virtual time, on which all of it rests; [`ahead`]: moments that are still to come.
//! - [`error`]: what can be wrong with a file, and where; [`mod@visible`]: text of others, shown so that nothing in it acts.
//!
//! Nothing here reads a clock or entropy: the same scenario and seed give the same list of intents on any
//! machine.
//!
//! ```
//! use throng_workloads::generate::Workload;
//! use throng_workloads::population::Population;
//! use throng_workloads::scenario::{Scenario, ScenarioSource};
//! use throng_workloads::stream::Streams;
//!
//! let text = "duration = '10min'\n[rooms]\ncount = 2\nsize = 5\n[messages]\nrate = '6/h'\n";
//! let scenario = Scenario::parse(&ScenarioSource::inline("team.toml", text), &[])?;
//! let streams = Streams::new(scenario.seed, 0);
//! let population = Population::draw(&scenario, &streams);
//! let mut last = None;
//! for intent in Workload::new(&scenario, &population, &streams) {
//!     assert!(Some(intent.at) >= last);
//!     last = Some(intent.at);
//! }
//! # Ok::<(), throng_workloads::error::ScenarioError>(())
//! ```
#![forbid(unsafe_code)]

pub mod ahead;
pub mod audit;
pub mod builtin;
pub mod dist;
pub mod error;
mod flat;
pub mod generate;
pub mod import;
pub mod intent;
pub mod population;
mod quotas;
pub mod scenario;
pub mod stream;
pub mod time;
pub mod trace;
pub mod units;
pub mod visible;
pub mod warp;
