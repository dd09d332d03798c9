//! NumPy arrays: `.npy` files and the arrays of `.npz` archives.

mod element;
mod header;

use std::io::{self, Read, Seek, SeekFrom};

use gradstop_preparation::{Cells, Kind, Spelling};

use crate::container::archive::Archive;
use crate::error::TableError;
use crate::hint::{Advice, Hint};
use crate::label::Place;
use crate::options::{Features, ReadOptions};
use crate::selection::{MAX_COLUMNS, Role, Selection, unnamed};
use crate::shared_file::SharedFile;
use crate::source::{Chunk, RowSource};
use crate::text::tally::Survey;
use crate::text::{number, spelling};

use self::element::Element;

/// The array of an archive that holds the features.
const FEATURES: &str = "X";
/// How many bytes of elements are held at once.
const BLOCK_BYTES: usize = 1 << 22;

/// Where the elements of an array lie, and in which order.
enum Layout {
    /// Row after row, so the bytes are read once from beginning to end.
    RowMajor(Box<dyn Read + Send>),
    /// Column after column (Fortran order), so every block of rows needs a piece of every column.
    ColumnMajor { file: SharedFile, first_element: u64 },
}

/// The rows of one array as raw bytes, block by block.
struct Rows {
    file: String,
    element: Element,
    rows: u64,
    columns: usize,
    layout: Layout,
    /// Whether something behind the bytes compares them with a checksum.
    has_checksum: bool,
    /// Raw elements, row by row, from row `block_start` on.
    block: Vec<u8>,
    block_start: u64,
    next_row: u64,
}

/// How an array is to be opened.
struct Opening<'a> {
    file: &'a str,
    /// What messages call the array: `the array`, or `array "X"` of an archive.
    subject: &'a str,
    /// Labels may be text.
    for_labels: bool,
}

