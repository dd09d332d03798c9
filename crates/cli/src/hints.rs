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
const FIT_AGAIN: &str = "fill the cell, or fit again with --missing mean: such a model fills it";

/// What the command at hand is able to say.
pub(crate) struct Hints {
    command: clap::Command,
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
        Self { command }
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
        let of_label = matches!(hint, Hint::Label | Hint::Advice(Advice::LabelSign));
        if matches!(error, TableError::Cell { .. }) && !of_label {
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
            Hint::FillMissing { column } if self.has("missing") => format!(
                "fill the cell or let --missing mean do it, or leave the column out with --ignore {column:?}"
            ),
            Hint::FillMissing { .. } => "fill the cell".into(),
            Hint::Unlike { column, kind, alike, cells } => {
                let words =
                    format!("{alike} of {cells} cells are {kind}: correct this one or leave it empty");
                let more = format!(
                    ", or take the column for text with --categorical {column:?}, or leave it out with --ignore {column:?}"
                );
                self.with(&words, "categorical", &more)
            }
            Hint::Advice(Advice::Encoding) if self.has("encoding") => {
                "most of the text is UTF-8: save all of it so, or name another encoding with --encoding windows-1252".into()
            }
            Hint::Label if self.has("label") && !self.needs("label") => {
                "give every row a label, or read the table without --label".into()
            }
            Hint::Label => "give every row a label".into(),
            Hint::Title => self.with(
                "if the lines before it are a title or comments and no part of the table, remove them",
                "delimiter",
                ", or name the delimiter with --delimiter",
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
                "fill the cell, or let --missing mean do it; median and indicator do as well".into()
            }
            Hint::Rescale => {
                "rescale the column, or let --missing mean fill it; median and indicator do as well".into()
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

#[cfg(test)]
mod tests {
    use super::*;
    use gradstop_tables::{Hint, Kind};

    fn errors() -> Vec<TableError> {
        let column = || "x".into();
        let unlike = Hint::Unlike { column: column(), kind: Kind::Numbers, alike: 29, cells: 30 };
        let of_cells = [
            Hint::Ignore { column: column() },
            Hint::FillMissing { column: column() },
            unlike,
            Hint::Label,
            Hint::Advice(Advice::Rescale),
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
        cells.chain(others).chain([TableError::Empty { file: "t.csv".into() }]).collect()
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
        assert!(said("detect", missing).contains("--missing mean") && said("score", missing) == FIT_AGAIN);
        assert!(said("detect", not_a_number).ends_with("--ignore \"x\""));
        assert!(said("score", not_a_number).starts_with("the model was fitted to numbers here"));
        assert!(said("threshold", missing).starts_with("every row needs a score"));
    }
}
