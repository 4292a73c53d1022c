//! Stories of single machines: clients and providers driven by hand, each story a test.
//!
//! - [`bench`]: the driver: who there is, what goes wrong with packets, what was seen. Start here.
//! - `entering`: becoming a member, by Welcome and from outside.
//! - `racing`: several who want the same epoch.
//! - `committing`: whose turn it is to commit what others proposed.
//! - `absence`: clients that are away, say so or not, and come back.
//! - `leaving`: those who leave, and what the hub still does for them.
//! - `losing`: requests and answers that are lost or come twice.
//! - `trees`: ratchet trees that joiners get from a URL.
//! - `gathering`: several events that go to a follower in one body.
//! - `recovering`: clients whose state is of no use.
//! - `key_material`: KeyPackages that run out, end, are used again, or asked for too often.
//! - `keeping`: what providers owe each other and their clients, whatever is lost and whoever is restarted.
//! - `storing`: the same of a process that knows nothing but what was stored, row by row.
//! - `resting`: clients that go on from what was written of them.
//! - `administering`: what roles allow, and what is done by them.
//! - `evicting`: members whose leaves have ended, and what a hub proposes itself.
//! - `saying`: what people say, as others read it, and what they report of it.
//! - `consenting`: those who are asked before they are added.
//! - `finding`: those who are known by their handles alone.
//! - `fetching`: what is attached to messages, and fetched by those who read them.
//! - `reporting`: what people hold against others, and how they prove it.
//! - `refusing`: what hubs do not take, in part or at all.

mod absence;
mod administering;
mod bench;
mod committing;
mod consenting;
mod encrypting;
mod entering;
mod evicting;
mod fetching;
mod finding;
mod gathering;
mod keeping;
mod key_material;
mod leaving;
mod losing;
mod racing;
mod recovering;
mod refusing;
mod reporting;
mod resting;
mod saying;
mod storing;
mod trees;
