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
