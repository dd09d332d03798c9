//! The command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use gradstop::Preset;
use gradstop::preparation::{Missing, Options, Ordered, Scale, Text};
use gradstop::rules::EarlyStopping;
use gradstop::settings::Combination;
use gradstop_tables::{Input, TableError, TextEncoding};

/// More threads than any machine runs well; asking for more is a slip of the finger.
const MOST_THREADS: usize = 1024;

/// Finds the outliers of a table, with neural networks that stop their own training, without labels.
///
/// Exit codes: 0 done; 1 failed on the way; 2 bad usage or input; 70 a fault of gradstop itself; 130 interrupted.
#[derive(Debug, Parser)]
#[command(version, name = "gradstop", max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fit a detector to a table and rank the rows of the same table.
    Detect(Detect),
    /// Fit a detector to a table and save it.
    Fit(Fit),
    /// Score the rows of a table with a saved detector.
    Score(Score),
    /// Show a saved detector and what it says of some rows, as a page.
    Report(Report),
    /// Follow a training with labels that only look on: what it does to inliers and to outliers.
    Dynamics(Dynamics),
    /// Show what a saved detector is and how its training went.
    Inspect(Inspect),
    /// Write a saved network as an ONNX model, which needs no gradstop.
    Export(Export),
    /// Judge scores by labels: AUC, average precision, precision at n.
    Evaluate(Evaluate),
    /// Find the threshold over which a share of scores lies, of any number of them.
    Threshold(Threshold),
    /// List the detectors, or the settings of one.
    List(List),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Detect {
    #[command(flatten)]
    pub(crate) table: TableArguments,
    #[command(flatten)]
    pub(crate) fit: FitArguments,
    /// Write every row's score: columns row (from 0), the id if there is one, score (larger is more abnormal) and outlier (0 or 1);
    /// - for standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Put the scores behind the input's own columns.
    #[arg(long, requires = "output")]
    pub(crate) append: bool,
    /// Save the detector.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Name the columns that speak most strongly against a row, so many, with their shares of it: for the most
    /// abnormal rows, and for every row in --output (columns feature_1, share_1, ...).
    #[arg(long, value_name = "K", default_value_t = 0, hide_default_value = true, allow_negative_numbers = true, value_parser = whole::<usize>)]
    pub(crate) explain: usize,
    /// Write a page that shows the scores, the most abnormal rows and why, and how the training went.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Fit {
    #[command(flatten)]
    pub(crate) table: TableArguments,
    #[command(flatten)]
    pub(crate) fit: FitArguments,
    /// Where to save the detector.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: PathBuf,
    /// Fit to a uniform sample of so many rows, drawn with --seed in one pass: for tables larger than memory.
    #[arg(long, value_name = "N", value_parser = sample)]
    pub(crate) sample: Option<usize>,
    /// Read the table again for every epoch and train on batches of rows as they come, in memory that does not grow with
    /// it: for tables of numbers larger than memory.
    #[arg(long, conflicts_with = "sample")]
    pub(crate) streaming: bool,
    /// Write the state of the training here now and then. If the command is killed, the same command goes on from
    /// it and ends with the same model, to the last bit; then the file is removed.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Seconds between two checkpoints; 0 for one after each epoch [default: 10]
    #[arg(long, value_name = "SECONDS", requires = "checkpoint", allow_negative_numbers = true, value_parser = whole::<u64>)]
    pub(crate) checkpoint_every: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Score {
    /// A detector saved by fit or detect.
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) table: TableArguments,
    /// Where to write row, id if there is one, score and outlier; - for standard output.
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
    /// Put the scores behind the input's own columns.
    #[arg(long)]
    pub(crate) append: bool,
    /// Name the columns that speak most strongly against a row, so many, with their shares of it (columns
    /// feature_1, share_1, ...).
    #[arg(long, value_name = "K", default_value_t = 0, hide_default_value = true, allow_negative_numbers = true, value_parser = whole::<usize>)]
    pub(crate) explain: usize,
    /// Threads to use; 0 for as many as the machine has.
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
    pub(crate) threads: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// A detector saved by fit or detect.
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) table: TableArguments,
    /// Where to write the page; - for standard output.
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    pub(crate) output: PathBuf,
    /// Threads to use; 0 for as many as the machine has.
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
    pub(crate) threads: usize,
}

