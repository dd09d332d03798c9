//! What people need to understand a reason: the column as they know it, and what its cells usually were.

use std::cmp::Ordering;

use gradstop_preparation::{Familiarity, Usual};

use crate::detector::fitted::FittedDetector;
use crate::model::explanation::Explanation;

impl FittedDetector {
    /// For each of [`columns`](Self::columns) the position of the column that it was made of among the
    /// [columns of the table](Self::table_columns).
    pub fn sources(&self) -> Vec<usize> {
        match &self.preparation {
            Some(preparation) => preparation.sources(),
            None => (0..self.columns.len()).collect(),
        }
    }

    /// An explanation by the [columns of the table](Self::table_columns): what was made of one column counts as that column.
    ///
    /// ```
    /// use gradstop::preparation::{Cells, Options, Preparation, Words};
    /// use gradstop::{Detector, Preset, Source, Table};
    /// let mut cities = Words::default();
    /// (0..60).for_each(|row| cities.push(if row % 2 == 0 { "Ulm" } else { "Bonn" }));
    /// let columns = [Cells::Text(cities), Cells::Numbers((0..60).map(|row| f64::from(row * 7 % 11)).collect())];
    /// let preparation = Preparation::fit(&["city", "spent"].map(String::from), &columns, &Options::default())?;
    /// let mut values = Vec::new();
    /// preparation.apply(&columns, &mut values)?;
    /// let table = Table::new(values.clone(), preparation.outputs())?;
    /// let fitted = Detector::named("ecod", Preset::Default, &serde_json::json!({}))?
    ///     .fit(Source::Prepared { table, preparation })?;
    /// let explanation = fitted.explain(&values)?;
    /// assert_eq!(explanation.columns, 3);
    /// assert_eq!(fitted.by_table_column(explanation).columns, 2);
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If it is not one of this detector's.
    pub fn by_table_column(&self, explanation: Explanation) -> Explanation {
        let sources = self.sources();
        assert_eq!(explanation.columns, sources.len(), "an explanation of this detector");
        let Some(preparation) = &self.preparation else { return explanation };
        let columns = preparation.inputs().len();
        let mut contributions = Vec::with_capacity(explanation.contributions.len() / sources.len() * columns);
        let mut sums = vec![0.0_f64; columns];
        for row in explanation.contributions.chunks_exact(sources.len()) {
            sums.fill(0.0);
            row.iter().zip(&sources).for_each(|(&part, &source)| sums[source] += f64::from(part));
            contributions.extend(sums.iter().map(|&sum| sum as f32));
        }
        Explanation { contributions, columns, method: explanation.method }
    }

    /// What the cells of the [columns of the table](Self::table_columns) usually were in the fit.
    ///
    /// ```
    /// use gradstop::preparation::Usual;
    /// use gradstop::{Detector, Preset, Table};
    /// let table = Table::new((0..=10).map(|row| row as f32).collect(), vec!["x".into()])?;
    /// let fitted = Detector::named("ecod", Preset::Default, &serde_json::json!({}))?.fit(table)?;
    /// let usual = fitted.usual();
    /// assert_eq!(usual.of(0), &Usual::Numbers { low: 1.0, high: 9.0 });
    /// assert_eq!(usual.aside(0, Some("400")).as_deref(), Some("usually 1 to 9"));
    /// assert!(usual.side(&[400.0], 0).is_gt() && usual.side(&[5.0], 0).is_eq());
    /// # Ok::<(), gradstop::Error>(())
    /// ```
    pub fn usual(&self) -> UsualCells<'_> {
        let usual = match (&self.usual, &self.preparation) {
            (None, _) => vec![Usual::Unknown; self.table_columns().len()],
            (Some(known), Some(preparation)) => {
                preparation.usual(&known.low, &known.high, &known.mean, self.rows)
            }
            (Some(known), None) => {
                let ends = known.low.iter().zip(&known.high);
                // As many digits as 32 bits have, and not those of the nearest number of 64.
                let own = |value: f32| value.to_string().parse().unwrap_or(f64::from(value));
                ends.map(|(&low, &high)| Usual::Numbers { low: own(low), high: own(high) }).collect()
            }
        };
        UsualCells { detector: self, usual, sources: self.sources() }
    }
}

