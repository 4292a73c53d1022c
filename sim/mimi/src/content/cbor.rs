//! Content to CBOR and back (draft-ietf-mimi-content-08, section 6): one encoding for each content, and nothing else is taken.

use super::error::ContentError;
use super::id::MessageId;
use super::message::*;
use super::status::{MessageStatus, PerMessageStatus};
use ciborium::Value;

/// More than anything that the drafts have is nested: parts four deep are ten arrays, extensions four deep are six items.
const DEEPEST: usize = 16;

/// How deep parts can be nested, and how many there can be in a body.
const DEEPEST_PARTS: usize = 4;
const MOST_PARTS: usize = 1_024;

/// The longest `topicId`.
const LONGEST_TOPIC: usize = 4_096;

/// How deep extensions can be, their map included.
const DEEPEST_EXTENSION: usize = 4;

/// The largest key that is an integer: all below are numbers of binary64, too.
const LARGEST_KEY: i128 = (1 << 53) - 1;

const SENDER_URI: i128 = 1;
const ROOM_URI: i128 = 2;

type Decoded<T> = Result<T, ContentError>;

/// What an application message holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A MIMI content message.
    Message(Box<MimiContent>),
    /// A report of what became of messages.
    Status(Vec<PerMessageStatus>),
}

// ---- to CBOR ----

impl MimiContent {
    /// In CBOR: the content of an application message.
    pub fn encode(&self) -> Vec<u8> {
        encode(&message(self))
    }
}

/// A report about these messages, in order: the whole content of an application message.
pub fn encode_report(report: &[PerMessageStatus]) -> Vec<u8> {
    let one = |one: &PerMessageStatus| Value::Array(vec![id(one.message_id), one.status.0.into()]);
    encode(&Value::Array(report.iter().map(one).collect()))
}

/// In the shortest form, of definite lengths: as the library writes it.
fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec does not fail, and nothing here is of a type that CBOR does not have.
    let _ = ciborium::into_writer(value, &mut bytes);
    bytes
}

fn message(message: &MimiContent) -> Value {
    let expires = message
        .expires
        .map(|expires| Value::Array(vec![expires.relative.into(), expires.time.into()]));
    Value::Array(vec![
        bytes(&message.salt),
        message.replaces.map_or(Value::Null, id),
        bytes(&message.topic_id),
        expires.unwrap_or(Value::Null),
        message.in_reply_to.map_or(Value::Null, id),
        extensions(&message.extensions),
        nested(&message.body),
    ])
}

fn extensions(of: &Extensions) -> Value {
    let text = |uri: &String| Value::Text(uri.clone());
    let key = |key: i128| Value::Integer((key as u64).into());
    let known = [(SENDER_URI, &of.sender_uri), (ROOM_URI, &of.room_uri)];
    let known = known
        .into_iter()
        .filter_map(|(name, uri)| Some((key(name), text(uri.as_ref()?))));
    let mut entries: Vec<(Value, Value)> = known.chain(of.others.iter().cloned()).collect();
    entries.sort_by_cached_key(|(key, _)| encode(key));
    Value::Map(entries)
}

fn nested(of: &NestedPart) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    let mut items = vec![of.disposition.0.into(), text(&of.language)];
    match &of.part {
        Part::Null => items.push(0.into()),
        Part::Single {
            content_type,
            content,
        } => items.extend([1.into(), text(content_type), bytes(content)]),
        Part::External(part) => items.extend([
            2.into(),
            text(&part.content_type),
            text(&part.url),
            part.expires.into(),
            part.size.into(),
            part.enc_alg.into(),
            bytes(&part.key),
            bytes(&part.nonce),
            bytes(&part.aad),
            part.hash_alg.into(),
            bytes(&part.content_hash),
            text(&part.description),
            text(&part.filename),
        ]),
        Part::Multi { semantics, parts } => items.extend([
            3.into(),
            (*semantics as u8).into(),
            Value::Array(parts.iter().map(nested).collect()),
        ]),
    }
    Value::Array(items)
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

fn id(id: MessageId) -> Value {
    bytes(&id.0)
}

// ---- from CBOR ----

/// What an application message holds.
///
/// # Errors
/// It is neither a MIMI content message nor a report, or not in the one encoding that is allowed.
pub fn decode(content: &[u8]) -> Decoded<Content> {
    let mut rest = content;
    let value: Value = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEEPEST)
        .map_err(|error| ContentError::Cbor(error.to_string()))?;
    if !rest.is_empty() {
        let more = rest.len();
        return Err(ContentError::Cbor(format!("{more} bytes too many")));
    }
    if !in_order(&value) || encode(&value) != content {
        return Err(ContentError::NotDeterministic);
    }
    let Value::Array(items) = value else {
        return shape("content", "an array");
    };
    match items.first() {
        Some(Value::Bytes(_)) => Ok(Content::Message(Box::new(read_message(items)?))),
        _ => Ok(Content::Status(each(items, read_status)?)),
    }
}

