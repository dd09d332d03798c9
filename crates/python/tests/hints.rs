//! Every hint of the libraries in the words that a user of the package reads.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop::preparation;
use gradstop_tables::{Advice, Kind};

use crate::hints::{Moment, of_detector, of_preparation, of_table};

// The package itself cannot be linked to a program without an interpreter.
#[path = "../src/hints.rs"]
mod hints;

const MOMENTS: [Moment; 2] = [Moment::Fitting, Moment::Scoring];

/// All there are, from the first and the one after each: a new one does not compile until it has its place.
fn every<T: Clone>(first: T, after: fn(&T) -> Option<T>) -> Vec<T> {
    std::iter::successors(Some(first), after).collect()
}

fn after_advice(advice: &Advice) -> Option<Advice> {
    Some(match advice {
        Advice::Rescale => Advice::DecimalComma,
        Advice::DecimalComma => Advice::Encoding,
        Advice::Encoding => Advice::ColumnHolds(Kind::Dates),
        Advice::ColumnHolds(_) => Advice::CorrectCell(Kind::Booleans),
        Advice::CorrectCell(_) => Advice::OtherWord,
        Advice::OtherWord => Advice::NamedWord,
        Advice::NamedWord => Advice::OneKind,
        Advice::OneKind => Advice::TrailingDelimiter,
        Advice::TrailingDelimiter => Advice::AllCells,
        Advice::AllCells => Advice::Reshape,
        Advice::Reshape => Advice::Convert,
        Advice::Convert => Advice::DamagedHeader,
        Advice::DamagedHeader => return None,
    })
}

fn after_table(hint: &gradstop_tables::Hint) -> Option<gradstop_tables::Hint> {
    use gradstop_tables::Hint;
    let column = || "width".into();
    Some(match hint {
        Hint::Ignore { .. } => Hint::FillMissing { column: column() },
        Hint::FillMissing { .. } => Hint::Unlike { columns: vec![column()], words: vec!["seven".into()] },
        Hint::Unlike { .. } => Hint::Label,
        Hint::Label => Hint::LabelWords { words: vec!["a".into()], more: false },
        Hint::LabelWords { .. } => Hint::LabelSpelling { outlier: vec!["a".into()], inlier: Vec::new() },
        Hint::LabelSpelling { .. } => Hint::Title,
        Hint::Title => Hint::Delimiter,
        Hint::Delimiter => Hint::Partition { column: column() },
        Hint::Partition { .. } => Hint::Header,
        Hint::Header => Hint::Advice(Advice::Rescale),
        Hint::Advice(advice) => return after_advice(advice).map(Hint::Advice),
    })
}

fn after_preparation(hint: &preparation::Hint) -> Option<preparation::Hint> {
    use preparation::Hint;
    Some(match hint {
        Hint::Fill => Hint::Rescale,
        Hint::Rescale => Hint::Encode { column: "colour".into() },
        Hint::Encode { .. } => Hint::NothingVaries,
        Hint::NothingVaries => return None,
    })
}

fn after_detector(hint: &gradstop::Hint) -> Option<gradstop::Hint> {
    use gradstop::Hint;
    Some(match hint {
        Hint::Settings => Hint::Columns,
        Hint::Columns => Hint::Model,
        Hint::Model => Hint::Checkpoint,
        Hint::Checkpoint => Hint::OtherDetector,
        Hint::OtherDetector => Hint::Setting { name: "all_rows", value: true },
        Hint::Setting { .. } => Hint::Preparation(preparation::Hint::Fill),
        Hint::Preparation(hint) => return after_preparation(hint).map(Hint::Preparation),
    })
}

#[test]
fn no_hint_that_reaches_python_names_an_option_or_a_command() {
    let tables = every(gradstop_tables::Hint::Ignore { column: "width".into() }, after_table);
    let detectors = every(gradstop::Hint::Settings, after_detector);
    let preparations = every(preparation::Hint::Fill, after_preparation);
    assert_eq!((tables.len(), detectors.len(), preparations.len()), (10 + 13, 6 + 4, 4));
    let mut said: Vec<String> = tables.iter().filter_map(of_table).collect();
    for moment in MOMENTS {
        said.extend(detectors.iter().filter_map(|hint| of_detector(hint, moment)));
        said.extend(preparations.iter().map(|hint| of_preparation(hint, moment)));
    }
    assert_eq!(said.len(), 3 + 13 + 2 * (5 + 4 + 4));
    for words in said {
        assert!(!words.is_empty() && !words.contains("--") && !words.contains('`'), "{words}");
    }
}

#[test]
fn a_cell_is_filled_by_the_fit_or_by_another_one() {
    let filled = |moment| of_preparation(&preparation::Hint::Fill, moment);
    assert!(filled(Moment::Fitting).contains("let missing=\"mean\" do it"));
    assert!(filled(Moment::Scoring).contains("fit again with missing=\"mean\""));
}
