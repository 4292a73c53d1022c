//! The script that `throng sweep --print slurm` prints, as Slurm runs it: a Slurm of the test's own, from the system's packages, on loopback and with
//! all that it keeps in a folder that lives as long.
//!
//! Where there is none the test says that it was skipped, and fails where `THRONG_SLURM=required`.
#![cfg(unix)]

use super::{stderr, stdout, throng_in};
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Five hundred points of runs that take a moment, which no two shards have alike.
fn sweep() -> Vec<String> {
    let sizes: Vec<String> = (10..260).map(|size| size.to_string()).collect();
    let line = [
        "sweep",
        "tree-growth",
        "--engine",
        "model",
        "--vary",
        "rooms.start=warm,bare",
        "--vary",
    ];
    let mut line: Vec<String> = line.map(str::to_owned).into();
    line.push(format!("users.count={}", sizes.join(",")));
    line
}

/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(240);

/// A cluster of one node, which ends with this.
struct Slurm {
    home: TempDir,
    daemons: Vec<Child>,
}

impl Slurm {
    /// A new one, if it is installed.
    fn start() -> Option<Self> {
        let version = |program: &str| Command::new(program).arg("-V").output();
        if ["slurmctld", "slurmd", "munged", "sbatch"]
            .iter()
            .any(|program| version(program).is_err())
        {
            let required =
                std::env::var_os("THRONG_SLURM").is_some_and(|value| value == "required");
            let hint = "Slurm is not on PATH; install it with `apt-get install slurm-wlm munge`";
            assert!(!required, "{hint}");
            // Not by a macro, whose output nobody sees of a test that passes.
            writeln!(std::io::stderr(), "skipped: {hint}").expect("written");
            return None;
        }
        let home = tempfile::Builder::new().prefix("throng-slurm-").tempdir();
        let home = home.expect("a folder");
        for folder in ["state", "spool"] {
            fs::create_dir(home.path().join(folder)).expect("a folder");
        }
        let mut slurm = Self {
            home,
            daemons: Vec::new(),
        };
        slurm.configure();
        let path = slurm.home.path().to_owned();
        let at = |name: &str| path.join(name).display().to_string();
        let munge = [
            format!("--key-file={}", at("key")),
            format!("--socket={}", at("socket")),
            format!("--pid-file={}", at("pid")),
            format!("--log-file={}", at("munge.log")),
            format!("--seed-file={}", at("seed")),
        ];
        let munge = [
            &["--foreground".to_owned(), "--force".to_owned()][..],
            &munge,
        ]
        .concat();
        slurm.daemon("munged", &munge);
        slurm.wait(|slurm| slurm.home.path().join("socket").exists());
        let config = ["-D".to_owned(), "-f".to_owned(), at("slurm.conf")];
        slurm.daemon("slurmctld", &config);
        slurm.daemon("slurmd", &config);
        slurm.wait(|slurm| slurm.says("sinfo", &["-h", "-o", "%T"]).contains("idle"));
        Some(slurm)
    }

