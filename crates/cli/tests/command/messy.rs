//! Tables with missing cells, text, booleans and dates: fitted, saved, scored and explained.

use serde_json::Value;

use crate::workplace::Workplace;

/// 30 columns of mixed kinds, a tenth of the cells missing, of which the last 5 rows are far off.
fn mixed(rows: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut draw = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let names: Vec<String> =
        (0..30).map(|column| format!("{}{column}", ["n", "t", "b", "d", "u"][column % 5])).collect();
    let mut text = names.join(",") + ",label\n";
    for row in 0..rows {
        let far = row + 5 >= rows;
        let at = draw(1000) as f64 / 100.0;
        for column in 0..30 {
            let cell = match column % 5 {
                0 if far => format!("{}", 500.0 + at * column as f64),
                0 => format!("{}", at * (1 + column) as f64 + draw(100) as f64 / 50.0),
                1 => ["red", "green", "blue", "rare"][draw(if far { 4 } else { 3 }) as usize].to_owned(),
                2 => ["yes", "no"][draw(2) as usize].to_owned(),
                3 => format!("2024-{:02}-{:02}", 1 + draw(12), 1 + draw(28)),
                _ => format!("user{}", draw(40)),
            };
            // The first row is complete, so that every column has a value.
            let missing = row > 0 && draw(10) == 0;
            text += if missing { ["", "NA", "null"][draw(3) as usize] } else { &cell };
            text.push(',');
        }
        text += if far { "1\n" } else { "0\n" };
    }
    text
}

#[test]
fn a_mixed_table_with_missing_cells_needs_no_flag_but_one() {
    let place = Workplace::new();
    place.write("train.csv", mixed(300, 1));
    place.write("new.csv", mixed(50, 2));
    let words = "train.csv --label label --missing mean --epochs 20";
    let fitted = place.done(&format!("fit {words} --model m.gs --json"));
    let object: Value = serde_json::from_str(&fitted).unwrap();
    assert_eq!(object["columns"], 30);
    assert!(object["features"].as_u64() > Some(30), "{object}");
    assert_eq!(object["prepared"].as_array().unwrap().len(), 30, "{object}");
    assert!(object["auc"].as_f64() > Some(0.9), "{object}");
    // The rows that were fitted score the same again, and the model lies in one file.
    place.done(&format!("detect {words} --output scores.csv"));
    assert_eq!(place.done("score m.gs train.csv --ignore label"), place.read("scores.csv"));
    let scored = place.done("score m.gs new.csv --ignore label");
    assert_eq!(scored.lines().count(), 51);
    // In chunks, from a stream, and behind the input's own columns.
    let streamed = place.run_with_input("score m.gs - --ignore label", mixed(50, 2).as_bytes());
    assert_eq!((streamed.code, streamed.out), (0, scored.clone()));
    let appended = place.done("score m.gs new.csv --ignore label --append");
    for (line, own) in appended.lines().zip(scored.lines()) {
        assert!(line.ends_with(&format!(",{own}")), "{line}");
    }
    let by_detect = place.done(&format!("detect {words} --append --output -"));
    assert_eq!(by_detect.lines().next().unwrap(), appended.lines().next().unwrap());
}

#[test]
fn a_stream_of_a_mixed_table_is_fitted_as_the_file_is() {
    let place = Workplace::new();
    place.write("t.csv", mixed(60, 3));
    let words = "--label label --missing indicator --epochs 5 --output -";
    let wanted = place.done(&format!("detect t.csv {words}"));
    let ended = place.run_with_input(&format!("detect - {words}"), mixed(60, 3).as_bytes());
    assert_eq!((ended.code, ended.out), (0, wanted));
}

/// A small table with one column of every kind.
const PEOPLE: &str = "age,colour,member,since\n\
    31,red,yes,2024-01-01\n\
    NA,blue,no,2024-01-02\n\
    45,red,yes,\n\
    52,,no,2024-01-05\n\
    29,green,yes,2024-01-04\n\
    38,red,no,2024-01-03\n";

