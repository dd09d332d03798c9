//! What becomes of columns that 32 bits would run together.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop_preparation::{Cells, Missing, Options, Ordered, Preparation, Rounding, Scale};

/// Evenly spread quantiles of a bell curve in an order that looks random, with one far value at the end.
fn bell(count: usize) -> Vec<f64> {
    let logit = |row: usize| {
        let share = ((row * 37 % count) as f64 + 0.5) / count as f64;
        (share / (1.0 - share)).ln()
    };
    (0..count - 1).map(logit).chain([25.0]).collect()
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|column| format!("x{column}")).collect()
}

/// Every column kept, also those that count.
fn far(columns: &[Cells]) -> Option<Preparation> {
    Preparation::of_far_numbers(&names(columns.len()), columns, Ordered::Keep)
}

fn apply(preparation: &Preparation, columns: &[Cells]) -> Vec<f32> {
    let mut values = Vec::new();
    preparation.apply(columns, &mut values).unwrap();
    values
}

fn different(values: &[f32]) -> usize {
    let mut bits: Vec<u32> = values.iter().map(|value| (value + 0.0).to_bits()).collect();
    bits.sort_unstable();
    bits.dedup();
    bits.len()
}

/// The places of the values in order, which no offset and no unit changes.
fn order(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&one, &other| values[one].total_cmp(&values[other]));
    order
}

#[test]
fn an_offset_leaves_values_apart_and_in_order() {
    let values = bell(500);
    let plain: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    for offset in [1e9, -1e9, 690_999.0e3, 1e12, 1.7e12] {
        let columns = [Cells::Numbers(values.iter().map(|value| offset + value).collect())];
        let preparation = far(&columns).unwrap();
        let made = apply(&preparation, &columns);
        assert_eq!(different(&made), 500, "{offset:e}");
        assert_eq!(order(&made), order(&plain), "{offset:e}");
        // To the bit what 64 bits hold of the differences.
        let Cells::Numbers(far) = &columns[0] else { unreachable!() };
        let zero = made.iter().position(|value| *value == 0.0).unwrap();
        assert!(far.iter().zip(&made).all(|(value, made)| (value - far[zero]) as f32 == *made), "{offset:e}");
        assert_eq!(preparation.far_groups().count(), 0);
    }
}

#[test]
fn small_differences_and_tiny_values_are_neither_lost_nor_zero() {
    let values = bell(200);
    let cases: [(f64, f64); 5] = [(1.0, 1e-9), (0.0, 1e-45), (0.0, 1e-50), (0.0, 1e-300), (1e-290, 1e-300)];
    for (offset, scale) in cases {
        let columns = [Cells::Numbers(values.iter().map(|value| offset + scale * value).collect())];
        let preparation = far(&columns).unwrap();
        let made = apply(&preparation, &columns);
        assert_eq!(different(&made), 200, "{offset:e} {scale:e}");
        assert!(made.iter().all(|value| *value == 0.0 || value.abs() > 1e-20), "{offset:e} {scale:e}");
        preparation.check().unwrap();
    }
    // As small as 64 bits go.
    let columns = [Cells::Numbers((0..50).map(|row| f64::from_bits(row + 1)).collect())];
    let preparation = far(&columns).unwrap();
    assert_eq!(different(&apply(&preparation, &columns)), 50);
}

#[test]
fn one_zero_among_seconds_hides_nothing() {
    let seconds = (0..280).map(|row| if row == 130 { 0.0 } else { 1.7e9 + f64::from(row * 9 % 280) });
    let columns = [Cells::Numbers(seconds.collect())];
    let preparation = far(&columns).unwrap();
    assert_eq!(different(&apply(&preparation, &columns)), 280);
}

#[test]
fn columns_that_32_bits_hold_keep_every_bit() {
    let fine = [
        bell(300),
        (0..300).map(|row| f64::from(row) * 0.1).collect(),
        (0..300).map(|row| 16_000_000.0 + f64::from(row)).collect(),
        // Far from zero, and equal: nothing is lost.
        vec![1e9 + 1.0; 300],
        // One value in 300 is lost.
        (0..300).map(|row| if row == 7 { 8.0 + 1e-9 } else { f64::from(row) }).collect(),
    ];
    let columns: Vec<Cells> = fine.iter().cloned().map(Cells::Numbers).collect();
    assert_eq!(far(&columns), None);
    // Beside one that is not fine they keep them too.
    let distant = Cells::Numbers((0..300).map(|row| 1e9 + f64::from(row)).collect());
    let columns: Vec<Cells> = columns.into_iter().chain([distant]).collect();
    let preparation = far(&columns).unwrap();
    let made = apply(&preparation, &columns);
    for (row, made) in made.chunks(6).enumerate() {
        assert!((0..5).all(|at| made[at].to_bits() == (fine[at][row] as f32).to_bits()), "row {row}");
    }
    assert_eq!(preparation.treatments().len(), 1);
}

