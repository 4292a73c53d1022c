//! What a provider's store has to do for an input, in rows: the one place of that rule.
//!
//! A provider promises things ([`Durable`](crate::provider::Durable)); whatever keeps them has to have written them down before anybody
//! hears of it. Each of these is a row, whatever the store:
//!
//! | what | written | bytes | deleted |
//! |---|---|---|---|
//! | an event of a room, for whoever waits for it | when it comes for clients here, or at its hub where that keeps a history | its body | not counted; where a history is kept, when that is over |
//! | a place in the queue of a client | for each that is queued; an answer is in it | of an answer, the body | when the client acknowledges it |
//! | an account | when it is opened; for each place in its queue, which it numbers | none | when its user's are deleted, with all that is kept of it |
//! | that a user's accounts were deleted | when they are | none | never |
//! | a KeyPackage | when it is published | its own | when it is handed out, or found to be old |
//! | whose a KeyPackage was | when it is handed out | none | when its Welcome comes, or its user's accounts are deleted |
//! | a room | when it is created; for each event that it accepts | none | never |
//! | a room's group | when it is created; for each commit | GroupInfo and tree, all of it | never |
//! | a proposal | when it is accepted | its body | not counted |
//! | a request passed on, or an event for a follower | when it is first sent | its body | when it is answered or taken |
//! | which events go in one body | when that is first sent, where they are several | none | when they are taken |
//! | how far a follower is | for each event or answer for it | none | never |
//! | an answer, for whoever asks twice | when it is given | its body | when it is old |
//! | how far a hub's events and answers are here | for each that comes in order | none | never |
//! | how far a client's requests are here | for each that comes in order | none | never |
//! | what a user attached | when it is stored | its own | never |
//!
//! An input may write one row more than once; each time counts, since what is between is not looked at. What is gone when the last of
//! several needs it no more is not counted as deleted: of many who only receive, one stands before the machines for all. What is not kept is in no
//! row: which clients are connected, timers, how often something was sent.

use crate::work::Storage;

/// What it takes to make a batch of rows safe, beside what the rows do.
pub fn batch() -> Storage {
    Storage {
        batches_stored: 1,
        ..Storage::default()
    }
}

/// Rows that were written and deleted since somebody last asked.
#[derive(Debug, Default)]
pub(crate) struct Rows(Storage);

impl Rows {
    /// A row is written, with a body of so many bytes.
    pub(crate) fn write(&mut self, bytes: u64) {
        self.0.rows_written += 1;
        self.0.stored_bytes += bytes;
    }

    /// A row that is written holds so many bytes of a body.
    pub(crate) fn hold(&mut self, bytes: u64) {
        self.0.stored_bytes += bytes;
    }

    /// Something has its place in the queue of a client, and the account its next number.
    pub(crate) fn queue(&mut self) {
        self.0.rows_written += 2;
    }

    /// A row is deleted.
    pub(crate) fn delete(&mut self) {
        self.delete_all(1);
    }

    /// So many rows are.
    pub(crate) fn delete_all(&mut self, rows: u64) {
        self.0.rows_deleted += rows;
    }

    /// What was done since the last time.
    pub(crate) fn take(&mut self) -> Storage {
        std::mem::take(&mut self.0)
    }
}
