//! The libraries' hints in the words of the command line.
//!
//! A hint names an option only if the command at hand has it, so that its user can follow it.

use std::ffi::OsString;

use clap::CommandFactory;
use gradstop::preparation;
use gradstop_onnx::ExportError;
use gradstop_tables::{Advice, TableError};

use crate::arguments::Arguments;
use crate::failure::Failure;

/// What helps with a cell that a model cannot take.
const FIT_AGAIN: &str = "fill the cell, or fit again with --missing median: such a model fills it";

/// What the command at hand is able to say.
pub(crate) struct Hints {
    command: clap::Command,
    /// Whether rows are streamed, of which no cell can be filled.
    streams: bool,
}

impl Hints {
    /// For the command that these words call; the program's name is the first of them.
    pub(crate) fn of(words: &[OsString]) -> Self {
        let mut command = Arguments::command();
        for word in words.iter().skip(1) {
            match command.find_subcommand(word) {
                Some(inner) => command = inner.clone(),
                None => break,
            }
        }
        Self { command, streams: words.iter().any(|word| word == "--streaming") }
    }

    /// What helps with a failure, where its display does not say so itself.
    pub(crate) fn about(&self, failure: &Failure) -> Option<String> {
        match failure {
            Failure::Table(error) => self.of_table(error),
            Failure::Preparation { problem, .. } => problem.hint().map(|hint| self.of_preparation(&hint)),
            Failure::Detector(error)
            | Failure::ConfigSetting { problem: error, .. }
            | Failure::Columns { problem: error, .. }
            | Failure::Export { problem: ExportError::Detector(error), .. } => {
                error.hint().map(|hint| self.of_detector(&hint))
            }
            Failure::Stdout(_) => self.has("output").then(|| "name a file with --output".into()),
            _ => None,
        }
    }

    fn has(&self, option: &str) -> bool {
        self.command.get_arguments().any(|argument| argument.get_long() == Some(option))
    }

    fn needs(&self, option: &str) -> bool {
        self.command
            .get_arguments()
            .any(|argument| argument.get_long() == Some(option) && argument.is_required_set())
    }

    /// Whether it reads new rows for a model, of which the fit decided what becomes of a cell.
    fn scores(&self) -> bool {
        self.has("ignore") && !self.has("missing")
    }

    /// The words, and more of them if the command has the option that these name.
    fn with(&self, words: &str, option: &str, more: &str) -> String {
        if self.has(option) { format!("{words}{more}") } else { words.into() }
    }

    fn of_table(&self, error: &TableError) -> Option<String> {
        use gradstop_tables::Hint;
        let hint = error.hint()?;
        if matches!(error, TableError::Cell { .. }) {
            // A command that is given the name of a column of scores reads no other numbers.
            if self.has("score") {
                return Some("every row needs a score: score the table anew, or take the row out".into());
            }
            match hint {
                Hint::FillMissing { .. } if self.scores() => return Some(FIT_AGAIN.into()),
                Hint::Ignore { .. } | Hint::Unlike { .. } if self.scores() => {
                    let words = "the model was fitted to numbers here: correct the cell, or fit again without the column";
                    return Some(words.into());
                }
                _ => {}
            }
        }
        Some(match hint {
            Hint::Ignore { column } if self.has("ignore") => {
                format!("if the column is no feature, leave it out with --ignore {column:?}")
            }
            Hint::Ignore { .. } => return None,
            Hint::FillMissing { column } if self.streams => format!(
                "--streaming takes complete numbers: fill the cell, fit to a sample with --sample N, or leave the column out with --ignore {column:?}"
            ),
            Hint::FillMissing { column } if self.has("missing") => format!(
                "fill the cell or let --missing median do it, or leave the column out with --ignore {column:?}"
            ),
            Hint::FillMissing { .. } => "fill the cell".into(),
            Hint::Unlike { columns, words } => {
                let (words, columns) = (quoted(words), quoted(columns));
                let more = format!(
                    ", let them count as missing with --na {words}, take the columns for text with --categorical {columns}, or leave them out with --ignore {columns}"
                );
                self.with("correct these cells or leave them empty", "categorical", &more)
            }
            Hint::Advice(Advice::Encoding) if self.has("encoding") => {
                "most of the text is UTF-8: save all of it so, or name another encoding with --encoding windows-1252".into()
            }
            Hint::Label if self.has("label") && !self.needs("label") => {
                "give every row a label, or read the table without --label".into()
            }
            Hint::Label => "give every row a label".into(),
            Hint::LabelWords { .. } | Hint::LabelSpelling { .. } if !self.has("outlier") => return None,
            Hint::LabelWords { words, more } => label_words(words, *more),
            Hint::LabelSpelling { outlier, inlier } => {
                let named = [("outlier", outlier), ("inlier", inlier)];
                let named = named.iter().filter(|(_, words)| !words.is_empty());
                let named: Vec<String> = named.map(|(name, words)| option(name, words)).collect();
                format!(
                    "name the other word with --outlier or --inlier as well, beside {}",
                    named.join(" and ")
                )
            }
            Hint::Title => self.with(
                "lines before the table are left out",
                "skip-lines",
                " by --skip-lines N; --delimiter names what stands between cells",
            ),
            Hint::Delimiter => self.with(
                "quote cells that hold the delimiter",
                "delimiter",
                ", or name the delimiter with --delimiter",
            ),
            Hint::Partition { column } => format!("fit without --partition {column:?}"),
            Hint::Header => self.with(
                "is it empty, or is its first row of data taken for a header?",
                "header",
                " --header no",
            ),
            Hint::Advice(advice) => advice.to_string(),
        })
    }

