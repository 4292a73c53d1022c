//! What has the shards of a sweep run elsewhere: a script for Slurm, a Job for Kubernetes, a command line for GNU parallel. Each is complete,
//! and says how to put the shards together.

use super::share::Folders;
use crate::arguments::Scheduler;
use crate::request::{line, quoted};
use throng_record::Shard;
use throng_workloads::time::SimSpan;
use throng_workloads::units::show_span;
use throng_workloads::visible::visible_json;

/// What runs are given beyond their own limit of time until a scheduler ends them, in minutes: they are ended in seconds.
const GRACE: u64 = 2;

/// How often the pod of one shard may end before its time: each goes on where the last one was. One shard that fails for good ends no
/// other; and no two pods of one shard write side by side, as each begins when the one before has ended.
const RETRIES: u32 = 5;

/// The longest name of a Job that leaves room for what is added for its pods.
const LONGEST_NAME: usize = 50;

/// A sweep that is to run elsewhere.
pub(super) struct Script<'a> {
    /// The scenario's name.
    pub(super) name: &'a str,
    /// The command of the whole sweep, without a folder.
    pub(super) sweep: &'a [String],
    pub(super) folders: Folders,
    pub(super) shards: u32,
    pub(super) threads: Option<u16>,
    pub(super) time_limit: Option<SimSpan>,
    /// The container's image.
    pub(super) image: Option<&'a str>,
}

impl Script<'_> {
    /// All of it.
    pub(super) fn text(&self, scheduler: Scheduler) -> String {
        match scheduler {
            Scheduler::Slurm => self.slurm(),
            Scheduler::Kubernetes => self.kubernetes(),
            Scheduler::Parallel => self.parallel(),
        }
    }

    /// Where there is no limit of time the cluster has one, and ends a task by SIGTERM, which it gets itself as there is no shell around it.
    fn slurm(&self) -> String {
        let Self { shards, .. } = self;
        let threads = self.threads.unwrap_or(1);
        let merge = quoted(&self.merge());
        let time = self.time_limit.map_or(String::new(), |limit| {
            let minutes = limit.as_nanos().div_ceil(60_000_000_000) + GRACE;
            format!("#SBATCH --time={minutes}\n")
        });
        let name = self.plain_name();
        let command = line(&self.shard(&format!("auto/{shards}"), &self.folders.name()));
        format!(
            "#!/bin/bash\n\
             # A sweep in {shards} shards. From a folder that all nodes have, with this in sweep.sbatch:\n\
             #   tasks=$(sbatch --parsable sweep.sbatch)\n\
             #   sbatch --dependency=\"afterok:${{tasks%%;*}}\" --wrap {merge}\n\
             # A task that did not get through goes on when it is submitted again, as with sbatch --array=3 sweep.sbatch\n\
             #SBATCH --job-name={name}\n\
             #SBATCH --array=1-{shards}\n\
             #SBATCH --cpus-per-task={threads}\n\
             {time}exec {command} --threads \"${{SLURM_CPUS_PER_TASK:-{threads}}}\"\n"
        )
    }

    fn kubernetes(&self) -> String {
        let Self { shards, .. } = self;
        let threads = self.threads.unwrap_or(1);
        let (name, merge) = (self.plain_name(), self.merge());
        let image = yaml(self.image.unwrap_or_default());
        let mut words = self.shard(&format!("auto/{shards}"), &self.folders.name());
        words.extend(["--threads".to_owned(), threads.to_string()]);
        // A `$(NAME)` in them would be taken for a variable.
        let words = words.iter().map(|word| yaml(&word.replace('$', "$$")));
        let words: String = words
            .map(|word| format!("            - {word}\n"))
            .collect();
        format!(
            "# A sweep in {shards} shards. They write to the volume of the claim throng-sweep, from which a scenario file is read, too.\n\
             # When all are done, where that volume is:\n\
             #   {merge}\n\
             apiVersion: batch/v1\n\
             kind: Job\n\
             metadata:\n\
             \x20 name: {name}\n\
             spec:\n\
             \x20 completions: {shards}\n\
             \x20 parallelism: {shards}\n\
             \x20 completionMode: Indexed\n\
             \x20 backoffLimitPerIndex: {RETRIES}\n\
             \x20 podReplacementPolicy: Failed\n\
             \x20 template:\n\
             \x20   spec:\n\
             \x20     restartPolicy: Never\n\
             \x20     containers:\n\
             \x20       - name: throng\n\
             \x20         image: {image}\n\
             \x20         workingDir: /sweep\n\
             \x20         command:\n\
             {words}\
             \x20         resources:\n\
             \x20           requests:\n\
             \x20             cpu: {threads}\n\
             \x20         volumeMounts:\n\
             \x20           - name: sweep\n\
             \x20             mountPath: /sweep\n\
             \x20     volumes:\n\
             \x20       - name: sweep\n\
             \x20         persistentVolumeClaim:\n\
             \x20           claimName: throng-sweep\n"
        )
    }

    /// Each shard's command is an argument of its own: parallel replaces nothing in them then.
    fn parallel(&self) -> String {
        let each = (1..=self.shards).filter_map(|number| Shard::new(number, self.shards));
        let commands = each.map(|shard| {
            let folder = self.folders.of(shard).to_string_lossy().into_owned();
            let mut words = self.shard(&shard.to_string(), &folder);
            let threads = self.threads.unwrap_or(1).to_string();
            words.extend(["--threads".to_owned(), threads]);
            format!("  {} \\\n", quoted(&line(&words)))
        });
        let commands: String = commands.collect();
        format!("parallel ::: \\\n{commands}  && {}\n", self.merge())
    }

    /// The command of one shard.
    fn shard(&self, which: &str, folder: &str) -> Vec<String> {
        let mut words = self.sweep.to_vec();
        let mut add = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
        add("--shard", which);
        add("--out", folder);
        if let Some(limit) = self.time_limit {
            add("--time-limit", &show_span(limit));
        }
        words
    }

    fn merge(&self) -> String {
        let words = self.folders.merge(self.shards);
        words.map_or_else(String::new, |words| line(&words))
    }

    /// A name that any scheduler takes (for Kubernetes RFC 1123).
    fn plain_name(&self) -> String {
        let plain = |letter: char| match letter.to_ascii_lowercase() {
            letter @ ('a'..='z' | '0'..='9') => letter,
            _ => '-',
        };
        let name: String = self.name.chars().map(plain).take(LONGEST_NAME).collect();
        format!("throng-{name}").trim_end_matches('-').to_owned()
    }
}

