//! A PostgreSQL server of a test's own, from the system's packages: on loopback, with its data in a folder that lives as long.
//!
//! Where there is none, tests say that they were skipped, and fail where `CI` is set or `THRONG_POSTGRES=required`.

use std::ffi::OsStr;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Where packages put versions of it.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Whoever runs it where this is run by root, whom it refuses.
const USER: &str = "postgres";

/// A server that ends with this.
pub(crate) struct Database {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Database {
    /// A new one, if it is installed.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let required = std::env::var_os("CI").is_some()
                || std::env::var_os("THRONG_POSTGRES").is_some_and(|value| value == "required");
            let hint = "PostgreSQL is not installed; install it with `apt-get install postgresql`";
            assert!(!required, "{hint}");
            // Not by a macro, whose output nobody sees of a test that passes.
            writeln!(std::io::stderr(), "skipped: {hint}").expect("written");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("throng-pg-").tempdir();
        let folder = folder.expect("a folder");
        if is_root() {
            done(Command::new("chown").arg(USER).arg(folder.path()));
        }
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let database = Self {
            programs,
            folder,
            port,
        };
        let data = database.data();
        let init = ["--username=throng", "--auth=trust", "--encoding=UTF8"];
        done(
            database
                .program("initdb")
                .args(init)
                .args(["--locale=C", "--no-instructions", "-D"])
                .arg(&data),
        );
        database.control(&["start"]);
        Some(database)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Ends at once, as if the machine had lost power, and begins again.
    pub(crate) fn crash_and_begin(&self) {
        self.control(&["stop", "-m", "immediate"]);
        self.control(&["start"]);
    }

    /// A database of this name in it: its URL.
    pub(crate) fn create(&self, name: &str) -> String {
        self.query("postgres", &format!("CREATE DATABASE \"{name}\""));
        self.url(name)
    }

    /// The URL of a database in it.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("postgres://throng@127.0.0.1:{}/{name}", self.port)
    }

    /// What a query answers, in unaligned columns.
    pub(crate) fn query(&self, name: &str, query: &str) -> String {
        let output = done(self.program("psql").args(["-X", "-A", "-t", "-q"]).args([
            "-d",
            &self.url(name),
            "-c",
            query,
        ]));
        String::from_utf8(output.stdout).expect("text")
    }

    fn control(&self, verb: &[&str]) {
        let (port, folder) = (self.port, self.folder.path().display());
        let options = format!("-p {port} -k {folder} -c listen_addresses=127.0.0.1");
        done(
            self.program("pg_ctl")
                .args(["-w", "-t", "60", "-s", "-l"])
                .arg(self.folder.path().join("log"))
                .args(["-o", &options, "-D"])
                .arg(self.data())
                .args(verb),
        );
    }

    /// A program of it, run by whom it wants to be run by.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("setpriv");
                let user = [&format!("--reuid={USER}"), &format!("--regid={USER}")];
                command
                    .args(user)
                    .args(["--clear-groups", "--"])
                    .arg(program);
                command
            }
            false => Command::new(program),
        };
        // What it writes to a terminal a server would go on to hold.
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["-s", "-m", "immediate", "-D"]).arg(self.data());
        let _ = stop.arg("stop").output();
    }
}

/// The newest that is installed, or that of PATH.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten();
    let folders = versions.filter_map(|version| Some(version.ok()?.path()));
    let newest = folders
        .filter(|folder| folder.join("bin/initdb").exists())
        .max_by_key(|folder| {
            let name = folder.file_name().and_then(OsStr::to_str);
            name.and_then(|name| name.parse::<u32>().ok())
        });
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    };
    newest.map(|folder| folder.join("bin")).or_else(on_path)
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    // Of this process's own entry.
    Path::new("/proc/self")
        .metadata()
        .is_ok_and(|me| me.uid() == 0)
}

fn done(command: &mut Command) -> Output {
    // A server that begins keeps whatever it is given: nobody may wait for the end of that.
    let output = command.stdout(Stdio::piped()).stderr(Stdio::null());
    let output = output.output().expect("it is installed");
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}
