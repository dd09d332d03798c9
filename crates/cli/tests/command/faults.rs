//! What goes wrong around the command: kills, limits, pipes that end, files that change.
#![cfg(unix)]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

use crate::archives::gzip;
use crate::workplace::{Ended, Workplace, table};

/// With a model of three columns, and scores that must stay.
fn place() -> Workplace {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 2 --model m.gs");
    place.write("scores.csv", "old");
    place
}

fn wait_until_it_writes(place: &Workplace, child: &mut Child) {
    while !place.names().iter().any(|name| name.starts_with(".gradstop-")) {
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        std::thread::yield_now();
    }
}

/// Writes rows for as long as someone reads them.
fn feed(mut stdin: ChildStdin) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let rows = "1,2,3\n".repeat(1000);
        let mut alive = stdin.write_all(b"x,y,z\n");
        while alive.is_ok() {
            alive = stdin.write_all(rows.as_bytes());
        }
    })
}

#[test]
fn a_kill_while_scoring_leaves_the_old_scores_and_the_next_run_is_none_the_worse() {
    let place = place();
    let mut child = place.command("score m.gs - --output scores.csv").stdin(Stdio::piped()).spawn().unwrap();
    let feeder = feed(child.stdin.take().unwrap());
    wait_until_it_writes(&place, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    feeder.join().unwrap();
    assert_eq!(place.read("scores.csv"), "old");
    // Nobody was there to remove the temporary file; it has a name that tells.
    let others = place.names().into_iter().filter(|name| !name.starts_with(".gradstop-"));
    assert_eq!(others.collect::<Vec<_>>(), ["m.gs", "scores.csv", "table.csv"]);
    place.done("score m.gs table.csv --ignore label --output scores.csv");
    assert_eq!(place.read("scores.csv").lines().count(), 81);
}

#[test]
fn a_kill_while_fitting_leaves_every_old_file() {
    let place = place();
    let words = "detect table.csv --label label --early-stopping none --epochs 1000000000 --output scores.csv --model m.gs --history h.csv";
    let model = fs::read(place.path("m.gs")).unwrap();
    let mut child = place.command(words).spawn().unwrap();
    wait_until_it_writes(&place, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.read("scores.csv"), "old");
    assert!(fs::read(place.path("m.gs")).unwrap() == model && !place.exists("h.csv"));
}

/// The command under a limit of 512 bytes (or a kibibyte, by the shell) for every file.
fn run_in_little_room(place: &Workplace, words: &str) -> Ended {
    let command = format!("ulimit -f 1 && exec {} {words}", env!("CARGO_BIN_EXE_gradstop"));
    Ended::from(Command::new("sh").args(["-c", &command]).current_dir(place.path("")).output().unwrap())
}

#[test]
fn a_limit_on_the_size_of_files_is_a_failure_and_no_signal_and_leaves_no_file() {
    let place = place();
    let before = place.names();
    for (words, file) in [
        ("detect table.csv --label label --epochs 2 --output scores.csv", "scores.csv"),
        ("fit table.csv --label label --epochs 2 --model new.gs", "new.gs"),
        ("detect table.csv --label label --epochs 2 --report page.html", "page.html"),
        ("score m.gs table.csv --ignore label --output scores.csv", "scores.csv"),
        ("export m.gs --onnx m.onnx", "m.onnx"),
    ] {
        let ended = run_in_little_room(&place, words);
        assert_eq!(ended.code, 1, "{words}: {}", ended.err);
        let said = ended.err.lines().last().unwrap_or_default();
        assert!(
            said.starts_with("gradstop: ")
                && said.contains(&format!("{file}: cannot be written: got File too large")),
            "{said}"
        );
        assert_eq!(place.names(), before, "{words}");
    }
    assert_eq!(place.read("scores.csv"), "old");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_a_failure() {
    let place = place();
    for words in
        ["score m.gs table.csv --ignore label", "detect table.csv --label label --epochs 2", "inspect m.gs"]
    {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ended = Ended::from(place.command(words).stdout(full).output().unwrap());
        assert_eq!(ended.code, 1, "{words}");
        assert!(
            ended.err.starts_with("gradstop: cannot write to standard output: No space left on device"),
            "{}",
            ended.err
        );
        let hinted = ended.err.contains("(hint: name a file with --output)");
        assert_eq!(hinted, !words.starts_with("inspect"), "{}", ended.err);
    }
}

#[test]
fn a_reader_of_scores_that_has_had_enough_is_no_failure() {
    let place = place();
    place.write("long.csv", format!("x,y,z\n{}", "1,2,3\n".repeat(100_000)));
    let mut child = place.command("score m.gs long.csv").spawn().unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 100]).unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named_before_the_work() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    fs::create_dir(place.path("shut")).unwrap();
    fs::set_permissions(place.path("shut"), fs::Permissions::from_mode(0o555)).unwrap();
    // The superuser writes anywhere: then there is nothing to see here.
    if File::create(place.path("shut/probe")).is_err() {
        let ended = place.run("detect table.csv --label label --output shut/scores.csv");
        assert_eq!(ended.code, 1, "{}", ended.err);
        assert!(
            ended.err.starts_with("gradstop: shut/scores.csv: cannot be written: got permission denied"),
            "{}",
            ended.err
        );
    }
    // A file is no folder for anybody.
    let ended = place.run("fit table.csv --label label --epochs 2 --model table.csv/m.gs");
    assert_eq!(ended.code, 1, "{}", ended.err);
    let wanted = "gradstop: table.csv/m.gs: cannot be written: got table.csv, which is no folder, wanted room for a file";
    assert!(ended.err.starts_with(wanted), "{}", ended.err);
}

