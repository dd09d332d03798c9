//! The file of results: SQLite, so that a finished cell is safe whatever happens next and several processes
//! can work on one file.
//!
//! A cell is `open`, `taken` by an owner, `done` or `failed`. An owner says every second or two that it is
//! alive; what was taken by one that no longer does is open again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gradstop::{Preset, TrimSetting, detector_named};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde::Serialize;
use serde_json::Value;

use crate::experiment::cell::{Cell, Measured, RuleResult};
use crate::failure::Failure;

/// Seconds after which an owner that has not been heard of is gone.
const LEASE: u32 = 10;

/// Of the layout of the file; another number is not read.
const FORMAT: i64 = 1;

const LAYOUT: &str = "
create table runs (
    id integer primary key,
    started text not null default (datetime('now')),
    seconds real,
    command text not null,
    folder text,
    suite text not null,
    version text not null,
    revision text not null,
    machine text not null
);
create table cells (
    id integer primary key,
    cell text not null unique,
    -- The same, for people and reports.
    table_name text not null,
    detector text not null,
    preset text not null,
    settings text not null,
    seed integer,
    cap text not null,
    state text not null default 'open' check (state in ('open', 'taken', 'done', 'failed')),
    owner text,
    run integer references runs,
    finished text,
    error text,
    rows integer,
    columns integer,
    outliers integer,
    table_checksum text,
    seconds real,
    peak_memory integer,
    auc_by_epoch text,
    oracle_epoch integer,
    oracle_auc real,
    warnings text
);
create table results (
    cell integer not null references cells,
    stop text not null,
    auc real not null,
    average_precision real not null,
    precision_at_n real not null,
    epoch_kept real,
    epochs_run real,
    reason text,
    fit_seconds real not null,
    score_seconds real not null,
    -- (auc - auc without stopping) / (best auc of any epoch - auc without stopping)
    share_of_gain real,
    scores_checksum text not null,
    primary key (cell, stop)
);
create table owners (name text primary key, seen integer not null);
";

pub(crate) struct Store {
    path: PathBuf,
    connection: Connection,
}

/// How far the cells of a grid are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) open: usize,
    pub(crate) taken: usize,
    pub(crate) done: usize,
    pub(crate) failed: usize,
}

/// What a run was started as.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    pub(crate) command: String,
    pub(crate) folder: Option<String>,
    pub(crate) suite: String,
    pub(crate) version: String,
    pub(crate) revision: String,
    pub(crate) machine: String,
}

/// A result with everything that is needed to repeat it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) cell: i64,
    pub(crate) table: String,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) outliers: usize,
    pub(crate) detector: String,
    pub(crate) preset: String,
    pub(crate) settings: String,
    /// Which rows were left out of every step, of detectors that are trained.
    pub(crate) trim: Option<TrimSetting>,
    pub(crate) seed: Option<u64>,
    pub(crate) cap: String,
    pub(crate) stop: String,
    pub(crate) auc: f64,
    pub(crate) average_precision: f64,
    pub(crate) precision_at_n: f64,
    pub(crate) epoch_kept: Option<f64>,
    pub(crate) epochs_run: Option<f64>,
    pub(crate) reason: Option<String>,
    pub(crate) fit_seconds: f64,
    pub(crate) score_seconds: f64,
    pub(crate) oracle_epoch: Option<usize>,
    pub(crate) oracle_auc: Option<f64>,
    pub(crate) share_of_gain: Option<f64>,
    pub(crate) peak_memory: Option<u64>,
    pub(crate) table_checksum: String,
    pub(crate) scores_checksum: String,
    pub(crate) suite: String,
    pub(crate) version: String,
    pub(crate) revision: String,
    pub(crate) machine: String,
}

/// A cell that is done: what it was, where and on what, and its results by rule.
pub(crate) struct FinishedCell {
    pub(crate) cell: Cell,
    pub(crate) folder: Option<String>,
    pub(crate) table_checksum: String,
    pub(crate) results: Vec<RuleResult>,
}

/// A cell that failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FailedCell {
    pub(crate) cell: i64,
    pub(crate) title: String,
    pub(crate) error: String,
}

