//! `throng report`: the page again, of one run or one sweep, or of several runs side by side.

use crate::arguments::ReportArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use std::path::{Path, PathBuf};
use throng_reports::compare::SweepSide;
use throng_reports::compare::sweeps::is_sweep;
use throng_reports::folder::atomic;
use throng_reports::page::side_by_side_html;
use throng_reports::plots::side_by_side::MOST_RUNS;
use throng_reports::{Stored, rewrite_page, rewrite_sweep_page};
use throng_workloads::visible::visible_path;

/// Where the page of several runs goes.
const SIDE_BY_SIDE: &str = "side-by-side.html";

/// Makes the page, and says where it is.
pub(crate) fn report(arguments: &ReportArguments) -> Result<Exit, Failure> {
    let named = arguments.runs.iter();
    let found: Vec<(&str, PathBuf)> = named.map(|name| (name.as_str(), name.into())).collect();
    if let Some((name, _)) = found.iter().find(|(_, path)| !path.is_dir()) {
        return Err(Failure::NoFolder {
            name: (*name).to_owned(),
        });
    }
    let page = match found.as_slice() {
        [(name, path)] => again(name, path, arguments.out.as_deref())?,
        several => {
            let page = arguments.out.clone().unwrap_or_else(|| SIDE_BY_SIDE.into());
            side_by_side(several, &page)?;
            page
        }
    };
    if !arguments.quiet {
        output::print(&format!("{}\n", visible_path(&page)))?;
    }
    Ok(Exit::Done)
}

/// The page and the plots of one folder, or the page alone at another place.
fn again(name: &str, path: &Path, out: Option<&Path>) -> Result<PathBuf, Failure> {
    match is_sweep(path) {
        true => {
            let side = SweepSide::read(path, name)?;
            rewrite_sweep_page(path, &side, out)?;
        }
        false => rewrite_page(path, &Stored::read(path, name)?, out)?,
    }
    Ok(out.map_or_else(|| path.join("report.html"), Path::to_owned))
}

fn side_by_side(several: &[(&str, PathBuf)], page: &Path) -> Result<(), Failure> {
    if several.len() > MOST_RUNS {
        return Err(Failure::ManyRuns {
            runs: several.len(),
        });
    }
    if let Some((name, _)) = several.iter().find(|(_, path)| is_sweep(path)) {
        return Err(Failure::SweepAmongRuns {
            name: (*name).to_owned(),
        });
    }
    let runs = several.iter().map(|(name, path)| Stored::read(path, name));
    let runs: Vec<Stored> = runs.collect::<Result<_, _>>()?;
    let html = side_by_side_html(&runs, env!("CARGO_PKG_VERSION"))?;
    atomic::write(page, |out| out.write_all(html.as_bytes()))?;
    Ok(())
}