#[test]
fn groups_that_one_origin_cannot_serve_are_counted() {
    let group = |offset: f64, count: u32| (0..count).map(move |row| offset + f64::from(row));
    let values: Vec<f64> = group(0.0, 100).chain(group(1e12, 90)).chain(group(-3e12, 60)).collect();
    let columns = [Cells::Numbers(values)];
    let preparation = far(&columns).unwrap();
    let (name, groups) = preparation.far_groups().next().unwrap();
    assert_eq!(name, "x0");
    let found: Vec<(f64, usize)> = groups.iter().map(|group| (group.around, group.values)).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!((found[0].0 - 1e12).abs() < 100.0 && found[0].1 > 85, "{found:?}");
    assert!((found[1].0 + 3e12).abs() < 100.0 && found[1].1 > 55, "{found:?}");
}

#[test]
fn every_scale_sees_values_without_their_offset() {
    let values = bell(101);
    for scale in [Scale::Standard, Scale::Robust, Scale::Quantile] {
        let options = Options { scale, missing: Missing::Mean, ..Options::default() };
        let of_offset = |offset: f64| {
            // Steps of 1/256 are exact at either offset.
            let cells: Vec<f64> =
                values.iter().map(|value| offset + (value * 256.0).round() / 256.0).collect();
            let columns = [Cells::Numbers(cells)];
            let preparation = Preparation::fit(&names(1), &columns, &options).unwrap();
            apply(&preparation, &columns)
        };
        let (near, far) = (of_offset(0.0), of_offset(1e12));
        assert_eq!(order(&near), order(&far), "{scale:?}");
        if scale == Scale::Quantile {
            assert_eq!(near, far);
        }
    }
}

#[test]
fn a_missing_cell_beside_an_offset_takes_the_mean_of_the_column() {
    let cells = vec![1e9 + 1.0, f64::NAN, 1e9 + 3.0, 1e9 + 8.0];
    let columns = [Cells::Numbers(cells)];
    let options = Options { missing: Missing::Mean, ..Options::default() };
    let preparation = Preparation::fit(&names(1), &columns, &options).unwrap();
    assert_eq!(apply(&preparation, &columns), [-2.0, 1.0, 0.0, 5.0]);
    let words = preparation.treatments()[0].to_string();
    assert_eq!(
        words,
        "x0: taken relative to 1000000003, as 32 bits would run its values together; 1 missing cell takes the mean, 1000000004"
    );
}

#[test]
fn columns_with_different_offsets_are_not_the_same() {
    let of_offset =
        |offset: f64| Cells::Numbers((0..50).map(|row| offset + f64::from(row * 7 % 50)).collect());
    let columns = [of_offset(1e9), of_offset(2e9), of_offset(1e9)];
    let preparation = Preparation::fit(&names(3), &columns, &Options::default()).unwrap();
    assert_eq!(preparation.outputs(), ["x0", "x1", "x2"]);
    assert_eq!(preparation.watched()[0].fitted, "the same as \"x0\"");
}

#[test]
fn a_preparation_with_an_origin_reads_back_and_a_bent_one_is_refused() {
    let columns = [Cells::Numbers((0..50).map(|row| 1e9 + f64::from(row)).collect())];
    let preparation = far(&columns).unwrap();
    let mut json = serde_json::to_value(&preparation).unwrap();
    assert_eq!(json["columns"][0]["how"], "relative");
    let again: Preparation = serde_json::from_value(json.clone()).unwrap();
    again.check().unwrap();
    assert_eq!(again, preparation);
    for (field, bad) in [("unit", 3.0), ("unit", 0.0), ("unit", -1.0), ("unit", 2.0), ("origin", 1e300)] {
        let good = json["columns"][0][field].take();
        json["columns"][0][field] = bad.into();
        let bent: Preparation = serde_json::from_value(json.clone()).unwrap();
        assert!(bent.check().unwrap_err().to_string().contains("power of two"), "{field} {bad}");
        json["columns"][0][field] = good;
    }
}

