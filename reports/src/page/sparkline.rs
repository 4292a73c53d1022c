//! A line as small as a word.

use crate::units;
use maud::{Markup, html};

/// Pixels, unless the style sheet says otherwise.
const WIDTH: usize = 96;
const HEIGHT: f64 = 24.0;

/// Values at equal intervals, drawn from zero up; those before the first that is known are left out. `what` is for
/// those who cannot see it. Nothing where there is no value.
pub(super) fn sparkline(what: &str, values: &[Option<f64>]) -> Markup {
    let known = || {
        let values = values.iter().enumerate();
        values.filter_map(|(at, value)| Some((at, value.filter(|value| value.is_finite())?)))
    };
    let Some((_, last)) = known().next_back() else {
        return html! {};
    };
    let least = known().map(|(_, value)| value).fold(last, f64::min);
    let most = known().map(|(_, value)| value).fold(last, f64::max);
    // Half a line's width stays free at either edge.
    let scale = if most > 0.0 {
        (HEIGHT - 2.0) / most
    } else {
        0.0
    };
    let point = |(at, value): (usize, f64)| {
        let x = at * WIDTH / values.len().saturating_sub(1).max(1);
        format!("{x},{:.1}", HEIGHT - 1.0 - scale * value)
    };
    let points: Vec<String> = known().map(point).collect();
    let label = format!(
        "{what}: {} to {}, {} at the end",
        units::significant(least),
        units::significant(most),
        units::significant(last)
    );
    html! {
        svg.spark role="img" aria-label=(label) viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" {
            polyline points=(points.join(" "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_where_its_values_do() {
        let drawn = sparkline("members", &[None, Some(4.0), Some(11.0), Some(0.0)]).into_string();
        assert!(
            drawn.contains("points=\"32,15.0 64,1.0 96,23.0\""),
            "{drawn}"
        );
        assert!(
            drawn.contains("\"members: 0 to 11, 0 at the end\""),
            "{drawn}"
        );
    }

    #[test]
    fn no_value_no_line() {
        assert_eq!(
            sparkline("members", &[None, Some(f64::NAN)]).into_string(),
            ""
        );
        let flat = sparkline("commits", &[Some(0.0), Some(0.0)]).into_string();
        assert!(flat.contains("points=\"0,23.0 96,23.0\""), "{flat}");
    }
}
