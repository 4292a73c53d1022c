//! `latency.hlog`: the HdrHistogram interval log (format 1.3), as its log processors and viewers read it. A line for each
//! latency and sample in which something was recorded, tagged with the latency's name; values are microseconds, times are
//! virtual seconds since the start of the run.

use data_encoding::BASE64;
use flate2::read::ZlibDecoder;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::interval_log::{
    IntervalLogIterator, IntervalLogWriterBuilder, IntervalLogWriterError, LogEntry,
    LogIteratorError, Tag,
};
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use std::io::{self, Read, Write};
use std::time::{Duration, UNIX_EPOCH};
use throng_record::{Latencies, LatencyInterval};
use throng_workloads::time::{SimSpan, SimTime};

/// The column of maxima is in milliseconds.
const MICROS_PER_MILLI: f64 = 1e3;

/// More than any histogram of three digits takes, in bytes.
const MOST_BYTES: u64 = 4 << 20;

/// The first bytes of a compressed histogram.
const COMPRESSED: u32 = 0x1c84_9314;

/// Bytes before a histogram's counts, once it is inflated.
const HEAD: usize = 40;

/// Writes the log.
///
/// # Errors
/// Whatever the writer says.
pub fn write(intervals: &[LatencyInterval], mut out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment("[Histogram log format version 1.3]")
        .add_comment("[Values in microseconds of virtual time, maxima in milliseconds]")
        .with_start_time(UNIX_EPOCH)
        .with_base_time(UNIX_EPOCH)
        .with_max_value_divisor(MICROS_PER_MILLI)
        .begin_log_with(&mut out, &mut serializer)?;
    for interval in intervals {
        let begin = Duration::from_nanos(interval.begin.as_nanos());
        let length = Duration::from_nanos(interval.end.since(interval.begin).as_nanos());
        log.write_histogram(
            &interval.histogram(),
            begin,
            length,
            Tag::new(interval.name),
        )
        .map_err(|error| match error {
            IntervalLogWriterError::IoError(error) => error,
            IntervalLogWriterError::SerializeError(error) => io::Error::other(error),
        })?;
    }
    Ok(())
}

/// Adds the intervals up to the latencies of the whole run. Tags that are not known are passed over.
///
/// # Errors
/// What is wrong, and where.
pub fn read(log: &[u8]) -> Result<Latencies, String> {
    let mut latencies = Latencies::default();
    let mut whole = latencies.each_mut();
    for (number, entry) in IntervalLogIterator::new(log).enumerate() {
        let entry = entry.map_err(|LogIteratorError::ParseError { offset }| {
            format!("byte {offset}: no line of an interval log")
        })?;
        let LogEntry::Interval(interval) = entry else {
            continue;
        };
        let tag = interval.tag().map_or("", |tag| tag.as_str());
        let Some((_, sum)) = whole.iter_mut().find(|(name, _)| *name == tag) else {
            continue;
        };
        decode(interval.encoded_histogram())
            .and_then(|histogram| sum.add(histogram).map_err(|error| error.to_string()))
            .map_err(|reason| format!("entry {}, {tag}: {reason}", number + 1))?;
    }
    Ok(latencies)
}

/// The intervals of the log, in its order. Tags that are not known are passed over.
///
/// # Errors
/// What is wrong, and where.
pub(crate) fn intervals(log: &[u8]) -> Result<Vec<LatencyInterval>, String> {
    let known = Latencies::default();
    let mut all = Vec::new();
    for (number, entry) in IntervalLogIterator::new(log).enumerate() {
        let entry = entry.map_err(|LogIteratorError::ParseError { offset }| {
            format!("byte {offset}: no line of an interval log")
        })?;
        let LogEntry::Interval(interval) = entry else {
            continue;
        };
        let tag = interval.tag().map_or("", |tag| tag.as_str());
        let Some((name, _)) = known.each().find(|(name, _)| *name == tag) else {
            continue;
        };
        let histogram = decode(interval.encoded_histogram());
        let histogram =
            histogram.map_err(|reason| format!("entry {}, {tag}: {reason}", number + 1))?;
        let nanos = |at: Duration| u64::try_from(at.as_nanos()).unwrap_or(u64::MAX);
        let begin = SimTime::from_nanos(nanos(interval.start_timestamp()));
        let end = begin + SimSpan::from_nanos(nanos(interval.duration()));
        all.extend(LatencyInterval::new(name, begin, end, &histogram));
    }
    Ok(all)
}

