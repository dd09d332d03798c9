//! Saved detectors written for other programs.

use std::fs;

use crate::workplace::Workplace;

#[test]
fn every_network_is_exported_and_the_file_is_whole() {
    let place = Workplace::with_table();
    for detector in ["autoencoder", "deepsvdd", "vae", "rdp", "randnet", "robod"] {
        place.done(&format!("fit table.csv --label label --detector {detector} --epochs 3 --model m.gs"));
        let said = place.done("export m.gs --onnx m.onnx");
        assert_eq!(said, "", "{detector}");
        let bytes = fs::read(place.path("m.onnx")).unwrap();
        // The version of the format, and the producer.
        assert!(bytes.starts_with(b"\x08\x08\x12\x08gradstop"), "{detector}");
        let has = |name: &str| bytes.windows(name.len()).any(|window| window == name.as_bytes());
        assert!(["score", "outlier", "[\"x\",\"y\",\"z\"]", detector].into_iter().all(has), "{detector}");
    }
    assert_eq!(place.names(), ["m.gs", "m.onnx", "table.csv"]);
}

#[test]
fn an_export_can_go_to_standard_output() {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 2 --model m.gs");
    place.done("export m.gs --onnx m.onnx");
    let output = place.command("export m.gs --onnx -").output().unwrap();
    assert_eq!(output.stdout, fs::read(place.path("m.onnx")).unwrap());
}

#[test]
fn what_cannot_be_exported_is_refused_and_leaves_no_file() {
    let place = Workplace::with_table();
    for (fit, hint) in [
        ("--detector knn", "autoencoder, deepsvdd, vae, rdp, randnet, robod and ensembles of them"),
        ("--detector vae --preset paper --epochs 2", "draws_in_scoring = false"),
        ("--detector robod --preset paper --epochs 2", "all_rows = true"),
    ] {
        place.done(&format!("fit table.csv --label label {fit} --model m.gs"));
        let ended = place.run("export m.gs --onnx m.onnx");
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{fit}");
        assert!(ended.err.starts_with("gradstop: m.gs: ") && ended.err.contains(hint), "{}", ended.err);
        assert_eq!(place.names(), ["m.gs", "table.csv"], "{fit}");
    }
}

#[test]
fn an_export_does_not_overwrite_its_model() {
    let place = Workplace::with_table();
    place.done("fit table.csv --label label --epochs 2 --model m.gs");
    let before = fs::read(place.path("m.gs")).unwrap();
    assert_eq!(place.run("export m.gs --onnx m.gs").code, 2);
    assert_eq!(fs::read(place.path("m.gs")).unwrap(), before);
    assert_eq!(place.run("export missing.gs --onnx m.onnx").code, 2);
    assert_eq!(place.run("export m.gs").code, 2);
    assert_eq!(place.run("export m.gs --onnx no/such/m.onnx").code, 1);
}
