//! What people do: scenarios, populations, arrival and churn processes, traces.
#![forbid(unsafe_code)]

pub mod dist;
pub mod intent;
pub mod population;
pub mod scenario;
pub mod stream;
pub mod time;
