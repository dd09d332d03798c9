//! What is said of typical mistakes: what, where, got, wanted, and a hint. Exit code 2, nothing on
//! standard output.

use crate::workplace::Workplace;

fn said(place: &Workplace, words: &str) -> String {
    let ended = place.run(words);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{words}: {}", ended.err);
    assert!(!ended.err.contains("panicked"), "{words}: {}", ended.err);
    ended.err
}

#[test]
fn exact_words_for_the_command_line_and_the_table() {
    let place = Workplace::with_table();
    place.write("text.csv", "a,b\n1,2\nfoo,4\n");
    place.write("scored.csv", "a,b,score\n1,2,3\n4,5,6\n");
    place.write("scores.csv", "row,score,outlier\n0,1,0\n1,2,1\n");
    std::fs::create_dir(place.path("no-tables")).unwrap();
    for (words, wanted) in [
        (
            "detect empty.csv",
            "gradstop: empty.csv: cannot be opened: got No such file or directory (os error 2), wanted a table (hint: is the name \
             right, as seen from here?)",
        ),
        (
            "detect no-tables",
            "gradstop: no-tables: got no file, wanted at least one (hint: files of a folder end in .csv, .parquet, \
             .arrow, .npy or the like, with or without .gz, .bz2, .xz or .zst, or in .zip)",
        ),
        (
            "detect nothing*.csv",
            "gradstop: nothing*.csv: got no file, wanted at least one (hint: put a pattern in quotes, and see what \
             it matches with ls)",
        ),
        (
            "detect -",
            "gradstop: standard input: got no row, wanted at least one (hint: is it empty, or is its first row of data taken \
             for a header? --header no)",
        ),
        (
            "detect text.csv --text error",
            "gradstop: text.csv: row 1 (line 3), column \"a\": got \"foo\", wanted a finite number that fits into 32 \
             bits (hint: if the column is no feature, leave it out with --ignore \"a\")",
        ),
        (
            "detect table.csv --label lable",
            "gradstop: table.csv: got no column \"lable\", wanted one of \"label\", \"x\", \"y\", \"z\" (hint: a name is written \
             as in the file)",
        ),
        (
            "detect table.csv --label label --ignore label",
            "gradstop: table.csv: column \"label\": got it as the label and as ignored, wanted one of the two (hint: the \
             label is no feature anyway)",
        ),
        (
            "detect table.csv --ignore label --set epochs",
            "gradstop: --set epochs: got no setting and value, wanted key=value (hint: as in --set epochs=50 \
             or --set gradstop.patience=20)",
        ),
        (
            "detect scored.csv --append --output out.csv",
            "gradstop: scored.csv: got a column \"score\" already, wanted none of that name for --append (hint: \
             rename it, or leave --append out)",
        ),
        (
            "detect table.csv --output a.csv --model ./a.csv",
            "gradstop: ./a.csv: got it as both --output and --model, wanted one file each (hint: choose another name)",
        ),
        (
            "evaluate scores.csv --label label",
            "gradstop: scores.csv: got no column \"label\", wanted one that says which rows are outliers (hint: name the \
             table that has it with --from)",
        ),
        (
            "evaluate scores.csv --label label --from table.csv",
            "gradstop: got 2 scores and 80 labels, wanted as many (hint: both must be of the same rows, in the same order)",
        ),
    ] {
        assert_eq!(said(&place, words).trim_end(), wanted, "{words}");
    }
}

#[test]
fn values_of_options_are_checked_before_anything_is_read() {
    let place = Workplace::new();
    for (words, wanted) in [
        ("--epochs -1", "invalid value '-1' for '--epochs <N>': a whole number of at least 0"),
        ("--seed 1.5", "invalid value '1.5' for '--seed <N>': a whole number of at least 0"),
        ("--threads 100000", "invalid value '100000' for '--threads <N>': a number of 0 to 1024 is wanted"),
        ("--contamination nan", "invalid value 'nan' for '--contamination <SHARE>': a share over 0"),
        (
            "--early-stopping late",
            "invalid value 'late' for '--early-stopping <RULE>': auto, gradstop, entropystop or none is wanted",
        ),
        ("--preset big", "invalid value 'big' for '--preset <NAME>': default or paper is wanted"),
        ("--detector forest", "invalid value 'forest' for '--detector <NAME>'"),
        ("--delimiter ab", "invalid value 'ab' for '--delimiter <CHARACTER>': one ASCII character is wanted"),
        ("--append", "required arguments were not provided:\n  --output <FILE>"),
    ] {
        let said = said(&place, &format!("detect missing.csv {words}"));
        assert!(said.contains(wanted), "{words}: {said}");
    }
}

