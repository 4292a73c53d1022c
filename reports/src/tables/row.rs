//! How rows become lines of a CSV file, and lines rows again: both from one list of columns.

use std::io::{self, Write};
use throng_workloads::visible::visible;

/// A row of a table. `table!` makes it from the list of its columns.
pub trait Row: Sized {
    /// The columns that it is made of, in order.
    const COLUMNS: &'static [&'static str];
    /// Columns behind them that follow from them, for readers; they are not read back.
    const FURTHER: &'static [&'static str];
    /// Those of [`Self::COLUMNS`] that tables from before lack: their cells are empty then.
    const LATER: &'static [&'static str] = &[];

    /// Puts its cells behind those that are there.
    fn write(&self, cells: &mut Vec<String>);

    /// Makes it of its cells.
    ///
    /// # Errors
    /// What is wrong with the cell that was read last.
    fn read(cells: &mut Cells<'_>) -> Result<Self, String>;
}

/// The cells of a line that are still to be read, in the order of [`Row::COLUMNS`].
#[derive(Debug)]
pub struct Cells<'l> {
    line: &'l csv::StringRecord,
    /// Where each column stands in the line.
    places: &'l [usize],
    /// Columns that were read.
    read: usize,
}

impl<'l> Cells<'l> {
    /// The cell, and on to the next one. A line that is too short ends with empty cells.
    pub(super) fn next(&mut self) -> &'l str {
        let cell = self.peek();
        self.read += 1;
        cell
    }

    /// The cell that is next.
    pub(super) fn peek(&self) -> &'l str {
        let place = self.places.get(self.read);
        place.and_then(|place| self.line.get(*place)).unwrap_or("")
    }
}

/// How a value of type `T` stands in its cells, of which most have one.
pub(super) trait Codec<T> {
    /// How many those are.
    const CELLS: usize = 1;

    fn write(value: &T, cells: &mut Vec<String>);
    fn read(cells: &mut Cells<'_>) -> Result<T, String>;
}

/// A table from the list of its columns: the names of a field's columns, the field, and how it stands in them; then columns that
/// follow from the row. Fields that are forgotten do not compile.
macro_rules! table {
    (
        $row:ty {
            $([$($column:literal),+] $field:ident: $codec:ty,)+
        }
        $(later [$($later:literal),+])?
        $(and { $([$further:literal] $of:expr,)+ })?
    ) => {
        impl $crate::tables::Row for $row {
            const COLUMNS: &'static [&'static str] = &[$($($column),+),+];
            const FURTHER: &'static [&'static str] = &[$($($further),+)?];
            $(const LATER: &'static [&'static str] = &[$($later),+];)?

            fn write(&self, cells: &mut Vec<String>) {
                $(<$codec as $crate::tables::row::Codec<_>>::write(&self.$field, cells);)+
                $($(cells.push($of(self));)+)?
            }

            fn read(cells: &mut $crate::tables::Cells<'_>) -> Result<Self, String> {
                Ok(Self {
                    $($field: <$codec as $crate::tables::row::Codec<_>>::read(cells)?,)+
                })
            }
        }
    };
}
pub(super) use table;

/// Writes a table with its head.
///
/// # Errors
/// Whatever the writer says.
pub fn write<'r, R: Row + 'r>(
    rows: impl IntoIterator<Item = &'r R>,
    out: impl Write,
) -> csv::Result<()> {
    let head = R::COLUMNS.iter().chain(R::FURTHER);
    let mut cells = Vec::new();
    lines(head, out, |table| {
        for row in rows {
            cells.clear();
            row.write(&mut cells);
            table.line(&cells)?;
        }
        Ok(())
    })
}

/// What else there is to say of the rows of a table: rows of another, for those of the first in their order.
pub(super) struct More<'a> {
    behind: &'static str,
    columns: &'static [&'static str],
    write: Box<WriteRow<'a>>,
}

