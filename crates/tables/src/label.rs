//! What the cells of a label say, and which of them mark outliers.

use std::collections::HashMap;

use crate::error::{LabelProblem, TableError};
use crate::hint::{Advice, Hint};
use crate::note::Note;
use crate::options::ReadOptions;
use crate::text::spelling::is_missing;

/// Different words that are counted each; of more only how many rows have them.
const COUNTED_WORDS: usize = 1000;
/// A word that is longer than this many bytes is not kept: a cell may be as long as the file.
const COUNTED_BYTES: usize = 200;

/// Whether a word marks an outlier, of those that need no explanation.
///
/// `-1` and `1` together need one: scikit-learn's -1 is an outlier, other tools' -1 is the normal class.
fn known(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "inlier" | "normal" | "false" | "no" => Some(false),
        "outlier" | "anomaly" | "attack" | "fraud" | "true" | "yes" => Some(true),
        _ => match word.parse::<f64>() {
            Ok(0.0) => Some(false),
            Ok(1.0) => Some(true),
            _ => None,
        },
    }
}

/// How well a cell fits a word that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    /// But for upper and lower case.
    WithoutCase,
    Exact,
}

/// A word that the caller has named.
#[derive(Debug, Clone, PartialEq)]
struct Named {
    word: String,
    outlier: bool,
    /// A cell that is this word, and one that differs from it in case.
    exact: Option<String>,
    without_case: Option<String>,
}

impl Named {
    fn fit(&self, word: &str) -> Fit {
        let numbers = || Some(self.word.parse::<f64>().ok()? == word.parse::<f64>().ok()?);
        if self.word == word || numbers() == Some(true) {
            Fit::Exact
        } else if self.word.to_lowercase() == word.to_lowercase() {
            Fit::WithoutCase
        } else {
            Fit::No
        }
    }
}

/// A word of the column, with how many rows have it.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    word: String,
    rows: usize,
    /// Whether it marks an outlier; nothing if nobody can tell.
    outlier: Option<bool>,
}

/// Where a cell stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) row: usize,
    pub(crate) line: Option<u64>,
}

/// The label of a table: how its words are taken, and which of them were seen so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Truth {
    column: String,
    named: Vec<Named>,
    seen: Vec<Seen>,
    at: HashMap<String, usize>,
    /// Rows of words that are not counted each: inliers, outliers, and those nobody can tell.
    uncounted: [usize; 3],
    rows: usize,
    missing: usize,
    /// The first cell that is no label, and what is wrong with it.
    refused: Option<(Place, LabelProblem)>,
}

