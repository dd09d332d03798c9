//! Which row it was: an id beside every row, and cells as they are written.

use serde_json::Value;

use crate::workplace::Workplace;

/// Customers of three cities who spend about 50, and one who spends 400.
fn customers() -> String {
    let line = |row: usize| {
        let city = ["Ulm", "Bonn", "Kiel"][row * 7 % 3];
        let spent = if row == 57 { 400.0 } else { 45.0 + (row * 37 % 100) as f64 / 10.0 };
        format!("C{row:04},{city},{spent:.2}\n")
    };
    "customer,city,spent\n".to_owned() + &(0..80).map(line).collect::<String>()
}

fn with_customers() -> Workplace {
    let place = Workplace::new();
    place.write("c.csv", customers());
    place
}

/// The rows that a summary lists, each as a line.
fn listed(out: &str) -> Vec<&str> {
    out.lines().skip_while(|line| !line.trim_start().starts_with("row ")).skip(1).collect()
}

#[test]
fn a_column_whose_values_are_all_different_stands_beside_every_row_and_is_said() {
    let place = with_customers();
    let out = place.done("detect c.csv --detector ecod --explain 2 --output s.csv --model m.gs");
    assert!(out.contains("\nid        customer (every value is different)\n"), "{out}");
    let line = listed(&out).into_iter().find(|line| line.contains("C0057")).expect("the row is listed");
    assert!(line.trim_start().starts_with("57  C0057"), "{line}");
    assert!(line.contains("spent 400.00 (usually 46 to 54)"), "{line}");
    let scores = place.read("s.csv");
    assert!(scores.starts_with("row,customer,score,outlier,feature_1,"), "{scores}");
    assert!(scores.lines().nth(58).unwrap().starts_with("57,C0057,"), "{scores}");
    // The model knows its id, and rows that it scores have theirs.
    let scored = place.done("score m.gs c.csv --explain 2");
    assert_eq!(scored, scores);
    assert!(place.done("fit c.csv --detector ecod --model n.gs").contains("  C0057  "));
}

#[test]
fn the_id_that_is_asked_for_is_no_feature_wherever_it_is_shown() {
    let place = with_customers();
    let out = place.done("detect c.csv --detector ecod --id city --ignore customer --json --model m.gs");
    let object: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&object["columns"], &object["id"]["column"]), (&1.into(), &"city".into()));
    let listed = object["most_abnormal"].as_array().unwrap();
    assert_eq!(listed.iter().find(|row| row["row"] == 57).unwrap()["id"], "Ulm");
    let scored = place.done("score m.gs c.csv --id city --ignore customer");
    assert!(scored.lines().nth(58).unwrap().starts_with("57,Ulm,"), "{scored}");
    // With --append it is among the columns already.
    let appended = place.done("score m.gs c.csv --id city --ignore customer --append");
    assert!(appended.starts_with("customer,city,spent,row,score,outlier\n"), "{appended}");
    let ended = place.run("detect c.csv --id costumer");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("customer"), "{}", ended.err);
}

#[test]
fn an_id_with_the_name_of_a_score_column_is_called_id() {
    let place = Workplace::new();
    let line = |row: usize| format!("{row},{},{}\n", row * 7 % 11, row * 5 % 13);
    place.write("t.csv", "row,a,b\n".to_owned() + &(0..40).map(line).collect::<String>());
    place.done("detect t.csv --detector ecod --output s.csv");
    assert!(place.read("s.csv").starts_with("row,id,score,outlier\n0,0,"), "{}", place.read("s.csv"));
}

