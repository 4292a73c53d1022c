//! `sweep.csv` and `fits.csv`.

use super::Sweep;
use crate::tables::lines;
use crate::units::without_dust;
use std::io::Write;

/// A row a point and measure: the point's values, the measure, its unit, replicas, mean, the 95 % interval, the standard
/// deviation, how the interval was made, and in how many replicas it is a percentile that there are too few values for. One
/// replica has neither interval nor deviation.
///
/// # Errors
/// Where `out` refuses.
pub fn write(sweep: &Sweep, out: impl Write) -> csv::Result<()> {
    let keys = sweep.grid.axes.iter().map(|axis| axis.key.as_str());
    let head = [
        "measure",
        "unit",
        "replicas",
        "mean",
        "low",
        "high",
        "deviation",
        "interval",
        "beyond_count",
    ];
    lines(keys.chain(head), out, |table| {
        for cell in &sweep.cells {
            let estimate = &cell.estimate;
            let [low, high] = estimate.interval().map_or([None; 2], |ends| ends.map(Some));
            let deviation = estimate.interval().map(|_| estimate.deviation);
            let numbers = [Some(estimate.mean), low, high, deviation];
            let numbers = numbers.map(|number| number.map_or(String::new(), decimal));
            let mut row = sweep.grid.values(cell.point);
            let count = estimate.count.to_string();
            row.extend([cell.measure.as_str(), cell.family.unit.symbol(), &count]);
            row.extend(numbers.iter().map(String::as_str));
            let beyond_count = cell.beyond_count.to_string();
            row.extend([estimate.method.name(), &beyond_count]);
            table.line(row)?;
        }
        Ok(())
    })
}

/// A row a measure and varied number: the best law and its parameters (of y = a + b·f(N), logarithms to base 2), its relative
/// error, the next law and the odds against it, and the free exponent with its 95 % interval. Where even the best law is off by
/// more than a quarter, it is `none` and has no parameters; where there are no odds, no law is next.
///
/// # Errors
/// Where `out` refuses.
pub fn write_fits(sweep: &Sweep, out: impl Write) -> csv::Result<()> {
    let keys = sweep.grid.axes.iter().map(|axis| axis.key.as_str());
    let head = [
        "along", "measure", "law", "a", "b", "error", "next", "odds", "exponent", "low", "high",
    ];
    // Parameters are calculated.
    let decimal = |number: f64| decimal(without_dust(number));
    lines(keys.chain(head), out, |table| {
        for growth in &sweep.fits {
            let mut row: Vec<String> = sweep
                .grid
                .values(growth.at)
                .into_iter()
                .map(str::to_owned)
                .collect();
            // What varies has no value.
            row[growth.axis].clear();
            let (law, odds) = (growth.fit.law(), growth.fit.odds());
            let number = |number: Option<f64>| number.map_or(String::new(), decimal);
            row.extend([
                sweep.grid.axes[growth.axis].key.clone(),
                growth.measure.clone(),
                law.map_or("none", |law| law.law.name()).to_owned(),
                number(law.map(|law| law.a)),
                number(law.map(|law| law.b)),
                decimal(growth.fit.best().error),
                odds.map_or("", |_| growth.fit.laws[1].law.name())
                    .to_owned(),
                number(odds),
            ]);
            let exponent = growth.fit.exponent;
            let ends =
                exponent.map(|exponent| [exponent.p, exponent.low, exponent.high].map(decimal));
            row.extend(ends.unwrap_or_default());
            table.line(row)?;
        }
        Ok(())
    })
}

/// The shortest decimal that is read back as the same number; very small and very large ones with an exponent.
fn decimal(number: f64) -> String {
    match number.abs() {
        size if size == 0.0 || (1e-5..1e16).contains(&size) => number.to_string(),
        _ => format!("{number:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn numbers_are_read_back_as_they_were() {
        for number in [
            0.0,
            -1.5,
            1e-5,
            0.1 + 0.2,
            6.885e43,
            -7.2e-33,
            1e16,
            f64::MAX,
        ] {
            let text = decimal(number);
            assert!(text.len() < 25, "{text}");
            assert_eq!(text.parse(), Ok(number));
        }
    }
}
