//! Files that appear whole or not at all, and standard output.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use gradstop::history::{Decided, EpochRecord, History, Training};
use gradstop::internals::WholeFile;
use gradstop_tables::{Chunk, Features, Input, ReadOptions, TableReader};
use rayon::prelude::*;
use serde::Serialize;

use crate::failure::Failure;
use crate::interrupt;
use crate::reasons::{self, Reasons};

/// Rows that are read and written together.
pub(crate) const CHUNK_ROWS: usize = 1 << 15;

/// Somewhere to write: a file that gets its name when it is finished, a device or pipe, or standard output.
pub(crate) enum Output {
    Place { path: PathBuf, file: WholeFile },
    Stdout(BufWriter<io::Stdout>),
}

impl Output {
    /// Opens the output, so that a folder that is missing or read-only shows before the work, not after.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::Stdout(BufWriter::new(io::stdout())));
        }
        // Whoever starts a command whose result goes into a pipe also starts one that reads it, when they see fit.
        let file = WholeFile::open(path, None)
            .map_err(|problem| Failure::Write { path: path.into(), problem: in_words(path, &problem) })?;
        if let Some(temporary) = file.temporary() {
            interrupt::remember(temporary.into());
        }
        Ok(Self::Place { path: path.into(), file })
    }

    pub(crate) fn is_stdout(&self) -> bool {
        matches!(self, Self::Stdout(_))
    }

    /// Turns an error of writing into one that names this output.
    pub(crate) fn failure(&self, problem: io::Error) -> Failure {
        match self {
            Self::Place { path, .. } => Failure::Write { path: path.clone(), problem },
            Self::Stdout(_) => Failure::Stdout(problem),
        }
    }

    /// Gives the file its name.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stdout(mut writer) => writer.flush().map_err(Failure::Stdout),
            Self::Place { path, file } => file.finish().map_err(|problem| Failure::Write { path, problem }),
        }
    }

    /// Writes all at once.
    pub(crate) fn write_whole(mut self, content: &[u8]) -> Result<(), Failure> {
        self.write_all(content).map_err(|problem| self.failure(problem))?;
        self.finish()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Place { file, .. } => file.write(bytes),
            Self::Stdout(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Place { file, .. } => file.flush(),
            Self::Stdout(writer) => writer.flush(),
        }
    }
}

/// Why a place cannot be opened, as words that follow "got".
fn in_words(path: &Path, problem: &io::Error) -> io::Error {
    // A link may lead into another folder than its own.
    let place = if path.is_symlink() { WholeFile::resting_place(path) } else { path.into() };
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match problem.kind() {
        io::ErrorKind::IsADirectory => io::Error::other("a folder"),
        io::ErrorKind::NotFound if !folder.exists() => {
            io::Error::other(format!("a folder {} that is not there", folder.display()))
        }
        io::ErrorKind::NotADirectory => io::Error::other(format!("{}, which is no folder", folder.display())),
        _ if problem.get_ref().is_some() => io::Error::other(problem.to_string()),
        kind => io::Error::from(kind),
    }
}

/// What messages call an input.
pub(crate) const INPUT: &str = "input";

