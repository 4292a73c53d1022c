//! The values behind a plot's marks: shown to readers who point at them, and read out to those who cannot see them.
//!
//! Positions are thousandths of the plot's frame, from its lower left corner, so that one set of values serves every
//! size in which a plot is drawn.

use super::palette::Colour;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeSet;
use throng_workloads::visible::visible;

/// Thousandths of the frame's width or height.
const WHOLE: f64 = 1_000.0;

/// Dots nearer to one another than so many thousandths have one place.
const NEAR: u16 = 5;

/// Of more dots than this, those further apart have one place, too: a page must not grow with the run.
const MOST_DOTS: usize = 1_500;

/// Along which direction a reader looks for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Along {
    /// Left and right, on all lines at once.
    #[default]
    X,
    /// Up and down, from bar to bar.
    Y,
    /// To the nearest dot.
    Both,
}

/// One mark: where it is, and what it says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    /// Where it is across and up, from 0 to 1.
    pub(crate) at: (f64, f64),
    /// What that means across and up.
    pub(crate) words: (String, String),
}

/// The marks of one line, one cloud or one kind of bar.
#[derive(Debug, Clone, PartialEq)]
struct Series {
    name: String,
    colour: Colour,
    marks: Vec<Mark>,
}

/// All marks of a plot.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Values {
    along: Along,
    series: Vec<Series>,
}

/// As the page's script reads them.
#[derive(Serialize)]
struct Json<'a> {
    along: Along,
    /// Each place in the direction of reading, and its name.
    at: Vec<(u16, &'a str)>,
    series: Vec<JsonSeries<'a>>,
}

#[derive(Serialize)]
struct JsonSeries<'a> {
    name: &'a str,
    colour: &'static str,
    /// The number of its place, how far it reaches in the other direction, what it says.
    marks: Vec<(usize, u16, &'a str)>,
}

impl Values {
    /// Adds marks, drawn with this colour.
    pub(crate) fn add(&mut self, along: Along, name: &str, colour: Colour, mut marks: Vec<Mark>) {
        self.along = along;
        // Names and words can be those of others; the page's script shows them as they are.
        for Mark {
            words: (across, up),
            ..
        } in &mut marks
        {
            for words in [across, up] {
                if let Cow::Owned(shown) = visible(words) {
                    *words = shown;
                }
            }
        }
        if !marks.is_empty() {
            self.series.push(Series {
                name: visible(name).into_owned(),
                colour,
                marks,
            });
        }
    }

    /// As JSON without `<`, so that it can stand inside a page. Marks that share a place are thinned out as they
    /// are when they are drawn.
    pub(crate) fn to_json(&self) -> String {
        let thinned: Vec<(&Series, Vec<&Mark>)> = self
            .series
            .iter()
            .map(|series| (series, self.thinned(&series.marks)))
            .collect();
        let place = |mark: &Mark| thousandths(self.main(mark));
        let at: BTreeSet<(u16, &str)> = thinned
            .iter()
            .flat_map(|(_, marks)| marks)
            .map(|mark| (place(mark), self.main_words(mark)))
            .collect();
        let at: Vec<(u16, &str)> = at.into_iter().collect();
        let series = thinned.iter().map(|(series, marks)| JsonSeries {
            name: &series.name,
            colour: series.colour.name(),
            marks: marks
                .iter()
                .filter_map(|mark| {
                    let key = (place(mark), self.main_words(mark));
                    let (across, words) = self.other(mark);
                    Some((at.binary_search(&key).ok()?, thousandths(across), words))
                })
                .collect(),
        });
        let json = Json {
            along: self.along,
            series: series.collect(),
            at: at.clone(),
        };
        // Strings and small numbers: nothing that JSON cannot hold. `<` occurs in strings only.
        let json = serde_json::to_string(&json).unwrap_or_default();
        json.replace('<', "\\u003c")
    }

    /// What the plot shows, in words.
    pub(crate) fn describe(&self) -> String {
        let sentences = self.series.iter().filter_map(|series| match self.along {
            Along::X => line(series),
            Along::Y => Some(bars(series)),
            Along::Both => cloud(series),
        });
        let sentences: Vec<String> = sentences.collect();
        match sentences.is_empty() {
            true => "No data.".to_owned(),
            false => sentences.join(" "),
        }
    }

    fn main(&self, mark: &Mark) -> f64 {
        match self.along {
            Along::Y => mark.at.1,
            Along::X | Along::Both => mark.at.0,
        }
    }