/// A histogram as the log has it.
///
/// # Errors
/// A count is beyond what the encoding holds.
pub(crate) fn encode(histogram: &Histogram<u64>) -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let encoded = serializer.serialize(histogram, &mut bytes);
    encoded.map_err(|error| error.to_string())?;
    Ok(BASE64.encode(&bytes))
}

/// A histogram. It is inflated first, so that lengths inside it are known to be true: nobody reserves memory on their word.
pub(crate) fn decode(encoded: &str) -> Result<Histogram<u64>, String> {
    let bytes = BASE64
        .decode(encoded.as_bytes())
        .map_err(|error| error.to_string())?;
    let word = |bytes: &[u8], at: usize| -> Option<u32> {
        Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
    };
    if word(&bytes, 0) != Some(COMPRESSED) {
        return Err("no compressed histogram".to_owned());
    }
    let mut inflated = Vec::new();
    ZlibDecoder::new(&bytes[8.min(bytes.len())..])
        .take(MOST_BYTES)
        .read_to_end(&mut inflated)
        .map_err(|error| error.to_string())?;
    let counts = word(&inflated, 4).map(|counts| counts as usize);
    if counts.is_none_or(|counts| inflated.len() != HEAD + counts) {
        return Err("the histogram is cut off".to_owned());
    }
    Deserializer::new()
        .deserialize(&mut inflated.as_slice())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> String {
        let mut latencies = Latencies::default();
        for micros in 1..2_000 {
            latencies.join.record(micros * micros).expect("it grows");
            latencies.attempts.record(1 + micros % 3).expect("it grows");
        }
        let at = |second: u64| SimTime::from_nanos(second * 1_000_000_000);
        let intervals: Vec<LatencyInterval> = [0, 1]
            .into_iter()
            .flat_map(|second| {
                let of = latencies.each();
                of.filter_map(move |(name, histogram)| {
                    LatencyInterval::new(name, at(second), at(second + 1), histogram)
                })
                .collect::<Vec<_>>()
            })
            .collect();
        let mut out = Vec::new();
        write(&intervals, &mut out).expect("memory");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let text = log();
        assert!(
            text.starts_with("#[Histogram log format version 1.3]\n"),
            "{text}"
        );
        assert!(
            text.contains("\nTag=join,1.000,1.000,3997.695,HISTFAAA"),
            "{text}"
        );
        let read = read(text.as_bytes()).expect("sound");
        assert_eq!(read.join.len(), 2 * 1_999);
        assert_eq!(read.attempts.len(), 2 * 1_999);
        assert_eq!(read.message.len(), 0);
    }

    #[test]
    fn what_is_broken_is_said() {
        let text = log();
        for (from, to, said) in [
            ("Tag=join,0.000", "Tag=join;0.000", "no line"),
            ("HISTFAAA", "HISTFAA?", "entry"),
            ("HISTFAAA", "AAAAFAAA", "no compressed histogram"),
        ] {
            let error = read(text.replacen(from, to, 1).as_bytes()).expect_err(said);
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn no_broken_byte_is_fatal() {
        let text = log().into_bytes();
        for at in 0..text.len() {
            for byte in [b'A', b'\n', b',', b'9', 0xff] {
                let mut broken = text.clone();
                broken[at] = byte;
                if let Ok(latencies) = read(&broken) {
                    assert!(latencies.join.len() <= 2 * 1_999);
                }
            }
            // Cut off, it holds less or is refused.
            if let Ok(latencies) = read(&text[..at]) {
                assert!(latencies.attempts.len() < 2 * 1_999);
            }
        }
    }
}