#[test]
fn the_summary_says_what_was_done_to_which_column() {
    let place = Workplace::new();
    place.write("people.csv", PEOPLE);
    let said = place.done("detect people.csv --missing mean --detector ecod --model m.gs");
    let lines = "prepared  6 features in all\n          \
        age: 1 missing cell takes the mean, 39\n          \
        colour: text becomes a column of 0 and 1 for each of 3 levels; 1 missing cell takes the mean\n          \
        member: true becomes 1, false 0\n          \
        since: dates become days since 2024-01-01, UTC; 1 missing cell takes the mean, 2\n";
    assert!(said.starts_with("table     people.csv: 6 rows, 4 columns\n"), "{said}");
    assert!(said.contains(lines), "{said}");
    let inspected = place.done("inspect m.gs");
    assert!(inspected.contains("6 rows, 4 columns: age, colour, member, since\n"), "{inspected}");
    assert!(inspected.contains("colour: text becomes"), "{inspected}");
    let object: Value = serde_json::from_str(&place.done("inspect m.gs --json")).unwrap();
    assert_eq!(object["columns"], serde_json::json!(["age", "colour", "member", "since"]));
    assert_eq!(
        object["features"],
        serde_json::json!(["age", "colour=red", "colour=blue", "colour=green", "member", "since"])
    );
    assert_eq!(object["preparation"]["missing"], "mean");
    assert_eq!(object["prepared"][0]["column"], "age");
}

#[test]
fn reasons_and_pages_name_columns_of_the_table_and_mark_missing_cells() {
    let place = Workplace::new();
    place.write("people.csv", PEOPLE);
    let words = "people.csv --missing indicator --detector ecod --explain 3 --output scores.csv --report page.html --model m.gs";
    place.done(&format!("detect {words}"));
    let scores = place.read("scores.csv");
    assert!(
        scores.contains(",colour,") && !scores.contains("colour=") && !scores.contains("age missing"),
        "{scores}"
    );
    let page = place.read("page.html");
    assert!(page.contains("What was done to the columns") && page.contains(">colour</button>"), "{page}");
    assert!(page.contains(">missing</td>") && page.contains(">red</td>"), "{page}");
    place.done("report m.gs people.csv --output again.html");
    assert!(place.read("again.html").contains(">missing</td>"));
    assert!(place.done("score m.gs people.csv --explain 2").contains("feature_2"));
}

#[test]
fn without_a_flag_text_is_encoded_and_missing_cells_are_filled_and_counted() {
    let place = Workplace::new();
    place.write("t.csv", "a,colour\n1,red\n2,blue\n4,red\n");
    let said = place.done("detect t.csv --detector ecod");
    assert!(said.contains("colour: text becomes a column of 0 and 1 for each of 2 levels"), "{said}");
    place.write("holes.csv", "a,colour\n1,red\n,blue\n4,red\n");
    let said = place.done("detect holes.csv --detector ecod");
    let line =
        "missing   1 cell in 1 column takes the column's median (a 2.5); a further column says where for a\n";
    assert!(said.contains(line), "{said}");
    let ended = place.run("detect holes.csv --detector ecod --missing error");
    assert_eq!(ended.code, 2);
    assert!(
        ended.err.starts_with(
            "gradstop: holes.csv: row 1, column \"a\": got a missing cell, wanted a finite number"
        ),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("--missing median"), "{}", ended.err);
    place.write("numbers.csv", "a,b\n1,5\n,6\n4,inf\n7,2\n");
    let said = place.done("detect numbers.csv --detector ecod --text error");
    assert!(said.contains("2 cells in 2 columns take"), "{said}");
    let ended = place.run("detect t.csv --text error");
    assert!(ended.err.contains("column \"colour\": got \"red\", wanted a finite number"), "{}", ended.err);
}

