//! Drawing in pixels: text, lines and shapes in the plot's colours.

use super::palette::Colour;
use crate::error::ReportError;
use plotters::coord::Shift;
use plotters::element::{Drawable, PathElement, PointCollection};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

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
    failure: Option<String>,
}

/// Draws an SVG with a title for those who cannot see it.
pub(crate) fn render(
    name: &'static str,
    title: &str,
    size: Size,
    draw: impl FnOnce(&mut Canvas<'_>),
) -> Result<String, ReportError> {
    let mut svg = String::new();
    let mut canvas = Canvas {
        area: SVGBackend::with_string(&mut svg, size.pixels()).into_drawing_area(),
        size,
        failure: None,
    };
    let (width, height) = size.pixels();
    canvas.rectangle((0, 0), (width as i32, height as i32), Colour::Surface);
    draw(&mut canvas);
    if let Err(error) = canvas.area.present() {
        canvas.failure.get_or_insert(error.to_string());
    }
    let failure = canvas.failure.take();
    drop(canvas);
    match failure {
        Some(reason) => Err(ReportError::Plot { name, reason }),
        None => Ok(with_title(&svg, title)),
    }
}

/// The backend knows no titles, so it is put behind the first tag.
fn with_title(svg: &str, title: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    match svg.split_once(">\n") {
        Some((tag, rest)) => {
            format!("{tag} role=\"img\">\n<title>{title}</title>\n{rest}")
        }
        None => svg.to_owned(),
    }
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

    /// A filled dot; `opacity` from 0 to 1 lets dots below show.
    pub(crate) fn dot(&mut self, at: (i32, i32), radius: u32, colour: Colour, opacity: f64) {
        self.draw(&Circle::new(at, radius, colour.rgb().mix(opacity).filled()));
    }
}