impl Rows {
    /// `seekable` is the same bytes as `stream` where they lie in a file as they are; without it an array in
    /// Fortran order is copied (decompressed) into a temporary file.
    fn open(
        opening: &Opening,
        seekable: Option<SharedFile>,
        mut stream: Box<dyn Read + Send>,
    ) -> Result<Self, TableError> {
        let reading = |cause| reading(opening.file, opening.subject, cause);
        let has_checksum = seekable.is_none();
        let header = header::read(&mut stream).map_err(reading)?;
        let unsuitable = |got: String, wanted: &'static str, advice: Advice| TableError::Unsuitable {
            file: opening.file.into(),
            subject: opening.subject.into(),
            got,
            wanted,
            hint: advice.into(),
        };
        let (rows, columns) = match header.shape[..] {
            [rows] => (rows, 1),
            [_, columns] if columns > MAX_COLUMNS as u64 => {
                let (file, subject) = (opening.file.into(), opening.subject.into());
                return Err(TableError::TooWide { file, subject, most: MAX_COLUMNS });
            }
            [rows, columns] => (rows, columns),
            _ => {
                let got = format!("shape {:?}", header.shape);
                let wanted = "one row per sample and one column per feature";
                return Err(unsuitable(got, wanted, Advice::Reshape));
            }
        };
        let Some(element) =
            Element::parse(&header.descr).filter(|element| element.numeric || opening.for_labels)
        else {
            let got = format!("type {}", header.descr);
            return Err(unsuitable(got, "integers, floats or booleans", Advice::Convert));
        };
        let bytes = rows.checked_mul(columns).and_then(|elements| elements.checked_mul(element.size as u64));
        let Some(bytes) = bytes else {
            let got = format!("shape {:?}", header.shape);
            return Err(unsuitable(got, "a shape that fits into memory", Advice::DamagedHeader));
        };
        let layout = if header.fortran_order && columns > 1 {
            let (file, first_element) = match seekable {
                Some(file) => (file, header.length),
                None => (SharedFile::spool(stream).map_err(reading)?, 0),
            };
            let there = file.length().saturating_sub(first_element);
            if there < bytes {
                return Err(TableError::Truncated {
                    file: opening.file.into(),
                    detail: format!("{} has {there} of {bytes} bytes", opening.subject),
                });
            }
            Layout::ColumnMajor { file, first_element }
        } else {
            Layout::RowMajor(stream)
        };
        Ok(Rows {
            file: opening.file.into(),
            element,
            rows,
            columns: columns as usize,
            layout,
            has_checksum,
            block: Vec::new(),
            block_start: 0,
            next_row: 0,
        })
    }

    fn row_bytes(&self) -> usize {
        self.columns * self.element.size
    }

    /// Makes the next rows available, at most `max_rows`, and returns how many they are; 0 is the end.
    fn advance(&mut self, max_rows: usize) -> Result<usize, TableError> {
        let row_bytes = self.row_bytes();
        let mut end = self.block_start + (self.block.len() / row_bytes) as u64;
        if self.next_row == end && self.next_row < self.rows {
            self.block_start = self.next_row;
            let rows = (self.rows - self.next_row).min((BLOCK_BYTES / row_bytes).max(1) as u64);
            self.fill_block(rows as usize)?;
            end += rows;
        }
        Ok((end - self.next_row).min(max_rows as u64) as usize)
    }

    fn fill_block(&mut self, rows: usize) -> Result<(), TableError> {
        let row_bytes = self.row_bytes();
        let wanted = rows * row_bytes;
        match &mut self.layout {
            Layout::RowMajor(stream) => {
                self.block.clear();
                stream.take(wanted as u64).read_to_end(&mut self.block).map_err(|cause| {
                    reading(&self.file, &format!("after row {}", self.block_start), cause)
                })?;
                if self.block.len() < wanted {
                    let row = self.block_start + (self.block.len() / row_bytes) as u64;
                    return Err(TableError::Truncated {
                        file: self.file.clone(),
                        detail: format!("{row} of {} rows", self.rows),
                    });
                }
                if self.block_start + rows as u64 == self.rows && self.has_checksum {
                    // It is compared at the very end, which need not be that of the array.
                    let end = io::copy(stream, &mut io::sink());
                    end.map_err(|cause| TableError::reading(&self.file, cause))?;
                }
            }
            Layout::ColumnMajor { file, first_element } => {
                self.block.resize(wanted, 0);
                let size = self.element.size;
                let mut piece = vec![0; rows * size];
                for column in 0..self.columns {
                    let element = column as u64 * self.rows + self.block_start;
                    file.seek(SeekFrom::Start(*first_element + element * size as u64))
                        .and_then(|_| file.read_exact(&mut piece))
                        .map_err(|cause| TableError::reading(&self.file, cause))?;
                    for (row, element) in piece.chunks_exact(size).enumerate() {
                        let start = row * row_bytes + column * size;
                        self.block[start..start + size].copy_from_slice(element);
                    }
                }
            }
        }
        Ok(())
    }

    /// The raw elements of the next row; `advance` has said that it is there.
    fn row(&self) -> &[u8] {
        let start = (self.next_row - self.block_start) as usize * self.row_bytes();
        &self.block[start..start + self.row_bytes()]
    }
}

fn reading(file: &str, subject: &str, cause: io::Error) -> TableError {
    match TableError::reading(file, cause) {
        TableError::Truncated { file, .. } => {
            TableError::Truncated { file, detail: format!("{subject} is not complete") }
        }
        TableError::Damaged { file, detail } => {
            TableError::Damaged { file, detail: format!("{subject}: {detail}") }
        }
        other => other,
    }
}

struct NumpySource {
    file: String,
    features: Rows,
    /// The label array of an archive, read side by side with the features. Its column is the last one.
    labels: Option<Rows>,
    selection: Selection,
    /// The kind of each feature; nothing if they are numbers that go to the matrix.
    kinds: Option<Vec<Kind>>,
    keep_cells: bool,
}

/// Arrays hold numbers, unless it is said that they mean something else.
fn kinds(selection: &Selection, options: &ReadOptions) -> Option<Vec<Kind>> {
    let of_any = |text: &Vec<String>| {
        let kind = |name| if text.contains(name) { Kind::Text } else { Kind::Numbers };
        selection.features.iter().map(kind).collect()
    };
    match &options.features {
        Features::Numbers | Features::Nothing => None,
        Features::Any(text) => Some(of_any(text)),
        Features::Fields(_) => options.features.kinds_of(&selection.features),
    }
}