    fn of_preparation(&self, hint: &preparation::Hint) -> String {
        use preparation::Hint;
        match hint {
            Hint::Fill | Hint::Rescale if self.scores() => FIT_AGAIN.into(),
            Hint::Fill => {
                "fill the cell, or let --missing median do it; mean and indicator do as well".into()
            }
            Hint::Rescale => {
                "rescale the column, or let --missing median fill it; mean and indicator do as well".into()
            }
            Hint::Encode { column } => format!(
                "--text onehot or --text frequency encodes it, or leave it out with --ignore {column:?}"
            ),
            Hint::NothingVaries => {
                "they are empty, hold one value, or text whose words are all as frequent; is the \
                                    delimiter right?"
                    .into()
            }
        }
    }

    fn of_detector(&self, hint: &gradstop::Hint) -> String {
        use gradstop::Hint;
        match hint {
            Hint::Settings => {
                "`gradstop list` shows every detector, `gradstop list NAME` its settings".into()
            }
            Hint::Columns => self.with("leave out what is no feature", "ignore", ", as --ignore does"),
            Hint::Model => "`gradstop fit` makes one".into(),
            Hint::Checkpoint => "repeat the command that made it, or remove it and start the fit anew".into(),
            Hint::OtherDetector => {
                let trained = gradstop::detectors().iter().filter(|entry| entry.is_trained());
                let names: Vec<&str> = trained.map(|entry| entry.name).collect();
                format!("{} and ensembles of them can be exported", names.join(", "))
            }
            Hint::Setting { name, value } => {
                format!("fit with the preset default, or with {name} = {value}")
            }
            Hint::Preparation(hint) => self.of_preparation(hint),
        }
    }
}

/// Names as an option takes them: a list with commas, in quotes.
fn quoted(names: &[Box<str>]) -> String {
    let mut different: Vec<&str> = Vec::new();
    names.iter().for_each(|name| {
        if !different.contains(&&**name) {
            different.push(name);
        }
    });
    format!("{:?}", different.join(","))
}

/// Words of a label that an example names at most.
const NAMED: usize = 3;

/// How to say which words of a label mark outliers, with the words that are there, the most frequent first.
fn label_words(words: &[String], more: bool) -> String {
    let mut numbers: Vec<f64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    numbers.sort_by(f64::total_cmp);
    if words.len() == 2 && numbers == [-1.0, 1.0] {
        return "whether -1 or 1 is the outlier differs between tools: say --outlier -1 or --outlier 1"
            .into();
    }
    // One word alone shows nothing of the others, and a list is cut at its commas.
    let (usual, others) = words.split_at(usize::from(words.len() > 1));
    let lists = |words: &[String]| !words.is_empty() && words.iter().all(|word| !word.contains(','));
    let outliers = (!usual.is_empty() && !more && others.len() <= NAMED && lists(others))
        .then(|| option("outlier", others));
    let inliers = lists(usual).then(|| option("inlier", usual));
    match (outliers, inliers) {
        (Some(outliers), Some(inliers)) => {
            format!("say which words are outliers, as in {outliers}, or which are not, as in {inliers}")
        }
        (Some(outliers), None) => format!("say which words are outliers, as in {outliers}"),
        (None, Some(inliers)) => {
            format!("say which words are inliers, as in {inliers}: all others are then outliers")
        }
        (None, None) => "say which words are outliers with --outlier, or which are not with --inlier".into(),
    }
}

