//! Settings: a preset first, then --config, then --set, then the other options.

use serde_json::Value;

use crate::workplace::Workplace;

fn settings(place: &Workplace, words: &str) -> Value {
    place.done(&format!("fit table.csv --label label --early-stopping none --model m.gs {words}"));
    serde_json::from_str(&place.done("inspect m.gs --json")).unwrap()
}

#[test]
fn the_later_source_wins() {
    let place = Workplace::with_table();
    place.write(
        "c.toml",
        "epochs = 9\nseed = 9\ncontamination = 0.2\n[gradstop]\npatience = 9\nset_size = 9\n",
    );
    let preset = settings(&place, "");
    let file = settings(&place, "--config c.toml");
    let set = settings(&place, "--config c.toml --set epochs=7 --set seed=7 --set gradstop.patience=7");
    let option = settings(&place, "--config c.toml --set epochs=7 --set seed=7 --epochs 5");
    assert_eq!(preset["settings"]["epochs"], 100);
    assert_eq!((&file["settings"]["epochs"], &file["settings"]["seed"]), (&9.into(), &9.into()));
    assert_eq!(file["settings"]["contamination"], 0.2);
    assert_eq!((&set["settings"]["epochs"], &set["settings"]["seed"]), (&7.into(), &7.into()));
    assert_eq!(set["settings"]["gradstop"]["patience"], 7);
    assert_eq!(set["settings"]["gradstop"]["set_size"], 9);
    assert_eq!((&option["settings"]["epochs"], &option["settings"]["seed"]), (&5.into(), &7.into()));
}

#[test]
fn the_preset_comes_from_the_nearest_source() {
    let place = Workplace::with_table();
    place.write("c.toml", "preset = \"paper\"\ndetector = \"autoencoder\"\nepochs = 2\n");
    assert_eq!(settings(&place, "--epochs 2")["preset"], "default");
    assert_eq!(settings(&place, "--config c.toml")["preset"], "paper");
    assert_eq!(settings(&place, "--config c.toml --set preset=default")["preset"], "default");
    assert_eq!(settings(&place, "--config c.toml --preset default")["preset"], "default");
    assert_eq!(settings(&place, "--epochs 2 --preset paper --set preset=default")["preset"], "paper");
}

#[test]
fn values_are_read_as_toml_as_a_list_or_as_a_word() {
    let place = Workplace::with_table();
    for (given, wanted) in [
        ("hidden=8,4", serde_json::json!([8, 4])),
        ("hidden=[8,4]", serde_json::json!([8, 4])),
        ("hidden=8", serde_json::json!([8])),
        ("hidden=[]", serde_json::json!([])),
    ] {
        assert_eq!(settings(&place, &format!("--epochs 2 --set {given}"))["settings"]["hidden"], wanted);
    }
    assert_eq!(settings(&place, "--epochs 2 --set activation=tanh")["settings"]["activation"], "tanh");
    assert_eq!(settings(&place, "--epochs 2 --set learning_rate=1e-3")["settings"]["learning_rate"], 0.001);
    let most = settings(&place, "--epochs 2 --seed 18446744073709551615");
    assert_eq!(most["settings"]["seed"], u64::MAX);
}

#[test]
fn a_batch_may_be_larger_than_the_table() {
    let place = Workplace::with_table();
    let words = "detect table.csv --label label --epochs 4 --output -";
    assert_eq!(place.done(words), place.done(&format!("{words} --set batch_size=100000")));
}
