//! Model files: saved, inspected, and refused when they are not what was written.

use std::fs;

use serde_json::Value;

use crate::workplace::Workplace;

#[test]
fn inspect_shows_what_was_fitted() {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 4 --seed 3 --set hidden=8 --early-stopping gradstop --model m.gs");
    let object: Value = serde_json::from_str(&place.done("inspect m.gs --json")).unwrap();
    assert_eq!(object["columns"], serde_json::json!(["x", "y", "z"]));
    assert_eq!(object["rows"], 80);
    assert_eq!(object["settings"]["seed"], 3);
    assert_eq!(object["history"].as_array().unwrap().len(), 4);
    let words = place.done("inspect m.gs");
    for part in
        ["80 rows, 3 columns: x, y, z\n", "learned    91 numbers in 8 tensors\n", "seed 3", "threshold"]
    {
        assert!(words.contains(part), "{part:?} in {words}");
    }
}

#[test]
fn detect_and_fit_save_the_same_detector() {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 4 --model fit.gs");
    place.done("detect table.csv --label label --epochs 4 --model detect.gs");
    for words in ["inspect MODEL --json", "score MODEL table.csv --ignore label"] {
        let of = |model: &str| place.done(&words.replace("MODEL", model));
        assert_eq!(of("fit.gs"), of("detect.gs"), "{words}");
    }
}

#[test]
fn what_is_no_model_is_refused() {
    let place = Workplace::with_table();
    place.write("empty.gs", "");
    // A safetensors file without a tensor and without our header.
    place.write("foreign.gs", b"\x02\0\0\0\0\0\0\0{}");
    for model in ["empty.gs", "foreign.gs", "table.csv", "missing.gs", "."] {
        for words in [format!("inspect {model}"), format!("score {model} table.csv")] {
            let ended = place.run(&words);
            assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{words}");
            assert!(ended.err.starts_with(&format!("gradstop: {model}: ")), "{words}: {}", ended.err);
        }
    }
}

#[test]
fn a_truncated_model_is_refused() {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 2 --set hidden=4 --model m.gs");
    let whole = fs::read(place.path("m.gs")).unwrap();
    let lengths = (0..12).chain((1..20).map(|part| whole.len() * part / 20)).chain([whole.len() - 1]);
    for length in lengths {
        place.write("cut.gs", &whole[..length]);
        let ended = place.run("inspect cut.gs");
        assert_eq!(ended.code, 2, "{length} of {} bytes", whole.len());
        assert!(ended.err.starts_with("gradstop: cut.gs: "), "{}", ended.err);
    }
}

#[test]
fn an_altered_model_never_loads_silently_wrong() {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 2 --set hidden=4 --model m.gs");
    let whole = fs::read(place.path("m.gs")).unwrap();
    let wanted = place.done("score m.gs table.csv --ignore label");
    // Every region of the file is hit: positions at even distances, bits by turns.
    let step = whole.len() / 300;
    let mut refused = 0;
    for (turn, at) in (0..whole.len()).step_by(step).enumerate() {
        let mut altered = whole.clone();
        altered[at] ^= 1 << (turn % 8);
        place.write("altered.gs", altered);
        let ended = place.run("score altered.gs table.csv --ignore label");
        match ended.code {
            0 => assert_eq!(ended.out, wanted, "byte {at}"),
            code => {
                assert_eq!((code, ended.out.as_str()), (2, ""), "byte {at}: {}", ended.err);
                assert!(ended.err.starts_with("gradstop: altered.gs: "), "byte {at}: {}", ended.err);
                refused += 1;
            }
        }
    }
    assert!(refused > 290, "{refused}");
}