/// The training runs to its last epoch unless --early-stopping says otherwise.
#[derive(Debug, Args)]
pub(crate) struct Dynamics {
    #[command(flatten)]
    pub(crate) table: TableArguments,
    #[command(flatten)]
    pub(crate) fit: FitArguments,
    /// Write the figures (.html, .svg) or the data of every epoch (.csv, .json; - for CSV on standard output);
    /// may be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// A detector saved by fit or detect.
    pub(crate) model: PathBuf,
    /// Print everything as one JSON object, the history included.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The model takes rows as they come, float (N x columns) with the columns in the order of the fit, and gives score and
/// outlier: standardisation, networks and threshold are in it.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// A detector saved by fit or detect: autoencoder, deepsvdd, vae, rdp, randnet, robod, or an ensemble of one.
    pub(crate) model: PathBuf,
    /// Where to write the ONNX model; - for standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) onnx: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// The detector whose settings to list; without it, every detector.
    #[arg(value_name = "NAME", value_parser = names())]
    pub(crate) detector: Option<String>,
    /// Print the names alone, one a line.
    #[arg(long, conflicts_with_all = ["json", "detector"])]
    pub(crate) names: bool,
    /// Print everything as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// A table with a column of scores, as written by detect --output or score.
    pub(crate) scores: PathBuf,
    /// The column that says which rows are outliers: 1 or 0, true or false, yes or no, outlier or inlier.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) label: String,
    #[command(flatten)]
    pub(crate) words: LabelArguments,
    /// The table that the label is in, row for row; without it, the file of the scores.
    #[arg(long, value_name = "TABLE")]
    pub(crate) from: Option<PathBuf>,
    /// The column of scores; larger is more abnormal.
    #[arg(long, value_name = "COLUMN", default_value = "score")]
    pub(crate) score: String,
    /// Print the measures as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Memory does not grow with the scores. A file is read twice, and its threshold is the exact quantile, as a fit finds it.
/// Standard input and pipes are seen once: then the threshold is at most 1/2048 of a score off, and how many scores lie
/// above it is exact.
#[derive(Debug, Args)]
pub(crate) struct Threshold {
    /// A table with a column of scores, as written by score or detect --output; - for standard input.
    #[arg(value_name = "SCORES")]
    pub(crate) scores: String,
    /// Share of the scores that lie above the threshold, over 0 and at most 0.5.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, allow_negative_numbers = true, value_parser = contamination)]
    pub(crate) contamination: f64,
    /// The column of scores; larger is more abnormal.
    #[arg(long, value_name = "COLUMN", default_value = "score")]
    pub(crate) score: String,
    /// Say the threshold of all scores so far whenever so many more have come: for streams that do not end.
    #[arg(long, value_name = "N", value_parser = sample)]
    pub(crate) every: Option<usize>,
    /// Print JSON objects, one a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which words of a label mark outliers.
#[derive(Debug, Args)]
pub(crate) struct LabelArguments {
    /// Words of --label that mark outliers, as a list with commas; all others then mark inliers.
    #[arg(
        long,
        value_name = "WORDS",
        value_delimiter = ',',
        allow_negative_numbers = true,
        requires = "label"
    )]
    pub(crate) outlier: Vec<String>,
    /// Words of --label that mark inliers, as a list with commas; all others then mark outliers. With both options any other
    /// word is an error.
    #[arg(
        long,
        value_name = "WORDS",
        value_delimiter = ',',
        allow_negative_numbers = true,
        requires = "label"
    )]
    pub(crate) inlier: Vec<String>,
}

