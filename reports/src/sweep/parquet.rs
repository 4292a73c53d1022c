//! `sweep.parquet`: the rows of `sweep.csv` with their types, for notebooks and databases.

use super::{Cell, Estimate, Sweep};
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{ArrowError, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use std::io::Write;
use std::sync::Arc;
use throng_experiments::Axis;
use throng_workloads::visible::visible;

/// A row a point and measure, with the columns of `sweep.csv`. An axis all of whose values are numbers is a column of
/// numbers, any other one of words.
///
/// # Errors
/// Where `out` refuses.
pub fn write(sweep: &Sweep, out: impl Write + Send) -> Result<(), ParquetError> {
    let table = table(sweep)?;
    let mut writer = ArrowWriter::try_new(out, table.schema(), None)?;
    writer.write(&table)?;
    writer.close()?;
    Ok(())
}

fn table(sweep: &Sweep) -> Result<RecordBatch, ArrowError> {
    let of_axis = |(at, axis): (usize, &Axis)| {
        let place = |cell: &Cell| sweep.grid.place(cell.point)[at];
        let column: ArrayRef = match axis.numbers() {
            Some(numbers) => numbers_of(sweep, |cell| numbers[place(cell)]),
            None => words(sweep, |cell| &axis.values[place(cell)]),
        };
        (visible(&axis.key).into_owned(), column)
    };
    let axes = sweep.grid.axes.iter().enumerate().map(of_axis);
    let counts = |of: fn(&Cell) -> usize| -> ArrayRef {
        let counts = sweep.cells.iter().map(|cell| of(cell) as u32);
        Arc::new(UInt32Array::from_iter_values(counts))
    };
    let columns: [(&str, ArrayRef); 9] = [
        ("measure", words(sweep, |cell| &cell.measure)),
        ("unit", words(sweep, |cell| cell.family.unit.symbol())),
        ("replicas", counts(|cell| cell.estimate.count)),
        ("mean", numbers_of(sweep, |cell| cell.estimate.mean)),
        ("low", maybe(sweep, |of| of.interval().map(|ends| ends[0]))),
        ("high", maybe(sweep, |of| of.interval().map(|ends| ends[1]))),
        (
            "deviation",
            maybe(sweep, |of| of.interval().map(|_| of.deviation)),
        ),
        ("interval", words(sweep, |cell| cell.estimate.method.name())),
        ("beyond_count", counts(|cell| cell.beyond_count)),
    ];
    let columns = columns.map(|(name, column)| (name.to_owned(), column));
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = axes
        .chain(columns)
        .map(|(name, column)| {
            let field = Field::new(name, column.data_type().clone(), column.is_nullable());
            (field, column)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn words<'a>(sweep: &'a Sweep, of: impl Fn(&'a Cell) -> &'a str) -> ArrayRef {
    let words = sweep.cells.iter().map(|cell| visible(of(cell)));
    Arc::new(StringArray::from_iter_values(words))
}

/// Numbers that one replica does not have.
fn maybe(sweep: &Sweep, of: impl Fn(&Estimate) -> Option<f64>) -> ArrayRef {
    let numbers = sweep.cells.iter().map(|cell| of(&cell.estimate));
    Arc::new(numbers.collect::<Float64Array>())
}

fn numbers_of(sweep: &Sweep, of: impl Fn(&Cell) -> f64) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(sweep.cells.iter().map(of)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Sample;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, UInt32Type};
    use arrow_schema::DataType;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use std::collections::BTreeMap;
    use throng_experiments::Grid;

    #[test]
    fn another_reader_finds_the_rows_of_the_csv() {
        let axis = |text| Axis::parse(text).expect("an axis");
        let axes = vec![axis("rooms.start=warm,bare"), axis("rooms.size=4,8")];
        let grid = Grid::new(axes, 2).expect("a grid");
        let sample = |point: usize, run| Sample {
            point,
            run,
            fingerprint: String::new(),
            simulator: BTreeMap::new(),
            measures: BTreeMap::from([
                ("events".to_owned(), point as f64),
                ("commit.bytes.mean".to_owned(), 100.0 + f64::from(run)),
            ]),
        };
        let samples: Vec<Sample> = (0..4)
            .flat_map(|point| (0..2).map(move |run| sample(point, run)))
            .collect();
        let sweep = Sweep::new(grid, &samples, 1);
        let mut file = tempfile::tempfile().expect("a file");
        write(&sweep, &mut file).expect("written");

        let mut csv = Vec::new();
        super::super::table::write(&sweep, &mut csv).expect("written");
        let mut csv = csv::Reader::from_reader(csv.as_slice());
        let head: Vec<String> = csv
            .headers()
            .expect("a head")
            .iter()
            .map(str::to_owned)
            .collect();
        let rows: Vec<csv::StringRecord> = csv.records().map(|row| row.expect("a row")).collect();

        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        let tables: Vec<RecordBatch> = reader
            .build()
            .expect("readable")
            .map(|table| table.expect("a table"))
            .collect();
        let [table] = tables.as_slice() else {
            panic!("{} tables", tables.len());
        };
        let fields = table.schema();
        let names: Vec<&str> = fields
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        assert_eq!(names, head);
        assert_eq!(table.num_rows(), rows.len());
        for (column, name) in names.iter().enumerate() {
            for (at, row) in rows.iter().enumerate() {
                let array = table.column(column);
                match array.data_type() {
                    DataType::Utf8 => assert_eq!(array.as_string::<i32>().value(at), &row[column]),
                    DataType::Float64 => {
                        let number: f64 = row[column].parse().expect("a number");
                        assert_eq!(
                            array.as_primitive::<Float64Type>().value(at),
                            number,
                            "{name}"
                        );
                    }
                    _ => {
                        let number = array.as_primitive::<UInt32Type>().value(at);
                        assert_eq!(row[column], number.to_string(), "{name}");
                    }
                }
            }
        }
    }
}
