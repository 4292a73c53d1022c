//! Percentile distributions in the text format that HdrHistogram implementations write and their
//! plotters read (`outputPercentileDistribution`, five ticks for each half distance).

use hdrhistogram::Histogram;
use std::io::{self, Write};

/// Ticks between one halving of the distance to 100 % and the next, as other implementations have it.
const TICKS_PER_HALF_DISTANCE: u32 = 5;

/// Writes a histogram of microseconds with its values in milliseconds.
///
/// # Errors
/// Whatever the writer says.
pub fn write(histogram: &Histogram<u64>, out: &mut dyn Write) -> io::Result<()> {
    let millis = |micros: u64| micros as f64 / 1e3;
    writeln!(
        out,
        "{:>12} {:>14} {:>10} {:>14}\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    )?;
    let mut total = 0;
    for step in histogram.iter_quantiles(TICKS_PER_HALF_DISTANCE) {
        total += step.count_since_last_iteration();
        let value = millis(step.value_iterated_to());
        let quantile = step.quantile_iterated_to();
        write!(out, "{value:>12.3} {quantile:.12} {total:>10}")?;
        if quantile < 1.0 {
            write!(out, " {:>14.2}", 1.0 / (1.0 - quantile))?;
        }
        writeln!(out)?;
    }
    let sub_buckets = (2 * 10_u64.pow(u32::from(histogram.sigfig()))).next_power_of_two();
    writeln!(
        out,
        "#[Mean    = {:>12.3}, StdDeviation   = {:>12.3}]",
        histogram.mean() / 1e3,
        histogram.stdev() / 1e3
    )?;
    writeln!(
        out,
        "#[Max     = {:>12.3}, Total count    = {:>12}]",
        millis(histogram.max()),
        histogram.len()
    )?;
    writeln!(
        out,
        "#[Buckets = {:>12}, SubBuckets     = {sub_buckets:>12}]",
        histogram.buckets()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(values: impl Iterator<Item = u64>) -> String {
        let mut histogram = Histogram::new_with_bounds(1, 3_600_000_000, 3).expect("sound bounds");
        for value in values {
            histogram.record(value).expect("in bounds");
        }
        let mut out = Vec::new();
        write(&histogram, &mut out).expect("memory");
        String::from_utf8(out).expect("text")
    }

    /// What a plotter does: skip the header and comments, split at white space.
    fn read(text: &str) -> Vec<Vec<f64>> {
        text.lines()
            .skip(2)
            .filter(|line| !line.starts_with('#'))
            .map(|line| {
                line.split_whitespace()
                    .map(|field| field.parse().expect("a number"))
                    .collect()
            })
            .collect()
    }

    #[test]
    fn a_plotter_reads_what_was_recorded() {
        let text = written((1..=10_000).map(|micros| micros * 100));
        assert!(text.starts_with("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"));
        let rows = read(&text);
        let (last, others) = rows.split_last().expect("rows");
        assert!(others.iter().all(|row| row.len() == 4));
        assert!(others.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
        assert_eq!(last.len(), 3, "100 % has no inverse");
        assert_eq!(last[1], 1.0);
        assert_eq!(last[2], 10_000.0);
        let median = others.iter().find(|row| row[1] >= 0.5).expect("a median");
        assert!((median[0] - 500.0).abs() < 1.0, "milliseconds: {median:?}");
        assert_eq!(median[3], 2.0);
        assert!(text.contains("Total count    =        10000]"));
    }

    #[test]
    fn an_empty_histogram_has_a_header_and_a_footer() {
        let text = written(std::iter::empty());
        assert!(read(&text).is_empty(), "{text}");
        assert!(text.contains("#[Mean    =        0.000, StdDeviation   =        0.000]"));
    }
}