impl Truth {
    /// Nothing if no label is asked for.
    pub(crate) fn new(file: &str, options: &ReadOptions) -> Result<Option<Self>, TableError> {
        let Some(column) = &options.label else { return Ok(None) };
        let named = |words: &[String], outlier: bool| -> Vec<Named> {
            let words = words.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty());
            words.map(|word| Named { word, outlier, exact: None, without_case: None }).collect()
        };
        let (outliers, mut named) = (named(&options.outlier, true), named(&options.inlier, false));
        if let Some(both) =
            outliers.iter().find(|word| named.iter().any(|other| other.fit(&word.word) == Fit::Exact))
        {
            let problem = LabelProblem::Both { word: both.word.clone() };
            return Err(error(file, column, None, problem, Vec::new(), Hint::Advice(Advice::OneKind)));
        }
        named.extend(outliers);
        Ok(Some(Self {
            column: column.clone(),
            named,
            seen: Vec::new(),
            at: HashMap::new(),
            uncounted: [0; 3],
            rows: 0,
            missing: 0,
            refused: None,
        }))
    }

    /// Whether the next row's label marks an outlier. Of a cell that is no label the answer is false, and
    /// [`refused`](Self::refused) true from then on.
    pub(crate) fn see(&mut self, cell: &str, place: impl FnOnce() -> Place) -> bool {
        let word = cell.trim();
        self.rows += 1;
        let outlier = match self.at.get(word) {
            Some(&at) => {
                self.seen[at].rows += 1;
                self.seen[at].outlier
            }
            None => self.see_new(word),
        };
        if outlier.is_none() && self.refused.is_none() {
            let problem = match self.is_missing(word) {
                true => LabelProblem::Missing { rows: 0, of: 0 },
                false => self.one_spelling(word).unwrap_or_else(|| LabelProblem::Unknown {
                    word: word.chars().take(COUNTED_BYTES).collect(),
                    named: !self.named.is_empty(),
                }),
            };
            self.refused = Some((place(), problem));
        }
        outlier.unwrap_or(false)
    }

    fn see_new(&mut self, word: &str) -> Option<bool> {
        if self.is_missing(word) {
            self.missing += 1;
            return None;
        }
        let outlier = self.decide(word);
        if self.seen.len() < COUNTED_WORDS && word.len() <= COUNTED_BYTES {
            self.at.insert(word.to_owned(), self.seen.len());
            self.seen.push(Seen { word: word.to_owned(), rows: 1, outlier });
        } else {
            self.uncounted[outlier.map_or(2, usize::from)] += 1;
        }
        outlier
    }

    /// Whether it is no word: one that was named is one, whatever it says elsewhere.
    fn is_missing(&self, word: &str) -> bool {
        is_missing(word.as_bytes()) && self.named.iter().all(|named| named.fit(word) == Fit::No)
    }

    fn decide(&mut self, word: &str) -> Option<bool> {
        if self.named.is_empty() {
            return known(word);
        }
        let best = self.named.iter().map(|named| named.fit(word)).max().unwrap_or(Fit::No);
        let mut outlier = None;
        for named in self.named.iter_mut().filter(|named| best > Fit::No && named.fit(word) == best) {
            let slot = if best == Fit::Exact { &mut named.exact } else { &mut named.without_case };
            slot.get_or_insert_with(|| word.to_owned());
            // Named twice but for case, and neither is this word.
            if outlier.is_some_and(|outlier| outlier != named.outlier) {
                return None;
            }
            outlier = Some(named.outlier);
        }
        let others = self.named.iter().all(|named| !named.outlier).then_some(true);
        let others = others.or(self.named.iter().all(|named| named.outlier).then_some(false));
        match self.one_spelling(word) {
            Some(_) => None,
            None => outlier.or(others),
        }
    }

    /// What is wrong if a named word is there both as it was named and in other letters, and this is one of them.
    fn one_spelling(&self, word: &str) -> Option<LabelProblem> {
        let fits = |named: &&Named| named.fit(word) > Fit::No;
        let both = |named: &Named| Some((named.exact.clone()?, named.without_case.clone()?));
        let (exact, other) = self.named.iter().filter(fits).find_map(both)?;
        Some(LabelProblem::Spelling { exact, other })
    }

    /// Whether a cell was no label.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// What is wrong with the labels so far, with all words that were seen; nothing if they are good.
    pub(crate) fn error(&self) -> Option<TableError> {
        let (place, problem) = self.refused.clone()?;
        let problem = match problem {
            LabelProblem::Missing { .. } => LabelProblem::Missing { rows: self.missing, of: self.rows },
            other => other,
        };
        let words = self.words(|_| true);
        let hint = match &problem {
            LabelProblem::Unknown { named: true, .. } => Hint::Advice(Advice::OtherWord),
            LabelProblem::Unknown { named: false, .. } => Hint::LabelWords {
                words: words.iter().map(|(word, _)| word.clone()).collect(),
                more: self.uncounted.iter().sum::<usize>() > 0,
            },
            LabelProblem::Spelling { .. } => {
                let named = |outlier: bool| {
                    let words = self.named.iter().filter(move |named| named.outlier == outlier);
                    words.map(|named| named.word.clone()).collect()
                };
                Hint::LabelSpelling { outlier: named(true), inlier: named(false) }
            }
            _ => Hint::Label,
        };
        Some(error(&place.file, &self.column, Some((place.row, place.line)), problem, words, hint))
    }

    /// Of all rows being read: an error if words that were named are not there.
    pub(crate) fn absent_error(&self, file: &str) -> Option<TableError> {
        let absent = self.absent();
        let words = self.words(|_| true);
        (!absent.is_empty()).then(|| {
            let problem = LabelProblem::Absent { words: absent };
            error(file, &self.column, None, problem, words, Hint::Advice(Advice::NamedWord))
        })
    }

    fn absent(&self) -> Vec<String> {
        let absent = self.named.iter().filter(|named| named.exact.is_none() && named.without_case.is_none());
        absent.map(|named| named.word.clone()).collect()
    }

    /// Words with their rows, the most frequent first.
    fn words(&self, which: impl Fn(&Seen) -> bool) -> Vec<(String, usize)> {
        let mut words: Vec<(String, usize)> =
            self.seen.iter().filter(|seen| which(seen)).map(|seen| (seen.word.clone(), seen.rows)).collect();
        words.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        words
    }

    /// What was taken for what; nothing as long as no row was read.
    pub(crate) fn note(&self) -> Option<Note> {
        let of = |outlier: bool| {
            let words = self.words(|seen| seen.outlier == Some(outlier));
            let more = self.uncounted[usize::from(outlier)];
            (words.iter().map(|(_, rows)| rows).sum::<usize>() + more, words)
        };
        let ((outlier_rows, outliers), (inlier_rows, inliers)) = (of(true), of(false));
        (self.rows > 0).then(|| Note::Labels {
            column: self.column.clone(),
            outlier_rows,
            outliers,
            inlier_rows,
            inliers,
            absent: self.absent(),
        })
    }
}