#[test]
fn wrong_settings_are_named() {
    let place = Workplace::with_table();
    for (given, wanted) in [
        ("epoks=3", "epoks"),
        ("epochs=0", "epochs: got 0, wanted a whole number of at least 1"),
        ("epochs=many", "epochs: got \"many\", wanted a"),
        ("epochs=3.5", "epochs: got 3.5, wanted a whole number"),
        ("hidden=0", "hidden: got [0], wanted a list"),
        ("hidden=[64", "hidden: got \"[64\", wanted a list"),
        ("dropout=1", "dropout: got 1, wanted a number in [0, 1)"),
        ("dropout=nan", "dropout: got \"NaN\", wanted a number in [0, 1)"),
        ("learning_rate=inf", "learning_rate: got \"inf\", wanted a positive number"),
        ("learning_rate=0", "learning_rate: got 0"),
        ("activation=relux", "activation: got \"relux\", wanted one of relu"),
        ("contamination=0.6", "contamination: got 0.6, wanted a share in (0, 0.5]"),
        ("gradstop=3", "gradstop: got 3, wanted a table of names and values"),
        ("gradstop.windo=3", "gradstop.windo"),
        ("gradstop.patience.deep=3", "gradstop.patience"),
        ("preset=big", "preset: got \"big\", wanted default or paper"),
        ("detector=forest", "detector: got \"forest\", wanted one of autoencoder, deepsvdd"),
    ] {
        let said = said(&place, &format!("detect table.csv --label label --set {given}"));
        assert!(said.contains(wanted), "{given}: {said}");
    }
    // Nothing behind the value is read as another setting.
    let mut command = place.command("detect table.csv --label label --set");
    let ended = command.arg("epochs=3\nseed=4").output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
}