pub(crate) fn open_npy(
    file: &str,
    seekable: Option<SharedFile>,
    stream: Box<dyn Read + Send>,
    options: &ReadOptions,
) -> Result<Box<dyn RowSource>, TableError> {
    let opening = Opening { file, subject: "the array", for_labels: false };
    let features = Rows::open(&opening, seekable, stream)?;
    let selection = Selection::new(file, unnamed(features.columns), None, options)?;
    let (kinds, keep_cells) = (kinds(&selection, options), options.keep_cells);
    Ok(Box::new(NumpySource { file: file.into(), features, labels: None, selection, kinds, keep_cells }))
}

pub(crate) fn open_npz(
    file: &str,
    archive: &Archive,
    options: &ReadOptions,
) -> Result<Box<dyn RowSource>, TableError> {
    let archive = Arrays::of(file, archive)?;
    let features_name = archive.features()?;
    let features = archive.rows(&features_name, false)?;
    let mut columns = unnamed(features.columns);
    let label_name =
        options.label.as_ref().filter(|name| archive.arrays.contains(name) && **name != features_name);
    let labels = label_name.map(|name| archive.rows(name, true)).transpose()?;
    if let (Some(labels), Some(name)) = (&labels, label_name) {
        if labels.columns != 1 || labels.rows != features.rows {
            return Err(TableError::LabelLength {
                file: file.into(),
                array: name.clone(),
                got: labels.rows.saturating_mul(labels.columns as u64),
                wanted: features.rows,
            });
        }
        columns.push(name.clone());
    }
    let selection = Selection::new(file, columns, None, options).map_err(|error| match error {
        // A label may be one of the arrays as well.
        TableError::UnknownColumn { file, name, columns } => {
            let others = archive.arrays.iter().filter(|array| **array != features_name);
            TableError::UnknownColumn { file, name, columns: others.cloned().chain(columns).collect() }
        }
        other => other,
    })?;
    let (kinds, keep_cells) = (kinds(&selection, options), options.keep_cells);
    Ok(Box::new(NumpySource { file: file.into(), features, labels, selection, kinds, keep_cells }))
}

impl RowSource for NumpySource {
    fn selection(&self) -> &Selection {
        &self.selection
    }

    fn kinds(&self) -> Option<&[Kind]> {
        self.kinds.as_deref()
    }

    fn surveyed(&self) -> Result<Survey, TableError> {
        Ok(self.selection.survey_of(self.kinds.as_deref()))
    }

    fn append(&mut self, max_rows: usize, chunk: &mut Chunk) -> Result<usize, TableError> {
        let mut rows = self.features.advance(max_rows)?;
        if let Some(labels) = &mut self.labels {
            rows = rows.min(labels.advance(max_rows)?);
        }
        for _ in 0..rows {
            self.append_row(chunk)?;
            self.features.next_row += 1;
            if let Some(labels) = &mut self.labels {
                labels.next_row += 1;
            }
        }
        Ok(rows)
    }
}

