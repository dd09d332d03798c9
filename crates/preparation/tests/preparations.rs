//! What becomes of cells of every kind, worked out by hand, and that a preparation survives its file.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop_preparation::*;
use proptest::prelude::*;

const NAN: f64 = f64::NAN;

fn words(cells: &[&str]) -> Cells {
    let mut words = Words::default();
    for cell in cells {
        if cell.is_empty() { words.push_missing() } else { words.push(cell) }
    }
    Cells::Text(words)
}

fn numbers(cells: &[f64]) -> Cells {
    Cells::Numbers(cells.to_vec())
}

fn filling(missing: Missing) -> Options {
    Options { missing, ..Options::default() }
}

/// A preparation of columns named a, b, c, ... and what it makes of them, column by column.
fn fit(columns: &[Cells], options: &Options) -> Result<(Preparation, Vec<Vec<f32>>), PreparationError> {
    let names: Vec<String> = ('a'..).take(columns.len()).map(String::from).collect();
    let preparation = Preparation::fit(&names, columns, options)?;
    let mut values = Vec::new();
    assert_eq!(preparation.apply(columns, &mut values)?, []);
    Ok((preparation.clone(), by_column(&preparation, &values)))
}

fn by_column(preparation: &Preparation, values: &[f32]) -> Vec<Vec<f32>> {
    let width = preparation.width();
    (0..width).map(|column| values.iter().skip(column).step_by(width).copied().collect()).collect()
}

fn said(preparation: &Preparation) -> Vec<String> {
    preparation.treatments().iter().map(ToString::to_string).collect()
}

#[test]
fn complete_numbers_stay_what_they_are_to_the_last_bit() {
    let column = [0.1, -1e30, 16_777_217.0, 1e-300];
    for missing in [Missing::Auto, Missing::Error, Missing::Mean, Missing::Median, Missing::Indicator] {
        let (preparation, made) = fit(&[numbers(&column)], &filling(missing)).unwrap();
        assert_eq!(made, [column.map(|value| value as f32)]);
        assert_eq!(preparation.outputs(), ["a"]);
        assert!(said(&preparation).is_empty());
    }
}

#[test]
fn a_missing_number_takes_the_mean_or_the_median_and_is_marked() {
    let columns = [numbers(&[1.0, NAN, 2.0, 6.0]), numbers(&[4.0, 3.0, 2.0, 1.0])];
    for (missing, fill, words) in [
        (Missing::Mean, 3.0, "a: 1 missing cell takes the mean, 3"),
        (Missing::Median, 2.0, "a: 1 missing cell takes the median, 2"),
        (Missing::Indicator, 3.0, "a: 1 missing cell takes the mean, 3, and a column says where"),
    ] {
        let (preparation, made) = fit(&columns, &filling(missing)).unwrap();
        assert_eq!(made[0], [1.0, fill, 2.0, 6.0]);
        assert_eq!(said(&preparation), [words]);
        if missing == Missing::Indicator {
            assert_eq!(made[1], [0.0, 1.0, 0.0, 0.0]);
            assert_eq!(preparation.outputs(), ["a", "a missing", "b"]);
        } else {
            assert_eq!(preparation.outputs(), ["a", "b"]);
        }
        // A column that was complete when it was fitted is filled as well, and counted.
        let mut values = Vec::new();
        let unexpected = preparation.apply(&[numbers(&[1.0]), numbers(&[NAN])], &mut values).unwrap();
        assert_eq!(unexpected, [UnexpectedCells { column: "b".into(), missing: 1, unseen: 0 }]);
        assert_eq!(values.last(), Some(&2.5));
    }
}

#[test]
fn a_missing_cell_is_an_error_if_that_was_chosen() {
    let columns = [numbers(&[1.0, 2.0, NAN]), words(&["x", "", "y"])];
    let problem = fit(&columns, &filling(Missing::Error)).unwrap_err();
    assert_eq!(problem.to_string(), "row 1, column \"b\": got a missing cell, wanted a value");
    assert_eq!(problem.hint(), Some(Hint::Fill));
    assert!(problem.behind(10).to_string().starts_with("row 11, column \"b\""));
    let columns = [numbers(&[1.0, 2.0, f64::INFINITY])];
    let problem = fit(&columns, &filling(Missing::Error)).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "row 2, column \"a\": got inf, wanted a finite number that fits into 32 bits"
    );
    assert_eq!(problem.hint(), Some(Hint::Rescale));
}

