//! Answers without a body: the draft has the status of HTTP say all that there is to say.

use std::io::{Read, Write};
use tls_codec::{Deserialize, Error, Serialize, Size};

/// The status of an answer that has no body. Over HTTP it is the status itself; on a client's stream, which has none, and in accounts it
/// is a `uint16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(u16);

impl Status {
    /// It is taken. (The draft calls 201 "Accepted".)
    pub const ACCEPTED: Self = Self(201);

    /// It cannot be taken as it is.
    pub const BAD_REQUEST: Self = Self(400);

    /// This status, if it ends a request.
    pub fn new(code: u16) -> Option<Self> {
        (200..600).contains(&code).then_some(Self(code))
    }

    /// The status as HTTP has it.
    pub fn code(self) -> u16 {
        self.0
    }

    /// Whether the request was taken.
    pub fn is_accepted(self) -> bool {
        self.0 < 300
    }
}

impl Size for Status {
    fn tls_serialized_len(&self) -> usize {
        self.0.tls_serialized_len()
    }
}

impl Serialize for Status {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        self.0.tls_serialize(writer)
    }
}

impl Deserialize for Status {
    fn tls_deserialize<R: Read>(bytes: &mut R) -> Result<Self, Error> {
        let code = u16::tls_deserialize(bytes)?;
        Self::new(code).ok_or_else(|| Error::DecodingError(format!("{code} ends no request")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_no_request_is_none() {
        assert_eq!(
            Status::tls_deserialize_exact([0, 201]),
            Ok(Status::ACCEPTED)
        );
        assert!(Status::ACCEPTED.is_accepted());
        assert!(!Status::new(404).unwrap().is_accepted());
        for code in [0u16, 100, 199, 600] {
            assert!(Status::tls_deserialize_exact(code.to_be_bytes()).is_err());
        }
    }
}