#[test]
fn a_wrong_configuration_file_is_named() {
    let place = Workplace::with_table();
    for (content, wanted) in [
        ("epoks = 3\n", "gradstop: c.toml: setting epoks: "),
        ("epochs = -3\n", "gradstop: c.toml: setting epochs: got -3, wanted a whole number"),
        (
            "learning_rate = nan\n",
            "gradstop: c.toml: setting learning_rate: got \"NaN\", wanted a positive number",
        ),
        (
            "detector = \"forest\"\n",
            "gradstop: c.toml: setting detector: got \"forest\", wanted one of autoencoder, deepsvdd",
        ),
        ("seed = 1\nepochs = \n", "gradstop: c.toml: line 2: "),
    ] {
        place.write("c.toml", content);
        let said = said(&place, "detect table.csv --label label --config c.toml");
        assert!(said.starts_with(wanted), "{content}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let said = said(&place, "detect table.csv --label label --config none.toml");
    assert!(said.starts_with("gradstop: none.toml: got "), "{said}");
}

#[test]
fn another_table_is_not_scored() {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 2 --model m.gs");
    place.write("reordered.csv", "y,x,z\n1,2,3\n");
    place.write("other.csv", "x,y,w\n1,2,3\n");
    for (words, wanted) in [
        (
            "score m.gs table.csv",
            "gradstop: table.csv: the table's columns are not the model's: got extra label",
        ),
        (
            "score m.gs reordered.csv",
            "gradstop: reordered.csv: the table's columns are not the model's: got columns reordered",
        ),
        (
            "score m.gs other.csv",
            "gradstop: other.csv: the table's columns are not the model's: got missing z; extra w",
        ),
    ] {
        let said = said(&place, words);
        assert!(said.starts_with(wanted), "{said}");
        assert!(said.contains("x, y, z") && said.contains("--ignore"), "{said}");
    }
}

#[test]
fn a_hint_is_one_that_the_command_can_follow() {
    let place = Workplace::new();
    place.write("scores.csv", "score,label\n0.5,0\n,1\n");
    let error = said(&place, "evaluate scores.csv --label label");
    assert!(error.contains("line 3") && error.contains("every row needs a score"), "{error}");
    assert!(!error.contains("--missing"), "{error}");
    let error = said(&place, "threshold scores.csv");
    assert!(error.contains("every row needs a score") && !error.contains("--"), "{error}");
    place.write("names.csv", "score,label\n");
    let error = said(&place, "evaluate names.csv --label label");
    assert!(error.contains("taken for a header?") && !error.contains("--"), "{error}");
    place.write("judged.csv", "score,label\n0.5,maybe\n");
    let error = said(&place, "evaluate judged.csv --label label");
    let hint = "(hint: say which words are outliers with --outlier, or which are not with --inlier)\n";
    assert!(error.ends_with(hint), "{error}");
    place.write("unjudged.csv", "score,label\n0.5,\n0.4,1\n");
    let error = said(&place, "evaluate unjudged.csv --label label");
    assert!(error.ends_with("(hint: give every row a label)\n"), "{error}");
    place.write("asked.csv", "a,b\n1,2\n?,4\n");
    let error = said(&place, "detect asked.csv --missing error");
    assert!(error.contains("got \"?\"") && error.contains("--missing median"), "{error}");
    place.write("open.csv", "a,b\n1,2\n3,\"4\n5,6\n");
    let error = said(&place, "detect open.csv");
    assert!(error.contains("line 3 has a quote in cell 2 that is never closed"), "{error}");
}

#[test]
fn hints_while_scoring_can_be_followed_there() {
    let place = Workplace::new();
    let rows: String = (0..40).map(|row| format!("{row}.5,{},{}\n", row * row % 11, row % 2 == 0)).collect();
    place.write("mixed.csv", format!("a,b,c\n{rows}"));
    place.write("mixed_new.csv", "a,b,c\n,2,true\n");
    place.write("plain.csv", "a,b\n1,2\n2,5\n3,3\n4,9\n");
    place.write("plain_new.csv", "a,b\n1,\n");
    place.write("plain_word.csv", "a,b\n1,two\n");
    for (table, new) in
        [("mixed.csv", "mixed_new.csv"), ("plain.csv", "plain_new.csv"), ("plain.csv", "plain_word.csv")]
    {
        place.done(&format!("fit {table} --detector ecod --missing error --model m.gs"));
        for command in [format!("score m.gs {new}"), format!("report m.gs {new} --output page.html")] {
            let ended = place.run(&command);
            assert_eq!(ended.code, 2, "{}", ended.err);
            assert!(ended.err.contains("fit again") && !ended.err.contains("--ignore"), "{}", ended.err);
            // As every message, it has one hint; this one names no option that the command has not.
            assert_eq!(ended.err.matches("(hint: ").count(), 1, "{}", ended.err);
        }
    }
    // What columns of other kinds were prepared for, the hint's own fit fills as well.
    place.done("fit mixed.csv --detector ecod --model m.gs");
    place.done("score m.gs mixed_new.csv");
    place.done("fit plain.csv --detector ecod --missing median --model m.gs");
    place.done("score m.gs plain_new.csv");
}

#[test]
fn a_hint_fits_the_detector() {
    let place = Workplace::new();
    // Rows on a coarse grid: four scores at most for their sixteen places.
    let rows: String = (0..64).map(|row| format!("{},{}\n", row % 4, row / 4 % 4)).collect();
    place.write("grid.csv", format!("a,b\n{rows}"));
    let said = place.run("detect grid.csv --detector knn").err;
    assert!(!said.contains("stop earlier") && !said.contains("preset"), "{said}");
    // More columns than rows: which is why they are all equally likely.
    let header: Vec<String> = (0..30).map(|column| format!("c{column}")).collect();
    let line = |row: usize| {
        (0..30).map(|at| format!("{}", (row * 31 + at * at * 7) % 97)).collect::<Vec<_>>().join(",")
    };
    let rows: String = (0..12).map(|row| line(row) + "\n").collect();
    place.write("wide.csv", format!("{}\n{rows}", header.join(",")));
    let said = place.run("detect wide.csv --detector gmm").err;
    assert!(said.contains("more columns (30) than rows (12) leave all rows equally likely"), "{said}");
    let header: Vec<String> = (0..5000).map(|column| format!("c{column}")).collect();
    let row =
        |row: usize| (0..5000).map(|at| ((at * (row + 3)) % 89).to_string()).collect::<Vec<_>>().join(",");
    place.write("wider.csv", format!("{}\n{}\n{}\n{}\n", header.join(","), row(1), row(2), row(3)));
    let ended = place.run("detect wider.csv --detector gmm");
    assert_eq!(ended.code, 2, "{}", ended.err);
    assert!(ended.err.contains("got 5000 columns and 3 rows, wanted at most 4096 columns"), "{}", ended.err);
}

#[test]
fn hints_for_rows_of_other_lengths_name_the_likely_fault() {
    let place = Workplace::new();
    place.write("quote.csv", "a,b\n1,2\n3,4,5\n");
    let ended = place.run("detect quote.csv --detector ecod");
    assert!(ended.code == 2 && ended.err.contains("quote cells"), "{}", ended.err);
}