/// Whether the keys of all maps ascend by their encodings, each once (RFC 8949, section 4.2.1).
fn in_order(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(in_order),
        Value::Tag(_, inner) => in_order(inner),
        Value::Map(entries) => {
            let keys: Vec<Vec<u8>> = entries.iter().map(|(key, _)| encode(key)).collect();
            keys.is_sorted_by(|one, next| one < next)
                && entries
                    .iter()
                    .all(|(key, value)| in_order(key) && in_order(value))
        }
        _ => true,
    }
}

fn each<T>(items: Vec<Value>, read: impl FnMut(Value) -> Decoded<T>) -> Decoded<Vec<T>> {
    items.into_iter().map(read).collect()
}

fn shape<T>(field: &'static str, expected: &'static str) -> Decoded<T> {
    Err(ContentError::Shape { field, expected })
}

/// So many items, no more and no less.
fn items<const COUNT: usize>(
    value: Value,
    field: &'static str,
    expected: &'static str,
) -> Decoded<[Value; COUNT]> {
    let items = value.into_array().ok();
    let items = items.and_then(|items| items.try_into().ok());
    items.ok_or(ContentError::Shape { field, expected })
}

fn read_status(value: Value) -> Decoded<PerMessageStatus> {
    let [message_id, status] = items(value, "PerMessageStatus", "a message id and a status")?;
    Ok(PerMessageStatus {
        message_id: read_id("messageId", message_id)?,
        status: MessageStatus(read_number("status", "0 to 255", &status)?),
    })
}

fn read_message(values: Vec<Value>) -> Decoded<MimiContent> {
    let [
        salt,
        replaces,
        topic,
        expires,
        in_reply_to,
        extensions,
        body,
    ] = items(Value::Array(values), "mimiContent", "seven fields")?;
    let topic_id = read_bytes("topicId", topic)?;
    at_most("topicId, in bytes", topic_id.len(), LONGEST_TOPIC)?;
    let mut parts = 0;
    let message = MimiContent {
        salt: fixed("salt", "16 bytes", salt)?,
        replaces: maybe(replaces, |value| read_id("replaces", value))?,
        topic_id,
        expires: maybe(expires, read_expiration)?,
        in_reply_to: maybe(in_reply_to, |value| read_id("inReplyTo", value))?,
        extensions: read_extensions(extensions)?,
        body: read_nested(body, 1, &mut parts)?,
    };
    Ok(message)
}

fn at_most(what: &'static str, found: usize, most: usize) -> Decoded<()> {
    match found <= most {
        true => Ok(()),
        false => Err(ContentError::TooMuch { what, most }),
    }
}

fn maybe<T>(value: Value, read: impl FnOnce(Value) -> Decoded<T>) -> Decoded<Option<T>> {
    match value {
        Value::Null => Ok(None),
        value => read(value).map(Some),
    }
}

fn read_bytes(field: &'static str, value: Value) -> Decoded<Vec<u8>> {
    let bytes = value.into_bytes();
    bytes.or_else(|_| shape(field, "a byte string"))
}

fn read_text(field: &'static str, value: Value) -> Decoded<String> {
    let text = value.into_text();
    text.or_else(|_| shape(field, "a text string"))
}

fn fixed<const LENGTH: usize>(
    field: &'static str,
    expected: &'static str,
    value: Value,
) -> Decoded<[u8; LENGTH]> {
    let bytes = read_bytes(field, value)?;
    bytes.try_into().or_else(|_| shape(field, expected))
}

fn read_id(field: &'static str, value: Value) -> Decoded<MessageId> {
    let id = MessageId(fixed(field, "a message id of 32 bytes", value)?);
    match id.is_known() {
        true => Ok(id),
        false => shape(field, "a message id by SHA-256"),
    }
}

fn read_number<N: TryFrom<i128>>(
    field: &'static str,
    expected: &'static str,
    value: &Value,
) -> Decoded<N> {
    let number = value.as_integer().map(i128::from);
    let number = number.and_then(|number| number.try_into().ok());
    number.ok_or(ContentError::Shape { field, expected })
}

fn read_expiration(value: Value) -> Decoded<Expiration> {
    let [relative, time] = items(value, "expires", "null, or whether relative and a time")?;
    let Some(relative) = relative.as_bool() else {
        return shape("relative", "true or false");
    };
    Ok(Expiration {
        relative,
        time: read_number("time", "seconds in 32 bits", &time)?,
    })
}

fn read_extensions(value: Value) -> Decoded<Extensions> {
    let Ok(entries) = value.into_map() else {
        return shape("mimiExtensions", "a map");
    };
    let mut extensions = Extensions::default();
    for (key, value) in entries {
        match key.as_integer().map(i128::from) {
            Some(SENDER_URI) => extensions.sender_uri = Some(read_text("senderUri", value)?),
            Some(ROOM_URI) => extensions.room_uri = Some(read_text("roomUri", value)?),
            _ => {
                check_key(&key, false)?;
                check_extension(&value, 1)?;
                extensions.others.push((key, value));
            }
        }
    }
    Ok(extensions)
}