#[test]
fn a_writer_that_dies_in_the_middle_of_a_row_or_of_compressed_data_is_noticed() {
    let place = place();
    let text = table();
    let packed = gzip(text.as_bytes());
    let whole = text.lines().take(41).map(|line| format!("{line}\n")).collect::<String>();
    for (input, wanted) in [
        (format!("{whole}3.5,1").into_bytes(), "standard input: row 40 (line 42): got 2 cells, wanted 4"),
        (
            format!("{whole}3.5,1,2,").into_bytes(),
            "standard input: row 40 (line 42), column \"label\": got no label in 1 of 41 rows",
        ),
        (packed[..packed.len() / 2].to_vec(), "standard input: ends too early: got a part"),
        (packed[..packed.len() - 1].to_vec(), "standard input: ends too early: got a part"),
    ] {
        let ended = place.run_with_input("score m.gs - --label label --output scores.csv", &input);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{}", ended.err);
        assert!(ended.err.starts_with(&format!("gradstop: {wanted}")), "{}", ended.err);
        assert_eq!(place.names(), ["m.gs", "scores.csv", "table.csv"]);
        assert_eq!(place.read("scores.csv"), "old");
    }
}

#[test]
fn a_file_that_is_cut_off_while_it_is_read_is_noticed() {
    let place = place();
    let rows = "1,2,3\n".repeat(600_000);
    place.write("long.csv", format!("x,y,z\n{rows}"));
    // Whoever does not read what it writes holds it up after some chunks.
    let mut child = place.command("score m.gs long.csv").spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 100]).unwrap();
    File::options()
        .write(true)
        .open(place.path("long.csv"))
        .unwrap()
        .set_len(rows.len() as u64 * 3 / 4)
        .unwrap();
    out.read_to_end(&mut Vec::new()).unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    let wanted = "gradstop: long.csv: ends too early: got a part (it became shorter while it was read), wanted the whole";
    assert!(ended.code == 2 && ended.err.starts_with(wanted), "{}: {}", ended.code, ended.err);
}

#[test]
fn a_file_that_is_replaced_before_its_turn_comes_is_looked_at_again() {
    let place = place();
    place.write("second.csv", "x,y,z\n1,2,3\n");
    let mut child =
        place.command("score m.gs - second.csv --output scores.csv").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"x,y,z\n").unwrap();
    // More than a pipe holds: once it is written both inputs have been opened and looked at.
    stdin.write_all("1,2,3\n".repeat(200_000).as_bytes()).unwrap();
    place.write("second.csv", "x,w,z\n1,2,3\n");
    drop(stdin);
    let ended = Ended::from(child.wait_with_output().unwrap());
    let wanted = "gradstop: second.csv: its columns are not those of standard input: got others (missing \"y\"; extra \"w\")";
    assert!(ended.code == 2 && ended.err.starts_with(wanted), "{}: {}", ended.code, ended.err);
    assert_eq!(place.read("scores.csv"), "old");
}

#[test]
fn a_table_of_as_many_columns_as_there_may_be_is_scored_and_one_more_refused() {
    let place = Workplace::new();
    let npy = |columns: usize| {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': (3, {columns}), }}\n");
        let values = (0..3 * columns).map(|at| (at * 7 % 251) as u8);
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), &values.collect::<Vec<u8>>()].concat()
    };
    place.write("wide.npy", npy(1 << 20));
    place.write("wider.npy", npy((1 << 20) + 1));
    let scores = place.done("detect wide.npy --detector ecod --output -");
    assert_eq!(scores.lines().count(), 4);
    let ended = place.run("detect wider.npy --detector ecod");
    assert_eq!(ended.code, 2);
    assert!(
        ended.err.starts_with("gradstop: wider.npy: the array: got more than 1048576 columns"),
        "{}",
        ended.err
    );
}

#[test]
fn a_name_of_as_many_parts_as_fit_into_an_argument_is_a_mistake_like_any_other() {
    let place = Workplace::with_table();
    let mut command = place.command("detect table.csv --label label --set");
    let ended = Ended::from(command.arg(format!("{}=1", vec!["a"; 60_000].join("."))).output().unwrap());
    assert_eq!(ended.code, 2);
    assert!(ended.err.starts_with("gradstop: --set a.a.a.") && ended.err.len() < 300, "{}", ended.err);
}
