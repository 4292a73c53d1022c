//! OpenMetrics text: a gauge for each family of measures, in base units, with labels for what it is of.

use super::Figures;
use crate::measures::Unit;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{self, Registry};
use std::fmt;
use throng_workloads::visible::visible;

type Labels = Vec<(String, String)>;

/// A gauge with a value for each of its labels.
#[derive(Debug)]
struct Gauge {
    name: String,
    says: &'static str,
    unit: Option<registry::Unit>,
    values: Vec<(Labels, f64)>,
}

/// All gauges in the order of the catalogue: the library's own families are in none.
#[derive(Debug)]
struct Gauges(Vec<Gauge>);

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for gauge in &self.0 {
            let mut metric = encoder.encode_descriptor(
                &gauge.name,
                gauge.says,
                gauge.unit.as_ref(),
                MetricType::Gauge,
            )?;
            for (labels, value) in &gauge.values {
                ConstGauge::new(*value).encode(metric.encode_family(labels)?)?;
            }
        }
        Ok(())
    }
}

/// The figures as OpenMetrics text, which ends with `# EOF`.
///
/// # Errors
/// Where the encoder refuses.
pub fn text(figures: &Figures) -> Result<String, fmt::Error> {
    let mut gauges: Vec<Gauge> = Vec::new();
    for figure in &figures.figures {
        let family = figure.family;
        let (unit, factor) = base(family.unit);
        let name = name(&figure.measure, family.name, unit.as_ref());
        let of = [
            ("scenario", &figures.scenario),
            ("seed", &figures.seed),
            ("engine", &figures.engine),
        ];
        // What a sweep varies is not what all of it has.
        let varied = |key: &str| figure.point.iter().any(|(varied, _)| varied == key);
        let of = of.into_iter().filter(|(key, _)| !varied(key));
        let of = of.map(|(key, value)| (key.to_owned(), value.clone()));
        let run = figures.run.iter();
        let of = of.chain(run.map(|run| ("run".to_owned(), run.clone())));
        let point = figure.point.iter();
        let point = point.map(|(key, value)| (plain(key), value.clone()));
        let labels = of.chain(point).chain(family.labels(&figure.measure));
        let labels = labels.map(|(key, value)| (key, visible(&value).into_owned()));
        let value = (labels.collect(), figure.value * factor);
        match gauges.iter_mut().find(|gauge| gauge.name == name) {
            Some(gauge) => gauge.values.push(value),
            None => gauges.push(Gauge {
                name,
                says: family.says,
                unit,
                values: vec![value],
            }),
        }
    }
    let mut registry = Registry::with_prefix("throng");
    registry.register_collector(Box::new(Gauges(gauges)));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// The name of a gauge: the family's without what labels and the unit say.
fn name(measure: &str, family: &str, unit: Option<&registry::Unit>) -> String {
    let stem = match family {
        // How many values a distribution has, whichever it is.
        "*.count" => measure,
        family => family,
    };
    let words = stem.split('.').filter(|word| *word != "*");
    let name = plain(&words.collect::<Vec<_>>().join("_"));
    let unit = unit.map_or(String::new(), |unit| format!("_{}", unit.as_str()));
    name.strip_suffix(&unit).unwrap_or(&name).to_owned()
}

/// A name of the letters that names of metrics and labels can have.
fn plain(name: &str) -> String {
    let plain = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter,
        false => '_',
    };
    name.chars().map(plain).collect()
}

/// The base unit, and what a value is multiplied by to be in it.
fn base(unit: Unit) -> (Option<registry::Unit>, f64) {
    match unit {
        Unit::Bytes => (Some(registry::Unit::Bytes), 1.0),
        Unit::Milliseconds => (Some(registry::Unit::Seconds), 1e-3),
        Unit::Seconds => (Some(registry::Unit::Seconds), 1.0),
        Unit::Share => (Some(registry::Unit::Ratios), 1.0),
        Unit::Count | Unit::PerSecond => (None, 1.0),
    }
}