impl Store {
    /// Opens a file of results, and makes it if it is not there.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        Self::connect(path, Connection::open(path))
    }

    /// Opens a file of results that is there.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        if !path.is_file() {
            return Err(Failure::NoResults { path: path.into() });
        }
        Self::connect(path, Connection::open(path))
    }

    fn connect(path: &Path, connection: rusqlite::Result<Connection>) -> Result<Self, Failure> {
        let failure = |problem| Failure::Results { path: path.into(), problem };
        let mut store = Self { path: path.into(), connection: connection.map_err(failure)? };
        store.prepare().map_err(failure)?;
        let format: i64 =
            store.connection.query_row("pragma user_version", [], |row| row.get(0)).map_err(failure)?;
        match format {
            FORMAT => Ok(store),
            _ => Err(Failure::ResultsFormat { path: path.into(), got: format, wanted: FORMAT }),
        }
    }

    fn prepare(&mut self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(Duration::from_secs(30))?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let empty = transaction.query_row("select count(*) = 0 from sqlite_schema", [], |row| row.get(0))?;
        if empty {
            transaction.execute_batch(LAYOUT)?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
        }
        transaction.commit()
    }

    fn failure(&self) -> impl Fn(rusqlite::Error) -> Failure + use<> {
        let path = self.path.clone();
        move |problem| Failure::Results { path: path.clone(), problem }
    }

    /// Makes these cells the grid of this connection, adding those that the file does not have.
    pub(crate) fn set_grid(&mut self, cells: &[Cell]) -> Result<(), Failure> {
        let failure = self.failure();
        let mut set = || {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(
                "create temp table if not exists grid (position integer primary key, id integer unique);
                 delete from grid;",
            )?;
            for (position, cell) in cells.iter().enumerate() {
                let key = cell.key();
                insert_cell(&transaction, cell, &key)?;
                transaction
                    .prepare_cached("insert into grid select ?1, id from cells where cell = ?2")?
                    .execute(params![position as i64, key])?;
            }
            transaction.commit()
        };
        set().map_err(failure)
    }

    /// Opens the failed cells of the grid again.
    pub(crate) fn retry_failed(&self) -> Result<(), Failure> {
        self.connection
            .execute(
                "update cells set state = 'open', error = null
                 where state = 'failed' and id in (select id from grid)",
                [],
            )
            .map(drop)
            .map_err(self.failure())
    }

    pub(crate) fn count(&self) -> Result<Count, Failure> {
        let mut count = Count::default();
        let query = "select state, count(*) from grid join cells using (id) group by state";
        let mut states = self.connection.prepare_cached(query).map_err(self.failure())?;
        let rows = states.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)? as usize)));
        for row in rows.map_err(self.failure())? {
            let (state, cells) = row.map_err(self.failure())?;
            match state.as_str() {
                "open" => count.open = cells,
                "taken" => count.taken = cells,
                "done" => count.done = cells,
                _ => count.failed = cells,
            }
        }
        Ok(count)
    }

    pub(crate) fn start_run(&self, run: &Run) -> Result<i64, Failure> {
        self.connection
            .execute(
                "insert into runs (command, folder, suite, version, revision, machine)
                 values (?1, ?2, ?3, ?4, ?5, ?6)",
                params![run.command, run.folder, run.suite, run.version, run.revision, run.machine],
            )
            .map_err(self.failure())?;
        Ok(self.connection.last_insert_rowid())
    }

    pub(crate) fn end_run(&self, run: i64, seconds: f64) -> Result<(), Failure> {
        self.connection
            .execute("update runs set seconds = ?2 where id = ?1", params![run, seconds])
            .map(drop)
            .map_err(self.failure())
    }

    /// Says that the owner is alive.
    pub(crate) fn alive(&self, owner: &str) -> Result<(), Failure> {
        self.connection
            .execute("insert or replace into owners values (?1, unixepoch())", [owner])
            .map(drop)
            .map_err(self.failure())
    }

    /// Takes the next cell of the grid that is open or whose owner is gone.
    pub(crate) fn take(&self, owner: &str) -> Result<Option<(i64, Cell)>, Failure> {
        let taken: Option<(i64, String)> = self
            .connection
            .prepare_cached(
                "update cells set state = 'taken', owner = ?1 where id = (
                     select id from grid join cells using (id)
                     where state = 'open' or (state = 'taken' and owner is not ?1
                         and not exists (select 1 from owners where name = owner and seen > unixepoch() - ?2))
                     order by position limit 1)
                 returning id, cell",
            )
            .and_then(|mut take| {
                take.query_row(params![owner, LEASE], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .map_err(self.failure())?;
        taken.map(|(id, text)| Ok((id, self.parse(&text)?))).transpose()
    }

    /// Whether cells of the grid are with someone else.
    pub(crate) fn taken_by_others(&self, owner: &str) -> Result<bool, Failure> {
        let query =
            "select exists (select 1 from grid join cells using (id) where state = 'taken' and owner <> ?1)";
        self.connection.query_row(query, [owner], |row| row.get(0)).map_err(self.failure())
    }

    /// Gives back what the owner took and did not finish.
    pub(crate) fn leave(&self, owner: &str) -> Result<(), Failure> {
        self.connection
            .execute(
                "update cells set state = 'open', owner = null where state = 'taken' and owner = ?1",
                [owner],
            )
            .and_then(|_| self.connection.execute("delete from owners where name = ?1", [owner]))
            .map(drop)
            .map_err(self.failure())
    }

    /// Writes down what came of a cell, all of it or nothing.
    pub(crate) fn finish(
        &mut self,
        id: i64,
        run: i64,
        outcome: &Result<Measured, String>,
    ) -> Result<(), Failure> {
        let failure = self.failure();
        let mut finish = || {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute(
                "update cells set run = ?2, owner = null, finished = datetime('now') where id = ?1",
                [id, run],
            )?;
            match outcome {
                Ok(measured) => write_measured(&transaction, id, measured)?,
                Err(error) => {
                    transaction.execute(
                        "update cells set state = 'failed', error = ?2 where id = ?1",
                        params![id, error],
                    )?;
                }
            }
            transaction.commit()
        };
        finish().map_err(failure)
    }

    fn parse(&self, text: &str) -> Result<Cell, Failure> {
        serde_json::from_str(text).map_err(|problem| Failure::ResultsContent {
            path: self.path.clone(),
            problem: problem.to_string(),
        })
    }

    /// Every result, by table, detector, preset, seed and rule.
    pub(crate) fn rows(&self) -> Result<Vec<Row>, Failure> {
        let query =
            "select cells.id, table_name, rows, columns, outliers, detector, preset, settings, seed, cap,
                stop, auc, average_precision, precision_at_n, epoch_kept, epochs_run, reason, fit_seconds,
                score_seconds, oracle_epoch, oracle_auc, share_of_gain, peak_memory, table_checksum,
                scores_checksum, suite, version, revision, machine
            from results join cells on cells.id = results.cell join runs on runs.id = cells.run
            where state = 'done' order by cells.id, results.rowid";
        let of_row = |row: &rusqlite::Row<'_>| {
            let [detector, preset, settings]: [String; 3] = [row.get(5)?, row.get(6)?, row.get(7)?];
            Ok(Row {
                trim: trim(&detector, &preset, &settings),
                cell: row.get(0)?,
                table: row.get(1)?,
                rows: row.get::<_, i64>(2)? as usize,
                columns: row.get::<_, i64>(3)? as usize,
                outliers: row.get::<_, i64>(4)? as usize,
                detector,
                preset,
                settings,
                seed: row.get::<_, Option<i64>>(8)?.map(|seed| seed as u64),
                cap: row.get(9)?,
                stop: row.get(10)?,
                auc: row.get(11)?,
                average_precision: row.get(12)?,
                precision_at_n: row.get(13)?,
                epoch_kept: row.get(14)?,
                epochs_run: row.get(15)?,
                reason: row.get(16)?,
                fit_seconds: row.get(17)?,
                score_seconds: row.get(18)?,
                oracle_epoch: row.get::<_, Option<i64>>(19)?.map(|epoch| epoch as usize),
                oracle_auc: row.get(20)?,
                share_of_gain: row.get(21)?,
                peak_memory: row.get::<_, Option<i64>>(22)?.map(|bytes| bytes as u64),
                table_checksum: row.get(23)?,
                scores_checksum: row.get(24)?,
                suite: row.get(25)?,
                version: row.get(26)?,
                revision: row.get(27)?,
                machine: row.get(28)?,
            })
        };
        self.collect(query, of_row)
    }

    pub(crate) fn failed(&self) -> Result<Vec<FailedCell>, Failure> {
        let cells = self
            .collect("select id, cell, error from cells where state = 'failed' order by id", |row| {
                Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
            })?;
        let failed = |(cell, text, error): (i64, String, Option<String>)| {
            Ok(FailedCell { cell, title: self.parse(&text)?.title(), error: error.unwrap_or_default() })
        };
        cells.into_iter().map(failed).collect()
    }

    /// The runs that finished a cell, with the seconds they took if they came to their end.
    pub(crate) fn runs(&self) -> Result<Vec<(Run, String, Option<f64>)>, Failure> {
        let query = "select command, folder, suite, version, revision, machine, started, seconds from runs
            where id in (select run from cells) order by id";
        self.collect(query, |row| {
            let run = Run {
                command: row.get(0)?,
                folder: row.get(1)?,
                suite: row.get(2)?,
                version: row.get(3)?,
                revision: row.get(4)?,
                machine: row.get(5)?,
            };
            Ok((run, row.get(6)?, row.get(7)?))
        })
    }

    fn collect<T>(
        &self,
        query: &str,
        of_row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Failure> {
        let collect =
            || self.connection.prepare(query)?.query_map([], of_row)?.collect::<rusqlite::Result<_>>();
        collect().map_err(self.failure())
    }

    /// A finished cell.
    pub(crate) fn finished(&self, id: i64) -> Result<Option<FinishedCell>, Failure> {
        let query = "select cell, folder, table_checksum from cells join runs on runs.id = run
            where cells.id = ?1 and state = 'done'";
        let found: Option<(String, Option<String>, String)> = self
            .connection
            .query_row(query, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()
            .map_err(self.failure())?;
        let Some((text, folder, table_checksum)) = found else { return Ok(None) };
        let results =
            self.collect(&format!("select * from results where cell = {id} order by rowid"), |row| {
                Ok(RuleResult {
                    stop: row.get("stop")?,
                    auc: row.get("auc")?,
                    average_precision: row.get("average_precision")?,
                    precision_at_n: row.get("precision_at_n")?,
                    epoch_kept: row.get("epoch_kept")?,
                    epochs_run: row.get("epochs_run")?,
                    reason: row.get("reason")?,
                    fit_seconds: row.get("fit_seconds")?,
                    score_seconds: row.get("score_seconds")?,
                    scores_checksum: row.get("scores_checksum")?,
                })
            })?;
        Ok(Some(FinishedCell { cell: self.parse(&text)?, folder, table_checksum, results }))
    }

    /// Takes over every finished or failed cell of another file that this one has not finished. Returns how
    /// many were new, and the numbers (in this file) of the cells that both have with different scores.
    pub(crate) fn merge(&mut self, other: &Path) -> Result<(usize, Vec<i64>), Failure> {
        // Opening it checks it.
        drop(Self::open(other)?);
        let failure = self.failure();
        self.connection.execute("attach ?1 as other", [other.to_string_lossy()]).map_err(&failure)?;
        let merged = self.merge_attached().map_err(&failure);
        self.connection.execute_batch("detach other").map_err(&failure)?;
        merged
    }

    fn merge_attached(&mut self) -> rusqlite::Result<(usize, Vec<i64>)> {
        const MERGE: &str = "
            insert into main.cells (cell, table_name, detector, preset, settings, seed, cap)
                select cell, table_name, detector, preset, settings, seed, cap from other.cells
                where state in ('done', 'failed') and cell not in (select cell from main.cells) order by id;
            create temp table taken_over as
                select mine.id as mine, its.id as its from main.cells mine join other.cells its using (cell)
                where its.state = 'done' and mine.state <> 'done'
                   or its.state = 'failed' and mine.state = 'open';
            create temp table runs_taken_over as
                select id as its, (select coalesce(max(id), 0) from main.runs) + row_number() over (order by id) as mine
                from other.runs where id in (select run from other.cells where id in (select its from taken_over));
            insert into main.runs
                select mine, started, seconds, command, folder, suite, version, revision, machine
                from other.runs join runs_taken_over on its = id;
            update main.cells set (state, run, finished, error, rows, columns, outliers, table_checksum, seconds,
                    peak_memory, auc_by_epoch, oracle_epoch, oracle_auc, warnings, owner) =
                (select state, (select r.mine from runs_taken_over r where r.its = c.run), finished, error, rows,
                    columns, outliers, table_checksum, seconds, peak_memory, auc_by_epoch, oracle_epoch, oracle_auc,
                    warnings, null
                 from other.cells c join taken_over t on c.id = t.its where t.mine = main.cells.id)
                where id in (select mine from taken_over);
            insert into main.results
                select t.mine, stop, auc, average_precision, precision_at_n, epoch_kept, epochs_run, reason,
                    fit_seconds, score_seconds, share_of_gain, scores_checksum
                from other.results r join taken_over t on r.cell = t.its order by r.rowid;";
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(MERGE)?;
        let new = transaction.query_row("select count(*) from taken_over", [], |row| row.get::<_, i64>(0))?;
        let differing = transaction
            .prepare(
                "select distinct m.cell from main.results m join main.cells mine on mine.id = m.cell
                 join other.cells its on its.cell = mine.cell
                 join other.results o on o.cell = its.id and o.stop = m.stop
                 where m.scores_checksum <> o.scores_checksum order by 1",
            )?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<i64>>>()?;
        transaction.execute_batch("drop table taken_over; drop table runs_taken_over;")?;
        transaction.commit()?;
        Ok((new as usize, differing))
    }
}

fn insert_cell(connection: &Connection, cell: &Cell, key: &str) -> rusqlite::Result<()> {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_string();
    connection
        .prepare_cached(
            "insert or ignore into cells (cell, table_name, detector, preset, settings, seed, cap)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            key,
            cell.table.name(),
            cell.detector,
            word(serde_json::json!(cell.preset)),
            serde_json::Value::Object(cell.settings.clone()).to_string(),
            // SQLite has signed numbers only; the bits are the same.
            cell.seed.map(|seed| seed as i64),
            word(serde_json::json!(cell.cap)),
        ])
        .map(drop)
}

fn write_measured(connection: &Connection, id: i64, measured: &Measured) -> rusqlite::Result<()> {
    let list = |items: serde_json::Value| items.to_string();
    let oracle = measured.oracle();
    connection.execute(
        "update cells set state = 'done', error = null, rows = ?2, columns = ?3, outliers = ?4, table_checksum = ?5,
            seconds = ?6, peak_memory = ?7, auc_by_epoch = ?8, oracle_epoch = ?9, oracle_auc = ?10, warnings = ?11
         where id = ?1",
        params![
            id,
            measured.rows as i64,
            measured.columns as i64,
            measured.outliers as i64,
            measured.table_checksum,
            measured.seconds,
            measured.peak_memory.map(|bytes| bytes as i64),
            list(serde_json::json!(measured.auc_by_epoch)),
            oracle.map(|(epoch, _)| epoch as i64),
            oracle.map(|(_, auc)| auc),
            list(serde_json::json!(measured.warnings)),
        ],
    )?;
    let unstopped = measured.auc_by_epoch.last();
    for result in &measured.results {
        // Where next to nothing can be gained a share of it says nothing.
        let share = oracle.zip(unstopped).and_then(|((_, best), &unstopped)| {
            (best - unstopped > 1e-3).then(|| (result.auc - unstopped) / (best - unstopped))
        });
        connection.execute(
            "insert or replace into results values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                id,
                result.stop,
                result.auc,
                result.average_precision,
                result.precision_at_n,
                result.epoch_kept,
                result.epochs_run,
                result.reason,
                result.fit_seconds,
                result.score_seconds,
                share,
                result.scores_checksum,
            ],
        )?;
    }
    Ok(())
}

/// The trim that a cell's settings ask for, or its preset does.
fn trim(detector: &str, preset: &str, settings: &str) -> Option<TrimSetting> {
    let settings: Value = serde_json::from_str(settings).ok()?;
    let preset: Preset = serde_json::from_value(preset.into()).ok()?;
    let own = |settings: &Value| serde_json::from_value(settings.get("trim")?.clone()).ok();
    own(&settings).or_else(|| own(&detector_named(detector).ok()?.preset(preset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_names_the_trim_of_its_training_whoever_chose_it() {
        assert_eq!(trim("autoencoder", "default", "{}"), Some(TrimSetting::AUTO));
        assert_eq!(trim("autoencoder", "paper", "{}"), Some(TrimSetting::Share(0.0)));
        assert_eq!(trim("autoencoder", "default", r#"{"trim":0.2}"#), Some(TrimSetting::Share(0.2)));
        assert_eq!(trim("knn", "default", "{}"), None);
    }
}
