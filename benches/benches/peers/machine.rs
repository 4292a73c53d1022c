//! On what it was measured.

use std::process::Command;

const LOCK: &str = include_str!("../../../Cargo.lock");

/// The locked version of a crate.
fn version(crate_name: &str) -> &'static str {
    let wanted = format!("name = \"{crate_name}\"");
    LOCK.lines()
        .skip_while(|line| *line != wanted)
        .find_map(|line| line.strip_prefix("version = "))
        .map_or("?", |version| version.trim_matches('"'))
}

/// How many processes wanted a core in the last minute, where the system says so.
pub(crate) fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or("?").to_owned()
}

/// Processor, cores, compiler and libraries, a line each.
pub(crate) fn describe() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| {
            rest.trim_start_matches([' ', '\t', ':'])
        });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rustc = Command::new("rustc")
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .unwrap_or_default();
    let libraries = [
        "openmls",
        "openmls_rust_crypto",
        "mls-rs",
        "mls-rs-crypto-rustcrypto",
    ]
    .map(|name| format!("{name} {}", version(name)));
    format!(
        "{model}, {cores} cores, {}\n{}",
        rustc.trim(),
        libraries.join(", ")
    )
}