impl NumpySource {
    fn append_row(&self, chunk: &mut Chunk) -> Result<(), TableError> {
        let element = self.features.element;
        let elements = self.features.row().chunks_exact(element.size);
        if let Some(rounding) = chunk.looks_at_row() {
            let features =
                elements.clone().zip(&self.selection.roles).filter(|(_, role)| **role == Role::Feature);
            features.for_each(|(bytes, _)| rounding.see((element.wide)(bytes)));
        }
        let (mut columns, mut label) = (chunk.columns.iter_mut(), None);
        for (index, (bytes, role)) in elements.zip(&self.selection.roles).enumerate() {
            match (role, (*role == Role::Feature).then(|| columns.next()).flatten()) {
                (Role::Feature, Some(cells)) => self.append_cell(index, bytes, cells)?,
                (Role::Feature, None) => {
                    let value = (element.number)(bytes).ok_or_else(|| {
                        let text = (element.text)(bytes);
                        let hint =
                            number::hint(number::parse(text.as_bytes()), &self.selection.all_columns[index]);
                        self.bad_cell(index, text, number::WANTED, hint)
                    })?;
                    chunk.values.push(value);
                }
                (Role::Label, _) => label = Some((element.text)(bytes)),
                (Role::Ignored, _) => {}
            }
        }
        let array = self.labels.as_ref().map(|labels| (labels.element.text)(labels.row()));
        if let Some(text) = array.as_ref().or(label.as_ref()) {
            let row = self.features.next_row as usize;
            chunk.push_label(Some(text), || Place { file: self.file.clone(), row, line: None });
        }
        if let Some(id) = self.selection.id {
            let mut elements = self.features.row().chunks_exact(element.size);
            // Behind the features stands the label's array.
            chunk.ids.push(elements.nth(id).map(element.text).or_else(|| label.clone()).unwrap_or_default());
        }
        if self.keep_cells && !chunk.skips_cells {
            let elements = self.features.row().chunks_exact(element.size);
            chunk.cells.push(elements.map(element.text).chain(array).collect());
        }
        Ok(())
    }

    fn append_cell(&self, index: usize, bytes: &[u8], cells: &mut Cells) -> Result<(), TableError> {
        let element = self.features.element;
        if cells.kind() == Kind::Numbers {
            match element.integer {
                Some(integer) => cells.push_integer(integer(bytes)),
                None => cells.push_number((element.wide)(bytes)),
            }
            return Ok(());
        }
        let text = (element.text)(bytes);
        match spelling::push(text.as_bytes(), cells, &Spelling::default()) {
            true => Ok(()),
            false => {
                let hint = Hint::Advice(Advice::ColumnHolds(cells.kind()));
                Err(self.bad_cell(index, text, spelling::wanted(cells.kind()), hint))
            }
        }
    }

    fn bad_cell(&self, index: usize, got: String, wanted: &'static str, hint: Hint) -> TableError {
        TableError::Cell {
            file: self.file.clone(),
            row: self.features.next_row as usize,
            line: None,
            column: self.selection.all_columns[index].as_str().into(),
            got: got.into(),
            wanted,
            hint: Box::new(hint),
        }
    }
}

/// The arrays of an `.npz` file.
struct Arrays<'a> {
    file: &'a str,
    archive: &'a Archive,
    /// Their names, without `.npy`.
    arrays: Vec<String>,
}

impl<'a> Arrays<'a> {
    fn of(file: &'a str, archive: &'a Archive) -> Result<Self, TableError> {
        let names = archive.names()?;
        let arrays = names.iter().filter_map(|name| name.strip_suffix(".npy")).map(str::to_owned).collect();
        Ok(Arrays { file, archive, arrays })
    }

    /// The name of the array with the features: `X`, or the only one with two dimensions.
    fn features(&self) -> Result<String, TableError> {
        if self.arrays.iter().any(|array| array == FEATURES) {
            return Ok(FEATURES.into());
        }
        let mut matrices = Vec::new();
        for array in &self.arrays {
            let header = header::read(&mut self.bytes(array)?);
            if header.map_err(|cause| reading(self.file, &subject(array), cause))?.shape.len() == 2 {
                matrices.push(array.clone());
            }
        }
        match (matrices.pop(), matrices.is_empty()) {
            (Some(array), true) => Ok(array),
            _ => Err(TableError::NoFeatureArray { file: self.file.into(), arrays: self.arrays.clone() }),
        }
    }

    fn rows(&self, array: &str, for_labels: bool) -> Result<Rows, TableError> {
        let opening = Opening { file: self.file, subject: &subject(array), for_labels };
        Rows::open(&opening, None, self.bytes(array)?)
    }

    /// The bytes of one array, decompressed and checked.
    fn bytes(&self, array: &str) -> Result<Box<dyn Read + Send>, TableError> {
        self.archive.bytes(&format!("{array}.npy"), &subject(array))
    }
}

fn subject(array: &str) -> String {
    format!("array {array:?}")
}
