//! The detectors there are: one entry each.

/// A detector as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DetectorEntry {
    /// Its name on the command line and in files.
    pub name: &'static str,
    /// What it takes for abnormal, in a sentence.
    pub about: &'static str,
}

/// Every detector.
///
/// ```
/// assert!(gradstop::detectors().iter().any(|entry| entry.name == "autoencoder"));
/// ```
pub fn detectors() -> &'static [DetectorEntry] {
    &[DetectorEntry {
        name: "autoencoder",
        about: "a network learns to reproduce rows; abnormal is what it reproduces badly",
    }]
}