#[test]
fn another_kind_a_missing_column_and_a_new_word_are_told_when_rows_are_scored() {
    let place = Workplace::new();
    place.write("people.csv", PEOPLE);
    place.done("fit people.csv --missing mean --detector ecod --model m.gs");
    for (name, content, wanted) in [
        (
            "kind.csv",
            "age,colour,member,since\nold,red,yes,2024-01-01\n",
            "column \"age\": got \"old\", wanted a finite number",
        ),
        (
            "date.csv",
            "age,colour,member,since\n3,red,yes,someday\n",
            "column \"since\": got \"someday\", wanted a date",
        ),
        ("fewer.csv", "age,colour,since\n3,red,2024-01-01\n", "missing member"),
        (
            "order.csv",
            "colour,age,member,since\nred,3,yes,2024-01-01\n",
            "got columns reordered from column 0 on, \"colour\"",
        ),
    ] {
        place.write(name, content);
        let ended = place.run(&format!("score m.gs {name}"));
        assert_eq!(ended.code, 2, "{name}");
        assert!(
            ended.err.starts_with(&format!("gradstop: {name}: ")) && ended.err.contains(wanted),
            "{}",
            ended.err
        );
    }
    place.write("new.csv", "age,colour,member,since\n3,pink,NA,2030-01-01\n4,pink,yes,\n");
    let ended = place.run("score m.gs new.csv");
    assert_eq!(ended.code, 0);
    assert_eq!(
        ended.err,
        "gradstop: warning: column \"colour\": 2 words that the fitted column did not have\n\
         gradstop: warning: column \"member\": 1 missing cell, and the fitted column had none\n\
         gradstop: warning: column \"age\": 2 of 2 rows lie outside of the fitted range, 29 to 52: they go from 3 to 4\n\
         gradstop: warning: column \"since\": 1 of 2 rows lies outside of the fitted range, 0 to 4: they go from 2 to 2192\n"
    );
}

#[test]
fn complete_numbers_score_the_same_bits_with_every_way_to_fill() {
    let place = Workplace::with_table();
    let scores =
        |words: &str| place.done(&format!("detect table.csv --label label --epochs 6 --output - {words}"));
    let wanted = scores("");
    for words in
        ["--missing mean", "--missing median", "--missing indicator", "--text error", "--text onehot"]
    {
        assert_eq!(scores(words), wanted, "{words}");
    }
    assert_ne!(scores("--scale robust"), wanted);
    assert_ne!(scores("--scale quantile"), wanted);
    // A model of numbers alone has no preparation, and says nothing of one.
    place.done("fit table.csv --label label --epochs 6 --model m.gs");
    let object: Value = serde_json::from_str(&place.done("inspect m.gs --json")).unwrap();
    assert!(object.get("prepared").is_none());
}

#[test]
fn scales_are_kept_with_the_model_and_said() {
    let place = Workplace::new();
    // A heavy tail that squeezes all other rows together.
    let rows: String = (0..200).map(|row| format!("{},{}\n", f64::from(row % 23).exp(), row % 17)).collect();
    place.write("t.csv", format!("a,b\n{rows}"));
    for (scale, line) in [
        ("robust", "scaled    by median and interquartile range"),
        ("quantile", "scaled    numbers and dates are normal scores"),
    ] {
        let words = format!("detect t.csv --scale {scale} --epochs 5 --output scores.csv --model m.gs");
        let said = place.done(&words);
        assert!(said.contains(line), "{said}");
        assert_eq!(place.done("score m.gs t.csv"), place.read("scores.csv"), "{scale}");
    }
}

#[test]
fn codes_can_be_taken_for_text_and_levels_limited() {
    let place = Workplace::new();
    let code = |row: u32| if row < 56 { row % 4 } else { row - 52 };
    let rows: String = (0..60).map(|row| format!("{},{}\n", row * row % 59, code(row))).collect();
    place.write("t.csv", format!("a,code\n{rows}"));
    let features = |words: &str| {
        let out = place.done(&format!("detect t.csv --detector ecod --json {words}"));
        serde_json::from_str::<Value>(&out).unwrap()["features"].clone()
    };
    assert_eq!(features("--categorical code"), 9);
    assert_eq!(features("--categorical code --levels 3 --text onehot"), 5);
    assert_eq!(features("--categorical code --levels 3"), 2);
    let ended = place.run("detect t.csv --categorical kode");
    assert!(ended.err.contains("got no column \"kode\", wanted one of \"code\""), "{}", ended.err);
    for words in ["--missing drop", "--text words", "--scale log", "--levels 0"] {
        assert_eq!(place.run(&format!("detect t.csv {words}")).code, 2, "{words}");
    }
}

#[test]
fn a_label_is_found_in_a_table_of_any_kind() {
    let place = Workplace::new();
    place.write("t.csv", mixed(40, 5));
    place.done("detect t.csv --label label --missing mean --detector ecod --output scores.csv");
    let judged = place.done("evaluate scores.csv --label label --from t.csv");
    assert!(judged.starts_with("AUC "), "{judged}");
}

