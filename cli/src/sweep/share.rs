//! A shard of a sweep: its folder, its part of the runs, and how to go on when all shards are done.

use crate::request::line;
use std::path::{Path, PathBuf};
use throng_record::Shard;
use throng_reports::sweep::Part;
use throng_workloads::visible::{visible, visible_path};

/// What stands in the name of a folder for which shard it is of.
const WHICH: &str = "{shard}";

/// The folders of all shards of a sweep.
#[derive(Debug, Clone)]
pub(super) struct Folders(PathBuf);

impl Folders {
    /// Beside the folder of the whole sweep, called after it.
    pub(super) fn beside(whole: &Path) -> Self {
        let named = Self::named(whole);
        if named.are_known() {
            return named;
        }
        // Without the slash that a path may end with: beside it is not in it.
        let mut name = whole.components().as_path().as_os_str().to_owned();
        name.push(format!("-{WHICH}"));
        Self(name.into())
    }

    /// As somebody named that of a shard. Where nothing in the name stands for which shard it is, only this folder is known.
    pub(super) fn named(out: &Path) -> Self {
        Self(out.to_owned())
    }

    fn are_known(&self) -> bool {
        self.0.to_str().is_some_and(|path| path.contains(WHICH))
    }

    /// As `--out` has it for every shard.
    pub(super) fn name(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }

    /// That of one shard.
    pub(super) fn of(&self, shard: Shard) -> PathBuf {
        match self.0.to_str() {
            Some(path) => {
                let which = format!("{}-of-{}", shard.number(), shard.of());
                path.replace(WHICH, &which).into()
            }
            None => self.0.clone(),
        }
    }

    /// The command that puts so many together, if all are known.
    pub(super) fn merge(&self, shards: u32) -> Option<Vec<String>> {
        let known = self.0.to_str().filter(|path| path.contains(WHICH))?;
        let whole = known.replace(&format!("-{WHICH}"), "");
        let whole = whole.replace(WHICH, "all");
        let mut words = vec!["throng".to_owned(), "merge".to_owned()];
        let each = (1..=shards).filter_map(|number| Shard::new(number, shards));
        words.extend(each.map(|shard| self.of(shard).to_string_lossy().into_owned()));
        words.extend(["--out".to_owned(), whole]);
        Some(words)
    }
}

/// A shard, and its part of the runs.
#[derive(Debug, Clone)]
pub(super) struct Share {
    shard: Shard,
    folders: Folders,
    costs: Vec<u64>,
    dealt: Vec<u32>,
}

impl Share {
    /// Of a sweep of points that cost so much, each repeated so often.
    pub(super) fn new(shard: Shard, folders: Folders, costs: Vec<u64>, replicas: u32) -> Self {
        let mut share = Self {
            shard,
            folders,
            costs,
            dealt: Vec::new(),
        };
        share.dealt = share.part(String::new()).deal(replicas);
        share
    }

    /// What the folder says of it.
    pub(super) fn part(&self, whole: String) -> Part {
        Part {
            number: self.shard.number(),
            of: self.shard.of(),
            whole,
            costs: self.costs.clone(),
        }
    }

    /// Whether a run is its own.
    pub(super) fn has(&self, point: usize, run: u32) -> bool {
        let at = run as usize * self.costs.len() + point;
        self.dealt.get(at) == Some(&self.shard.number())
    }

    /// Where it writes.
    pub(super) fn folder(&self) -> PathBuf {
        self.folders.of(self.shard)
    }

    /// The command that goes on with it, wherever it is typed.
    pub(super) fn command(&self, whole: &[String]) -> String {
        let folder = self.folder().to_string_lossy().into_owned();
        let shard = self.shard.to_string();
        let own = ["--shard".to_owned(), shard, "--out".to_owned(), folder];
        line(&[whole, &own].concat())
    }

    /// What is said when its runs are done.
    pub(super) fn text(&self, name: &str, done: usize, of: usize) -> String {
        let folder = self.folder();
        let merge = match self.folders.merge(self.shard.of()) {
            Some(words) => line(&words),
            None => {
                let own = line(&[folder.to_string_lossy().into_owned()]);
                format!("throng merge {own} OTHERS… --out DIR")
            }
        };
        let (shard, name) = (self.shard, visible(name));
        let files = visible_path(&folder);
        format!(
            "{name}, shard {shard} of a sweep: {done} of its {of} runs, which are done\n  files   {files}\n  to put all shards together: {merge}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn third() -> Shard {
        Shard::new(3, 3).expect("one of three")
    }

    #[test]
    fn folders_are_called_after_their_shards() {
        let beside = Folders::beside(Path::new("sweeps/small-1"));
        assert_eq!(beside.of(third()), Path::new("sweeps/small-1-3-of-3"));
        let merge = beside.merge(2).expect("known").join(" ");
        assert_eq!(
            merge,
            "throng merge sweeps/small-1-1-of-2 sweeps/small-1-2-of-2 --out sweeps/small-1"
        );
        let named = Folders::named(Path::new("{shard}/here"));
        assert_eq!(named.of(third()), Path::new("3-of-3/here"));
        let merge = named.merge(1).expect("known").join(" ");
        assert_eq!(merge, "throng merge 1-of-1/here --out all/here");
        let alone = Folders::named(Path::new("here"));
        assert_eq!(alone.of(third()), Path::new("here"));
        assert_eq!(alone.merge(3), None);
    }

    #[test]
    fn every_run_is_that_of_one_shard() {
        let folders = Folders::named(Path::new("here"));
        let shares = (1..=3).filter_map(|number| Shard::new(number, 3));
        let share = |shard| Share::new(shard, folders.clone(), vec![9, 1, 1, 4], 2);
        let shares: Vec<Share> = shares.map(share).collect();
        for (point, run) in (0..4).flat_map(|point| [(point, 0), (point, 1)]) {
            let whose = shares.iter().filter(|share| share.has(point, run));
            assert_eq!(whose.count(), 1, "{point} {run}");
        }
        assert!(!shares.iter().any(|share| share.has(0, 2)));
    }
}