#[test]
fn reasons_are_the_columns_of_the_table_with_cells_as_they_are_written() {
    let place = Workplace::new();
    let line = |row: usize| {
        let day = 1 + row * 11 % 28;
        let paid = if row.is_multiple_of(2) { "yes" } else { "no" };
        let (city, age) = match row {
            33 => ("Atlantis", "NA".into()),
            _ => (["Ulm", "Bonn"][row * 5 % 2], (30 + row * 7 % 20).to_string()),
        };
        format!("{city},{age},2024-03-{day:02},{paid}\n")
    };
    place.write("p.csv", "city,age,since,paid\n".to_owned() + &(0..90).map(line).collect::<String>());
    let words = "detect p.csv --detector ecod --missing indicator --explain 4";
    let out = place.done(words);
    let line = listed(&out).into_iter().find(|line| line.trim_start().starts_with("33 ")).unwrap();
    assert!(line.contains("city Atlantis (in 1 of 90 rows; usually Ulm, Bonn) "), "{line}");
    assert!(line.contains("age missing (usually 31 to 47) "), "{line}");
    assert!(out.contains("since 2024-03-"), "{out}");

    let object: Value = serde_json::from_str(&place.done(&format!("{words} --json"))).unwrap();
    for row in object["most_abnormal"].as_array().unwrap() {
        let because = row["because"].as_array().unwrap();
        let mut total = 0.0;
        for reason in because {
            assert!(
                ["city", "age", "since", "paid"].contains(&reason["feature"].as_str().unwrap()),
                "{reason}"
            );
            total += reason["share"].as_f64().unwrap();
        }
        assert!((total - 1.0).abs() < 1e-4, "what is made of a column counts as that column: {row}");
        if row["row"] == 33 {
            let age = because.iter().find(|reason| reason["feature"] == "age").unwrap();
            assert!(age["value"].is_null() && age.get("side").is_none(), "{age}");
            assert!((31.0..32.0).contains(&age["usual"]["low"].as_f64().unwrap()), "{age}");
        }
    }
    let sides = || {
        object["most_abnormal"].as_array().unwrap().iter().flat_map(|row| row["because"].as_array().unwrap())
    };
    let ages = sides().filter(|reason| reason["feature"] == "age" && reason.get("side").is_some());
    for age in ages {
        let value: f64 = age["value"].as_str().unwrap().parse().unwrap();
        let wanted = if value < 40.0 { "below" } else { "above" };
        assert_eq!(age["side"], wanted, "{age}");
    }
}

#[test]
fn a_page_shows_ids_and_cells_as_they_are_written_and_the_reason_beside_the_score() {
    let place = with_customers();
    let out = place.run("detect c.csv --detector ecod --report r.html --model m.gs");
    assert_eq!((out.code, out.err.as_str()), (0, ""));
    let ended = place.run("report m.gs c.csv --output n.html");
    assert!(ended.err.starts_with("gradstop: wrote n.html (8 of 80 rows flagged, "), "{}", ended.err);
    for page in ["r.html", "n.html"] {
        let page = place.read(page);
        assert!(page.contains(">C0057</td>") && page.contains(">400.00</td>"));
        let row = page.split("<tr>").find(|row| row.contains(">C0057<")).unwrap();
        assert!(row.contains(">spent "), "the reason stands beside the score: {row}");
        assert!(row.contains("usually 46 to 54"), "{row}");
    }
    assert_eq!(place.run("report m.gs c.csv --output -").err, "");
}

#[test]
fn a_table_from_a_pipe_is_shown_as_it_is_written() {
    let place = with_customers();
    let ended = place.run_with_input("detect - --detector ecod --explain 1", customers().as_bytes());
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.out.contains("C0057") && ended.out.contains("spent 400.00 ("), "{}", ended.out);
}

#[test]
fn no_cell_commands_the_terminal_or_breaks_a_line() {
    let place = Workplace::new();
    let line = |row: usize| format!("\"\u{1b}[31m{row}\nx\",{},{}\n", row * 7 % 11, row * 5 % 13);
    place.write("t.csv", "who,a,b\n".to_owned() + &(0..40).map(line).collect::<String>());
    let out = place.done("detect t.csv --detector ecod --explain 1");
    assert!(out.contains("who (every value is different)") && !out.contains('\u{1b}'), "{out}");
    assert_eq!(listed(&out).len(), 10, "{out}");
}

#[test]
fn a_table_of_numbers_is_listed_as_ever() {
    let place = Workplace::with_table();
    let out = place.done("detect table.csv --label label --detector ecod --output s.csv");
    assert!(!out.contains("\nid  "), "{out}");
    assert!(out.contains("\n       row         score\n"), "{out}");
    assert!(place.read("s.csv").starts_with("row,score,outlier\n"));
}
