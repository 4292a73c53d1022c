//! Drawing in pixels: text, lines and shapes in the plot's colours.

use super::palette::Colour;
use super::values::Values;
use crate::error::ReportError;
use plotters::coord::Shift;
use plotters::element::{Drawable, PathElement, PointCollection};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use throng_workloads::visible::visible_lines;

/// How large a plot is, and its letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// For files and for pages on a screen.
    Wide,
    /// For pages on a phone, where a scaled-down [`Size::Wide`] could not be read.
    Narrow,
}

impl Size {
    /// Width and height in pixels.
    pub const fn pixels(self) -> (u32, u32) {
        match self {
            Self::Wide => (640, 400),
            Self::Narrow => (360, 330),
        }
    }

    /// The letters' height in pixels.
    pub(crate) const fn font(self) -> i32 {
        match self {
            Self::Wide => 14,
            Self::Narrow => 13,
        }
    }
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Left,
    Centre,
    Right,
}

/// What is drawn on, in pixels from the upper left corner.
pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    pub(crate) size: Size,
    /// What is drawn, for those who point at it or cannot see it.
    pub(crate) values: Values,
    /// The rectangle of the marks: left, top, right, bottom.
    pub(crate) frame: Option<[i32; 4]>,
    /// Paths that the backend cannot draw, above all else.
    clouds: String,
    failure: Option<String>,
}

/// A plot that is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// An SVG document.
    pub svg: String,
    /// The values of its marks, as JSON that the page's script reads; the same for every size.
    pub values: String,
}