/// Refuses two names for one file, so that no result and no input is overwritten by another. An input may be
/// read twice.
pub(crate) fn all_differ(named: &[(&'static str, Option<&Path>)]) -> Result<(), Failure> {
    let mut seen: HashMap<PathBuf, &'static str> = HashMap::new();
    for &(name, path) in named {
        let Some(path) = path else { continue };
        let standard = path == Path::new("-");
        let place = if standard { path.into() } else { WholeFile::resting_place(path) };
        // Standard input and standard output share a name only; a device may be written to twice.
        let own = place.is_file() || !place.exists();
        match seen.get(&place) {
            Some(&first) if (own || standard) && (first, name) != (INPUT, INPUT) => {
                return Err(Failure::SamePlace { path: path.into(), first, second: name });
            }
            _ => {
                seen.entry(place).or_insert(name);
            }
        }
    }
    Ok(())
}

/// The columns of a scores file.
const SCORE_COLUMNS: [&str; 3] = ["row", "score", "outlier"];

/// Refuses to put scores behind columns that have their names already: nobody could tell them apart.
pub(crate) fn check_append(file: &str, columns: &[String], explained: usize) -> Result<(), Failure> {
    // No row has more reasons than columns.
    match score_columns(explained.min(columns.len())).find(|name| columns.contains(name)) {
        Some(name) => Err(Failure::AlreadyThere { file: file.into(), name }),
        None => Ok(()),
    }
}

/// The columns of a file of scores with so many reasons for each.
fn score_columns(explained: usize) -> impl Iterator<Item = String> {
    SCORE_COLUMNS.into_iter().map(String::from).chain(reasons::columns(explained))
}

/// What stands before or beside a score.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Beside<'a> {
    /// The number of the row alone.
    Row,
    /// The cell of the column of this name, which says which row it is.
    Id(&'a str),
    /// All cells of the row, in these columns.
    Cells(&'a [String]),
}

/// The texts of some rows that stand beside their scores, one a row or all cells of it.
#[derive(Clone, Copy)]
pub(crate) enum Texts<'a> {
    None,
    Ids(&'a [String]),
    Cells(&'a [Vec<String>]),
}

/// Reasons for scores: the names of the columns, how many to write for a row, and those of each row.
#[derive(Clone, Copy)]
pub(crate) struct Explained<'a> {
    pub(crate) names: &'a [String],
    pub(crate) count: usize,
    pub(crate) rows: &'a [Reasons],
}

/// Rows whose text is made together; the blocks of a chunk on as many threads as there are.
const BLOCK_ROWS: usize = 1 << 12;

/// Writes scores as CSV, chunk by chunk, alone or behind the input's own columns.
pub(crate) struct ScoreWriter {
    output: Output,
    threshold: f32,
    next_row: usize,
}

impl ScoreWriter {
    /// Starts with the header; `explained` is how many reasons follow each score.
    pub(crate) fn new(
        output: Output,
        threshold: f32,
        beside: Beside<'_>,
        explained: usize,
    ) -> Result<Self, Failure> {
        let mut header = Lines::default();
        let mut columns: Vec<String> = score_columns(explained).collect();
        match beside {
            Beside::Row => {}
            // A name that is taken would name two columns.
            Beside::Id(name) if columns.iter().any(|taken| taken == name) => columns.insert(1, "id".into()),
            Beside::Id(name) => columns.insert(1, name.into()),
            Beside::Cells(own) => own.iter().for_each(|name| header.field(name)),
        }
        columns.iter().for_each(|name| header.field(name));
        header.end_row();
        let mut writer = Self { output, threshold, next_row: 0 };
        writer.write_text(&header.text)?;
        Ok(writer)
    }

    /// Writes the scores of the next rows; `texts` is what stands beside them, `explained` the reasons for these rows.
    pub(crate) fn write(
        &mut self,
        scores: &[f32],
        texts: Texts<'_>,
        explained: Option<Explained<'_>>,
    ) -> Result<(), Failure> {
        let (threshold, next_row) = (self.threshold, self.next_row);
        let text = |(block, scores): (usize, &[f32])| {
            let mut lines = Lines::default();
            for (score, at) in scores.iter().zip(block * BLOCK_ROWS..) {
                if let Texts::Cells(cells) = texts {
                    cells[at].iter().for_each(|cell| lines.field(cell));
                }
                lines.number(next_row + at);
                if let Texts::Ids(ids) = texts {
                    lines.field(&ids[at]);
                }
                lines.number(score);
                lines.field(if *score > threshold { "1" } else { "0" });
                if let Some(explained) = explained {
                    lines.reasons(explained, at);
                }
                lines.end_row();
            }
            lines.text
        };
        let blocks: Vec<Vec<u8>> = scores.par_chunks(BLOCK_ROWS).enumerate().map(text).collect();
        self.next_row += scores.len();
        blocks.iter().try_for_each(|text| self.write_text(text))
    }

    fn write_text(&mut self, text: &[u8]) -> Result<(), Failure> {
        self.output.write_all(text).map_err(|problem| self.output.failure(problem))
    }

    pub(crate) fn finish(self) -> Result<(), Failure> {
        self.output.finish()
    }
}

/// Lines of CSV in memory. Nearly all of it is numbers, which have nothing to quote: rows come by the million, and a look at
/// each of their characters shows.
#[derive(Default)]
struct Lines {
    text: Vec<u8>,
}

impl Lines {
    fn number(&mut self, number: impl std::fmt::Display) {
        write!(self.text, "{number},").expect("memory can be written");
    }

    fn field(&mut self, text: &str) {
        if text.contains(['"', ',', '\n', '\r']) {
            write!(self.text, "\"{}\",", text.replace('"', "\"\"")).expect("memory can be written");
        } else {
            self.text.extend_from_slice(text.as_bytes());
            self.text.push(b',');
        }
    }

    fn reasons(&mut self, Explained { names, count, rows }: Explained<'_>, row: usize) {
        for place in 0..count {
            match rows[row].get(place) {
                Some(&(column, share)) => {
                    self.field(&names[column]);
                    self.number(share);
                }
                // Fewer columns may speak against a row than are asked for.
                None => self.text.extend_from_slice(b",,"),
            }
        }
    }

    /// In place of the last comma.
    fn end_row(&mut self) {
        self.text.pop();
        self.text.push(b'\n');
    }
}

/// The scores of all rows of a table that was read before, and the reasons for them.
pub(crate) struct AllScores<'a> {
    pub(crate) scores: &'a [f32],
    pub(crate) threshold: f32,
    pub(crate) explained: Option<Explained<'a>>,
}

impl AllScores<'_> {
    /// Writes them alone.
    pub(crate) fn write(&self, output: Output) -> Result<(), Failure> {
        let mut writer = ScoreWriter::new(output, self.threshold, Beside::Row, self.count())?;
        writer.write(self.scores, Texts::None, self.explained)?;
        writer.finish()
    }

    /// Writes them beside the column of this name, or behind all columns, of the table, which is read once more.
    pub(crate) fn write_beside(
        &self,
        output: Output,
        id: Option<&str>,
        inputs: &[Input],
        options: &ReadOptions,
    ) -> Result<(), Failure> {
        // The fit has read the features; here they are cells to be written again.
        let (id_column, keep_cells) = (id.map(String::from), id.is_none());
        let options =
            ReadOptions { keep_cells, id: id_column, features: Features::Nothing, ..options.clone() };
        let mut reader = TableReader::open_all(inputs, &options)?;
        let beside = id.map_or(Beside::Cells(reader.all_columns()), Beside::Id);
        let mut writer = ScoreWriter::new(output, self.threshold, beside, self.count())?;
        let mut chunk = Chunk::default();
        while reader.read_chunk(CHUNK_ROWS, &mut chunk)? > 0 {
            let rows = chunk.first_row..chunk.first_row + chunk.rows;
            let labels = self.scores.len();
            // The file may have grown since it was fitted.
            let scores =
                self.scores.get(rows.clone()).ok_or(Failure::Lengths { scores: rows.end, labels })?;
            let explained = self.explained.map(|all| Explained { rows: &all.rows[rows], ..all });
            let texts = if keep_cells { Texts::Cells(&chunk.cells) } else { Texts::Ids(&chunk.ids) };
            writer.write(scores, texts, explained)?;
        }
        writer.finish()
    }

    fn count(&self) -> usize {
        self.explained.map_or(0, |explained| explained.count)
    }
}

/// The epochs of one of several networks.
#[derive(Serialize)]
struct MemberEpochs<'a> {
    member: usize,
    history: &'a History,
}