fn error(
    file: &str,
    column: &str,
    place: Option<(usize, Option<u64>)>,
    problem: LabelProblem,
    words: Vec<(String, usize)>,
    hint: Hint,
) -> TableError {
    TableError::Label {
        file: file.into(),
        row: place.map(|(row, _)| row),
        line: place.and_then(|(_, line)| line),
        column: column.into(),
        problem: Box::new(problem),
        words,
        hint: Box::new(hint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(outlier: &[&str], inlier: &[&str]) -> Truth {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
        let options = ReadOptions {
            label: Some("y".into()),
            outlier: words(outlier),
            inlier: words(inlier),
            ..ReadOptions::default()
        };
        Truth::new("t.csv", &options).unwrap().unwrap()
    }

    /// What each cell is, a row a cell; nothing for one that is refused.
    fn seen(truth: &mut Truth, cells: &[&str]) -> Vec<Option<bool>> {
        let mut row = 0;
        let mut see = |cell: &&str| {
            truth.refused = None;
            let outlier = truth.see(cell, || Place { file: "t.csv".into(), row, line: None });
            row += 1;
            (!truth.is_refused()).then_some(outlier)
        };
        cells.iter().map(&mut see).collect()
    }

    #[test]
    fn numbers_booleans_and_words_are_labels() {
        let cells = ["0", "0.0", " 0 ", "-0", "false", "Normal", "INLIER", "no"];
        assert_eq!(seen(&mut truth(&[], &[]), &cells), [Some(false); 8]);
        let cells = ["1", "1.0", "1e0", "True", "Outlier", "ANOMALY", "Yes", "fraud"];
        assert_eq!(seen(&mut truth(&[], &[]), &cells), [Some(true); 8]);
    }

    #[test]
    fn anything_else_is_no_label_until_it_is_named() {
        let cells = ["", "-1", "2", "0.5", "nan", "oui", "outliers"];
        assert_eq!(seen(&mut truth(&[], &[]), &cells), [None; 7]);
        assert_eq!(
            seen(&mut truth(&["-1"], &[]), &["-1.0", "1", "-1"]),
            [Some(true), Some(false), Some(true)]
        );
        let cells = ["normal.", "smurf.", "neptune.", "normal."];
        let wanted = [Some(false), Some(true), Some(true), Some(false)];
        assert_eq!(seen(&mut truth(&["smurf.", "neptune."], &[]), &cells), wanted);
        assert_eq!(seen(&mut truth(&[], &["normal."]), &cells), wanted);
        // What is known is no more so once words are named.
        assert_eq!(seen(&mut truth(&["no"], &[]), &["no", "yes"]), [Some(true), Some(false)]);
    }

    #[test]
    fn with_words_of_both_kinds_no_other_word_is_a_label() {
        let mut both = truth(&["bad"], &["good"]);
        assert_eq!(seen(&mut both, &["good", "bad", "ugly", ""]), [Some(false), Some(true), None, None]);
        let options = ReadOptions {
            label: Some("y".into()),
            outlier: vec!["1".into()],
            inlier: vec!["1.0".into()],
            ..ReadOptions::default()
        };
        let problem = Truth::new("t.csv", &options).unwrap_err();
        assert!(problem.to_string().contains("got the word \"1\" for outliers and for inliers"), "{problem}");
    }

    #[test]
    fn a_missing_label_is_neither_kind_unless_its_word_is_named() {
        assert_eq!(seen(&mut truth(&[], &["normal"]), &["normal", "", "NA", "x"])[1..3], [None; 2]);
        assert_eq!(seen(&mut truth(&["?"], &[]), &["?", "a"]), [Some(true), Some(false)]);
        let mut some = truth(&[], &[]);
        ["0", "", "1", "nan"].iter().for_each(|cell| {
            some.see(cell, || Place { file: "t.csv".into(), row: 1, line: Some(3) });
        });
        let problem = some.error().unwrap().to_string();
        assert!(problem.contains("got no label in 2 of 4 rows"), "{problem}");
    }

    #[test]
    fn case_matters_only_where_words_differ_in_it_alone() {
        assert_eq!(
            seen(&mut truth(&["Bad"], &[]), &["bad", "ok", "BAD"]),
            [Some(true), Some(false), Some(true)]
        );
        // The same word twice, or two words? Nobody can tell.
        assert_eq!(seen(&mut truth(&["A"], &[]), &["A", "a"]), [Some(true), None]);
        assert_eq!(seen(&mut truth(&["A"], &[]), &["a", "A"]), [Some(true), None]);
        assert_eq!(seen(&mut truth(&["A"], &["a"]), &["A", "a"]), [Some(true), Some(false)]);
        assert_eq!(
            seen(&mut truth(&["A", "a"], &[]), &["A", "a", "b"]),
            [Some(true), Some(true), Some(false)]
        );
    }

    #[test]
    fn words_that_are_named_but_not_there_are_found() {
        let mut some = truth(&["bad", "worse"], &[]);
        seen(&mut some, &["good", "bad"]);
        let problem = some.absent_error("t.csv").unwrap().to_string();
        assert!(problem.contains("got no row with \"worse\""), "{problem}");
        seen(&mut some, &["worse"]);
        assert!(some.absent_error("t.csv").is_none());
    }

    #[test]
    fn memory_does_not_grow_with_the_words() {
        let mut some = truth(&[], &["normal"]);
        for row in 0..5000 {
            some.see(&format!("word {row}"), || Place { file: String::new(), row, line: None });
        }
        some.see(&"x".repeat(1 << 20), || Place { file: String::new(), row: 0, line: None });
        assert_eq!((some.seen.len(), some.at.len()), (COUNTED_WORDS, COUNTED_WORDS));
        let Some(Note::Labels { outlier_rows, outliers, .. }) = some.note() else { panic!("no note") };
        assert_eq!((outlier_rows, outliers.len()), (5001, COUNTED_WORDS));
    }
}
