//! The libraries' hints in Python's words: arguments and methods of the package, never options of a command line.
//!
//! It knows nothing of the interpreter, so that a test can go through every hint.

use gradstop::preparation;

/// What is being done with rows, as far as it decides what can still be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A detector is fitted to them, or loaded, saved or exported.
    Fitting,
    /// A fitted one scores them: what becomes of a cell was decided by the fit.
    Scoring,
}

/// What helps with a table that was handed over, at any moment.
pub(crate) fn of_table(hint: &gradstop_tables::Hint) -> Option<String> {
    use gradstop_tables::Hint;
    match hint {
        Hint::Ignore { .. } => Some("if the column is not a feature, fit without it".into()),
        Hint::FillMissing { .. } => Some("fill it, or fit with missing=\"mean\", which fills it".into()),
        Hint::Advice(advice) => Some(advice.to_string()),
        Hint::Unlike { .. } => Some(
            "correct these cells or set them to None, or fit with the columns .astype(\"category\")".into(),
        ),
        // Of text files, folders and labels, none of which the package reads.
        Hint::Label
        | Hint::LabelWords { .. }
        | Hint::LabelSpelling { .. }
        | Hint::Title
        | Hint::Delimiter
        | Hint::Partition { .. }
        | Hint::Header => None,
    }
}

/// What helps with columns that cannot be prepared.
pub(crate) fn of_preparation(hint: &preparation::Hint, moment: Moment) -> String {
    use preparation::Hint;
    match (hint, moment) {
        (Hint::Fill | Hint::Rescale, Moment::Scoring) => {
            "fill it, or fit again with missing=\"mean\", which fills it".into()
        }
        (Hint::Fill, Moment::Fitting) => {
            "fill it, or let missing=\"mean\" do it; \"median\" and \"indicator\" do as well".into()
        }
        (Hint::Rescale, Moment::Fitting) => {
            "rescale the column, or let missing=\"mean\" fill it; \"median\" and \"indicator\" do as well"
                .into()
        }
        (Hint::Encode { .. }, _) => {
            "text=\"onehot\" or text=\"frequency\" encodes it, or leave the column out".into()
        }
        (Hint::NothingVaries, _) => {
            "they are empty, hold one value, or text whose words are all as frequent".into()
        }
    }
}

/// What helps with any other error of a detector.
pub(crate) fn of_detector(hint: &gradstop::Hint, moment: Moment) -> Option<String> {
    use gradstop::Hint;
    Some(match hint {
        // The package words these errors itself, by the names that its parameters have.
        Hint::Settings => return None,
        Hint::Columns => "choose them by their names".into(),
        Hint::Model => "a fitted detector's save() makes one".into(),
        Hint::Checkpoint => "repeat the fit that made it, or remove it and start the fit anew".into(),
        Hint::OtherDetector => {
            let trained = gradstop::detectors().iter().filter(|entry| entry.is_trained());
            let names: Vec<&str> = trained.map(|entry| entry.name).collect();
            format!("{} and ensembles of them can be exported", names.join(", "))
        }
        Hint::Setting { name, value } => {
            let value = if *value { "True" } else { "False" };
            format!("fit with the preset default, or with {name}={value}")
        }
        Hint::Preparation(hint) => of_preparation(hint, moment),
    })
}