/// A history as the file's name asks for it: JSON or CSV. With several networks it says whose each epoch is.
pub(crate) fn history_file(path: &Path, trainings: &[Training]) -> Vec<u8> {
    let as_json = path.extension().is_some_and(|extension| extension == "json");
    let json = match trainings {
        _ if !as_json => return csv_history(trainings),
        [one] => serde_json::to_vec_pretty(&one.history),
        several => {
            let members = several.iter().enumerate();
            let members =
                members.map(|(member, training)| MemberEpochs { member, history: &training.history });
            serde_json::to_vec_pretty(&members.collect::<Vec<_>>())
        }
    };
    json.expect("a history is plain data")
}

/// The columns of a CSV before those that the rules measured, and behind them.
#[derive(Serialize)]
struct Before {
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<usize>,
    epoch: usize,
    loss: f64,
}

#[derive(Serialize)]
struct Behind {
    trimmed: Option<f64>,
    trim_threshold: Option<f64>,
    trim_overlap: Option<f64>,
    decision: Decided,
}

fn csv_history(trainings: &[Training]) -> Vec<u8> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for (member, training) in trainings.iter().enumerate() {
        let member = Some(member).filter(|_| trainings.len() > 1);
        for record in &training.history {
            let &EpochRecord { epoch, loss, signals, trimmed, trim_threshold, trim_overlap, decision } =
                record;
            let behind = Behind { trimmed, trim_threshold, trim_overlap, decision };
            let row = (Before { member, epoch, loss }, signals, behind);
            csv.serialize(row).expect("memory can be written");
        }
    }
    csv.into_inner().expect("memory can be written")
}