#[test]
fn a_column_says_where_cells_were_missing_from_one_in_a_hundred_on() {
    for (rows, marked) in [(100, true), (101, false)] {
        let mut cells: Vec<f64> = (0..rows).map(|row| f64::from(row * 7 % 11)).collect();
        cells[5] = NAN;
        let (preparation, made) = fit(&[numbers(&cells)], &Options::default()).unwrap();
        assert_eq!(preparation.outputs().len(), if marked { 2 } else { 1 }, "{rows}");
        assert_eq!(made[0][5], 5.0);
        assert_eq!(preparation.filled().unwrap().columns[0].indicator, marked);
    }
}

#[test]
fn infinite_and_too_large_numbers_count_as_missing() {
    let column = numbers(&[1.0, f64::INFINITY, 1e39, 3.0, f64::NEG_INFINITY, NAN]);
    let (preparation, made) = fit(&[column], &filling(Missing::Mean)).unwrap();
    assert_eq!(made, [[1.0, 2.0, 2.0, 3.0, 2.0, 2.0]]);
    assert_eq!(said(&preparation), ["a: 4 missing cells (3 infinite or too large) take the mean, 2"]);
}

#[test]
fn booleans_become_0_and_1() {
    let column = Cells::Booleans(vec![Some(true), Some(false), None, Some(true)]);
    let (preparation, made) = fit(&[column], &filling(Missing::Mean)).unwrap();
    assert_eq!(made, [[1.0, 0.0, 2.0 / 3.0, 1.0]]);
    assert_eq!(said(&preparation), ["a: true becomes 1, false 0; 1 missing cell takes the mean, 0.6667"]);
}

#[test]
fn dates_become_days_since_the_first_fitted_day() {
    // The beginning of 2024, half a day later, and 1969.
    let newyear = 1_704_067_200.0;
    let (preparation, made) =
        fit(&[Cells::Dates(vec![newyear + 86_400.0, newyear + 43_200.0])], &Options::default()).unwrap();
    assert_eq!(made, [[1.0, 0.5]]);
    assert_eq!(said(&preparation), ["a: dates become days since 2024-01-01, UTC"]);
    let mut values = Vec::new();
    preparation.apply(&[Cells::Dates(vec![newyear - 86_400.0])], &mut values).unwrap();
    assert_eq!(values, [-1.0]);
    let (preparation, made) = fit(&[Cells::Dates(vec![-1.0, 0.0])], &Options::default()).unwrap();
    assert!((made[0][0] - 0.999_988_4).abs() < 1e-6 && made[0][1] == 1.0);
    assert_eq!(said(&preparation), ["a: dates become days since 1969-12-31, UTC"]);
}