/// What the cells of the columns of a table usually were in the fit. Nothing is known of a model that was saved before this was
/// kept, nor of a fit on shards.
#[derive(Debug, Clone)]
pub struct UsualCells<'a> {
    detector: &'a FittedDetector,
    usual: Vec<Usual>,
    sources: Vec<usize>,
}

impl UsualCells<'_> {
    /// Of the column of the table at this position.
    ///
    /// # Panics
    /// If there is none.
    pub fn of(&self, column: usize) -> &Usual {
        &self.usual[column]
    }

    /// Where among the [detector's columns](FittedDetector::columns) the number stands that was made of a column of the table;
    /// `None` for columns that are no measures, and wherever nothing is known.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn number(&self, column: usize) -> Option<usize> {
        match self.of(column) {
            Usual::Numbers { .. } | Usual::Dates { .. } => {
                self.sources.iter().position(|&source| source == column)
            }
            _ => None,
        }
    }

    /// What is to be said of a cell in brackets: how often its word comes, and what is usual. The cell is given as it is
    /// written, `None` if it is missing or not known. Nothing where nothing is known.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn aside(&self, column: usize, cell: Option<&str>) -> Option<String> {
        let word = cell.map(str::trim).filter(|word| !word.is_empty());
        let of_word = word.and_then(|word| self.of_word(column, word));
        let usual = match self.of(column) {
            // A word that is usual itself is not told from others by these.
            Usual::Words(_) if word.is_some_and(|word| self.is_named(column, word)) => None,
            usual => usual.in_words(),
        };
        match (of_word, usual) {
            (Some(of_word), Some(usual)) => Some(format!("{of_word}; {usual}")),
            (of_word, usual) => of_word.or(usual),
        }
    }

    fn is_named(&self, column: usize, word: &str) -> bool {
        self.of(column).named().contains(&word)
    }

    /// How often a word comes.
    fn of_word(&self, column: usize, word: &str) -> Option<String> {
        let preparation = self.detector.preparation.as_ref()?;
        let known = match self.of(column) {
            Usual::Words(words) => words.iter().find(|(known, _)| known == word),
            _ => None,
        };
        let rows = self.detector.rows;
        match (known, preparation.familiarity(column, word)?) {
            (Some((_, share)), _) if rows <= EXACT_ROWS => {
                Some(format!("in {:.0} of {rows} rows", share * rows as f64))
            }
            (Some((_, share)), _) => Some(format!("in {} of the rows", percent(*share))),
            (None, Familiarity::Rare) => Some("rare".into()),
            (None, Familiarity::New) => Some("new".into()),
            (None, Familiarity::Usual) => None,
        }
    }

    /// Where a row's value of a column lies to what is usual: below, above, or between the ends and wherever nothing is known
    /// of it. The row has a value for each of the [detector's columns](FittedDetector::columns).
    ///
    /// # Panics
    /// If it has fewer, or there is no such column.
    pub fn side(&self, row: &[f32], column: usize) -> Ordering {
        let made = self.number(column);
        let (Some(known), Some(made)) = (&self.detector.usual, made) else { return Ordering::Equal };
        match row[made] {
            value if value < known.low[made] => Ordering::Less,
            value if value > known.high[made] => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

/// Shares are measured on as many rows at most, so they count these exactly.
const EXACT_ROWS: usize = crate::model::usual::MOST_ROWS;

fn percent(share: f64) -> String {
    match 100.0 * share {
        percent if percent >= 9.5 => format!("{percent:.0} %"),
        percent if percent >= 0.095 => format!("{percent:.1} %"),
        _ => "less than 0.1 %".into(),
    }
}