/// Draws an SVG that says what it shows to those who cannot see it.
pub(crate) fn render(
    name: &'static str,
    title: &str,
    size: Size,
    draw: impl FnOnce(&mut Canvas<'_>),
) -> Result<Drawing, ReportError> {
    let mut svg = String::new();
    let mut canvas = Canvas {
        area: SVGBackend::with_string(&mut svg, size.pixels()).into_drawing_area(),
        size,
        values: Values::default(),
        frame: None,
        clouds: String::new(),
        failure: None,
    };
    let (width, height) = size.pixels();
    canvas.rectangle((0, 0), (width as i32, height as i32), Colour::Surface);
    draw(&mut canvas);
    if let Err(error) = canvas.area.present() {
        canvas.failure.get_or_insert(error.to_string());
    }
    let failure = canvas.failure.take();
    let (values, frame) = (std::mem::take(&mut canvas.values), canvas.frame);
    let clouds = std::mem::take(&mut canvas.clouds);
    drop(canvas);
    if let Some(end) = svg.rfind("</svg>") {
        svg.insert_str(end, &clouds);
    }
    match failure {
        Some(reason) => Err(ReportError::Plot { name, reason }),
        None => Ok(Drawing {
            svg: visible_lines(&with_words(&svg, title, &values.describe(), frame)).into_owned(),
            values: values.to_json(),
        }),
    }
}

/// The backend knows no names, so they are put into the first tag and behind it. A `<title>` would cover what a page
/// shows to those who point at a mark.
fn with_words(svg: &str, title: &str, description: &str, frame: Option<[i32; 4]>) -> String {
    let Some((tag, rest)) = svg.split_once(">\n") else {
        return svg.to_owned();
    };
    let frame = frame.map_or_else(String::new, |sides| {
        format!(
            " data-frame=\"{}\"",
            sides.map(|side| side.to_string()).join(" ")
        )
    });
    format!(
        "{tag} role=\"img\" aria-label=\"{}\"{frame}>\n<desc>{}</desc>\n{rest}",
        escaped(title),
        escaped(description)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// The width in pixels that a text needs at most; no font is at hand to ask.
pub(crate) fn text_width(text: &str, font: i32) -> i32 {
    (text.chars().count() as f64 * f64::from(font) * 0.58).ceil() as i32
}

impl<'a> Canvas<'a> {
    /// Width and height in pixels.
    pub(crate) fn extent(&self) -> (i32, i32) {
        let (width, height) = self.size.pixels();
        (width as i32, height as i32)
    }

    fn draw<'e, E>(&mut self, element: &'e E)
    where
        &'e E: PointCollection<'e, (i32, i32)>,
        E: Drawable<SVGBackend<'a>>,
    {
        if let Err(error) = self.area.draw(element) {
            self.failure.get_or_insert(error.to_string());
        }
    }

    /// A text whose middle is at the height of `at`.
    pub(crate) fn text(&mut self, text: &str, at: (i32, i32), anchor: Anchor, colour: Colour) {
        self.write(
            text,
            at,
            anchor,
            colour,
            self.size.font(),
            FontStyle::Normal,
        );
    }

    /// A bold, larger text whose middle is at the height of `at`.
    pub(crate) fn heading(&mut self, text: &str, at: (i32, i32)) {
        let size = self.size.font() + 2;
        self.write(text, at, Anchor::Left, Colour::Ink, size, FontStyle::Bold);
    }

    fn write(
        &mut self,
        text: &str,
        at: (i32, i32),
        anchor: Anchor,
        colour: Colour,
        size: i32,
        weight: FontStyle,
    ) {
        let position = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Centre => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        // The SVG backend divides sizes by 1.24, and puts the middle of a text half an x-height below.
        let font = ("sans-serif", f64::from(size) * 1.24)
            .into_font()
            .style(weight);
        let colour = colour.rgb();
        let style = TextStyle::from(font)
            .color(&colour)
            .pos(Pos::new(position, VPos::Center));
        self.draw(&Text::new(text.to_owned(), at, style));
    }

    /// A small text, for numbers between shapes, whose middle is at the height of `at`.
    pub(crate) fn small(&mut self, text: &str, at: (i32, i32)) {
        let size = self.size.font() - 4;
        self.write(text, at, Anchor::Left, Colour::Ink, size, FontStyle::Normal);
    }

    /// A line through `points`.
    pub(crate) fn line(&mut self, points: Vec<(i32, i32)>, colour: Colour, width: u32) {
        self.draw(&PathElement::new(points, colour.rgb().stroke_width(width)));
    }

    /// A line that stays behind the data: from a label to what it names.
    pub(crate) fn leader(&mut self, points: Vec<(i32, i32)>, colour: Colour) {
        self.draw(&PathElement::new(points, colour.rgb().mix(0.45)));
    }

    /// A filled rectangle.
    pub(crate) fn rectangle(&mut self, from: (i32, i32), to: (i32, i32), colour: Colour) {
        self.draw(&Rectangle::new([from, to], colour.rgb().filled()));
    }

    /// Filled shapes, each from one of its corners to the next.
    pub(crate) fn polygon(&mut self, corners: Vec<(i32, i32)>, colour: Colour) {
        self.draw(&Polygon::new(corners, colour.rgb().filled()));
    }

    /// A hollow dot.
    pub(crate) fn ring(&mut self, at: (i32, i32), radius: u32, colour: Colour) {
        self.draw(&Circle::new(at, radius, Colour::Surface.rgb().filled()));
        self.draw(&Circle::new(at, radius, colour.rgb()));
    }

    /// A filled dot; `opacity` from 0 to 1 lets dots below show.
    pub(crate) fn dot(&mut self, at: (i32, i32), radius: u32, colour: Colour, opacity: f64) {
        self.draw(&Circle::new(at, radius, colour.rgb().mix(opacity).filled()));
    }

    /// Filled dots of one colour, through which what is below shows: one path of points with round ends, as an
    /// element for each would make a page of many commits too large.
    pub(crate) fn dots(&mut self, dots: &[(i32, i32)], radius: u32, colour: Colour, opacity: f64) {
        let mut path = String::new();
        let mut from = (0, 0);
        for (x, y) in dots {
            path.push_str(&format!("m{} {}h0", x - from.0, y - from.1));
            from = (*x, *y);
        }
        if !path.is_empty() {
            self.clouds.push_str(&format!(
                "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linecap=\"round\" opacity=\"{opacity}\"/>\n",
                Colour::hex(colour.light()),
                2 * radius,
            ));
        }
    }
}
