//! A saved detector is the same detector, or an error.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop::algorithm::*;
use gradstop::*;
use proptest::prelude::*;

fn fitted() -> FittedDetector {
    let values = (0..60).map(|i| ((i * 7919) % 101) as f32 + 0.1 * i as f32).collect();
    let table = Table::new(values, vec!["a".into(), "b".into(), "c".into()]).unwrap();
    let changes = serde_json::json!({ "epochs": 6 });
    Detector::named("autoencoder", Preset::Default, &changes).unwrap().fit(table).unwrap()
}

#[test]
fn a_loaded_detector_scores_the_same_bits_and_remembers_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gradstop");
    let saved = fitted();
    saved.save(&path).unwrap();
    let loaded = FittedDetector::load(&path).unwrap();
    let row = [3.0, 50.0, -7.5];
    assert_eq!(loaded.score(&row).unwrap(), saved.score(&row).unwrap());
    assert_eq!(loaded.threshold().to_bits(), saved.threshold().to_bits());
    assert_eq!(
        (loaded.trainings(), loaded.warnings(), loaded.detector(), loaded.preset()),
        (saved.trainings(), saved.warnings(), saved.detector(), saved.preset())
    );
    assert_eq!(
        (loaded.columns(), loaded.settings(), loaded.rows()),
        (saved.columns(), saved.settings(), saved.rows())
    );
    assert_eq!(loaded.standardization(), saved.standardization());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn the_same_fit_gives_the_same_bytes_and_so_does_saving_again() {
    let bytes = fitted().to_bytes();
    assert!(bytes == fitted().to_bytes());
    assert!(bytes == FittedDetector::from_bytes(&bytes).unwrap().to_bytes());
}

#[test]
fn a_cut_off_file_says_so() {
    let bytes = fitted().to_bytes();
    for length in [0, 1, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        let error = FittedDetector::from_bytes(&bytes[..length]).unwrap_err();
        assert!(matches!(error, ModelFileError::Broken(_)), "{length}: {error}");
    }
}

#[test]
fn a_safetensors_file_of_someone_else_says_so() {
    let mut bytes = 2u64.to_le_bytes().to_vec();
    bytes.extend(b"{}");
    assert!(matches!(FittedDetector::from_bytes(&bytes), Err(ModelFileError::Foreign)));
}

#[test]
fn columns_that_are_missing_extra_or_reordered_are_named() {
    let model = fitted();
    let check = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        model.check_columns(&names).map_err(|error| {
            assert_eq!(error.hint(), Some(Hint::Columns));
            error.to_string()
        })
    };
    assert_eq!(check(&["a", "b", "c"]), Ok(()));
    let wanted = "wanted a, b, c, in this order";
    let problem = |text: &str| Err(format!("the table's columns are not the model's: got {text}, {wanted}"));
    assert_eq!(check(&["a", "d", "c"]), problem("missing b; extra d"));
    assert_eq!(check(&["b", "a", "c"]), problem("columns reordered from column 0 on, \"b\""));
    assert_eq!(check(&["a", "b", "c", "c"]), problem("4 columns"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn an_altered_byte_is_never_believed(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut bytes = fitted_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        // Only spaces that pad the header carry nothing.
        if let Ok(loaded) = FittedDetector::from_bytes(&bytes) {
            let original = FittedDetector::from_bytes(&fitted_bytes()).unwrap();
            prop_assert_eq!(loaded.tensors(), original.tensors());
            prop_assert_eq!(loaded.threshold(), original.threshold());
            prop_assert_eq!(loaded.columns(), original.columns());
        }
    }

    #[test]
    fn random_bytes_are_an_error_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(FittedDetector::from_bytes(&bytes).is_err());
    }
}

fn fitted_bytes() -> Vec<u8> {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(|| fitted().to_bytes()).clone()
}
