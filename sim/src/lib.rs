//! What then happens: kernel, network, MLS engines, MIMI providers and clients, the record of a run.
#![forbid(unsafe_code)]

pub mod audience;
pub mod calibrate;
pub mod kernel;
pub mod mimi;
pub mod mls;
pub mod net;
pub mod record;
pub mod verify;
pub mod world;
