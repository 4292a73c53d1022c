//! How values stand in the cells of tables.

use super::decimal;
use super::row::{Cells, Codec};
use crate::names;
use std::any::type_name;
use std::borrow::Cow;
use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;
use throng_workloads::scenario::Start;
use throng_workloads::time::{SimSpan, SimTime};

/// A number or a name, as Rust writes it; a fraction has as many digits as it takes to read the same one again.
pub(super) struct Plain;

impl<T: Display + FromStr> Codec<T> for Plain {
    fn write(value: &T, cells: &mut Vec<String>) {
        cells.push(value.to_string());
    }

    fn read(cells: &mut Cells<'_>) -> Result<T, String> {
        let text = cells.next();
        text.parse()
            .map_err(|_| format!("{text:?} is no {}", type_name::<T>()))
    }
}

/// A number that tables from before lack: 0 there.
pub(super) struct OrZero;

impl Codec<u64> for OrZero {
    fn write(value: &u64, cells: &mut Vec<String>) {
        Plain::write(value, cells);
    }

    fn read(cells: &mut Cells<'_>) -> Result<u64, String> {
        match cells.peek() {
            "" => {
                cells.next();
                Ok(0)
            }
            _ => Plain::read(cells),
        }
    }
}

/// A name that may be one of ours.
pub(super) struct Name;

impl Codec<Cow<'static, str>> for Name {
    fn write(value: &Cow<'static, str>, cells: &mut Vec<String>) {
        cells.push(value.to_string());
    }

    fn read(cells: &mut Cells<'_>) -> Result<Cow<'static, str>, String> {
        Ok(cells.next().to_owned().into())
    }
}

/// 1 or 0.
pub(super) struct Truth;

impl Codec<bool> for Truth {
    fn write(value: &bool, cells: &mut Vec<String>) {
        cells.push(u8::from(*value).to_string());
    }

    fn read(cells: &mut Cells<'_>) -> Result<bool, String> {
        match cells.next() {
            "0" => Ok(false),
            "1" => Ok(true),
            other => Err(format!("{other:?} is neither 0 nor 1")),
        }
    }
}

/// Leaf indices, joined by `;`.
pub(super) struct Leaves;

impl Codec<Vec<u32>> for Leaves {
    fn write(value: &Vec<u32>, cells: &mut Vec<String>) {
        let shown: Vec<String> = value.iter().map(u32::to_string).collect();
        cells.push(shown.join(";"));
    }

    fn read(cells: &mut Cells<'_>) -> Result<Vec<u32>, String> {
        let text = cells.next();
        let leaves = text.split(';').filter(|leaf| !leaf.is_empty());
        let leaf = |leaf: &str| leaf.parse().map_err(|_| format!("{leaf:?} is no leaf"));
        leaves.map(leaf).collect()
    }
}

/// Seconds with nine decimals: exact.
pub(super) struct Seconds;

impl Codec<SimTime> for Seconds {
    fn write(value: &SimTime, cells: &mut Vec<String>) {
        cells.push(decimal::seconds(*value));
    }

    fn read(cells: &mut Cells<'_>) -> Result<SimTime, String> {
        decimal::nanos(cells.next(), 9).map(SimTime::from_nanos)
    }
}

impl Codec<SimSpan> for Seconds {
    fn write(value: &SimSpan, cells: &mut Vec<String>) {
        cells.push(decimal::seconds(SimTime::ZERO + *value));
    }

    fn read(cells: &mut Cells<'_>) -> Result<SimSpan, String> {
        decimal::nanos(cells.next(), 9).map(SimSpan::from_nanos)
    }
}

/// Milliseconds with six decimals: exact.
pub(super) struct Millis;

impl Codec<SimSpan> for Millis {
    fn write(value: &SimSpan, cells: &mut Vec<String>) {
        cells.push(decimal::millis(*value));
    }

    fn read(cells: &mut Cells<'_>) -> Result<SimSpan, String> {
        decimal::nanos(cells.next(), 6).map(SimSpan::from_nanos)
    }
}

/// What its cells hold, or nothing.
pub(super) struct Maybe<C>(PhantomData<C>);

impl<T, C: Codec<T>> Codec<Option<T>> for Maybe<C> {
    const CELLS: usize = C::CELLS;

    fn write(value: &Option<T>, cells: &mut Vec<String>) {
        match value {
            Some(value) => C::write(value, cells),
            None => cells.extend((0..C::CELLS).map(|_| String::new())),
        }
    }

    fn read(cells: &mut Cells<'_>) -> Result<Option<T>, String> {
        if cells.peek().is_empty() {
            (0..C::CELLS).for_each(|_| _ = cells.next());
            return Ok(None);
        }
        C::read(cells).map(Some)
    }
}

/// How a room's tree began: see [`names::start`]. Of those that begin empty, a file does not say which way they then grew.
pub(super) struct Beginning;

impl Codec<Start> for Beginning {
    fn write(value: &Start, cells: &mut Vec<String>) {
        cells.push(names::start(*value).to_owned());
    }

    fn read(cells: &mut Cells<'_>) -> Result<Start, String> {
        let text = cells.next();
        let known = [Start::Warm, Start::Bare, Start::AtOnce];
        let found = known.into_iter().find(|start| names::start(*start) == text);
        found.ok_or_else(|| format!("{text:?} is no start; expected warm, bare, empty"))
    }
}
