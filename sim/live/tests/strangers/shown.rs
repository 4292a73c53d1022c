//! What a provider shows of what it counts, read by others than wrote it.

use super::world::{Shows, World, of_client, request};
use quick_protobuf::{BytesReader, Result};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

const PROTOBUF: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

/// Somebody has asked something.
fn asked() -> World {
    let world = World::new();
    let bearer = world.account(70);
    for sequence in 0..20 {
        let ack = of_client(&bearer, sequence, "ack", &[0; 8]);
        assert_eq!(world.status(Shows::Nothing, ack), 204);
    }
    assert_eq!(
        world.status(Shows::Nothing, request("GET", "/", &[], b"")),
        404
    );
    world
}

#[test]
fn what_is_counted_is_what_was_asked() {
    let world = asked();
    let requests = |from, route, status| {
        let labels = [("from", from), ("route", route), ("status", status)];
        world.figure("throng_requests_total", &labels)
    };
    assert_eq!(requests("client", "ack", "204"), 20.0);
    assert_eq!(requests("newcomer", "accounts", "201"), 1.0);
    assert_eq!(requests("anybody", "none", "404"), 1.0);
    let labels = [("from", "client"), ("route", "ack")];
    assert_eq!(world.figure("throng_request_seconds_count", &labels), 20.0);
    let sum = world.figure("throng_request_seconds_sum", &labels);
    assert!(sum > 0.0 && sum < 60.0, "{sum}");
    // The account, and what came of it.
    assert_eq!(world.figure("throng_machine_seconds_count", &[]), 21.0);
    assert_eq!(world.figure("throng_waited_seconds_count", &[]), 21.0);
    assert!(world.figure("throng_waited_seconds_sum", &[]) > 0.0);
    assert!(world.figure("throng_machine_seconds_sum", &[]) > 0.0);
    assert_eq!(world.figure("throng_posts", &[]), 0.0);
    if cfg!(target_os = "linux") {
        assert!(world.figure("process_resident_memory_bytes", &[]) > 1e6);
        assert!(world.figure("process_open_fds", &[]) >= 4.0);
        assert!(world.figure("process_cpu_seconds_total", &[]) >= 0.0);
    }
    let (head, _) = world.shown("text/plain");
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    world.stop();
}

/// `promtool` of Prometheus reads it and has nothing to complain of.
#[test]
fn promtool_finds_nothing_wrong() {
    let known = Command::new("promtool").arg("--version").output().is_ok();
    if !known {
        let required = std::env::var("THRONG_PROMTOOL").is_ok_and(|value| value == "required");
        assert!(!required && std::env::var_os("CI").is_none(), "no promtool");
        eprintln!("skipped: no promtool here");
        return;
    }
    let world = asked();
    let (_, text) = world.shown("text/plain");
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool");
    let mut stdin = promtool.stdin.take().expect("a pipe");
    stdin.write_all(&text).expect("written");
    drop(stdin);
    let output = promtool.wait_with_output().expect("an end");
    let says = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{says}");
    // This one it does not check; it differs by what the other may not have.
    let (head, text) = world.shown("application/openmetrics-text");
    assert!(
        head.contains("application/openmetrics-text; version=1.0.0"),
        "{head}"
    );
    let text = String::from_utf8(text).expect("text");
    assert!(
        text.contains("\n# TYPE throng_requests counter\n"),
        "{text}"
    );
    assert!(text.ends_with("\n# EOF\n"), "{text}");
    world.stop();
}

/// A native histogram: its count, the observations near zero, and those in its buckets.
#[derive(Debug, Default, PartialEq)]
struct Native {
    count: u64,
    near_zero: u64,
    in_buckets: i64,
    buckets: u32,
    schema: i32,
    classic: u64,
}

/// As `io.prometheus.client` has it (metrics.proto of the Prometheus client model), by the numbers of its fields.
fn family(bytes: &[u8]) -> Result<(String, Vec<Native>)> {
    let mut reader = BytesReader::from_bytes(bytes);
    let (mut name, mut all) = (String::new(), Vec::new());
    while !reader.is_eof() {
        match reader.next_tag(bytes)? >> 3 {
            1 => name = reader.read_string(bytes)?.to_owned(),
            4 => {
                let metric = reader.read_bytes(bytes)?;
                let mut fields = BytesReader::from_bytes(metric);
                while !fields.is_eof() {
                    let tag = fields.next_tag(metric)?;
                    match tag >> 3 {
                        7 => all.push(native(fields.read_bytes(metric)?)?),
                        _ => fields.read_unknown(metric, tag)?,
                    }
                }
            }
            3 => drop(reader.read_int32(bytes)?),
            _ => drop(reader.read_bytes(bytes)?),
        }
    }
    Ok((name, all))
}

fn native(bytes: &[u8]) -> Result<Native> {
    let mut reader = BytesReader::from_bytes(bytes);
    let (mut native, mut deltas) = (Native::default(), Vec::new());
    while !reader.is_eof() {
        let tag = reader.next_tag(bytes)?;
        match (tag >> 3, tag & 7) {
            (1, _) => native.count = reader.read_uint64(bytes)?,
            (3, _) => {
                native.classic += 1;
                reader.read_bytes(bytes)?;
            }
            (5, _) => native.schema = reader.read_sint32(bytes)?,
            (7, _) => native.near_zero = reader.read_uint64(bytes)?,
            (12, _) => {
                let span = reader.read_bytes(bytes)?;
                let mut fields = BytesReader::from_bytes(span);
                while !fields.is_eof() {
                    let tag = fields.next_tag(span)?;
                    match tag >> 3 {
                        2 => native.buckets += fields.read_uint32(span)?,
                        _ => fields.read_unknown(span, tag)?,
                    }
                }
            }
            (13, 2) => deltas.extend(reader.read_packed(bytes, |r, b| r.read_sint64(b))?),
            (13, _) => deltas.push(reader.read_sint64(bytes)?),
            _ => reader.read_unknown(bytes, tag)?,
        }
    }
    assert_eq!(deltas.len(), native.buckets as usize);
    let mut here = 0;
    for delta in deltas {
        here += delta;
        native.in_buckets += here;
    }
    Ok(native)
}

#[test]
fn durations_are_native_histograms_to_whoever_reads_them() {
    let world = asked();
    let (head, bytes) = world.shown(PROTOBUF);
    assert!(head.contains("io.prometheus.client.MetricFamily"), "{head}");
    let mut families = BTreeMap::new();
    let mut reader = BytesReader::from_bytes(&bytes);
    while !reader.is_eof() {
        let message = reader
            .read_bytes(&bytes)
            .expect("a message with its length");
        let (name, natives) = family(message).expect("a family");
        families.insert(name, natives);
    }
    assert!(
        families.contains_key("throng_requests_total"),
        "{families:?}"
    );
    let requests = &families["throng_request_seconds"];
    assert_eq!(requests.iter().map(|native| native.count).max(), Some(20));
    let machine = families["throng_machine_seconds"].first().expect("one");
    assert_eq!(machine.count, 21);
    for native in requests.iter().chain([machine]) {
        let counted = native.near_zero + native.in_buckets as u64;
        assert_eq!(counted, native.count, "{native:?}");
        assert!(native.buckets > 0 && native.classic >= 12, "{native:?}");
        // Each bucket is at most a tenth wider than the one before: 2^(2^-3).
        assert_eq!(native.schema, 3);
    }
    world.stop();
}
