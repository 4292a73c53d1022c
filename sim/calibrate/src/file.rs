//! A calibration as the TOML file that scenarios name.

use crate::points::Point;
use crate::result::Calibration;
use std::fmt::Write;
use throng_cost::fit::{Errors, predict};
use throng_mls::work::UNITS;
use throng_workloads::scenario::Ciphersuite;

/// What was measured, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The processor, and how it was used.
    pub machine: String,
    /// Of the programs that matter.
    pub versions: String,
    /// When, as `2026-01-31`.
    pub date: String,
}

/// The version of OpenMLS that is measured.
const OPENMLS: &str = "0.9.2";

impl Machine {
    /// This machine, as far as it says what it is, on this `date`.
    pub fn this(ciphersuite: Ciphersuite, date: impl Into<String>) -> Self {
        let processor = std::fs::read_to_string("/proc/cpuinfo")
            .ok()
            .and_then(|text| processor(&text))
            .unwrap_or_else(|| "unknown processor".to_owned());
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let suite = match ciphersuite {
            Ciphersuite::X25519Aes128Sha256Ed25519 => {
                "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"
            }
            Ciphersuite::P256Aes128Sha256P256 => "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
            Ciphersuite::X25519ChaCha20Sha256Ed25519 => {
                "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"
            }
        };
        Self {
            machine: format!(
                "{processor} ({} {}, {cores} cores, one used)",
                std::env::consts::OS,
                std::env::consts::ARCH
            ),
            versions: format!(
                "throng {}, OpenMLS {OPENMLS} with RustCrypto ({suite}), {}",
                env!("CARGO_PKG_VERSION"),
                env!("THRONG_RUSTC")
            ),
            date: date.into(),
        }
    }
}

/// The processor's name in Linux's `/proc/cpuinfo`.
fn processor(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(name.split_whitespace().collect::<Vec<_>>().join(" "))
}

impl Calibration {
    /// The profile file. [`MachineCosts::read`](throng_workloads::scenario::MachineCosts::read) reads it.
    pub fn to_toml(&self, machine: &Machine) -> String {
        let text = |text: &str| toml_edit::Value::from(text).to_string();
        let mut out = String::from(
            "# What MLS costs on one core, as `throng calibrate` measured it. A scenario names this file:\n\
             #     [cost.profiles]\n\
             #     server = { file = \"FILE\" }\n\n",
        );
        // Writing to a String cannot fail.
        let _ = writeln!(out, "machine = {}", text(&machine.machine));
        let _ = writeln!(out, "versions = {}", text(&machine.versions));
        let _ = writeln!(out, "date = {}", text(&machine.date));
        let _ = writeln!(
            out,
            "\n# Members of the largest group that was measured: times in larger ones are extrapolated.\ncalibrated_to = {}",
            self.calibrated_to()
        );
        let _ = writeln!(out, "\n# For one of each unit of work.\n[nanoseconds]");
        let measured = UNITS.all().zip(self.nanos);
        // What costs what another unit does is not measured by itself.
        for (unit, nanos) in measured.filter(|(unit, _)| unit.instead.is_none()) {
            let _ = writeln!(out, "{} = {}", unit.name, significant(nanos));
        }
        let _ = writeln!(
            out,
            "\n# |predicted − measured| / measured: of what the fit saw, of what it did not see, and of the largest groups."
        );
        for (name, errors) in [
            ("fit", &self.fit),
            ("held_out", &self.held_out),
            ("largest", &self.largest),
        ] {
            let Errors {
                points,
                median,
                worst,
            } = errors;
            let _ = writeln!(
                out,
                "[errors.{name}]\npoints = {points}\nmedian = {median:.4}\nworst = {worst:.4}"
            );
        }
        let _ = writeln!(out, "\n# What the fit did not see.");
        for point in self.points.iter().filter(|point| point.held_out) {
            self.entry(&mut out, "held_out", point);
        }
        let _ = writeln!(out, "\n# The largest groups.");
        for point in self.of_largest() {
            self.entry(&mut out, "largest", point);
        }
        out
    }

    fn entry(&self, out: &mut String, of: &str, point: &Point) {
        let text = |text: &str| toml_edit::Value::from(text).to_string();
        let _ = writeln!(
            out,
            "[[{of}]]\noperation = {}\ntree = {}\nmembers = {}\nlisted = {}\nmeasured_us = {:.1}\npredicted_us = {:.1}",
            text(point.operation),
            text(&point.tree.to_string()),
            point.members,
            point.listed,
            point.sample.nanos / 1e3,
            predict(&self.nanos, &point.sample.work) / 1e3,
        );
    }
}

/// Four digits: more than that no measurement is worth.
pub(crate) fn significant(nanos: f64) -> String {
    if nanos <= 0.0 {
        return "0".to_owned();
    }
    let decimals = 3 - nanos.log10().floor() as i32;
    let scale = 10f64.powi(decimals);
    let rounded = (nanos * scale).round() / scale;
    format!("{rounded:.*}", decimals.max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Tree;
    use proptest::prelude::*;
    use throng_cost::fit::Sample;
    use throng_mls::work::Work;
    use throng_workloads::scenario::MachineCosts;

    fn point(held_out: bool, seals: u64, nanos: f64) -> Point {
        Point {
            operation: "commit: add 1",
            tree: Tree::Full,
            members: 40,
            listed: 0,
            held_out,
            sample: Sample {
                work: Work {
                    seals,
                    ..Work::default()
                }
                .into(),
                nanos,
            },
        }
    }

    #[test]
    fn the_version_is_the_one_that_is_locked() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"openmls\"\nversion = \"{OPENMLS}\"\n")));
    }

    #[test]
    fn what_is_written_is_read() {
        let points = vec![point(false, 2, 200.0), point(true, 3, 330.0)];
        let found = Calibration::of(points);
        let machine = Machine {
            machine: "a \"core\"".to_owned(),
            ..Machine::this(Ciphersuite::X25519Aes128Sha256Ed25519, "2026-01-31")
        };
        let text = found.to_toml(&machine);
        let read = MachineCosts::parse("mine.toml", &text).unwrap();
        assert_eq!(read.nanos[1], ("seal".to_owned(), 100.0));
        assert_eq!(read.calibrated_to, Some(40));
        assert!(
            read.source.starts_with("a \"core\"; throng "),
            "{}",
            read.source
        );
        assert!(read.source.contains("rustc ") && read.source.ends_with("; 2026-01-31"));
        assert!(text.contains("[errors.held_out]\npoints = 1\nmedian = 0.0909\nworst = 0.0909\n"));
        assert!(text.contains("measured_us = 0.3\npredicted_us = 0.3\n"));
    }

    #[test]
    fn the_processor_is_found() {
        let text = "processor\t: 0\nmodel name\t: A  Core 3 GHz\n";
        assert_eq!(processor(text).as_deref(), Some("A Core 3 GHz"));
        assert_eq!(processor("flags: none\n"), None);
    }

    proptest! {
        #[test]
        fn four_digits_are_kept(nanos in 1e-6..1e9f64) {
            let written: f64 = significant(nanos).parse().unwrap();
            prop_assert!((written - nanos).abs() <= nanos * 6e-4, "{nanos} {written}");
        }
    }
}
