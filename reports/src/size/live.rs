//! What a live provider was measured to hold in memory. `docs/size.md` says how, and with which commands.
//!
//! `throng load` on loopback, seven loads of two providers each, with files for stores: resident memory by the number of connected
//! devices, each with an account, and of rooms that the provider is hub of, fitted by least squares to fourteen providers.

/// Of a process that does nothing yet, in bytes.
pub const PROCESS: f64 = 23.3e6;

/// Of a connected device with its account, in bytes.
pub const DEVICE: f64 = 61.4e3;

/// Of a room of five members at its hub, in bytes, with what followers hold of it.
pub const ROOM: f64 = 52.3e3;

/// Members of such a room. Rooms of forty took what eight such rooms do.
pub const ROOM_MEMBERS: f64 = 5.0;

/// How far the fit was off at most, as a part of what was measured.
pub const ERROR: f64 = 0.015;
