//! Links, devices and folders as outputs.
#![cfg(unix)]

use std::os::unix::fs::{FileTypeExt, symlink};

use crate::workplace::Workplace;

#[test]
fn a_device_is_written_to_and_not_replaced() {
    let place = Workplace::with_table();
    // Were it replaced, this one would be lost and not the system's.
    symlink("/dev/null", place.path("nothing")).unwrap();
    place.done("detect table.csv --label label --epochs 2 --output nothing --model nothing");
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    assert_eq!(place.names(), ["nothing", "table.csv"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_on_the_way() {
    let place = Workplace::with_table();
    for option in ["--output", "--model", "--history"] {
        let ended = place.run(&format!("detect table.csv --label label --epochs 2 {option} /dev/full"));
        assert_eq!(ended.code, 1);
        assert!(ended.err.starts_with("gradstop: /dev/full: cannot be written: "), "{}", ended.err);
    }
}

#[test]
fn a_link_stays_and_its_file_is_replaced() {
    let place = Workplace::with_table();
    place.write("real.csv", "old");
    symlink("real.csv", place.path("link.csv")).unwrap();
    place.done("detect table.csv --label label --epochs 2 --output link.csv");
    assert!(std::fs::symlink_metadata(place.path("link.csv")).unwrap().is_symlink());
    assert!(place.read("real.csv").starts_with("row,score,outlier\n"));
}

#[test]
fn a_folder_that_is_not_there_shows_before_the_work() {
    let place = Workplace::with_table();
    for option in ["--output", "--model", "--history"] {
        let ended = place.run(&format!("detect table.csv --label label {option} no/where.csv"));
        assert_eq!(ended.code, 1);
        assert!(
            ended
                .err
                .starts_with("gradstop: no/where.csv: cannot be written: got a folder no that is not there"),
            "{}",
            ended.err
        );
        let ended = place.run(&format!("detect table.csv --label label {option} ."));
        assert_eq!(ended.code, 1);
        assert!(
            ended.err.starts_with("gradstop: .: cannot be written: got a folder, wanted "),
            "{}",
            ended.err
        );
    }
}

#[test]
fn a_link_to_a_file_that_is_not_there_yet_stays() {
    let place = Workplace::with_table();
    symlink("real.csv", place.path("link.csv")).unwrap();
    place.done("detect table.csv --label label --epochs 2 --output link.csv");
    assert!(std::fs::symlink_metadata(place.path("link.csv")).unwrap().is_symlink());
    assert!(place.read("real.csv").starts_with("row,score,outlier\n"));
    let ended = place.run("detect table.csv --label label --epochs 2 --output link.csv --model real.csv");
    assert_eq!(ended.code, 2, "{}", ended.err);
}

#[test]
fn a_file_that_is_replaced_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let place = Workplace::with_table();
    for mode in [0o600, 0o666] {
        place.write("m.gs", "old");
        std::fs::set_permissions(place.path("m.gs"), std::fs::Permissions::from_mode(mode)).unwrap();
        place.done("fit table.csv --label label --epochs 2 --model m.gs");
        assert_eq!(std::fs::metadata(place.path("m.gs")).unwrap().permissions().mode() & 0o777, mode);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_standard_output_stands_for_is_written_to_where_it_is() {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 2 --model m.gs");
    place.write("begun", "begun\n");
    let file = std::fs::File::options().append(true).open(place.path("begun")).unwrap();
    let mut command = place.command("score m.gs table.csv --ignore label --output /dev/stdout");
    assert!(command.stdout(file).status().unwrap().success());
    assert!(place.read("begun").starts_with("begun\nrow,score,outlier\n0,"));
    // A pipe likewise.
    assert!(place.done("score m.gs table.csv --ignore label --output /dev/stdout").starts_with("row,score"));
}

#[test]
fn a_checkpoint_that_is_no_file_is_refused_and_not_waited_for() {
    let place = Workplace::with_table();
    assert!(std::process::Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    let ended = place.run("fit table.csv --label label --epochs 2 --model m.gs --checkpoint pipe");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("got what is no file"), "{}", ended.err);
    assert!(std::fs::symlink_metadata(place.path("pipe")).unwrap().file_type().is_fifo());
    assert!(!place.exists("m.gs"));
}
