//! What an experiment is made of, in a TOML file: tables x detectors x presets x seeds.

use std::path::{Path, PathBuf};

use gradstop::settings::TrimSetting;
use gradstop::{Detector, Preset, detector_named};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::datasets::cap::Cap;
use crate::datasets::labelled::in_folder;
use crate::datasets::make::Recipe;
use crate::experiment::cell::{Cell, Source};
use crate::failure::Failure;

/// The suites that come with the command.
pub(crate) const BUILT_IN: [(&str, &str); 2] =
    [("paper", include_str!("suites/paper.toml")), ("smoke", include_str!("suites/smoke.toml"))];

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suite {
    pub(crate) name: String,
    cap: Cap,
    seeds: Vec<u64>,
    /// Names of tables of the folder; all of them if there are none here and none are made.
    #[serde(default)]
    tables: Vec<String>,
    /// Column of the label, if it is not called `label` (for NPZ `y`).
    label: Option<String>,
    #[serde(default)]
    made: Vec<Recipe>,
    detectors: Vec<Group>,
}

/// Detectors that are treated alike.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    names: Vec<String>,
    #[serde(default = "default_presets")]
    presets: Vec<Preset>,
    #[serde(default = "default_stops")]
    stops: Vec<String>,
    /// Which rows to leave out of every step, each choice in cells of its own; what preset and settings say if there is none.
    #[serde(default)]
    trims: Vec<TrimSetting>,
    #[serde(default)]
    settings: Map<String, Value>,
}

fn default_presets() -> Vec<Preset> {
    vec![Preset::Default]
}

fn default_stops() -> Vec<String> {
    ["none", "gradstop", "entropystop"].map(String::from).to_vec()
}

impl Suite {
    /// A built-in suite by its name, or one from a file.
    pub(crate) fn find(name: &str) -> Result<Self, Failure> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) {
            return Self::parse(Path::new(name), text);
        }
        let path = Path::new(name);
        let hint = "a suite is paper, smoke or a TOML file";
        let failure = |error| Failure::Suite {
            path: path.into(),
            problem: format!("got {error}, wanted a suite"),
            hint,
        };
        Self::parse(path, &std::fs::read_to_string(path).map_err(failure)?)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        let failure = |problem| Failure::Suite {
            path: path.into(),
            problem,
            hint: "docs/bench.md shows what a suite may say",
        };
        let suite: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            failure(format!("line {line}: got no part of a suite ({}), wanted one", error.message()))
        })?;
        if suite.seeds.is_empty() || suite.detectors.is_empty() {
            return Err(failure("got no seed or no detector, wanted at least one of each".into()));
        }
        suite
            .made
            .iter()
            .try_for_each(Recipe::check)
            .map_err(|problem| failure(format!("made: {problem}")))?;
        for group in &suite.detectors {
            for name in &group.names {
                for &preset in &group.presets {
                    let wrong = |problem| Failure::SuiteSetting { path: path.into(), problem };
                    group.check(name, preset).map_err(wrong)?;
                }
            }
        }
        Ok(suite)
    }

    /// Whether it wants a folder of tables.
    pub(crate) fn needs_folder(&self) -> bool {
        self.made.is_empty() || !self.tables.is_empty()
    }

    /// Every cell, table by table.
    pub(crate) fn cells(&self, folder: Option<&Path>) -> Result<Vec<Cell>, Failure> {
        let mut tables = match folder {
            Some(folder) if self.needs_folder() => self.files(folder)?,
            _ => Vec::new(),
        };
        tables.extend(self.made.iter().cloned().map(Source::Made));
        let of_table =
            |table: Source| self.detectors.iter().flat_map(move |group| self.of_group(&table, group));
        Ok(tables.into_iter().flat_map(of_table).collect())
    }

    fn files(&self, folder: &Path) -> Result<Vec<Source>, Failure> {
        let mut found = in_folder(folder)?;
        if let Some(missing) = self.tables.iter().find(|name| found.iter().all(|(other, _)| other != *name)) {
            return Err(Failure::NoTable { folder: folder.into(), name: missing.clone() });
        }
        if !self.tables.is_empty() {
            found.retain(|(name, _)| self.tables.contains(name));
        }
        if found.is_empty() {
            return Err(Failure::NoTables { folder: folder.into() });
        }
        let source = |(name, path): (String, PathBuf)| {
            let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
            Source::File { name, file, label: self.label.clone() }
        };
        Ok(found.into_iter().map(source).collect())
    }

    fn of_group(&self, table: &Source, group: &Group) -> Vec<Cell> {
        let mut cells = Vec::new();
        for name in &group.names {
            let entry = detector_named(name).expect("the names were checked");
            let seeds = match entry.is_seeded() {
                true => self.seeds.iter().map(|&seed| Some(seed)).collect(),
                false => vec![None],
            };
            for &preset in &group.presets {
                for settings in group.settings() {
                    cells.extend(seeds.iter().map(|&seed| Cell {
                        table: table.clone(),
                        cap: self.cap,
                        detector: name.clone(),
                        preset,
                        settings: settings.clone(),
                        stops: if entry.is_trained() { group.stops.clone() } else { Vec::new() },
                        seed,
                    }));
                }
            }
        }
        cells
    }
}