    fn configure(&self) {
        let home = self.home.path();
        let (key, config) = (home.join("key"), home.join("slurm.conf"));
        // Nobody is kept out who is on this machine and may read it.
        fs::write(&key, "throng".repeat(20)).expect("a key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).expect("a key of one's own");
        let host = fs::read_to_string("/proc/sys/kernel/hostname").expect("a name");
        let host = host.trim().split('.').next().expect("a name").to_owned();
        let user = Command::new("id")
            .arg("-un")
            .output()
            .expect("a user")
            .stdout;
        let user = String::from_utf8(user).expect("text");
        let free = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let [controller, node] = free.map(|free| free.local_addr().expect("an address").port());
        let (at, user) = (home.display(), user.trim());
        let text = format!(
            "ClusterName=throng\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser={user}\nSlurmdUser={user}\n\
             AuthType=auth/munge\nAuthInfo=socket={at}/socket\nCredType=cred/munge\n\
             SlurmctldPort={controller}\nSlurmdPort={node}\n\
             SlurmctldPidFile={at}/slurmctld.pid\nSlurmdPidFile={at}/slurmd.pid\n\
             StateSaveLocation={at}/state\nSlurmdSpoolDir={at}/spool\n\
             SlurmctldLogFile={at}/slurmctld.log\nSlurmdLogFile={at}/slurmd.log\n\
             ProctrackType=proctrack/pgid\nTaskPlugin=task/none\nMpiDefault=none\n\
             SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\n\
             SchedulerType=sched/backfill\nSchedulerParameters=sched_interval=1,bf_interval=1\n\
             KillWait=5\nSlurmdParameters=config_overrides\n\
             NodeName={host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN\n\
             PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n"
        );
        fs::write(config, text).expect("written");
    }

    fn daemon(&mut self, program: &str, line: &[String]) {
        let mut daemon = Command::new(program);
        daemon.args(line).current_dir(self.home.path());
        daemon
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.daemons.push(daemon.spawn().expect(program));
    }

    fn wait(&self, there: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !there(self) {
            let log =
                |name: &str| fs::read_to_string(self.home.path().join(name)).unwrap_or_default();
            assert!(
                begun.elapsed() < PATIENCE,
                "{}\n{}",
                log("slurmctld.log"),
                log("slurmd.log")
            );
            sleep(Duration::from_millis(50));
        }
    }

    /// A command of Slurm, in a folder in which jobs are submitted.
    fn command(&self, program: &str, work: &Path) -> Command {
        let own = Path::new(env!("CARGO_BIN_EXE_throng"))
            .parent()
            .expect("a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .current_dir(work)
            .env("PATH", format!("{}:{path}", own.display()))
            .env("SLURM_CONF", self.home.path().join("slurm.conf"));
        command
    }

    fn says(&self, program: &str, line: &[&str]) -> String {
        let output = self.command(program, self.home.path()).args(line).output();
        String::from_utf8(output.expect(program).stdout).expect("text")
    }

    /// Waits until a job is in the queue no more.
    fn ended(&self, job: &str) {
        self.wait(|slurm| slurm.says("squeue", &["-h", "-j", job]).is_empty());
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        for daemon in self.daemons.iter_mut().rev() {
            // It may have ended by itself.
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// Runs that a folder holds whole.
fn runs(folder: &Path) -> usize {
    let names = fs::read_dir(folder.join("runs"))
        .into_iter()
        .flatten()
        .flatten();
    let whole = names.filter(|name| !name.file_name().as_encoded_bytes().starts_with(b"."));
    whole.count()
}

#[test]
fn an_array_makes_the_sweep_though_a_task_is_killed() {
    let Some(slurm) = Slurm::start() else {
        return;
    };
    let work = tempfile::tempdir().expect("a folder");
    let work = work.path();
    let print = ["--print", "slurm", "--shards", "8", "--time-limit", "50min"];
    let script = stdout(throng_in(work).args(sweep()).args(print));
    fs::write(work.join("sweep.sbatch"), &script).expect("written");
    let submit = |line: &[&str]| {
        let mut submit = slurm.command("sbatch", work);
        let output = submit
            .arg("--parsable")
            .args(line)
            .output()
            .expect("sbatch");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout)
            .expect("text")
            .trim()
            .to_owned()
    };
    let folder =
        |number: u32| -> PathBuf { work.join(format!("sweeps/tree-growth-1-{number}-of-8")) };
    let job = submit(&["sweep.sbatch"]);
    slurm.wait(|_| runs(&folder(1)) > 0);
    slurm.says("scancel", &["--signal=KILL", "--full", &format!("{job}_1")]);
    slurm.ended(&job);
    let (made, all): (usize, usize) = (
        runs(&folder(1)),
        (2..=8).map(|number| runs(&folder(number))).sum(),
    );
    assert!(made > 0 && made + all < 500, "{made} and {all}");
    let folders: Vec<String> = (1..=8)
        .map(|number| folder(number).display().to_string())
        .collect();
    let merge = ["--quiet", "--out", "early"];
    let early = stderr(throng_in(work).arg("merge").args(&folders).args(merge), 2);
    let missing = format!("{} of the sweep's 500 runs are missing: ", 500 - made - all);
    assert!(
        early.contains(&missing) && early.contains("of shard 1/8"),
        "{early}"
    );

    // That task again, and behind it the job that puts all together, as the script says.
    let again = submit(&["--array=1", "sweep.sbatch"]);
    let second = script
        .lines()
        .find_map(|line| line.strip_prefix("#   sbatch "));
    let second = second.expect("a second job");
    let mut bash = slurm.command("bash", work);
    let merge = bash
        .args(["-c", &format!("sbatch --wait {second}")])
        .env("tasks", &again)
        .output()
        .expect("bash");
    let log = |output: &[u8]| String::from_utf8_lossy(output).into_owned();
    assert!(
        merge.status.success(),
        "{}{}",
        log(&merge.stdout),
        log(&merge.stderr)
    );
    let local = ["--quiet", "--out", "local", "--threads", "2"];
    throng_in(work).args(sweep()).args(local).assert().success();
    for name in ["sweep.csv", "fits.csv", "sweep.parquet"] {
        let [merged, local] = ["sweeps/tree-growth-1", "local"]
            .map(|folder| fs::read(work.join(folder).join(name)).expect(name));
        assert!(merged == local, "{name}");
    }
}