/// Puts the cells of the row of this number behind those that are there; false where there is no such row.
type WriteRow<'a> = dyn Fn(usize, &mut Vec<String>) -> bool + 'a;

impl<'a> More<'a> {
    /// These, behind this column.
    pub(super) fn of<M: Row>(rows: &'a [M], behind: &'static str) -> Self {
        let write = |row: usize, cells: &mut Vec<String>| {
            let row = rows.get(row).map(|row| row.write(cells));
            row.is_some()
        };
        Self {
            behind,
            columns: M::COLUMNS,
            write: Box::new(write),
        }
    }
}

/// Writes a table, and in it what else there is to say of the same rows: the columns of `more` that the table itself does not have.
/// Each can be [`read`] by itself. It ends with the shortest.
///
/// # Errors
/// Whatever the writer says.
pub(super) fn beside<R: Row>(rows: &[R], more: &[More<'_>], out: impl Write) -> csv::Result<()> {
    let new = |column: &&str| !R::COLUMNS.contains(column);
    let mut head: Vec<&str> = R::COLUMNS.iter().chain(R::FURTHER).copied().collect();
    let mut places = Vec::new();
    for one in more {
        let at = head.iter().position(|column| *column == one.behind);
        let at = at.map_or(head.len(), |place| place + 1);
        head.splice(at..at, one.columns.iter().copied().filter(|name| new(name)));
        places.push(at);
    }
    let (mut cells, mut further) = (Vec::new(), Vec::new());
    lines(head, out, |table| {
        for (index, row) in rows.iter().enumerate() {
            cells.clear();
            row.write(&mut cells);
            for (one, at) in more.iter().zip(&places) {
                further.clear();
                if !(one.write)(index, &mut further) {
                    return Ok(());
                }
                let further = one.columns.iter().zip(further.drain(..));
                let further = further.filter(|(column, _)| new(column));
                cells.splice(*at..*at, further.map(|(_, cell)| cell));
            }
            table.line(&cells)?;
        }
        Ok(())
    })
}

/// Writes a head and what follows it.
///
/// # Errors
/// Whatever the writer says.
pub(crate) fn lines<W: Write>(
    head: impl IntoIterator<Item = impl AsRef<str>>,
    out: W,
    body: impl FnOnce(&mut Lines<W>) -> csv::Result<()>,
) -> csv::Result<()> {
    let mut table = Lines(csv::Writer::from_writer(out));
    table.line(head)?;
    body(&mut table)?;
    table.0.flush()?;
    Ok(())
}

/// A table of which lines are being written.
#[derive(Debug)]
pub(crate) struct Lines<W: Write>(csv::Writer<W>);

impl<W: Write> Lines<W> {
    /// Writes a line. Any of its cells may be what others wrote: no table has to remember which.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub(crate) fn line(
        &mut self,
        cells: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> csv::Result<()> {
        for cell in cells {
            self.0.write_field(visible(cell.as_ref()).as_bytes())?;
        }
        // What ends a line.
        self.0.write_record(None::<&[u8]>)
    }
}

/// Reads what [`write()`] writes, whatever further columns stand beside those that it knows.
///
/// # Errors
/// What is wrong, in which line and column.
pub fn read<R: Row>(from: &[u8]) -> csv::Result<Vec<R>> {
    let mut table = csv::Reader::from_reader(from);
    let head = table.headers()?.clone();
    let place = |column: &&str| {
        let place = head.iter().position(|name| name == *column);
        // Behind the end of any line, where cells are empty.
        let place = place.or_else(|| R::LATER.contains(column).then_some(usize::MAX));
        place.ok_or_else(|| wrong(format!("there is no column {column}")))
    };
    let places: Vec<usize> = R::COLUMNS.iter().map(place).collect::<csv::Result<_>>()?;
    let row = |line: csv::Result<csv::StringRecord>| {
        let line = line?;
        let mut cells = Cells {
            line: &line,
            places: &places,
            read: 0,
        };
        R::read(&mut cells).map_err(|reason| {
            let column = R::COLUMNS.get(cells.read.saturating_sub(1)).unwrap_or(&"");
            let at = line.position().map_or(0, csv::Position::line);
            wrong(format!("line {at}, {column}: {reason}"))
        })
    };
    table.records().map(row).collect()
}

pub(super) fn wrong(reason: String) -> csv::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::cells::{Maybe, Millis, Plain};
    use throng_workloads::time::SimSpan;

    #[derive(Debug, PartialEq)]
    struct Fish {
        name: String,
        scales: u32,
        asleep: Option<SimSpan>,
    }

    table! {
        Fish {
            ["name"] name: Plain,
            ["scales"] scales: Plain,
            ["asleep_ms"] asleep: Maybe<Millis>,
        }
        and {
            ["large"] |fish: &Fish| (fish.scales > 100).to_string(),
        }
    }

    fn fish() -> [Fish; 2] {
        [
            ("carp, a", 120, None),
            ("eel", 0, Some(SimSpan::from_micros(2_500))),
        ]
        .map(|(name, scales, asleep)| Fish {
            name: name.to_owned(),
            scales,
            asleep,
        })
    }

    #[test]
    fn rows_are_read_back_whatever_stands_beside_them() {
        let mut out = Vec::new();
        write(&fish(), &mut out).expect("memory");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(
            text,
            "name,scales,asleep_ms,large\n\"carp, a\",120,,true\neel,0,2.500000,false\n"
        );
        assert_eq!(read::<Fish>(text.as_bytes()).expect("sound"), fish());
        let moved = "scales,eyes,asleep_ms,name\n120,2,,\"carp, a\"\n0,2,2.500000,eel\n";
        assert_eq!(read::<Fish>(moved.as_bytes()).expect("sound"), fish());
    }

    #[derive(Debug, PartialEq)]
    struct Fins {
        name: String,
        fins: u32,
    }

    table! {
        Fins {
            ["name"] name: Plain,
            ["fins"] fins: Plain,
        }
    }

    #[test]
    fn two_tables_of_the_same_rows_stand_beside_each_other() {
        let fins = [("carp, a", 7), ("eel", 3)].map(|(name, fins)| Fins {
            name: name.to_owned(),
            fins,
        });
        let text = |more: &[More<'_>]| {
            let mut out = Vec::new();
            beside(&fish(), more, &mut out).expect("memory");
            String::from_utf8(out).expect("text")
        };
        let both = text(&[More::of(&fins, "name")]);
        assert_eq!(
            both,
            "name,fins,scales,asleep_ms,large\n\"carp, a\",7,120,,true\neel,3,0,2.500000,false\n"
        );
        assert_eq!(read::<Fish>(both.as_bytes()).expect("sound"), fish());
        assert_eq!(read::<Fins>(both.as_bytes()).expect("sound"), fins);
        assert!(text(&[]).starts_with("name,scales,asleep_ms,large\n"));
        let thrice = text(&[More::of(&fish(), "name"), More::of(&fins, "scales")]);
        assert!(thrice.starts_with("name,scales,fins,asleep_ms,large\n\"carp, a\",120,7,,true\n"));
    }

    #[test]
    fn mistakes_have_a_place() {
        let say = |text: &str| read::<Fish>(text.as_bytes()).expect_err(text).to_string();
        assert_eq!(say("name,scales\neel,0\n"), "there is no column asleep_ms");
        assert_eq!(
            say("name,scales,asleep_ms\neel,0,\neel,many,\n"),
            "line 3, scales: \"many\" is no u32"
        );
        let short = say("name,scales,asleep_ms\neel,0\n");
        assert!(short.contains("line: 2"), "{short}");
        let time = say("name,scales,asleep_ms\neel,0,2.5\n");
        assert!(
            time.contains("line 2, asleep_ms: \"2.5\" is no time"),
            "{time}"
        );
    }
}
