//! What a process takes of its machine.

/// What one process takes, or several together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Taken {
    /// Seconds on a core since it began.
    pub cpu: f64,
    /// Bytes of memory that it holds now.
    pub memory: u64,
    /// Files and sockets that it has open.
    pub files: u64,
}

impl std::ops::AddAssign for Taken {
    fn add_assign(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.memory += other.memory;
        self.files += other.files;
    }
}

/// What a process takes; `None` where there is none of this number, or the system does not say.
#[cfg(target_os = "linux")]
pub fn taken(process: u32) -> Option<Taken> {
    let process = procfs::process::Process::new(process.try_into().ok()?).ok()?;
    let stat = process.stat().ok()?;
    let ticks = procfs::ticks_per_second() as f64;
    Some(Taken {
        cpu: (stat.utime + stat.stime) as f64 / ticks,
        memory: stat.rss * procfs::page_size(),
        // Of somebody else's process this is not said.
        files: process.fd_count().unwrap_or(0) as u64,
    })
}

/// What a process takes; not known on this system.
#[cfg(not(target_os = "linux"))]
pub fn taken(_: u32) -> Option<Taken> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_seen() {
        let me = std::process::id();
        let before = taken(me).unwrap();
        let files: Vec<_> = (0..100).map(|_| tempfile::tempfile().unwrap()).collect();
        let memory = vec![1u8; 64 << 20];
        let began = std::time::Instant::now();
        let mut sum = 0u64;
        while began.elapsed().as_millis() < 200 {
            sum = memory
                .iter()
                .fold(sum, |sum, byte| sum.wrapping_add(u64::from(*byte)));
        }
        let after = taken(me).unwrap();
        // Other tests of this process open and close, take and give back meanwhile: all that is sure is what is held here.
        assert!(after.files >= 100, "{before:?} {after:?}");
        assert!(after.memory >= 64 << 20, "{before:?} {after:?}");
        assert!(after.cpu > before.cpu, "{before:?} {after:?} {sum}");
        drop(files);
        assert_eq!(taken(u32::MAX), None);
    }
}