#[test]
fn a_row_that_departs_from_what_was_left_out_scores_higher_and_is_said() {
    let place = Workplace::new();
    let rows = |lines: &[&str]| format!("pump,flow,copy,unit\n{}\n", lines.join("\n"));
    let fitted: Vec<String> = (0..90)
        .map(|row| {
            let flow = 40.0 + f64::from(row * 31 % 89) / 10.0;
            format!("3,{flow},{flow},bar")
        })
        .collect();
    place.write("fit.csv", rows(&fitted.iter().map(String::as_str).collect::<Vec<_>>()));
    place.write(
        "new.csv",
        rows(&["3,44,44,bar", "300,44,44,bar", "3,44,99,bar", "3,44,44,psi", "3,44,44,bar"]),
    );
    for detector in ["ecod", "knn", "iforest", "autoencoder --epochs 3"] {
        place.done(&format!("fit fit.csv --detector {detector} --model m.gs"));
        let ended = place.run("score m.gs new.csv --explain 1");
        let scores: Vec<Vec<&str>> =
            ended.out.lines().skip(1).map(|line| line.split(',').collect()).collect();
        let score = |row: usize| scores[row][1].parse::<f64>().unwrap();
        assert_eq!(scores[0][1], scores[4][1], "{detector}");
        assert!((1..4).all(|row| score(row) > score(0)), "{detector}: {}", ended.out);
        assert_eq!(["pump", "copy"], [scores[1][3], scores[2][3]], "{detector}");
        assert_eq!([scores[1][2], scores[2][2]], ["1", "1"], "{detector}");
        for said in [
            "gradstop: warning: column \"pump\": 1 row departs from the fit, in every row of which it was 3\n",
            "column \"copy\": 1 row departs from the fit, in every row of which it was the same as \"flow\"\n",
            "column \"unit\": 1 row departs from the fit, in every row of which it was \"bar\"\n",
        ] {
            assert!(ended.err.contains(said), "{}", ended.err);
        }
        let page = place.run("report m.gs new.csv --output page.html");
        assert!(page.err.contains("column \"unit\": 1 row departs"), "{}", page.err);
        place.write("same.csv", rows(&["3,41,41,bar"]));
        assert_eq!(place.run("score m.gs same.csv").err, "", "{detector}");
    }
}

#[test]
fn rows_that_are_flagged_far_more_often_than_the_fitted_ones_are_said_with_the_columns_to_blame() {
    let place = Workplace::new();
    let rows = |from: usize, count: usize, shift: f64| -> String {
        let row = |at: usize| {
            let wave = |step: usize| ((at * at * step) % 997) as f64 / 100.0;
            format!("{},{},{}\n", wave(31), wave(57) + shift, wave(11))
        };
        std::iter::once("load,pressure,speed\n".into()).chain((from..from + count).map(row)).collect()
    };
    place.write("fit.csv", rows(0, 400, 0.0));
    place.write("same.csv", rows(400, 300, 0.0));
    place.write("shifted.csv", rows(400, 300, 60.0));
    place.write("few.csv", rows(400, 15, 60.0));
    for detector in ["ecod", "knn", "autoencoder --epochs 5"] {
        place.done(&format!("fit fit.csv --detector {detector} --model m.gs"));
        let said = |table: &str| place.run(&format!("score m.gs {table}")).err;
        let wanted = "warning: flagged 300 of 300 rows, 100 %, where the fit flags 10 %";
        let shifted = said("shifted.csv");
        assert!(
            shifted.contains(wanted) && shifted.contains("most of all in pressure ("),
            "{detector}: {shifted}"
        );
        assert_eq!(said("same.csv"), "", "{detector}");
        let few = said("few.csv");
        assert!(few.contains("column \"pressure\": 15 of 15 rows lie outside of the fitted range"), "{few}");
        assert!(!few.contains("flagged"), "{detector}: {few}");
    }
}