/// How a table is read.
#[derive(Debug, Args)]
pub(crate) struct TableArguments {
    /// CSV, TSV, JSON Lines, XLSX, ODS, NPZ, NPY, Parquet or Arrow files, read one after another as one table; - for standard input.
    /// They may be packed with gzip, bzip2, xz, Zstandard or ZIP. A folder stands for every table below it, and a pattern, best in quotes as in
    /// 'parts/*.parquet', for what it matches, both sorted by path.
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<String>,
    /// Column that stands in the folders' names, as year in year=2024/part-0.parquet, and is a feature; may be
    /// given several times or as a list with commas. `score` takes those that the model has by itself.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) partition: Vec<String>,
    /// Column with the truth (1, true, yes, outlier, anomaly, attack or fraud: an outlier). It is taken out of the features
    /// and used only to judge the ranking after the fit. For NPZ the name of an array.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) label: Option<String>,
    #[command(flatten)]
    pub(crate) words: LabelArguments,
    /// Column that is no feature; may be given several times or as a list with commas.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Column that says which row is which: it is no feature, and stands beside every row that is shown or written. Without it a
    /// column that names or counts the rows, each by another value, is taken.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// Character between the cells of a CSV file, space for runs of spaces, tab for a tab; found out if not given.
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// Whether the first line of a CSV file names the columns; auto compares it with the lines below.
    #[arg(long, value_name = "WHETHER", default_value = "auto")]
    pub(crate) header: Whether,
    /// Lines of a CSV file that stand before the table; comments, titles and other short lines are found out if not given.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u64>)]
    pub(crate) skip_lines: Option<u64>,
    /// Character that begins lines of a CSV file that are left out, wherever they stand.
    #[arg(long, value_name = "CHARACTER", value_parser = one_byte)]
    pub(crate) comment: Option<u8>,
    /// Word that stands for a missing cell in any column, as --na "***" or --na -999; may be given several times or as a list with
    /// commas. A model keeps it.
    #[arg(long, value_name = "WORD", value_delimiter = ',', allow_hyphen_values = true)]
    pub(crate) na: Vec<String>,
    /// Take NA, null, ? and the like for words, as in codes of countries: only empty cells and those of --na are missing.
    #[arg(long)]
    pub(crate) no_default_na: bool,
    /// Decimal mark of numbers as people write them, . or ,; found out column by column if not given.
    #[arg(long, value_name = "MARK", value_parser = decimal)]
    pub(crate) decimal: Option<u8>,
    /// Whether the day stands before the month in dates that can be read either way, as 01/02/2024; auto takes the month first
    /// between slashes and the day elsewhere.
    #[arg(long, value_name = "WHETHER", default_value = "auto")]
    pub(crate) day_first: Whether,
    /// Encoding of a CSV file, as windows-1252, shift_jis or utf-16le. If not given, text that is not UTF-8 or UTF-16 is
    /// read as windows-1252.
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<TextEncoding>,
    /// Sheet of a workbook (XLSX, ODS); the first with a cell if not given.
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,
}

impl TableArguments {
    /// Every input that the arguments stand for, in order.
    pub(crate) fn inputs(&self) -> Result<Vec<Input>, TableError> {
        let of_each = self.inputs.iter().map(|argument| Input::expand(argument));
        Ok(of_each.collect::<Result<Vec<_>, _>>()?.concat())
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Whether {
    Auto,
    Yes,
    No,
}

impl Whether {
    /// What was said, if anything was.
    pub(crate) fn known(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::Yes => Some(true),
            Self::No => Some(false),
        }
    }
}

/// What becomes of cells that are no numbers. A table of complete numbers is taken as it is.
#[derive(Debug, Clone, Args)]
pub(crate) struct PrepareArguments {
    /// What becomes of cells that are missing (empty, NA, NaN, null and the like) or infinite: auto (the median, and a column that
    /// says where if at least 1 in 100 cells of a column are missing), error, mean, median, or indicator, which takes the mean and
    /// says where for every such column.
    #[arg(long, value_name = "HOW", default_value = "auto", value_parser = missing)]
    pub(crate) missing: Missing,
    /// What becomes of columns of text: auto (onehot up to --levels levels, frequency beyond, and nothing of text that names its
    /// rows), onehot (a column of 0 and 1 for each of the most frequent levels and one for the others), frequency (how much rarer
    /// than usual a level is), or error.
    #[arg(long, value_name = "HOW", default_value = "auto", value_parser = text)]
    pub(crate) text: Text,
    /// Levels of a column of text that get a column of their own.
    #[arg(long, value_name = "N", default_value_t = Options::LEVELS, allow_negative_numbers = true, value_parser = levels)]
    pub(crate) levels: usize,
    /// Column that is text even if it looks like numbers; may be given several times or as a list with commas.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) categorical: Vec<String>,
    /// How columns are brought to one scale: standard (mean and deviation), robust (median and quartiles) or quantile
    /// (normal scores), the latter two for heavy tails.
    #[arg(long, value_name = "HOW", default_value = "standard", value_parser = scale)]
    pub(crate) scale: Scale,
    /// What becomes of dates and counters that go on from row to row, which say nothing of new rows: ignore (they are left out),
    /// parts (hour, weekday and season of dates), or keep.
    #[arg(long, value_name = "HOW", default_value = "ignore", value_parser = ordered)]
    pub(crate) ordered: Ordered,
}

impl PrepareArguments {
    /// Whether a table of complete numbers is taken as it is, and nothing is asked for any other.
    pub(crate) fn is_plain(&self) -> bool {
        self.options().takes_numbers_as_they_are() && self.categorical.is_empty()
    }