    fn main_words<'m>(&self, mark: &'m Mark) -> &'m str {
        match self.along {
            Along::Y => &mark.words.1,
            Along::X | Along::Both => &mark.words.0,
        }
    }

    fn other<'m>(&self, mark: &'m Mark) -> (f64, &'m str) {
        match self.along {
            Along::Y => (mark.at.0, &mark.words.0),
            Along::X | Along::Both => (mark.at.1, &mark.words.1),
        }
    }

    /// Of a line's marks at one place the highest, of dots on top of one another one.
    fn thinned<'m>(&self, marks: &'m [Mark]) -> Vec<&'m Mark> {
        let mut sorted: Vec<&Mark> = marks.iter().collect();
        if self.along == Along::Both {
            let mut near = NEAR;
            while near == NEAR || sorted.len() > MOST_DOTS {
                let cell = |mark: &&Mark| {
                    let (x, y) = mark.at;
                    (thousandths(x) / near, thousandths(y) / near)
                };
                sorted.sort_by_key(cell);
                sorted.dedup_by_key(|mark| cell(mark));
                near *= 2;
            }
        } else {
            let place = |mark: &Mark| thousandths(self.main(mark));
            sorted.sort_by(|a, b| {
                let up = |mark: &Mark| self.other(mark).0;
                place(a).cmp(&place(b)).then(up(b).total_cmp(&up(a)))
            });
            sorted.dedup_by_key(|mark| place(mark));
        }
        sorted
    }
}

fn thousandths(part: f64) -> u16 {
    (part.clamp(0.0, 1.0) * WHOLE).round() as u16
}

fn line(series: &Series) -> Option<String> {
    let (first, last) = (series.marks.first()?, series.marks.last()?);
    let most = series
        .marks
        .iter()
        .reduce(|most, mark| match mark.at.1 > most.at.1 {
            true => mark,
            false => most,
        })?;
    Some(format!(
        "{}: {} at {}, {} at {}, at most {} at {}.",
        series.name,
        first.words.1,
        first.words.0,
        last.words.1,
        last.words.0,
        most.words.1,
        most.words.0,
    ))
}

fn bars(series: &Series) -> String {
    let each = series
        .marks
        .iter()
        .map(|mark| format!("{} {}", mark.words.1, mark.words.0));
    format!("{}: {}.", series.name, each.collect::<Vec<_>>().join(", "))
}

fn cloud(series: &Series) -> Option<String> {
    let by = |of: fn(&Mark) -> f64| {
        let order = move |a: &&Mark, b: &&Mark| of(a).total_cmp(&of(b));
        let marks = || series.marks.iter();
        Some((marks().min_by(order)?, marks().max_by(order)?))
    };
    let (left, right) = by(|mark| mark.at.0)?;
    let (low, high) = by(|mark| mark.at.1)?;
    Some(format!(
        "{}: {} dots from {} to {}, and up from {} to {}.",
        series.name,
        series.marks.len(),
        left.words.0,
        right.words.0,
        low.words.1,
        high.words.1,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(x: f64, y: f64) -> Mark {
        Mark {
            at: (x, y),
            words: (format!("{x} s"), format!("{y} <B>")),
        }
    }

    fn values(along: Along, marks: &[(f64, f64)]) -> Values {
        let mut values = Values::default();
        let marks = marks.iter().map(|(x, y)| mark(*x, *y)).collect();
        values.add(along, "sent", Colour::Blue, marks);
        values
    }

    #[test]
    fn of_marks_at_one_place_the_highest_is_kept() {
        let values = values(Along::X, &[(0.5, 0.1), (0.50001, 0.9), (0.6, 0.2)]);
        assert_eq!(
            values.to_json(),
            r#"{"along":"x","at":[[500,"0.50001 s"],[600,"0.6 s"]],"series":[{"name":"sent","colour":"blue","marks":[[0,900,"0.9 \u003cB>"],[1,200,"0.2 \u003cB>"]]}]}"#
        );
    }

    #[test]
    fn of_dots_on_top_of_one_another_one_is_kept() {
        let values = values(Along::Both, &[(0.5, 0.1), (0.501, 0.101), (0.5, 0.9)]);
        assert_eq!(values.to_json().matches("\\u003cB").count(), 2);
    }

    #[test]
    fn a_page_does_not_grow_with_the_number_of_dots() {
        let dots: Vec<(f64, f64)> = (0..200_000_u32)
            .map(|n| (f64::from(n % 499) / 499.0, f64::from(n % 1_009) / 1_009.0))
            .collect();
        let json = values(Along::Both, &dots).to_json();
        let kept = json.matches("\\u003cB").count();
        assert!((MOST_DOTS / 5..=MOST_DOTS).contains(&kept), "{kept}");
    }

    #[test]
    fn words_say_where_a_line_begins_ends_and_peaks() {
        let line = values(Along::X, &[(0.1, 0.2), (0.5, 0.9), (0.7, 0.3)]);
        assert_eq!(
            line.describe(),
            "sent: 0.2 <B> at 0.1 s, 0.3 <B> at 0.7 s, at most 0.9 <B> at 0.5 s."
        );
        let dots = values(Along::Both, &[(0.1, 0.2), (0.5, 0.9), (0.7, 0.3)]);
        assert_eq!(
            dots.describe(),
            "sent: 3 dots from 0.1 s to 0.7 s, and up from 0.2 <B> to 0.9 <B>."
        );
        assert_eq!(Values::default().describe(), "No data.");
    }
}