#[test]
fn text_becomes_a_column_for_each_level_and_an_unseen_word_counts_as_the_rarest() {
    let column = words(&["blue", "red", "blue", "green"]);
    let (preparation, made) = fit(&[column], &Options::default()).unwrap();
    // The more frequent first, of equal ones the first by name.
    assert_eq!(preparation.outputs(), ["a=blue", "a=green", "a=red"]);
    assert_eq!(made, [[1.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0]]);
    assert_eq!(said(&preparation), ["a: text becomes a column of 0 and 1 for each of 3 levels"]);
    let mut values = Vec::new();
    let unexpected = preparation.apply(&[words(&["pink", "red"])], &mut values).unwrap();
    assert_eq!(values, [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    assert_eq!(unexpected, [UnexpectedCells { column: "a".into(), missing: 0, unseen: 1 }]);
}

#[test]
fn missing_words_take_the_mean_of_every_column_that_is_made() {
    let columns = [words(&["x", "y", "x", "x", ""]), numbers(&[1.0, 2.0, 3.0, 4.0, 5.0])];
    let (_, made) = fit(&columns, &filling(Missing::Mean)).unwrap();
    assert_eq!((made[0][4], made[1][4]), (0.75, 0.25));
    let (_, made) = fit(&columns, &filling(Missing::Median)).unwrap();
    assert_eq!((made[0][4], made[1][4]), (1.0, 0.0));
    let (preparation, made) = fit(&columns, &filling(Missing::Indicator)).unwrap();
    assert_eq!((made[0][4], made[1][4], made[2][4]), (0.75, 0.25, 1.0));
    assert_eq!(preparation.outputs(), ["a=x", "a=y", "a missing", "b"]);
}

#[test]
fn levels_beyond_the_limit_share_a_column_or_become_how_rare_they_are() {
    let column = words(&["x", "x", "x", "y", "y", "z", "w", ""]);
    let limited = Options { levels: 2, missing: Missing::Mean, ..Options::default() };
    let (preparation, made) =
        fit(std::slice::from_ref(&column), &Options { text: Text::OneHot, ..limited }).unwrap();
    assert_eq!(preparation.outputs(), ["a=x", "a=y", "a other"]);
    assert_eq!(made[2], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 2.0 / 7.0]);
    assert!(
        said(&preparation)[0].contains("each of the 2 most frequent of 4 levels, and one for the others")
    );
    // An unseen word is one of the others.
    let mut values = Vec::new();
    assert_eq!(preparation.apply(&[words(&["new"])], &mut values).unwrap(), []);
    assert_eq!(values, [0.0, 0.0, 1.0]);
    // By itself the choice falls on how rare they are.
    let usual = ["v", "w", "x"].into_iter().cycle().take(60);
    let cells: Vec<&str> = usual.chain(["y", "y", "z", ""]).collect();
    let (column, sizes) =
        (words(&cells), numbers(&(0..64).map(|row| f64::from(row * row % 17)).collect::<Vec<_>>()));
    for text in [Text::Auto, Text::Frequency] {
        let (preparation, made) =
            fit(&[column.clone(), sizes.clone()], &Options { text, ..limited }).unwrap();
        assert_eq!(preparation.outputs(), ["a rarity", "b"]);
        assert_eq!(made[0][..60], [0.0; 60]);
        let (twice, once) = (10_f64.ln(), 20_f64.ln());
        assert_eq!(made[0][60..63], [twice as f32, twice as f32, once as f32]);
        // The mean of the 63 cells with a word.
        assert_eq!(made[0][63], ((2.0 * twice + once) / 63.0) as f32);
        let mut values = Vec::new();
        let new = [words(&["new"]), numbers(&[1.0])];
        assert_eq!(preparation.apply(&new, &mut values).unwrap()[0].unseen, 1);
        assert_eq!(values, [once as f32, 1.0]);
    }
    let problem = fit(&[column], &Options { text: Text::Error, ..limited }).unwrap_err();
    assert_eq!(problem, PreparationError::Text { column: "a".into() });
}

#[test]
fn a_text_whose_words_are_all_different_says_nothing() {
    let names: Vec<String> = (0..50).map(|row| format!("name {row}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rising: Vec<f64> = (0..50).map(f64::from).collect();
    let (preparation, _) = fit(&[words(&names), numbers(&rising)], &Options::default()).unwrap();
    assert_eq!(preparation.outputs(), ["b"]);
    assert_eq!(said(&preparation), ["a: left out, 50 levels in so few cells name the rows"]);
}

#[test]
fn constant_empty_and_repeated_columns_are_left_out() {
    let columns = [
        numbers(&[7.0, 7.0, NAN]),
        numbers(&[1.0, 2.0, 3.0]),
        numbers(&[NAN, NAN, f64::INFINITY]),
        numbers(&[1.0, 2.0, 3.0]),
        words(&["x", "x", "x"]),
        words(&["", "", ""]),
    ];
    let (preparation, made) = fit(&columns, &filling(Missing::Mean)).unwrap();
    // Behind what is learned from stands what is watched.
    assert_eq!(preparation.outputs(), ["b", "a", "c", "d", "e", "f"]);
    assert_eq!(made[0], [1.0, 2.0, 3.0]);
    assert!(made[1..].iter().flatten().all(|&departure| departure == 0.0));
    assert_eq!(
        said(&preparation),
        [
            "a: left out, it holds one value only",
            "c: left out, no cell has a value",
            "d: left out, the same as b",
            "e: left out, it holds one value only",
            "f: left out, no cell has a value",
        ]
    );
    let problem = fit(&columns[..1], &filling(Missing::Mean)).unwrap_err();
    assert_eq!(problem, PreparationError::NothingLeft { columns: 1 });
}

#[test]
fn columns_that_are_missing_together_have_one_mark() {
    let columns = [numbers(&[1.0, NAN, 3.0]), numbers(&[6.0, NAN, 4.0])];
    let (preparation, _) = fit(&columns, &filling(Missing::Indicator)).unwrap();
    assert_eq!(preparation.outputs(), ["a", "a missing", "b"]);
    assert_eq!(
        said(&preparation)[1],
        "b: 1 missing cell takes the mean, 5, and a column says where; \"b missing\" is left out, the same as \"a missing\""
    );
}

#[test]
fn normal_scores_tame_a_heavy_tail() {
    let column: Vec<f64> = (0..101).map(|row| (f64::from(row) / 2.0).exp()).collect();
    let options = Options { scale: Scale::Quantile, missing: Missing::Mean, ..Options::default() };
    let (preparation, made) = fit(&[numbers(&column)], &options).unwrap();
    assert_eq!(made[0][50], 0.0);
    assert!(made[0].windows(2).all(|pair| pair[0] < pair[1]));
    assert!((made[0][100] - 2.576).abs() < 0.01, "{}", made[0][100]);
    let mut values = Vec::new();
    preparation.apply(&[numbers(&[1e300, NAN])], &mut values).unwrap();
    // Too large for 32 bits is missing, and takes the mean of the scores.
    assert!(values.iter().all(|value| value.abs() < 1e-6), "{values:?}");
}

#[test]
fn columns_that_are_not_the_fitted_ones_are_refused() {
    let (preparation, _) = fit(&[numbers(&[1.0, 2.0]), words(&["x", "y"])], &Options::default()).unwrap();
    let refused = |columns: &[Cells]| preparation.apply(columns, &mut Vec::new()).unwrap_err().to_string();
    assert_eq!(refused(&[words(&["x"]), words(&["x"])]), "column \"a\": got text, wanted numbers");
    assert_eq!(refused(&[numbers(&[1.0])]), "got 1 columns, wanted 2 and at least 1");
    assert_eq!(
        refused(&[numbers(&[1.0]), words(&["x", "y"])]),
        "got columns of 1 and of 2 rows, wanted as many rows in each"
    );
}

#[test]
fn a_preparation_that_was_altered_is_noticed() {
    let columns = [numbers(&[1.0, NAN, 3.0]), words(&["x", "y", "x"])];
    let options = Options { scale: Scale::Quantile, missing: Missing::Indicator, ..Options::default() };
    let (preparation, _) = fit(&columns, &options).unwrap();
    let whole = serde_json::to_value(&preparation).unwrap();
    assert_eq!(serde_json::from_value::<Preparation>(whole.clone()).unwrap().check(), Ok(()));
    for (path, value) in [
        ("/columns/0/fill", serde_json::json!([1.0, 2.0])),
        ("/columns/0/fill", serde_json::json!([])),
        ("/columns/0/fill", serde_json::json!([1e300])),
        ("/columns/0/left_out", serde_json::json!([null])),
        ("/columns/0/kind", serde_json::json!("text")),
        ("/columns/0/quantiles/grid", serde_json::json!([3.0, 1.0])),
        ("/columns/0/quantiles/grid", serde_json::json!([])),
        ("/columns/1/levels", serde_json::json!(["x"])),
    ] {
        let mut altered = whole.clone();
        *altered.pointer_mut(path).unwrap() = value;
        let altered: Preparation = serde_json::from_value(altered).unwrap();
        assert!(matches!(altered.check(), Err(PreparationError::Content { .. })), "{path}");
    }
}

/// A column of any kind with missing cells.
fn any_cells(rows: usize) -> impl Strategy<Value = Cells> {
    let number = prop_oneof![
        4 => -1e6..1e6,
        1 => Just(NAN),
        1 => prop::sample::select(vec![0.0, 1.0, 1e39, f64::INFINITY, 3e38, -3e38]),
    ];
    let numbers = prop::collection::vec(number, rows).prop_map(Cells::Numbers);
    let dates =
        prop::collection::vec(prop_oneof![4 => -1e10..1e10, 1 => Just(NAN)], rows).prop_map(Cells::Dates);
    let booleans = prop::collection::vec(any::<Option<bool>>(), rows).prop_map(Cells::Booleans);
    let words = prop::collection::vec("[a-e]{0,2}", rows)
        .prop_map(|cells| words(&cells.iter().map(String::as_str).collect::<Vec<_>>()));
    prop_oneof![numbers, dates, booleans, words]
}

fn any_options() -> impl Strategy<Value = Options> {
    (
        prop::sample::select(vec![Missing::Auto, Missing::Mean, Missing::Median, Missing::Indicator]),
        prop::sample::select(vec![Text::Auto, Text::OneHot, Text::Frequency]),
        1_usize..6,
        prop::sample::select(vec![Scale::Standard, Scale::Robust, Scale::Quantile]),
        prop::sample::select(vec![Ordered::Ignore, Ordered::Parts, Ordered::Keep]),
    )
        .prop_map(|(missing, text, levels, scale, ordered)| Options {
            missing,
            text,
            levels,
            scale,
            ordered,
        })
}

/// Some rows of a column.
fn part(cells: &Cells, rows: std::ops::Range<usize>) -> Cells {
    let mut part = Cells::new(cells.kind());
    for row in rows {
        match (&mut part, cells) {
            (Cells::Numbers(part), Cells::Numbers(all)) | (Cells::Dates(part), Cells::Dates(all)) => {
                part.push(all[row])
            }
            (Cells::Booleans(part), Cells::Booleans(all)) => part.push(all[row]),
            (Cells::Text(part), Cells::Text(all)) => match all.word(row) {
                Some(word) => part.push(word),
                None => part.push_missing(),
            },
            _ => unreachable!(),
        }
    }
    part
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_table_becomes_finite_numbers_by_file_and_by_chunks_to_the_last_bit(
        columns in (1_usize..30).prop_flat_map(|rows| prop::collection::vec(any_cells(rows), 1..6)),
        options in any_options(),
        size in 1_usize..10,
    ) {
        let Ok((preparation, made)) = fit(&columns, &options) else { return Ok(()) };
        prop_assert!(made.iter().flatten().all(|value| value.is_finite()));
        // No two columns are equal, and none is constant, but that fitted rows depart from nothing that is watched.
        let (learned, watched) = made.split_at(made.len() - preparation.watched().len());
        prop_assert!(watched.iter().flatten().all(|&departure| departure == 0.0));
        for (at, column) in learned.iter().enumerate() {
            prop_assert!(column.iter().any(|value| *value != column[0]));
            prop_assert!(made[..at].iter().all(|other| other != column));
        }
        let file = serde_json::to_string(&preparation).unwrap();
        let read: Preparation = serde_json::from_str(&file).unwrap();
        prop_assert_eq!(read.check(), Ok(()));
        prop_assert_eq!(&read, &preparation);
        let rows = columns[0].len();
        let mut values = Vec::new();
        for start in (0..rows).step_by(size) {
            let chunk: Vec<Cells> = columns.iter().map(|cells| part(cells, start..rows.min(start + size))).collect();
            read.apply(&chunk, &mut values).unwrap();
        }
        let bits = |made: Vec<Vec<f32>>| made.concat().into_iter().map(f32::to_bits).collect::<Vec<_>>();
        prop_assert_eq!(bits(by_column(&read, &values)), bits(made));
    }
}

#[test]
fn text_that_renames_the_levels_of_an_earlier_column_is_left_out() {
    let columns = [words(&["red", "blue", "red"]), words(&["rouge", "bleu", "rouge"])];
    let (preparation, _) = fit(&columns, &Options::default()).unwrap();
    assert_eq!(preparation.outputs(), ["a=red", "a=blue", "b"]);
    assert_eq!(said(&preparation)[1], "b: left out, it says the same as columns before it");
}

#[test]
fn text_that_looks_like_numbers_is_said() {
    for (cells, said) in [
        (["1,234", "5,000", "9,900,000"], true),
        (["103.20 EUR", "$ 7", "12 %"], true),
        (["31.12.2024", "14:30", "1/2/24"], true),
        (["A12", "B7", "C3"], false),
        (["red", "green", "12"], false),
    ] {
        let columns = [numbers(&[1.0, 2.0, 3.0]), words(&cells)];
        let what = fit(&columns, &Options::default()).unwrap().0.treatments().remove(0).what;
        assert_eq!(what.contains("look like numbers or dates"), said, "{cells:?}: {what}");
    }
}

/// The days of two years, and a size that has no order.
fn two_years() -> [Cells; 2] {
    let days = (0..731).map(|day| 1_704_067_200.0 + 86_400.0 * f64::from(day));
    [
        Cells::Dates(days.collect()),
        numbers(&(0..731).map(|row| f64::from(row * row % 101)).collect::<Vec<_>>()),
    ]
}

#[test]
fn columns_in_order_are_left_out_and_said_unless_they_are_asked_for() {
    let [days, sizes] = two_years();
    let rows = numbers(&(0..731).map(|row| f64::from(2 * row)).collect::<Vec<_>>());
    let columns = [days.clone(), sizes.clone(), rows];
    let (preparation, _) = fit(&columns, &Options::default()).unwrap();
    assert_eq!(preparation.outputs(), ["b"]);
    assert_eq!(preparation.ordered(), ["a", "c"]);
    assert!(preparation.watched().is_empty());
    let said = said(&preparation);
    assert!(
        said[0].starts_with("a: left out, dates that go on from row to row say nothing of new rows"),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("c: left out, numbers that count the rows say nothing of new ones"),
        "{said:?}"
    );
    let keep = Options { ordered: Ordered::Keep, ..Options::default() };
    assert_eq!(fit(&columns, &keep).unwrap().0.outputs(), ["a", "b", "c"]);
    // Without anything else the order of the rows is all there is.
    let (alone, made) = fit(&[days], &Options::default()).unwrap();
    assert_eq!((alone.outputs(), made[0][730]), (vec!["a".into()], 730.0));
}

#[test]
fn parts_of_a_date_come_round_and_new_years_are_like_the_fitted_ones() {
    let options = Options { ordered: Ordered::Parts, ..Options::default() };
    let (preparation, made) = fit(&two_years(), &options).unwrap();
    let names = ["a weekday sin", "a weekday cos", "a season sin", "a season cos", "b"];
    assert_eq!(preparation.outputs(), names);
    assert!(said(&preparation)[0].contains("sine and cosine of weekday, season"), "{:?}", said(&preparation));
    // 2024-01-01 was a Monday, and so is the day 400 weeks later.
    let later = Cells::Dates(vec![1_704_067_200.0 + 86_400.0 * 2800.0]);
    let mut values = Vec::new();
    preparation.apply(&[later, numbers(&[1.0])], &mut values).unwrap();
    assert!((values[0] - made[0][0]).abs() < 1e-6 && (values[1] - made[1][0]).abs() < 1e-6);
    assert!(values[..4].iter().all(|value| value.abs() <= 1.0));
}

#[test]
fn names_are_left_out_and_a_name_that_is_there_twice_is_no_outlier() {
    let names: Vec<String> = (0..200).map(|row| format!("name {}", if row == 7 { 3 } else { row })).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let sizes = numbers(&(0..200).map(|row| f64::from(row * row % 37)).collect::<Vec<_>>());
    let (preparation, _) = fit(&[words(&names), sizes.clone()], &Options::default()).unwrap();
    assert_eq!(preparation.outputs(), ["b"]);
    assert_eq!(said(&preparation), ["a: left out, 199 levels in so few cells name the rows"]);
    // A new name is no news.
    let mut values = Vec::new();
    assert_eq!(preparation.apply(&[words(&["other"]), numbers(&[1.0])], &mut values).unwrap(), []);
    assert_eq!(values, [1.0]);
    // Who asks for text has it.
    let asked = Options { text: Text::OneHot, levels: 2, ..Options::default() };
    assert_eq!(fit(&[words(&names), sizes], &asked).unwrap().0.outputs().len(), 4);
}

#[test]
fn levels_that_are_alike_are_left_out_and_new_words_are_still_counted() {
    let cells: Vec<String> = (0..240).map(|row| format!("user {}", row % 12)).collect();
    let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
    let sizes = numbers(&(0..240).map(|row| f64::from(row * row % 37)).collect::<Vec<_>>());
    let (preparation, _) = fit(&[words(&cells), sizes], &Options::default()).unwrap();
    assert_eq!(preparation.outputs(), ["b"]);
    assert_eq!(said(&preparation), ["a: left out, of 12 levels none is rarer than usual"]);
    let unexpected = preparation.apply(&[words(&["new", "user 1"]), numbers(&[1.0, 2.0])], &mut Vec::new());
    assert_eq!(unexpected.unwrap(), [UnexpectedCells { column: "a".into(), missing: 0, unseen: 1 }]);
}