    pub(crate) fn options(&self) -> Options {
        Options {
            missing: self.missing,
            text: self.text,
            levels: self.levels,
            scale: self.scale,
            ordered: self.ordered,
        }
    }
}

/// How a detector is fitted.
#[derive(Debug, Clone, Args)]
pub(crate) struct FitArguments {
    #[command(flatten)]
    pub(crate) prepare: PrepareArguments,
    /// The detector, see `gradstop list` [default: autoencoder]
    #[arg(long, value_name = "NAME", value_parser = names())]
    pub(crate) detector: Option<String>,
    /// Settings to start from [default: default]
    #[arg(long, value_name = "NAME", value_parser = preset)]
    pub(crate) preset: Option<Preset>,
    #[arg(long, visible_alias = "stop", value_name = "RULE", value_parser = early_stopping, help = format!(
        "The rule that decides which epoch to keep: {} [default: the preset's]", rules()
    ))]
    pub(crate) early_stopping: Option<EarlyStopping>,
    /// Epochs at most [default: 100]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<usize>)]
    pub(crate) epochs: Option<usize>,
    /// Seed of every random number; the same seed gives the same scores [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u64>)]
    pub(crate) seed: Option<u64>,
    /// Fit this many detectors, each with a seed of its own, and rank by all of them [default: 1]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<usize>)]
    pub(crate) ensemble: Option<usize>,
    /// How an ensemble's scores become one: the mean of their ranks, or of their standardised scores: rank
    /// or standard [default: standard]
    #[arg(long, value_name = "HOW", value_parser = combine)]
    pub(crate) combine: Option<Combination>,
    /// Share of the rows to flag as outliers, over 0 and at most 0.5 [default: 0.1]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = share)]
    pub(crate) contamination: Option<f64>,
    /// Settings from a TOML file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// One setting, as in --set hidden=128,64 or --set gradstop.patience=30; may be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Threads to use; 0 for as many as the machine has. The scores do not depend on it.
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true, value_parser = threads)]
    pub(crate) threads: usize,
    /// Write every epoch's figures, as JSON if the name ends in .json, else as CSV. Measures what every rule
    /// would look at, so epochs take a little longer.
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Print the summary as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "space" => Ok(b' '),
        "tab" => Ok(b'\t'),
        other => one_byte(other),
    }
}

fn decimal(text: &str) -> Result<u8, String> {
    match text {
        "." | "," => Ok(text.as_bytes()[0]),
        _ => Err(". or , is wanted".into()),
    }
}

fn one_byte(text: &str) -> Result<u8, String> {
    match text.replace("\\t", "\t").as_bytes() {
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err("one ASCII character is wanted, or \\t".into()),
    }
}

/// The range is checked with the other settings; here it only has to be a number.
fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if share.is_finite() => Ok(share),
        _ => Err("a share over 0 and at most 0.5 is wanted, as 0.1".into()),
    }
}

fn contamination(text: &str) -> Result<f64, String> {
    share(text).and_then(|share| match share {
        share if share > 0.0 && share <= 0.5 => Ok(share),
        _ => Err("a share over 0 and at most 0.5 is wanted, as 0.1".into()),
    })
}

fn whole<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "a whole number of at least 0 that fits into 64 bits is wanted".into())
}

fn sample(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&rows| rows > 0).ok_or_else(|| "a whole number of at least 1 is wanted".into())
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(threads) if threads <= MOST_THREADS => Ok(threads),
        _ => Err(format!("a number of 0 to {MOST_THREADS} is wanted")),
    }
}

fn missing(text: &str) -> Result<Missing, String> {
    word(text, "auto, error, mean, median or indicator")
}

fn text(text: &str) -> Result<Text, String> {
    word(text, "auto, onehot, frequency or error")
}

fn scale(text: &str) -> Result<Scale, String> {
    word(text, "standard, robust or quantile")
}

fn ordered(text: &str) -> Result<Ordered, String> {
    word(text, "ignore, parts or keep")
}

fn levels(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(levels @ 1..=1000) => Ok(levels),
        _ => Err("a number of 1 to 1000 is wanted".into()),
    }
}

fn preset(text: &str) -> Result<Preset, String> {
    word(text, "default or paper")
}

fn combine(text: &str) -> Result<Combination, String> {
    word(text, "rank or standard")
}

/// Names of detectors.
fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(gradstop::detectors().iter().map(|entry| entry.name))
}

fn early_stopping(text: &str) -> Result<EarlyStopping, String> {
    word(text, &rules())
}

/// Names of rules in words.
fn rules() -> String {
    let (last, others) = EarlyStopping::NAMES.split_last().expect("there is a rule");
    format!("{} or {last}", others.join(", "))
}

/// A word of one of the library's lists.
fn word<T: serde::de::DeserializeOwned>(text: &str, wanted: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|_| format!("{wanted} is wanted"))
}
