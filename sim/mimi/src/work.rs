//! What parties of MIMI do besides MLS, in countable units: HTTP, TLS and sockets, and keeping things. The units of MLS come before them, so
//! that all are counted in one [`Work`](throng_cost::Work).
//!
//! The same is counted over real connections as in virtual time: it follows from what comes in and goes out, and not from who
//! moves it. [`Transport`] is counted by `traffic`, [`Storage`] by [`storage`](crate::storage).
//!
//! What is *not* counted apart: a receipt, which every request of a client has, so that it is part of a request; and in the same way the
//! head of any other answer.

use throng_mls::work::UNITS as MLS;

throng_cost::units! {
    /// What HTTP, TLS and sockets did.
    pub struct Transport in TRANSPORT called "transport" after MLS {
        /// Requests answered: read, routed, taken, and the head of their answers or receipts written.
        requests_in: "request_in", instead_of("operation");
        /// Requests made, and the heads of their answers read.
        requests_out: "request_out", later;
        /// Records written to clients' streams: an event or answer for one client each.
        records_out: "record_out", later;
        /// Records read from a stream.
        records_in: "record_in", later;
        /// Bytes received, those of HTTP and TLS included: read, opened and checked.
        received_bytes: "received_byte", instead_of("byte");
        /// Bytes sent, those of HTTP and TLS included: sealed and written.
        sent_bytes: "sent_byte", instead_of("byte");
        /// Connections taken with a full handshake of TLS.
        connections_in: "connection_in", later;
        /// Connections taken that go on from an earlier one.
        resumptions_in: "resumption_in", later;
        /// Connections opened with a full handshake of TLS.
        connections_out: "connection_out", later;
        /// Connections opened that go on from an earlier one.
        resumptions_out: "resumption_out", later;
    }
}

throng_cost::units! {
    /// What keeping things took: rows as [`storage`](crate::storage) has them.
    pub struct Storage in UNITS called "storage" costing "built_in.toml" after TRANSPORT {
        /// Rows written, new ones or anew.
        rows_written: "row_written", later;
        /// Rows deleted.
        rows_deleted: "row_deleted", later;
        /// Bytes of bodies in rows written.
        stored_bytes: "stored_byte", later;
        /// Batches of rows that were made safe together.
        batches_stored: "batch_stored", later;
    }
}