/// A number in [0, 1) that looks like chance.
fn noise(at: u64) -> f64 {
    let mixed = at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed ^ (mixed >> 32)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Days with a temperature that follows the seasons.
fn days(from: u64, count: u64) -> String {
    let row = |day: u64| {
        let date = chrono_day(day);
        let season = (day as f64 / 365.25 * std::f64::consts::TAU).cos();
        format!(
            "{},{date},{:.1},{:.1}\n",
            3 * day + 5,
            12.0 - 9.0 * season + 4.0 * noise(2 * day),
            40.0 + 20.0 * noise(2 * day + 1)
        )
    };
    std::iter::once("row,date,temperature,load\n".to_owned()).chain((from..from + count).map(row)).collect()
}

/// The day so many days after 2021-01-01; no year in reach is a leap year but 2024.
fn chrono_day(day: u64) -> String {
    const LENGTHS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (mut year, mut left) = (2021, day);
    while left >= 365 {
        (year, left) = (year + 1, left - 365);
    }
    let mut month = 0;
    while left >= LENGTHS[month] {
        left -= LENGTHS[month];
        month += 1;
    }
    format!("{year}-{:02}-{:02}", month + 1, left + 1)
}

fn flagged(scores: &str) -> f64 {
    let at = scores.lines().next().unwrap().split(',').position(|name| name == "outlier").unwrap();
    let rows: Vec<&str> = scores.lines().skip(1).collect();
    rows.iter().filter(|row| row.split(',').nth(at) == Some("1")).count() as f64 / rows.len() as f64
}

#[test]
fn the_next_year_is_flagged_as_the_fitted_ones_though_dates_and_counters_went_on() {
    let place = Workplace::new();
    place.write("past.csv", days(0, 730));
    place.write("next.csv", days(730, 365));
    for words in
        ["", "--ordered parts", "--detector ecod", "--detector knn --ordered parts", "--detector iforest"]
    {
        let fitted = place.run(&format!("fit past.csv {words} --model m.gs"));
        assert!(fitted.out.contains("row: left out, numbers that count the rows"), "{words}: {}", fitted.out);
        assert!(
            words.contains("parts") || fitted.err.contains("leaves out: row, date"),
            "{words}: {}",
            fitted.err
        );
        let ended = place.run("score m.gs next.csv");
        let share = flagged(&ended.out);
        assert!((0.03..0.2).contains(&share), "{words}: {share}");
        assert_eq!(ended.err, "", "{words}");
    }
    // Who keeps them hears of it.
    place.run("fit past.csv --detector ecod --ordered keep --model m.gs");
    let ended = place.run("score m.gs next.csv");
    assert!(
        ended.err.contains("column \"date\": 365 of 365 rows lie outside of the fitted range, 0 to 729"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("column \"row\": 365 of 365 rows"), "{}", ended.err);
}

#[test]
fn no_row_is_on_top_because_it_is_the_first_or_the_last() {
    let place = Workplace::new();
    place.write("t.csv", days(0, 1000));
    // Numbers alone are read another way.
    let numbers: String = days(0, 1000)
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{},{},{}\n", cells[0], cells[2], cells[3])
        })
        .collect();
    place.write("numbers.csv", numbers);
    for table in ["t.csv", "numbers.csv"] {
        for detector in ["ecod", "knn", "autoencoder --epochs 10"] {
            let told = place.done(&format!("detect {table} --detector {detector} --json"));
            let object: Value = serde_json::from_str(&told).unwrap();
            let rows = object["most_abnormal"].as_array().unwrap();
            let ends = rows.iter().filter(|row| !(20..980).contains(&row["row"].as_u64().unwrap())).count();
            assert!(ends <= 2, "{table}, {detector}: {rows:?}");
        }
    }
}