/// An option with a list, quoted where a shell would take it apart.
fn option(name: &str, words: &[String]) -> String {
    let list = words.join(",");
    let plain = |letter: char| letter.is_alphanumeric() || "._+-,:/@%=".contains(letter);
    let list = if list.chars().all(plain) { list } else { format!("{list:?}") };
    // A value that begins with a dash is one only where it is a number, or behind an equals sign.
    let dash = list.starts_with('-') && list.parse::<f64>().is_err();
    format!("--{name}{}{list}", if dash { '=' } else { ' ' })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradstop_tables::{Advice, Hint, LabelProblem};

    fn errors() -> Vec<TableError> {
        let column = || "x".into();
        let unlike = Hint::Unlike { columns: vec![column()], words: vec!["seven".into()] };
        let of_cells = [
            Hint::Ignore { column: column() },
            Hint::FillMissing { column: column() },
            unlike,
            Hint::Advice(Advice::Rescale),
        ];
        let words = vec!["normal".into(), "bad".into()];
        let of_labels = [
            Hint::Label,
            Hint::LabelWords { words: words.clone(), more: false },
            Hint::LabelSpelling { outlier: words, inlier: Vec::new() },
        ];
        let of_rows =
            [Hint::Title, Hint::Delimiter, Hint::Ignore { column: column() }, Hint::Advice(Advice::AllCells)];
        let cells = of_cells.into_iter().map(|hint| TableError::Cell {
            file: "t.csv".into(),
            row: 0,
            line: None,
            column: column(),
            got: "".into(),
            wanted: "a number",
            hint: Box::new(hint),
        });
        let others = of_rows.into_iter().map(|hint| TableError::Unsuitable {
            file: "t.csv".into(),
            subject: "line 2".into(),
            got: "3 cells".into(),
            wanted: "2",
            hint: Box::new(hint),
        });
        let labels = of_labels.into_iter().map(|hint| TableError::Label {
            file: "t.csv".into(),
            row: None,
            line: None,
            column: column(),
            problem: Box::new(LabelProblem::Missing { rows: 1, of: 2 }),
            words: Vec::new(),
            hint: Box::new(hint),
        });
        cells.chain(others).chain(labels).chain([TableError::Empty { file: "t.csv".into() }]).collect()
    }

    #[test]
    fn words_of_a_label_are_named_as_a_shell_and_a_list_take_them() {
        let said = |words: &[&str]| {
            label_words(&words.iter().map(|word| (*word).to_string()).collect::<Vec<_>>(), false)
        };
        let both =
            "say which words are outliers, as in --outlier \"b c\", or which are not, as in --inlier a";
        assert_eq!(said(&["a", "b c"]), both);
        assert_eq!(said(&["a,b", "-x"]), "say which words are outliers, as in --outlier=-x");
        let many = "say which words are inliers, as in --inlier 0: all others are then outliers";
        assert_eq!(said(&["0", "1", "2", "3", "4"]), many);
        assert!(said(&["1", "-1"]).ends_with("say --outlier -1 or --outlier 1"));
        assert!(said(&["a"]).ends_with("which are not with --inlier"));
    }

    #[test]
    fn a_hint_names_no_option_that_its_command_has_not() {
        let commands = Arguments::command();
        for name in commands.get_subcommands().map(clap::Command::get_name) {
            let hints = Hints::of(&["gradstop".into(), name.into()]);
            for error in errors() {
                // What is said of a fit is an option of that.
                let said = hints.of_table(&error).unwrap_or_default();
                let here = said.split("fit again with ").next().unwrap();
                let options = here.split("--").skip(1).map(|rest| rest.split(' ').next().unwrap());
                for option in options {
                    assert!(hints.has(option), "{name}: {said}");
                }
            }
        }
        let said = |command: &str, error: &TableError| {
            Hints::of(&["gradstop".into(), command.into()]).of_table(error).unwrap_or_default()
        };
        let [not_a_number, missing, ..] = &errors()[..] else { unreachable!() };
        assert!(said("detect", missing).contains("--missing median") && said("score", missing) == FIT_AGAIN);
        assert!(said("detect", not_a_number).ends_with("--ignore \"x\""));
        assert!(said("score", not_a_number).starts_with("the model was fitted to numbers here"));
        assert!(said("threshold", missing).starts_with("every row needs a score"));
    }
}
