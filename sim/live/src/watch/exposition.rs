//! What a provider counts, as Prometheus reads it. Who asks says in which form (`Accept`): protocol buffers, which alone have native
//! histograms; OpenMetrics text; or the older text, which is also what is said to whoever does not say.

use super::meters::Meters;
use super::process;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, prometheus_protobuf, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeSet;
use std::fmt::{self, Write};

/// The forms, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Messages `io.prometheus.client.MetricFamily`, each with its length before it.
    Protobuf,
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus text, 0.0.4.
    Text,
}

impl Form {
    const ALL: [Self; 3] = [Self::Protobuf, Self::OpenMetrics, Self::Text];

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }

    /// The one that an `Accept` field likes best (RFC 9110, section 12.5.1); of those that it likes alike, the first it names.
    pub(crate) fn of(accept: &str) -> Self {
        let mut best = (Self::Text, 0.0);
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default();
            let known = Self::ALL.into_iter().find(|form| {
                let (own, _) = form.content_type().split_once(';').unwrap_or_default();
                own.eq_ignore_ascii_case(kind)
            });
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let weight = weight.map_or(Some(1.0), |q| q.parse::<f64>().ok());
            if let (Some(known), Some(weight)) = (known, weight)
                && weight > best.1
            {
                best = (known, weight);
            }
        }
        best.0
    }
}

/// All that is shown.
#[derive(Debug)]
pub(crate) struct Exposition(Registry);

impl Exposition {
    pub(crate) fn of(meters: &Meters) -> Self {
        let mut registry = Registry::default();
        meters.register(&mut registry);
        registry.register_collector(Box::new(This));
        Self(registry)
    }

    /// As it is now.
    pub(crate) fn show(&self, form: Form) -> Result<Vec<u8>, fmt::Error> {
        if form == Form::Protobuf {
            let encoded = prometheus_protobuf::encode_to_vec(&self.0);
            return encoded.map_err(|_| fmt::Error);
        }
        let mut shown = String::new();
        text::encode(&mut shown, &self.0)?;
        Ok(match form {
            Form::Text => older(&shown).into_bytes(),
            _ => shown.into_bytes(),
        })
    }
}

/// What this process takes, by the names that Prometheus' own libraries have for that.
#[derive(Debug)]
struct This;

impl Collector for This {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(taken) = process::taken(std::process::id()) else {
            return Ok(());
        };
        let cpu = encoder.encode_descriptor(
            "process_cpu",
            "Time on a core, in user and system mode",
            Some(&Unit::Seconds),
            MetricType::Counter,
        )?;
        ConstCounter::new(taken.cpu).encode(cpu)?;
        let memory = encoder.encode_descriptor(
            "process_resident_memory",
            "Memory held",
            Some(&Unit::Bytes),
            MetricType::Gauge,
        )?;
        ConstGauge::new(taken.memory as f64).encode(memory)?;
        let files = encoder.encode_descriptor(
            "process_open_fds",
            "Files and sockets open",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(taken.files as f64).encode(files)
    }
}

/// OpenMetrics text as the older text: there a counter's family is called as its samples are, and units and an end are not said.
fn older(text: &str) -> String {
    let lines = || text.lines().filter_map(|line| line.strip_prefix("# "));
    let counters: BTreeSet<&str> = lines()
        .filter_map(|line| line.strip_prefix("TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut older = String::with_capacity(text.len());
    for line in text.lines() {
        let Some(says) = line.strip_prefix("# ") else {
            older.push_str(line);
            older.push('\n');
            continue;
        };
        let mut words = says.splitn(3, ' ');
        if let (Some(what @ ("HELP" | "TYPE")), Some(name), Some(rest)) =
            (words.next(), words.next(), words.next())
        {
            let total = if counters.contains(name) {
                "_total"
            } else {
                ""
            };
            // Writing to a string does not fail.
            let _ = writeln!(older, "# {what} {name}{total} {rest}");
        }
    }
    older
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_has_the_form_that_they_like_best() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.8,\
            application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.9,\
            text/plain;version=0.0.4;q=0.5,*/*;q=0.2";
        assert_eq!(Form::of(prometheus), Form::Protobuf);
        assert_eq!(
            Form::of("application/openmetrics-text, text/plain;q=0.5"),
            Form::OpenMetrics
        );
        for others in [
            "",
            "*/*",
            "text/html,*/*;q=0.8",
            "text/plain",
            ";;,q=",
            "text/plain;q=x",
        ] {
            assert_eq!(Form::of(others), Form::Text, "{others}");
        }
    }

    #[test]
    fn the_older_text_calls_counters_as_their_samples() {
        let newer = "# HELP a_b Of b.\n# TYPE a_b counter\na_b_total{c=\"d\"} 1\n\
            # HELP e_seconds Of e.\n# TYPE e_seconds gauge\n# UNIT e_seconds seconds\ne_seconds 2\n# EOF\n";
        let expected = "# HELP a_b_total Of b.\n# TYPE a_b_total counter\na_b_total{c=\"d\"} 1\n\
            # HELP e_seconds Of e.\n# TYPE e_seconds gauge\ne_seconds 2\n";
        assert_eq!(older(newer), expected);
    }
}