impl Group {
    /// What differs from a preset, once for each trim.
    fn settings(&self) -> Vec<Map<String, Value>> {
        let with = |trim: &TrimSetting| {
            let mut settings = self.settings.clone();
            settings.insert("trim".into(), json!(trim));
            settings
        };
        if self.trims.is_empty() {
            vec![self.settings.clone()]
        } else {
            self.trims.iter().map(with).collect()
        }
    }

    fn check(&self, name: &str, preset: Preset) -> Result<(), gradstop::Error> {
        let entry = detector_named(name)?;
        let trim = (!self.trims.is_empty()).then_some("trim");
        let mut taken = ["early_stopping", "seed", "watch"].into_iter().chain(trim);
        if let Some(taken) = taken.find(|&taken| self.settings.contains_key(taken)) {
            return Err(gradstop::Error::Setting {
                parameter: taken.to_string(),
                got: "a setting".into(),
                wanted: "stops, trims and seeds beside the detectors, which set it".into(),
            });
        }
        for mut settings in self.settings() {
            if !entry.is_trained() {
                Detector::named(name, preset, &Value::Object(settings))?;
                continue;
            }
            for stop in &self.stops {
                settings.insert("early_stopping".into(), json!(stop));
                Detector::named(name, preset, &Value::Object(settings.clone()))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_suites_are_well_formed() {
        for (name, _) in BUILT_IN {
            assert_eq!(Suite::find(name).unwrap().name, name);
        }
        let smoke = Suite::find("smoke").unwrap().cells(None).unwrap();
        // 4 tables x (4 deep and 2 seeded classical detectors x 2 seeds + 3 others).
        assert_eq!(smoke.len(), 4 * (6 * 2 + 3));
        let keys: std::collections::HashSet<String> = smoke.iter().map(Cell::key).collect();
        assert_eq!(keys.len(), smoke.len());
    }

    #[test]
    fn every_trim_has_cells_of_its_own() {
        let text = "name = 'a'\ncap = 'none'\nseeds = [0, 1]\n[[made]]\nkind = 'local'\nrows = 50\ncolumns = 3\n\
                    contamination = 0.1\n[[detectors]]\nnames = ['vae']\ntrims = [0.0, 0.2, 'auto']\nsettings.epochs = 5\n";
        let cells = Suite::parse(Path::new("a.toml"), text).unwrap().cells(None).unwrap();
        let seen: Vec<(&Value, Option<u64>)> =
            cells.iter().map(|cell| (&cell.settings["trim"], cell.seed)).collect();
        let [none, some, auto] = [json!(0.0), json!(0.2), json!("auto")];
        let wanted = [&none, &some, &auto].into_iter().flat_map(|trim| [(trim, Some(0)), (trim, Some(1))]);
        assert_eq!(seen, wanted.collect::<Vec<_>>());
        assert!(cells.iter().all(|cell| cell.settings["epochs"] == 5));
    }

    #[test]
    fn mistakes_in_a_suite_are_named() {
        let parse = |text: &str| Suite::parse(Path::new("mine.toml"), text).unwrap_err().to_string();
        let with =
            |group: &str| parse(&format!("name = 'a'\ncap = 'none'\nseeds = [0]\n[[detectors]]\n{group}"));
        assert!(parse("name = 'a'\ncap = 'all'").contains("line 2"));
        assert!(with("names = ['autoencode']").contains("autoencode"));
        assert!(with("names = ['autoencoder']\nstops = ['never']").contains("never"));
        assert!(with("names = ['autoencoder']\nsettings.widths = 3").contains("widths"));
        assert!(with("names = ['autoencoder']\nsettings.seed = 3").contains("seeds"));
        assert!(with("names = ['autoencoder']\ntrims = [0.1]\nsettings.trim = 0.2").contains("trims"));
        assert!(with("names = ['autoencoder']\ntrims = [1.0]").contains("trim"));
        assert!(with("names = ['knn']\ntrims = [0.1]").contains("trim"));
        // A rule that this preset has no use for.
        assert!(with("names = ['robod']\npresets = ['paper']\nstops = ['gradstop']").contains("all_rows"));
    }
}
