//! A chat as CSV: a message a row.
//!
//! A header with the columns `time`, `room`, `sender`, `length`, in any order; others are not looked at. A time is written as RFC 3339 has
//! it or as seconds since 1970, a length is the bytes of the message's text in UTF-8.

use super::gathered::Gathered;
use super::lines::Lines;
use super::moment::Moment;
use crate::error::{ScenarioError, nearest};
use crate::scenario::Messages;
use std::path::Path;

const COLUMNS: [&str; 4] = ["time", "room", "sender", "length"];

/// Reads all rows.
pub(super) fn read(path: &Path, into: &mut Gathered) -> Result<(), ScenarioError> {
    let mut lines = Lines::open(path)?;
    let mut columns = None;
    let mut last = 1;
    while let Some((number, line)) = lines.next()? {
        last = number;
        let row = match fields(line) {
            Ok(row) if row == [""] => continue,
            Ok(row) => row,
            Err(wrong) => return Err(lines.error(number, wrong)),
        };
        let read = match &columns {
            None => header(&row).map(|found| columns = Some(found)),
            Some(columns) => take(&row, columns, into),
        };
        read.map_err(|wrong| lines.error(number, wrong))?;
    }
    match columns {
        Some(_) => Ok(()),
        None => Err(lines.error(last, no_header("nothing"))),
    }
}

/// The fields of a row (RFC 4180), but for line breaks in quotes: names have none.
fn fields(line: &[u8]) -> Result<Vec<String>, String> {
    let text = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.contains('"') {
        return Ok(text
            .split(',')
            .map(|field| field.trim().to_owned())
            .collect());
    }
    if text.matches('"').count() % 2 != 0 {
        return Err("a quote without its end; expected it in the same line".to_owned());
    }
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .terminator(csv::Terminator::Any(b'\n'))
        .buffer_capacity(text.len().max(1))
        .from_reader(text.as_bytes());
    let mut row = csv::StringRecord::new();
    csv.read_record(&mut row)
        .map_err(|_| "the line is no row of CSV".to_owned())?;
    Ok(row.iter().map(|field| field.trim().to_owned()).collect())
}

fn no_header(found: &str) -> String {
    format!(
        "expected a header with the columns {}, found {found}",
        COLUMNS.join(", ")
    )
}

/// Where each column is.
fn header(row: &[String]) -> Result<[usize; 4], String> {
    let names: Vec<String> = row.iter().map(|name| name.to_ascii_lowercase()).collect();
    let mut columns = [0; 4];
    for (place, column) in columns.iter_mut().zip(COLUMNS) {
        let mut found = (0..names.len()).filter(|at| names[*at] == column);
        *place = match (found.next(), found.next()) {
            (Some(at), None) => at,
            (Some(_), Some(_)) => {
                return Err(format!("two columns are called {column:?}; expected one"));
            }
            (None, _) if names.len() == 1 => return Err(no_header(&format!("{:?}", row[0]))),
            (None, _) => {
                let hint = nearest(column, names.iter().map(String::as_str));
                return Err(format!("no column is called `{column}`; {hint}"));
            }
        };
    }
    Ok(columns)
}

/// Takes a row's message.
fn take(row: &[String], columns: &[usize; 4], into: &mut Gathered) -> Result<(), String> {
    let field = |which: usize| match row.get(columns[which]).map(String::as_str) {
        None => Err(format!(
            "{} fields; expected one for each column; is the file truncated?",
            row.len()
        )),
        Some("") => Err(format!("no {}; expected one in each row", COLUMNS[which])),
        Some(field) => Ok(field),
    };
    let [time, room, sender, length] = [field(0)?, field(1)?, field(2)?, field(3)?];
    let at = Moment::read(time).ok_or_else(|| {
        format!(
            "{time:?} is no time; expected one as in RFC 3339, such as 2026-11-29T10:00:00Z, or seconds since 1970"
        )
    })?;
    let plain = length.bytes().all(|byte| byte.is_ascii_digit());
    let bytes = length
        .parse()
        .ok()
        .filter(|bytes| plain && *bytes <= u64::from(Messages::LARGEST));
    let bytes = bytes.ok_or_else(|| {
        format!(
            "{length:?} is no length of a message; expected a number of bytes up to {}",
            Messages::LARGEST
        )
    })?;
    let (room, sender) = (into.room(&[room])?, into.person(sender)?);
    into.message(at, room, sender, bytes);
    Ok(())
}