/// A word as YAML has it in quotes: JSON is that, too.
fn yaml(word: &str) -> String {
    visible_json(&serde_json::Value::from(word).to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use throng_workloads::units::parse_span;

    fn script(words: &[String]) -> Script<'_> {
        Script {
            name: "Half a day: Über",
            sweep: words,
            folders: Folders::beside(Path::new("a b")),
            shards: 2,
            threads: None,
            time_limit: parse_span("90s").ok(),
            image: Some("registry.example/throng:1"),
        }
    }

    /// What a value holds acts nowhere on its way.
    #[test]
    fn values_are_quoted_as_often_as_they_are_read() {
        let words = ["throng", "sweep", "--set", "name=$(HOME) {} it's"].map(str::to_owned);
        let script = script(&words);
        let slurm = script.text(Scheduler::Slurm);
        assert!(
            slurm.contains("--set 'name=$(HOME) {} it'\\''s' --shard auto/2 --out 'a b-{shard}' --time-limit 90s"),
            "{slurm}"
        );
        assert!(slurm.contains("#SBATCH --time=4\n"), "{slurm}");
        assert!(
            slurm.contains("#SBATCH --job-name=throng-half-a-day---ber\n"),
            "{slurm}"
        );
        let kubernetes = script.text(Scheduler::Kubernetes);
        assert!(
            kubernetes.contains("            - \"name=$$(HOME) {} it's\"\n"),
            "{kubernetes}"
        );
        let parallel = script.text(Scheduler::Parallel);
        assert_eq!(parallel.lines().count(), 4, "{parallel}");
        assert!(
            parallel.ends_with("  && throng merge 'a b-1-of-2' 'a b-2-of-2' --out 'a b'\n"),
            "{parallel}"
        );
    }

    #[test]
    fn whatever_it_is_called_a_job_has_a_name() {
        let words = Vec::new();
        for (name, plain) in [("", "throng"), ("…", "throng"), ("Ab_1", "throng-ab-1")] {
            let named = Script {
                name,
                ..script(&words)
            };
            assert_eq!(named.plain_name(), plain);
        }
    }
}
