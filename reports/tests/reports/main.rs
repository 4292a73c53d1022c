//! What people and programs read of a run: whole summaries, folders, pages and plots.
//!
//! - `sample`: a made-up run that the tests share.
//! - `summaries`: the terminal's summary and `summary.json`.
//! - `folders`: a run's folder and its files.
//! - `calibration`: times that nobody measured.
//! - `page`: `report.html`.
//! - `stuck`: rooms in which nobody can commit any more.
//! - `comparisons`: two runs, and what changed.
//! - `side_by_side`: several runs on one page.
//! - `size`: machines from people and habits, against formulas, sums, and the whole deployment simulated.
//! - `sweeps`: many runs.
//! - `terminals`: what a terminal shows of other things.
//! - `too_few`: percentiles of too few values.
//! - `twin`: a simulation and a real run, held against each other.
//! - `findings`: what providers under test do otherwise than the documents say.
//! - `shards`: what shards of a load leave for each other.
//! - `capacity`: the capacity of a queue against a formula, `erlang`; `capacity_intervals`: how often intervals hold it.
//! - `any_record`: whatever a record holds, it can be reported.
//! - `open`: what people still wanted at the end.
//! - `other_stack`: a run of another protocol.
//! - `hostile`: whatever characters others put into names and texts.

mod any_record;
mod calibration;
mod capacity;
mod capacity_intervals;
mod comparisons;
mod erlang;
mod exports;
mod findings;
mod folders;
mod hostile;
mod measured;
mod open;
mod other_stack;
mod page;
mod sample;
mod shards;
mod side_by_side;
mod size;
mod stuck;
mod summaries;
mod sweeps;
mod terminals;
mod too_few;
mod twin;
