//! What people do: scenarios, populations, arrival and churn processes, traces.
#![forbid(unsafe_code)]

pub mod stream;
pub mod time;