/// Keys are integers or texts, and byte strings in `inner` maps (section 6.2).
fn check_key(key: &Value, inner: bool) -> Decoded<()> {
    let sound = match key {
        Value::Integer(number) => i128::from(*number).abs() <= LARGEST_KEY,
        Value::Text(name) => inner || (1..=255).contains(&name.len()),
        Value::Bytes(_) => inner,
        _ => false,
    };
    match sound {
        true => Ok(()),
        false => shape("mimiExtensions", "keys that are integers or short texts"),
    }
}

/// What is inside of so many levels (section 6.3).
fn check_extension(value: &Value, outside: usize) -> Decoded<()> {
    let level = outside + 1;
    let inner: Vec<&Value> = match value {
        Value::Tag(_, inner) => vec![inner],
        Value::Array(items) => items.iter().collect(),
        Value::Map(entries) => {
            for (key, _) in entries {
                check_key(key, true)?;
            }
            entries.iter().map(|(_, value)| value).collect()
        }
        _ => return Ok(()),
    };
    at_most("levels of an extension", level, DEEPEST_EXTENSION)?;
    let mut inner = inner.into_iter();
    inner.try_for_each(|value| check_extension(value, level))
}

/// A part at this depth, from 1, of a body of which so many parts were read.
fn read_nested(value: Value, depth: usize, parts: &mut usize) -> Decoded<NestedPart> {
    *parts += 1;
    at_most("levels of parts", depth, DEEPEST_PARTS)?;
    at_most("parts of a body", *parts, MOST_PARTS)?;
    let Ok(mut items) = value.into_array() else {
        return shape("NestedPart", "an array");
    };
    if items.len() < 3 {
        return shape("NestedPart", "three fields or more");
    }
    let rest = items.split_off(3);
    let [disposition, language, cardinality] = self::items(
        Value::Array(items),
        "NestedPart",
        "disposition, language and cardinality",
    )?;
    Ok(NestedPart {
        disposition: Disposition(read_number("disposition", "0 to 255", &disposition)?),
        language: read_text("language", language)?,
        part: match read_number("cardinality", "0 to 3", &cardinality)? {
            0u8 if rest.is_empty() => Part::Null,
            0 => return shape("NullPart", "nothing more"),
            1 => read_single(rest)?,
            2 => Part::External(Box::new(read_external(rest)?)),
            3 => read_multi(rest, depth, parts)?,
            _ => return shape("cardinality", "0 to 3"),
        },
    })
}

fn read_single(rest: Vec<Value>) -> Decoded<Part> {
    let [content_type, content] = items(Value::Array(rest), "SinglePart", "two fields")?;
    Ok(Part::Single {
        content_type: read_text("contentType", content_type)?,
        content: read_bytes("content", content)?,
    })
}

fn read_external(rest: Vec<Value>) -> Decoded<ExternalPart> {
    let [
        content_type,
        url,
        expires,
        size,
        enc_alg,
        key,
        nonce,
        aad,
        hash_alg,
        content_hash,
        description,
        filename,
    ] = items(Value::Array(rest), "ExternalPart", "twelve fields")?;
    Ok(ExternalPart {
        content_type: read_text("contentType", content_type)?,
        url: read_text("url", url)?,
        expires: read_number("expires", "seconds in 32 bits", &expires)?,
        size: read_number("size", "bytes in 64 bits", &size)?,
        enc_alg: read_number("encAlg", "16 bits", &enc_alg)?,
        key: read_bytes("key", key)?,
        nonce: read_bytes("nonce", nonce)?,
        aad: read_bytes("aad", aad)?,
        hash_alg: read_number("hashAlg", "8 bits", &hash_alg)?,
        content_hash: read_bytes("contentHash", content_hash)?,
        description: read_text("description", description)?,
        filename: read_text("filename", filename)?,
    })
}

fn read_multi(rest: Vec<Value>, depth: usize, count: &mut usize) -> Decoded<Part> {
    let [semantics, parts] = items(Value::Array(rest), "MultiPart", "two fields")?;
    let semantics = match read_number("partSemantics", "0 to 2", &semantics)? {
        0u8 => PartSemantics::ChooseOne,
        1 => PartSemantics::SingleUnit,
        2 => PartSemantics::ProcessAll,
        _ => return shape("partSemantics", "0 to 2"),
    };
    let parts = match parts.into_array() {
        Ok(parts) if parts.len() >= 2 => parts,
        _ => return shape("parts", "two parts or more"),
    };
    Ok(Part::Multi {
        semantics,
        parts: each(parts, |part| read_nested(part, depth + 1, count))?,
    })
}
