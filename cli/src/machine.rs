//! The machine that this runs on, as the system says.

use throng_record::Generator;
use throng_reports::run_info::{Machine, RealInfo, Share};

/// The machine that this runs on.
pub(crate) fn machine() -> Machine {
    let read = |path| std::fs::read_to_string(path).ok();
    let kernel = read("/proc/sys/kernel/osrelease");
    let kernel = kernel.map(|release| release.trim().to_owned());
    Machine {
        processor: read("/proc/cpuinfo").as_deref().and_then(processor),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        system: match kernel {
            Some(release) => format!("{} {release}", std::env::consts::OS),
            None => std::env::consts::OS.to_owned(),
        },
    }
}

/// By what this machine is told from others for as long as it runs, where the system says that.
pub(crate) fn identity() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    boot.ok().map(|id| id.trim().to_owned())
}

/// What only this program knows of a real run, of all of a load.
pub(crate) fn real(generator: &Generator, failed: Vec<String>) -> RealInfo {
    RealInfo {
        machine: machine(),
        generator: generator.clone(),
        failed,
        share: Share::Whole,
    }
}

/// Reads Linux's `model name : …`.
fn processor(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::processor;

    #[test]
    fn the_processor_is_the_first_that_has_a_name() {
        let text = "processor\t: 0\nmodel\t\t: 1\nmodel name\t: Some CPU @ 2.00GHz\n";
        assert_eq!(processor(text).as_deref(), Some("Some CPU @ 2.00GHz"));
        assert_eq!(processor("Features : fp\n"), None);
    }
}
