//! The TLS presentation language as RFC 9420 has it (section 2.1): a cursor over encoded bytes, vectors, and the
//! struct that more than one reader has to get past.
//!
//! The cursor knows where things are, not what they mean: nothing here is validated beyond its encoding.

/// What is wrong with an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// A cursor over encoded bytes. Never panics; running out is an error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

type Result<T> = std::result::Result<T, Malformed>;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'a [u8]> {
        let (head, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or(Malformed("ends early"))?;
        self.rest = rest;
        Ok(head)
    }

    fn uint(&mut self, len: usize) -> Result<u64> {
        let bytes = self.bytes(len)?;
        Ok(bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        Ok(self.uint(1)? as u8)
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        Ok(self.uint(2)? as u16)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        Ok(self.uint(4)? as u32)
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.uint(8)
    }

    /// The content of an `opaque<V>` or `T<V>`: the two highest bits of the first byte give the
    /// length of the length.
    pub(crate) fn vector(&mut self) -> Result<&'a [u8]> {
        let first = self.u8()?;
        let extra = match first >> 6 {
            0 => 0,
            1 => 1,
            2 => 3,
            _ => return Err(Malformed("reserved length")),
        };
        let low = self.uint(extra)?;
        let len = u64::from(first & 0x3f) << (8 * extra) | low;
        self.bytes(len as usize)
    }
}

/// What of a LeafNode (RFC 9420, section 7.2) those ask for who do not verify it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeafNode<'a> {
    /// All of it.
    pub(crate) bytes: &'a [u8],
    /// In leaves that come from a commit.
    pub(crate) parent_hash: Option<&'a [u8]>,
}

/// Read a LeafNode.
pub(crate) fn leaf_node<'a>(reader: &mut Reader<'a>) -> Result<LeafNode<'a>> {
    let whole = reader.rest();
    reader.vector()?; // encryption_key
    reader.vector()?; // signature_key
    reader.u16()?; // credential type; basic and x509 both hold one vector
    reader.vector()?;
    for _ in 0..5 {
        reader.vector()?; // capabilities
    }
    let mut parent_hash = None;
    match reader.u8()? {
        1 => {
            reader.bytes(16)?; // lifetime
        }
        2 => {}
        3 => parent_hash = Some(reader.vector()?),
        _ => return Err(Malformed("unknown leaf node source")),
    }
    reader.vector()?; // extensions
    reader.vector()?; // signature
    Ok(LeafNode {
        bytes: consumed(whole, *reader),
        parent_hash,
    })
}

/// What `reader` has read of `from`, where it began.
pub(crate) fn consumed<'a>(from: &'a [u8], reader: Reader<'_>) -> &'a [u8] {
    from.split_at_checked(from.len().saturating_sub(reader.rest().len()))
        .map_or(from, |(head, _)| head)
}

/// Append a vector with its length (RFC 9420, section 2.1.2).
pub(crate) fn push_vector(out: &mut Vec<u8>, content: &[u8]) -> Result<()> {
    push_len(out, content.len())?;
    out.extend_from_slice(content);
    Ok(())
}

/// Append the length of a vector.
pub(crate) fn push_len(out: &mut Vec<u8>, len: usize) -> Result<()> {
    match len {
        len @ 0..0x40 => out.push(len as u8),
        len @ 0x40..0x4000 => out.extend_from_slice(&(len as u16 | 0x4000).to_be_bytes()),
        len @ 0x4000..0x4000_0000 => {
            out.extend_from_slice(&(len as u32 | 0x8000_0000).to_be_bytes());
        }
        _ => return Err(Malformed("longer than a vector can be")),
    }
    Ok(())
}

/// How long `opaque<V>` is with so many bytes of content.
pub(crate) const fn vector_len(content: u64) -> u64 {
    content
        + match content {
            0..0x40 => 1,
            0x40..0x4000 => 2,
            _ => 4,
        }
}
