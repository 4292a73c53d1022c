//! What is exported.

use super::series::COLUMNS;
use crate::compare::{Side, SweepSide};
use crate::families::like;
use crate::measures::rule::{RuleError, known};
use crate::measures::{self, Family};
use crate::stored::Stored;
use crate::sweep::KEY_MEASURES;
use thiserror::Error;
use throng_workloads::time::SimTime;

/// Why nothing is exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// A pattern covers no measure.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Nothing that was asked for was measured, or the other tool has no place for it.
    #[error(
        "nothing to export: none of these measures was measured here; `throng measures` says what there can be"
    )]
    Nothing,
    /// The other tool takes costs only.
    #[error(
        "nothing to export: github-action-benchmark takes what costs something, and none of these measures does"
    )]
    NoCost,
    /// Moments were asked for where there is no place for them.
    #[error("only openmetrics has samples with moments; expected no --at, or --format openmetrics")]
    Timeless,
    /// A sweep has replicas, and no course in time.
    #[error("{0} is a sweep, which has no samples over time; expected the folder of a run")]
    NoSeries(String),
    /// No sample is called like this.
    #[error("no sample is called {pattern:?}; expected one of {}", COLUMNS.each_ref().map(|column| column.family.name).join(", "))]
    NoSample {
        /// What was asked for.
        pattern: String,
    },
    /// A run was stopped before its end.
    #[error(
        "{0} was stopped before its end: its figures are those of a part, and would be taken for those of the whole"
    )]
    Partial(String),
}

/// A figure, with its interval where there are replicas.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The measure's name.
    pub measure: String,
    /// What kind of measure.
    pub family: &'static Family,
    /// The point of a sweep, as keys and values; empty for runs.
    pub point: Vec<(String, String)>,
    /// Its value, of a sweep the mean; in [`Family::unit`].
    pub value: f64,
    /// Both ends of the 95 % interval, and how many replicas there are.
    pub interval: Option<(f64, f64, usize)>,
    /// Whether it is a percentile that there are too few values for, so that it is the maximum; of a sweep, in one replica at least.
    pub beyond_count: bool,
    /// Of a sample, the virtual time at which it was taken.
    pub time: Option<SimTime>,
}

impl Figure {
    /// The point, such as ` rooms.size=4`, to be put behind a name; empty for runs.
    pub fn at(&self) -> String {
        let keys = self.point.iter();
        keys.map(|(key, value)| format!(" {key}={value}")).collect()
    }
}

/// Figures with what they are of.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// The scenario's name.
    pub scenario: String,
    /// Its seed.
    pub seed: String,
    /// Which of the repetitions under this seed a run is; a sweep is of many.
    pub run: Option<String>,
    /// The MLS engine.
    pub engine: String,
    /// The figures, by point, then in the order of the catalogue.
    pub figures: Vec<Figure>,
}

impl Figures {
    /// All of a run.
    ///
    /// # Errors
    /// Where it was stopped before its end.
    pub fn of_run(side: &Side) -> Result<Self, ExportError> {
        if side.summary.partial {
            return Err(ExportError::Partial(side.label.clone()));
        }
        let measures = measures::of(&side.summary).into_iter();
        let figures = measures.map(|measure| Figure {
            measure: measure.name,
            family: measure.family,
            point: Vec::new(),
            value: measure.value,
            interval: None,
            beyond_count: measure.beyond_count,
            time: None,
        });
        let figures = figures.collect();
        Ok(Self::with(side, figures))
    }

    /// The samples of a run over its virtual time, of which the patterns cover some; without any all.
    ///
    /// # Errors
    /// Where a pattern covers no sample, or the run was stopped before its end.
    pub fn of_series(run: &Stored, patterns: &[String]) -> Result<Self, ExportError> {
        if run.side.summary.partial {
            return Err(ExportError::Partial(run.side.label.clone()));
        }
        let covers = |pattern: &String| {
            let mut names = COLUMNS.iter().map(|column| column.family.name);
            names.any(|name| like(pattern, name))
        };
        if let Some(pattern) = patterns.iter().find(|pattern| !covers(pattern)) {
            let pattern = pattern.clone();
            return Err(ExportError::NoSample { pattern });
        }
        let mut figures = Vec::new();
        for column in &COLUMNS {
            let name = column.family.name;
            if !patterns.is_empty() && !patterns.iter().any(|pattern| like(pattern, name)) {
                continue;
            }
            let points = column.values(&run.details).into_iter();
            // A mean of nothing is no number.
            let points = points.filter(|(_, value)| value.is_finite());
            figures.extend(points.map(|(time, value)| Figure {
                measure: name.to_owned(),
                family: &column.family,
                point: Vec::new(),
                value,
                interval: None,
                beyond_count: false,
                time: Some(time),
            }));
        }
        match figures.is_empty() {
            true => Err(ExportError::Nothing),
            false => Ok(Self::with(&run.side, figures)),
        }
    }

    fn with(side: &Side, figures: Vec<Figure>) -> Self {
        let scenario = &side.summary.scenario;
        Self {
            scenario: scenario.name.clone(),
            seed: scenario.seed.to_string(),
            run: Some(scenario.run.to_string()),
            engine: scenario.engine.clone(),
            figures,
        }
    }

    /// All that was simulated in a sweep.
    ///
    /// # Errors
    /// Where it was interrupted.
    pub fn of_sweep(side: &SweepSide) -> Result<Self, ExportError> {
        let (done, of) = side.done();
        if done < of {
            return Err(ExportError::Partial(side.label.clone()));
        }
        let (sweep, keys) = (side.sweep(), &side.manifest.axes);
        let figures = sweep.cells.iter().map(|cell| {
            let values = sweep.grid.values(cell.point).into_iter().map(str::to_owned);
            let estimate = &cell.estimate;
            Figure {
                measure: cell.measure.clone(),
                family: cell.family,
                point: keys
                    .iter()
                    .map(|axis| axis.key.clone())
                    .zip(values)
                    .collect(),
                value: estimate.mean,
                interval: (estimate.count > 1).then_some((
                    estimate.low,
                    estimate.high,
                    estimate.count,
                )),
                beyond_count: cell.beyond_count > 0,
                time: None,
            }
        });
        let said = |key: &str| side.said(key).unwrap_or_default();
        Ok(Self {
            scenario: said("name"),
            seed: said("seed"),
            run: None,
            engine: said("engine"),
            figures: figures.collect(),
        })
    }

    /// Those of measures that one of the patterns covers, such as `commit.*`; without any those that are asked for most.
    ///
    /// # Errors
    /// Where a pattern covers no measure that there can be, or nothing is left.
    pub fn only(mut self, patterns: &[String]) -> Result<Self, ExportError> {
        for pattern in patterns {
            known(pattern, pattern)?;
        }
        self.figures.retain(|figure| match patterns {
            [] => KEY_MEASURES.contains(&figure.measure.as_str()),
            some => some.iter().any(|pattern| like(pattern, &figure.measure)),
        });
        match self.figures.is_empty() {
            true => Err(ExportError::Nothing),
            false => Ok(self),
        }
    }
}
