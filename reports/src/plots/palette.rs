//! The colours of plots: few, told apart by colour-blind readers, and each with a dark counterpart.
//!
//! The series colours are those of Okabe and Ito without their yellow, which is too pale on white. A plot
//! is drawn in the light colours; the page turns each into its counterpart where the reader prefers dark.

use plotters::style::RGBColor;

/// What a colour is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Behind everything.
    Surface,
    /// Grid lines.
    Grid,
    /// Titles and labels.
    Ink,
    /// Units and tick labels.
    Muted,
    /// The first series.
    Blue,
    /// The second series.
    Vermilion,
    /// The third series.
    Green,
    /// The fourth series.
    Purple,
    /// The fifth series.
    Orange,
    /// Single samples behind their means.
    Sky,
}

impl Colour {
    /// Every colour that a plot can hold.
    pub const ALL: [Self; 10] = [
        Self::Surface,
        Self::Grid,
        Self::Ink,
        Self::Muted,
        Self::Blue,
        Self::Vermilion,
        Self::Green,
        Self::Purple,
        Self::Orange,
        Self::Sky,
    ];

    /// The colours of series, in the order in which they are given out.
    pub const SERIES: [Self; 5] = [
        Self::Blue,
        Self::Vermilion,
        Self::Green,
        Self::Purple,
        Self::Orange,
    ];

    /// The colour of the series number `at`.
    pub fn series(at: usize) -> Self {
        Self::SERIES[at % Self::SERIES.len()]
    }

    /// Its name in style sheets.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Surface => "surface",
            Self::Grid => "grid",
            Self::Ink => "ink",
            Self::Muted => "muted",
            Self::Blue => "blue",
            Self::Vermilion => "vermilion",
            Self::Green => "green",
            Self::Purple => "purple",
            Self::Orange => "orange",
            Self::Sky => "sky",
        }
    }

    /// Red, green and blue on a light ground: what an SVG file holds.
    pub const fn light(self) -> (u8, u8, u8) {
        match self {
            Self::Surface => (0xFF, 0xFF, 0xFF),
            Self::Grid => (0xDD, 0xE1, 0xE6),
            Self::Ink => (0x1F, 0x23, 0x28),
            Self::Muted => (0x57, 0x60, 0x6A),
            Self::Blue => (0x00, 0x72, 0xB2),
            Self::Vermilion => (0xD5, 0x5E, 0x00),
            Self::Green => (0x00, 0x9E, 0x73),
            Self::Purple => (0xB8, 0x5C, 0x93),
            Self::Orange => (0xE6, 0x9F, 0x00),
            Self::Sky => (0xA9, 0xD3, 0xEE),
        }
    }

    /// Red, green and blue on a dark ground.
    pub const fn dark(self) -> (u8, u8, u8) {
        match self {
            Self::Surface => (0x16, 0x1B, 0x22),
            Self::Grid => (0x30, 0x37, 0x40),
            Self::Ink => (0xE6, 0xED, 0xF3),
            Self::Muted => (0x9D, 0xA7, 0xB3),
            Self::Blue => (0x56, 0xB4, 0xE9),
            Self::Vermilion => (0xF2, 0x8E, 0x4C),
            Self::Green => (0x3F, 0xC7, 0x9E),
            Self::Purple => (0xE0, 0x98, 0xC4),
            Self::Orange => (0xF2, 0xC1, 0x4E),
            Self::Sky => (0x2F, 0x5F, 0x80),
        }
    }

    /// The light colour for the drawing backend.
    pub(crate) fn rgb(self) -> RGBColor {
        let (red, green, blue) = self.light();
        RGBColor(red, green, blue)
    }

    /// A colour as SVG and CSS write it, for example `#0072B2`.
    pub fn hex((red, green, blue): (u8, u8, u8)) -> String {
        format!("#{red:02X}{green:02X}{blue:02X}")
    }
}
