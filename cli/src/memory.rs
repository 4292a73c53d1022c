//! The memory of this process.

/// The most memory that this process held, in bytes; `None` where the system does not say.
pub(crate) fn peak() -> Option<u64> {
    from_status(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Reads Linux's `VmHWM: 1234 kB`, where kB means 1024 bytes.
fn from_status(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1_024)
}

#[cfg(test)]
mod tests {
    use super::from_status;

    #[test]
    fn the_high_water_mark_is_in_kibibytes() {
        assert_eq!(
            from_status("VmPeak:\t9 kB\nVmHWM:\t    2048 kB\n"),
            Some(2_097_152)
        );
        assert_eq!(from_status("VmPeak:\t9 kB\n"), None);
        assert_eq!(from_status("VmHWM:\tmuch\n"), None);
    }
}
