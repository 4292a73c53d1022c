<<<<<<< HEAD
//! What then happens: kernel, network, MLS engines, MIMI providers and clients, the record of a run.
#![forbid(unsafe_code)]

pub mod record;
pub mod mls;
=======
//! sim

pub mod mimi;
>>>>>>> net