#[test]
fn names_are_no_reason_for_a_score_in_fitted_rows_or_new_ones() {
    let place = Workplace::new();
    let rows = |from: u64, count: u64| -> String {
        let row = |at: u64| {
            let amount = 100.0 + 25.0 * noise(at);
            // Two names are there twice.
            let name = if at == from + 77 || at == from + 90 { at - 1 } else { at };
            format!("Person {name},{}\n", if at == 250 { 400.0 } else { amount })
        };
        std::iter::once("name,amount\n".to_owned()).chain((from..from + count).map(row)).collect()
    };
    place.write("people.csv", rows(0, 500));
    place.write("others.csv", rows(500, 500));
    for detector in ["ecod", "knn", "iforest", "autoencoder --epochs 10"] {
        let told = place.done(&format!("fit people.csv --detector {detector} --model m.gs --json"));
        let object: Value = serde_json::from_str(&told).unwrap();
        // By its tail alone a column has two ends.
        let first: Vec<&Value> = object["most_abnormal"].as_array().unwrap().iter().take(2).collect();
        let on_top =
            first.iter().find(|row| row["row"] == 250).unwrap_or_else(|| panic!("{detector}: {told}"));
        assert_eq!(on_top["score"], first[0]["score"], "{detector}: {told}");
        assert!(told.contains("name the rows"), "{told}");
        let ended = place.run("score m.gs others.csv");
        let share = flagged(&ended.out);
        assert!((0.03..0.2).contains(&share), "{detector}: {share}");
        assert_eq!(ended.err, "", "{detector}");
    }
}

#[test]
fn a_word_that_was_never_seen_scores_no_less_than_the_rarest_that_was() {
    let place = Workplace::new();
    for levels in [3, 14] {
        let row = |at: u64| {
            let word = if at % 300 == 299 {
                "rare".to_owned()
            } else {
                format!("w{}", (noise(at + 10_000) * levels as f64) as u64)
            };
            format!("{word},{}\n", 10.0 * noise(at))
        };
        place.write("t.csv", format!("word,size\n{}", (0..900).map(row).collect::<String>()));
        place.write("new.csv", "word,size\nw0,5\nrare,5\nnever,5\n");
        for detector in ["ecod", "knn", "iforest", "gmm", "autoencoder --epochs 10"] {
            place.done(&format!("fit t.csv --detector {detector} --model m.gs"));
            let ended = place.run("score m.gs new.csv");
            let scores: Vec<f64> = ended
                .out
                .lines()
                .skip(1)
                .map(|line| line.split(',').nth(1).unwrap().parse().unwrap())
                .collect();
            assert!(scores[2] >= scores[1] && scores[1] > scores[0], "{levels}, {detector}: {scores:?}");
            assert!(
                ended.err.contains("column \"word\": 1 word that the fitted column did not have"),
                "{}",
                ended.err
            );
        }
    }
}

#[test]
fn words_for_missing_cells_are_named_once_and_kept_by_the_model() {
    let place = Workplace::new();
    let rows: String = (0..40).map(|row| format!("{},{}\n", row * 7 % 13, row * row % 11)).collect();
    place.write("t.csv", format!("a,b\n-999.0,3\n{rows}8,***\n"));
    place.write("new.csv", "a,b\n-999,4\n5,***\n");
    let said = place.done("fit t.csv --na -999 --na *** --detector ecod --model m.gs");
    assert!(said.contains("missing   2 cells in 2 columns take the column's median"), "{said}");
    assert_eq!(place.done("score m.gs new.csv").lines().count(), 3);
    // Neither a stream nor a model of complete numbers can fill such a cell: a number must not be taken for a value there.
    place.write("whole.csv", format!("a,b\n-999,3\n{rows}"));
    let ended = place.run("fit whole.csv --streaming --na -999 --model s.gs");
    assert!(ended.code == 2 && ended.err.contains("--sample N takes any cells"), "{}", ended.err);
    place.done("fit whole.csv --detector ecod --model plain.gs");
    let ended = place.run("score plain.gs new.csv --na -999");
    assert!(ended.code == 2 && ended.err.contains("fit again with --na"), "{}", ended.err);
}

#[test]
fn a_number_that_is_suspected_to_stand_for_missing_cells_comes_with_the_option_that_takes_it_so() {
    let place = Workplace::new();
    let rows: String = (0..60).map(|row| format!("{}.5,{}\n", row * 7 % 13, row * row % 11)).collect();
    place.write("t.csv", format!("a,b\n{rows}-999,3\n4.5,9.969209968386869e36\n-999,5\n"));
    let ended = place.run("detect t.csv --detector ecod");
    let option =
        ended.err.lines().find_map(|line| line.strip_prefix("gradstop: such cells count as missing with "));
    let said = place.run(&format!("detect t.csv --detector ecod {}", option.unwrap_or(&ended.err)));
    assert!(
        said.out.contains("3 cells in 2 columns take") && !said.err.contains("stand for missing"),
        "{} {}",
        said.out,
        said.err
    );
}
