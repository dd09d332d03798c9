//! Model files: what loads scores rows, and is written again as it was.
#![no_main]

use gradstop::FittedDetector;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // A checksum keeps out whatever is altered by accident. Who alters on purpose writes a new one, and so do we.
    let sealed = gradstop_fuzz::seal(bytes);
    for bytes in [Some(bytes), sealed.as_deref()].into_iter().flatten() {
        match FittedDetector::from_bytes(bytes) {
            Ok(detector) => {
                let row = vec![0.5; detector.columns().len()];
                if let Ok(scores) = detector.score(&row) {
                    assert!(scores.iter().all(|score| !score.is_nan()));
                }
                let again =
                    FittedDetector::from_bytes(&detector.to_bytes()).expect("what was loaded can be written");
                assert_eq!(again.columns(), detector.columns());
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});
