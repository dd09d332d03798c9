//! Every detector from the command line: listing, fitting, saving, scoring, ensembles.

use serde_json::{Value, json};

use crate::workplace::Workplace;

fn names() -> Vec<&'static str> {
    gradstop::detectors().iter().map(|entry| entry.name).collect()
}

#[test]
fn the_list_names_every_detector_with_its_settings() {
    let place = Workplace::with_table();
    assert_eq!(place.done("list --names").lines().collect::<Vec<_>>(), names());
    let words = place.done("list");
    for part in
        ["knn: abnormal is", "  assumes   ", "  score     ", "  cost      ", "ecod", "none of its own"]
    {
        assert!(words.contains(part), "{part:?} in {words}");
    }
    let settings = place.done("list deepsvdd");
    for part in ["center\n", "default \"mean\", preset paper \"zero\"", "gradstop.patience\n", "ensemble\n"] {
        assert!(settings.contains(part), "{part:?} in {settings}");
    }
    let all: Value = serde_json::from_str(&place.done("list --json")).unwrap();
    let listed: Vec<&Value> = all.as_array().unwrap().iter().map(|entry| &entry["name"]).collect();
    assert_eq!(listed, names());
    for (entry, listed) in gradstop::detectors().iter().zip(all.as_array().unwrap()) {
        assert_eq!(*listed, entry.describe());
        let class = listed["class"].as_str().unwrap();
        assert_eq!(class.to_lowercase(), entry.name, "a class is the name as its field writes it");
    }
    let one: Value = serde_json::from_str(&place.done("list lof --json")).unwrap();
    let neighbors = &one[0]["settings"][0];
    assert_eq!((&neighbors["name"], &neighbors["default"]), (&json!("n_neighbors"), &json!(20)));
}

#[test]
fn every_detector_is_fitted_saved_and_scores_the_same() {
    let place = Workplace::with_table();
    for name in names() {
        for preset in ["default", "paper"] {
            let fit = format!(
                "detect table.csv --label label --detector {name} --preset {preset} --json --model m.gs"
            );
            let object: Value = serde_json::from_str(&place.done(&fit)).unwrap();
            assert_eq!((&object["detector"], &object["preset"]), (&json!(name), &json!(preset)));
            assert!(object["auc"].is_number());
            let inspected: Value = serde_json::from_str(&place.done("inspect m.gs --json")).unwrap();
            assert_eq!(inspected["detector"], json!(name));
            assert!(place.done("inspect m.gs").contains(name));
            let scores = place.done("score m.gs table.csv --ignore label");
            assert_eq!(scores.lines().count(), 81, "{name}");
            assert_eq!(scores, place.done("score m.gs table.csv --ignore label --threads 1"));
        }
    }
}

#[test]
fn an_ensemble_tells_of_all_its_networks() {
    let place = Workplace::with_table();
    let fit = "detect table.csv --label label --ensemble 3 --combine standard --epochs 12 --history h.csv --model m.gs";
    let words = place.done(fit);
    assert!(words.contains("training  3 networks, "), "{words}");
    assert!(words.contains("kept      epoch 11 of each"), "{words}");
    assert!(
        place
            .done(&format!("{fit} --early-stopping auto"))
            .contains("kept      an average of epochs of each")
    );
    let history = place.read("h.csv");
    let mut lines = history.lines();
    assert!(lines.next().unwrap().starts_with("member,epoch,loss,"));
    assert!(lines.clone().all(|line| ["0,", "1,", "2,"].iter().any(|member| line.starts_with(member))));
    assert!(lines.any(|line| line.starts_with("2,")));
    let object: Value = serde_json::from_str(&place.done(&format!("{fit} --json"))).unwrap();
    assert_eq!(object["networks"].as_array().unwrap().len(), 3);
    let inspected: Value = serde_json::from_str(&place.done("inspect m.gs --json")).unwrap();
    assert_eq!(inspected["settings"]["ensemble"], 3);
    assert_eq!(inspected["settings"]["combine"], "standard");
    assert_eq!(inspected["trainings"].as_array().unwrap().len(), 3);
    assert!(place.done("inspect m.gs").contains("3 networks of at most 12 epochs each"));
    place.done("detect table.csv --label label --ensemble 2 --epochs 3 --history h.json");
    let members: Value = serde_json::from_str(&place.read("h.json")).unwrap();
    assert_eq!((&members[1]["member"], members[1]["history"].as_array().unwrap().len()), (&json!(1), 3));
}

#[test]
fn options_that_a_detector_has_not_are_refused_by_name() {
    let place = Workplace::with_table();
    for (options, wanted) in [
        (
            "--detector knn --early-stopping none",
            "setting early_stopping: got no setting of that name, wanted one of",
        ),
        ("--detector ecod --seed 3", "setting seed: got no setting of that name"),
        ("--detector gmm --history h.csv", "--history: got the detector gmm, wanted one that is trained"),
        (
            "--detector ecod --ensemble 3",
            "setting ensemble: got 3, wanted 1, since ecod draws no random number",
        ),
        ("--ensemble 0", "setting ensemble: got 0, wanted a whole number from 1 to 1000"),
        (
            "--detector robod --preset paper --early-stopping gradstop",
            "setting early_stopping: got gradstop with all_rows = false",
        ),
        ("--detector deepsvdd --set hidden=[]", "setting hidden: got [], wanted at least one width"),
    ] {
        let output = place.command(&format!("detect table.csv --label label {options}")).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{options}: {said}");
        assert!(said.contains(wanted), "{options}: {said}");
    }
}

#[test]
fn a_configuration_file_chooses_the_detector_and_the_command_line_wins() {
    let place = Workplace::with_table();
    place.write("c.toml", "detector = \"knn\"\nn_neighbors = 3\n");
    let of = |words: &str| serde_json::from_str::<Value>(&place.done(words)).unwrap();
    let object = of("detect table.csv --label label --config c.toml --json");
    assert_eq!(object["detector"], "knn");
    let other = of("detect table.csv --label label --config c.toml --detector lof --json");
    assert_eq!(other["detector"], "lof");
}

#[test]
fn a_collapsed_fit_warns_on_standard_error_in_the_json_and_in_the_model() {
    let place = Workplace::with_table();
    let collapse =
        "--detector deepsvdd --preset paper --early-stopping none --epochs 400 --set learning_rate=0.01";
    let mut command =
        place.command(&format!("detect table.csv --label label {collapse} --json --model m.gs"));
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("warning: the network has collapsed"), "{said}");
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    let kinds: Vec<&Value> = object["warnings"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert!(kinds.contains(&&json!("collapsed_representation")), "{kinds:?}");
    let inspected: Value = serde_json::from_str(&place.done("inspect m.gs --json")).unwrap();
    assert_eq!(inspected["warnings"], object["warnings"]);
}