/// Whether a table of one column, made value by value, seems to run together.
fn seems(rows: usize, value: impl Fn(usize) -> f64) -> bool {
    let mut rounding = Rounding::default();
    for row in 0..rows {
        if rounding.takes_row() {
            rounding.see(value(row));
        }
    }
    rounding.runs_together()
}

#[test]
fn a_first_look_at_long_tables_finds_offsets_and_spares_the_rest() {
    let scattered = |row: usize| ((row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64;
    for rows in [100, 8192, 8193, 200_000] {
        assert!(seems(rows, |row| 1.7e9 + row as f64 / 10.0), "{rows}");
        assert!(seems(rows, |row| 1e9 + scattered(row) / (1u64 << 53) as f64), "{rows}");
        // Every other row is far off: no fixed step through the rows must miss one kind.
        assert!(seems(rows, |row| if row % 2 == 0 { 0.5 } else { 1e12 + row as f64 }), "{rows}");
        assert!(!seems(rows, |row| scattered(row) / (1u64 << 53) as f64), "{rows}");
        assert!(!seems(rows, |row| (row % 1000) as f64 * 0.01), "{rows}");
        assert!(!seems(rows, |_| 1e9 + 0.1), "{rows}");
    }
}

#[test]
fn nanoseconds_keep_every_digit() {
    let mut cells = Cells::Numbers(Vec::new());
    let steps: Vec<i128> = (0..400).map(|row| row * 37 % 400).collect();
    steps.iter().for_each(|step| cells.push_integer(1_700_000_000_000_000_000 + step));
    let columns = [cells];
    let preparation = far(&columns).unwrap();
    let made = apply(&preparation, &columns);
    assert!(made.iter().zip(&steps).all(|(value, &step)| value - made[0] == (step - steps[0]) as f32));
    // The model keeps them too, and takes floats of the same column.
    let json = serde_json::to_string(&preparation).unwrap();
    let again: Preparation = serde_json::from_str(&json).unwrap();
    assert_eq!(apply(&again, &columns), made);
    let rounded = [Cells::Numbers(vec![1.7e18])];
    assert!((apply(&again, &rounded)[0] - made[0]).abs() <= 256.0);
    // Even where 64-bit floats hold one value only.
    let mut near = Cells::Numbers(Vec::new());
    (0..30).for_each(|row| near.push_integer(1_700_000_000_000_000_000 + row));
    let preparation = Preparation::fit(&names(1), &[near], &Options::default()).unwrap();
    assert_eq!(preparation.watched(), []);
}

#[test]
fn rows_are_drawn_from_cells_of_either_length() {
    let mut long = Cells::Numbers(Vec::new());
    long.push_integer((1 << 60) + 1);
    let mut drawn = Cells::Numbers(vec![5.0]);
    drawn.put(1, &long, 0);
    drawn.put(2, &Cells::Numbers(vec![6.0]), 0);
    let mut wanted = Cells::Numbers(vec![5.0]);
    wanted.push_integer((1 << 60) + 1);
    wanted.push_number(6.0);
    assert_eq!(drawn, wanted);
}

#[test]
fn values_of_every_size_that_become_zero_are_counted() {
    // Probabilities from 1 to 1e-200: no unit serves all of them.
    let columns = [Cells::Numbers((0..2000).map(|row| 10f64.powf(f64::from(-row) / 10.0)).collect())];
    let preparation = far(&columns).unwrap();
    let (_, groups) = preparation.far_groups().next().unwrap();
    assert!(groups.iter().map(|group| group.values).sum::<usize>() > 1500, "{groups:?}");
    assert!(groups[0].values > 1500 && groups[0].around < 1e-100, "{groups:?}");
    assert_eq!(apply(&preparation, &columns)[0], 1.0);
}

#[test]
fn counters_far_from_zero_are_left_out_and_measurements_are_not() {
    let counter = Cells::Numbers((0..60).map(|row| 1.7e9 + f64::from(row)).collect());
    // In 32 bits such a trend is a line, within rounding.
    let trend = |row: u32| 1.7e9 + f64::from(60 * row) + f64::from(row * row * 31 % 97);
    let columns = [counter, Cells::Numbers((0..60).map(trend).collect())];
    let preparation = Preparation::of_far_numbers(&names(2), &columns, Ordered::Ignore).unwrap();
    assert_eq!((preparation.ordered(), preparation.outputs()), (vec!["x0".into()], vec!["x1".into()]));
    let fitted = Preparation::fit(&names(2), &columns, &Options::default()).unwrap();
    assert_eq!(fitted.outputs(), ["x1"]);
}
