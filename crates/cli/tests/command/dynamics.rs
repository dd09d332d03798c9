//! What `dynamics` promises.

use serde_json::Value;

use crate::workplace::Workplace;

#[test]
fn every_epoch_has_its_figures_and_the_same_ones_in_every_format() {
    let place = Workplace::with_table();
    let words = "dynamics table.csv --label label --epochs 30 --output d.html --output d.svg --output d.csv --output d.json";
    let text = place.done(words);
    assert!(text.contains("AUC       0.") || text.contains("AUC       1."), "{text}");
    let object: Value = serde_json::from_str(&place.read("d.json")).unwrap();
    let epochs = object["epochs"].as_array().unwrap();
    assert_eq!((epochs.len(), &object["inliers"], &object["outliers"]), (30, &76.into(), &4.into()));
    assert_eq!(object["proportion"], 19.0);
    let figure =
        |epoch: &Value, name: &str| epoch[name].as_f64().unwrap_or_else(|| panic!("{name} in {epoch}"));
    let mut counted = 0;
    for (at, epoch) in epochs.iter().enumerate() {
        let all = [
            "loss",
            "auc",
            "inlier_loss",
            "outlier_loss",
            "inlier_norm",
            "outlier_norm",
            "ratio",
            "cosine",
            "bound",
        ];
        all.iter().for_each(|name| assert!(figure(epoch, name).is_finite()));
        assert!((-1.0..=1.0).contains(&figure(epoch, "cosine")));
        assert_eq!(epoch["held"], Value::Bool(figure(epoch, "ratio") > figure(epoch, "bound")));
        if at > 0 {
            let gap = |epoch: &Value| figure(epoch, "outlier_loss") - figure(epoch, "inlier_loss");
            let change = gap(epoch) - gap(&epochs[at - 1]);
            assert!((change - figure(epoch, "gap_change")).abs() < 1e-9);
            assert_eq!(epoch["strengthened"], Value::Bool(change > 0.0));
            counted += 1;
        }
    }
    let cells = ["held_and_strengthened", "held_only", "strengthened_only", "neither"];
    assert_eq!(cells.map(|name| object[name].as_u64().unwrap()).iter().sum::<u64>(), counted);
    let csv = place.read("d.csv");
    assert_eq!(csv.lines().count(), 31);
    assert!(csv.starts_with("epoch,loss,auc,inlier_loss,outlier_loss,inlier_norm,outlier_norm,"));
    assert!(place.read("d.svg").starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(place.read("d.html").contains("Theorem 1, measured"));
}

#[test]
fn a_trimmed_training_shows_how_many_outliers_it_leaves_out() {
    let place = Workplace::with_table();
    let words = "dynamics table.csv --label label --epochs 30 --set trim=0.2 --output d.json --output d.html";
    place.done(words);
    let object: Value = serde_json::from_str(&place.read("d.json")).unwrap();
    for epoch in object["epochs"].as_array().unwrap() {
        let [among, of] =
            ["outliers_among_trimmed", "outliers_trimmed"].map(|name| epoch[name].as_f64().unwrap());
        // 16 of 80 rows are left out, and 4 are outliers.
        assert!((among * 16.0 - of * 4.0).abs() < 1e-9, "{epoch}");
    }
    assert!(place.read("d.html").contains("Rows left out"));
    place.done("dynamics table.csv --label label --epochs 3 --set trim=0 --output d.json --output d.html");
    let object: Value = serde_json::from_str(&place.read("d.json")).unwrap();
    assert_eq!(object["epochs"][2]["outliers_trimmed"], Value::Null);
    assert!(!place.read("d.html").contains("Rows left out"));
}

#[test]
fn under_plain_gradient_descent_the_bound_says_what_happens() {
    let place = Workplace::with_table();
    let plain = "--set optimizer=sgd --set momentum=0 --set dropout=0 --set learning_rate=0.01 --epochs 300";
    let plain = format!("{plain} --set trim=0");
    let bare = "--set batch_norm=none --set init_std=0.3 --seed 1";
    for detector in ["deepsvdd --set weight_decay=0".to_string(), format!("autoencoder {bare}")] {
        let words = format!("dynamics table.csv --label label {plain} --json --detector {detector}");
        let object: Value = serde_json::from_str(&place.done(&words)).unwrap();
        let count = |name: &str| object[name].as_u64().unwrap();
        let (both, neither) = (count("held_and_strengthened"), count("neither"));
        let agree = both + neither;
        let all = agree + count("held_only") + count("strengthened_only");
        assert!(agree * 100 >= all * 98 && both > 20 && neither > 20, "{object}");
    }
}

#[test]
fn labels_that_look_on_change_nothing_of_the_fit() {
    let place = Workplace::with_table();
    for rule in ["none", "gradstop"] {
        place.done(&format!(
            "dynamics table.csv --label label --epochs 25 --early-stopping {rule} --history seen.csv"
        ));
        place.done(&format!(
            "detect table.csv --label label --epochs 25 --early-stopping {rule} --history alone.csv"
        ));
        assert_eq!(place.read("seen.csv"), place.read("alone.csv"));
    }
}

#[test]
fn what_cannot_be_followed_is_refused_by_name() {
    let place = Workplace::with_table();
    place.write("inliers.csv", "a,label\n1,0\n2,0\n4,0\n");
    for (words, part) in [
        ("dynamics table.csv", "--label: got none"),
        ("dynamics inliers.csv --label label", "got 3 inliers and 0 outliers"),
        ("dynamics table.csv --label label --detector knn", "knn: got no gradients"),
        ("dynamics table.csv --label label --detector randnet", "a single network"),
        ("dynamics table.csv --label label --ensemble 2", "a single network"),
        ("dynamics table.csv --label label --epochs 2 --set batch_size=20", "one batch"),
        (
            "dynamics table.csv --label label --detector robod --preset paper --epochs 2",
            "every row must meet",
        ),
        (
            "dynamics table.csv --label label --output d.png",
            "wanted one that ends in .html, .svg, .csv or .json",
        ),
    ] {
        let ended = place.run(words);
        assert_eq!(ended.code, 2, "{words}: {}", ended.err);
        assert!(ended.err.contains(part), "{words}: {}", ended.err);
    }
    assert_eq!(place.names(), ["inliers.csv", "table.csv"]);
}
