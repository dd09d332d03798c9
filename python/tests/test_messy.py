"""Tables with missing values, text, booleans and dates: the same from every kind of table, in files and in the command."""

from __future__ import annotations

import datetime
import logging
import pickle
import re

import numpy as np
import pandas
import polars
import pyarrow
import pytest
from sklearn.base import clone

import gradstop
import gradstop.sklearn

ROWS = 240


@pytest.fixture(scope="module")
def mixed() -> pandas.DataFrame:
    """30 columns of mixed kinds, a tenth of the values missing, the last 5 rows far off."""
    rng = np.random.default_rng(5)
    columns = {}
    for at in range(30):
        values = [
            lambda: rng.normal(size=ROWS) * (1 + at),
            lambda: rng.choice(["red", "green", "blue"], size=ROWS),
            lambda: rng.random(ROWS) < 0.3,
            lambda: np.datetime64("2024-01-01", "us") + rng.integers(0, 90, size=ROWS).astype("m8[D]"),
            lambda: np.array([f"user{user}" for user in rng.integers(0, 40, size=ROWS)]),
        ][at % 5]()
        kind = ["float64", object, "boolean", "datetime64[us]", object][at % 5]
        column = pandas.Series(values).astype(kind)
        if at % 5 == 0:
            column[-5:] = 500.0
        column[(rng.random(ROWS) < 0.1) & (np.arange(ROWS) > 0) & (np.arange(ROWS) < ROWS - 5)] = None
        columns[f"c{at}"] = column
    return pandas.DataFrame(columns)


def others(frame: pandas.DataFrame):
    """The same table in other packages."""
    arrow = pyarrow.Table.from_pandas(frame, preserve_index=False)
    yield arrow
    yield polars.from_arrow(arrow)


def test_a_mixed_table_with_missing_values_needs_one_parameter(mixed):
    detector = gradstop.AutoEncoder(missing="mean", epochs=15, contamination=0.03).fit(mixed)
    assert set(range(ROWS - 5, ROWS)) <= set(detector.decision_scores_.argsort()[-8:])
    assert detector.n_features_in_ == 30 and len(detector.prepared_names_) > 30
    assert len(detector.preparation_) == 30
    assert any(line.startswith("c1: text becomes a column of 0 and 1 for each of 3 levels") for line in detector.preparation_)
    assert (detector.decision_function(mixed) == detector.decision_scores_).all()
    assert detector.explain(mixed[:3]).shape == (3, len(detector.prepared_names_))
    assert "What was done to the columns" in detector.report(mixed[:20])


def test_every_kind_of_table_gives_the_same_bits(mixed):
    wanted = gradstop.ECOD(missing="indicator").fit(mixed)
    for table in others(mixed):
        detector = gradstop.ECOD(missing="indicator").fit(table)
        assert detector.preparation_ == wanted.preparation_, type(table)
        assert (detector.decision_scores_ == wanted.decision_scores_).all(), type(table)
        assert (wanted.decision_function(table) == wanted.decision_scores_).all(), type(table)


def test_files_pickles_and_clones_keep_the_preparation(mixed, tmp_path):
    detector = gradstop.ECOD(missing="median", text="frequency", scale="robust").fit(mixed)
    detector.save(tmp_path / "m.gradstop")
    loaded = gradstop.load(tmp_path / "m.gradstop")
    assert loaded.get_params() == detector.get_params()
    for other in (loaded, pickle.loads(pickle.dumps(detector))):
        assert (other.decision_function(mixed) == detector.decision_scores_).all()
        assert other.preparation_ == detector.preparation_
        assert list(other.prepared_names_) == list(detector.prepared_names_)
    assert clone(detector).get_params() == detector.get_params()
    plain = detector.set_params(missing="error", text="auto", scale="standard").fit(mixed[["c0"]].fillna(0))
    assert not hasattr(plain, "preparation_")


def test_the_limit_of_levels_is_that_of_the_command_and_is_kept(mixed, tmp_path, command):
    mixed.to_parquet(tmp_path / "t.parquet", index=False)
    detector = gradstop.ECOD(missing="mean", text="onehot", levels=np.int64(2)).fit(mixed)
    for column in ("c1", "c4"):
        assert sum(name.startswith(f"{column}=") for name in detector.prepared_names_) == 2, column
    detector.save(tmp_path / "python.gradstop")
    assert gradstop.load(tmp_path / "python.gradstop").levels == 2
    command("fit t.parquet --detector ecod --missing mean --text onehot --levels 2 --model command.gradstop")
    theirs = gradstop.load(tmp_path / "command.gradstop")
    assert theirs.preparation_ == detector.preparation_
    assert (theirs.decision_function(mixed) == detector.decision_scores_).all()


def test_a_model_scores_the_same_bits_in_the_command(mixed, tmp_path, command):
    mixed.to_csv(tmp_path / "t.csv", index=False)
    mixed.to_parquet(tmp_path / "t.parquet", index=False)
    detector = gradstop.AutoEncoder(missing="mean", epochs=5).fit(mixed)
    detector.save(tmp_path / "python.gradstop")
    for file in ("t.csv", "t.parquet"):
        command(f"score python.gradstop {file} --output scores.csv")
        scores = pandas.read_csv(tmp_path / "scores.csv")["score"].to_numpy().astype(np.float32)
        assert (scores == detector.decision_scores_.astype(np.float32)).all(), file
    command("fit t.parquet --missing mean --epochs 5 --model cli.gradstop")
    assert (gradstop.load(tmp_path / "cli.gradstop").decision_function(mixed) == detector.decision_scores_).all()


def test_arrays_with_nan_are_filled():
    rows = np.random.default_rng(1).normal(size=(100, 3))
    holes = rows.copy()
    holes[::7, 1] = np.nan
    holes[3, 2] = np.inf
    for given in (holes, holes.tolist(), np.ma.masked_invalid(holes)):
        detector = gradstop.KNN(missing="mean").fit(given)
        assert detector.preparation_[0].startswith("x1: 15 missing cells take the mean")
        assert np.isfinite(detector.decision_function(given)).all()
    complete = gradstop.KNN(missing="mean").fit(rows)
    assert (complete.decision_scores_ == gradstop.KNN().fit(rows).decision_scores_).all()
    with pytest.raises(ValueError, match='row 0, column "x1": got NaN'):
        gradstop.KNN(missing="error").fit(holes)


def test_missing_values_are_filled_and_counted_from_every_kind_of_table():
    rows = np.random.default_rng(1).normal(size=(200, 3))
    rows[7, 1], rows[3, 2], rows[4, 2], rows[5, 2] = np.nan, np.inf, 1e300, np.nan
    frame = pandas.DataFrame(rows, columns=["x0", "x1", "x2"])
    arrow = pyarrow.Table.from_pandas(frame, preserve_index=False)
    scores = []
    for given in (rows, rows.tolist(), np.ma.masked_invalid(rows), frame, arrow, polars.from_arrow(arrow)):
        with pytest.warns(gradstop.FitWarning, match="4 cells in 2 columns take the column's median") as said:
            detector = gradstop.ECOD().fit(given)
        assert "a further column says where for x2" in str(said[0].message)
        assert list(detector.prepared_names_) == ["x0", "x1", "x2", "x2 missing"], type(given)
        scores.append(detector.decision_scores_)
    assert all((other == scores[0]).all() for other in scores)
    complete = np.nan_to_num(rows, nan=0.0, posinf=0.0).clip(-5, 5)
    assert (gradstop.ECOD().fit(complete).decision_scores_ == gradstop.ECOD(missing="error").fit(complete).decision_scores_).all()
    assert not hasattr(gradstop.ECOD().fit(complete), "preparation_")


def test_booleans_and_zones_of_pandas_are_read():
    at = pandas.Series(pandas.to_datetime(["2024-01-01T01:00+01:00", "2024-01-03T01:00+01:00", None]))
    frame = pandas.DataFrame({"a": pandas.array([True, None, False], dtype="boolean"), "at": at, "n": [1, 2, 4]})
    detector = gradstop.ECOD(missing="mean").fit(frame)
    assert detector.preparation_[1] == "at: dates become days since 2024-01-01, UTC; 1 missing cell takes the mean, 1"
    naive = frame.assign(at=at.dt.tz_localize(None) - datetime.timedelta(hours=0))
    assert detector.decision_function(naive).shape == (3,)


def test_columns_of_another_kind_are_named(mixed):
    detector = gradstop.ECOD(missing="mean").fit(mixed)
    wrong = mixed.assign(c0=mixed["c1"])
    with pytest.raises(ValueError, match='column "c0".*text.*wanted numbers|column "c0": got type .*, wanted numbers'):
        detector.decision_function(wrong)
    with pytest.raises(ValueError, match='row 0, column "c0": got [a-z]+, wanted a finite number'):
        detector.decision_function(polars.from_pandas(wrong))
    with pytest.raises(ValueError, match="reordered from column 0"):
        detector.decision_function(mixed[["c1", "c0", *mixed.columns[2:]]])
    with pytest.raises(ValueError, match="X has 29 features"):
        detector.decision_function(mixed.drop(columns="c3"))
    with pytest.raises(ValueError, match="missing c3; extra other"):
        detector.decision_function(mixed.rename(columns={"c3": "other"}))


def test_words_that_are_new_are_logged(caplog):
    frame = pandas.DataFrame({"a": [1.0, 2.0, 4.0], "b": ["x", "y", "x"]})
    detector = gradstop.ECOD(missing="mean").fit(frame)
    with caplog.at_level(logging.WARNING, logger="gradstop"):
        detector.decision_function(pandas.DataFrame({"a": [1.0, None], "b": ["new", "y"]}))
    assert [record.message.split(": ", 1)[1] for record in caplog.records] == [
        'column "a": 1 missing cells and 0 words, of which the fitted column had none',
        'column "b": 0 missing cells and 1 words, of which the fitted column had none',
    ]


def test_choices_that_are_none_are_value_errors(table):
    for name, wrong in [("missing", "drop"), ("text", 3), ("scale", None)]:
        with pytest.raises(ValueError, match=f"{name}: got {wrong!r}, wanted one of "):
            gradstop.ECOD(**{name: wrong}).fit(table)
    for wrong in (0, 1001, 2.5, True, None):
        with pytest.raises(ValueError, match=f"levels: got {wrong!r}, wanted an integer in "):
            gradstop.ECOD(levels=wrong).fit(table)


@pytest.mark.parametrize("scale", ["robust", "quantile"])
def test_scales_change_the_scores_and_are_kept(scale, table, tmp_path):
    detector = gradstop.KNN(scale=scale).fit(table)
    assert (detector.decision_scores_ != gradstop.KNN().fit(table).decision_scores_).any()
    detector.save(tmp_path / "m")
    loaded = gradstop.load(tmp_path / "m")
    assert loaded.scale == scale
    assert (loaded.decision_function(table) == detector.decision_function(table)).all()


def test_scikit_learns_estimators_take_nan(table):
    holes = table.astype(np.float64)
    holes[::9, 0] = np.nan
    estimator = gradstop.sklearn.KNN(missing="median").fit(holes)
    detector = gradstop.KNN(missing="median").fit(holes)
    assert (estimator.score_samples(holes) == -detector.decision_function(holes)).all()
    with pytest.warns(gradstop.FitWarning, match="23 cells in 1 column take the column's median"):
        filled = gradstop.sklearn.KNN().fit(holes)
    assert list(filled.detector_.prepared_names_)[:2] == ["x0", "x0 missing"]
    with pytest.raises(ValueError, match="NaN"):
        gradstop.sklearn.KNN(missing="error").fit(holes)
    with pytest.raises(ValueError, match="infinity"):
        gradstop.sklearn.KNN().fit(np.where(np.isnan(holes), np.inf, holes))
    frame = pandas.DataFrame(holes, columns=list("abcd"))
    assert list(gradstop.sklearn.KNN(missing="median").fit(frame).detector_.feature_names_in_) == list("abcd")


def test_rows_that_depart_from_what_was_left_out_score_higher_with_a_warning():
    rng = np.random.default_rng(0)
    flow = rng.normal(40, 2, 100)
    frame = pandas.DataFrame({"pump": 3.0, "flow": flow, "copy": flow, "unit": "bar"})
    new = pandas.DataFrame({"pump": [3.0, 3, 3, 3], "flow": 40.0, "copy": [40.0, 90, 40, 40], "unit": ["bar", "bar", "psi", "bar"]})
    new.loc[3, "pump"] = 300.0
    for kind in (gradstop.KNN, gradstop.IForest, gradstop.ECOD):
        detector = kind().fit(frame)
        with pytest.warns(gradstop.ScoreWarning, match='column "copy": 1 row departs .* the same as "flow"') as said:
            scores = detector.decision_function(new)
        assert len(said) == 3
        assert (scores[1:] > scores[0]).all()
        assert list(detector.prepared_names_) == ["flow", "pump", "copy", "unit"]
        with pytest.warns(gradstop.ScoreWarning):
            contributions = detector.explain(new)
        assert contributions.shape == (4, 4)
        assert [detector.prepared_names_[row.argmax()] for row in contributions[[1, 3]]] == ["copy", "pump"]
    with pytest.warns(gradstop.FitWarning, match="one value only"):
        numbers = gradstop.LOF().fit(frame[["pump", "flow"]].to_numpy())
    with pytest.warns(gradstop.ScoreWarning, match='column "x0": 1 row departs from the fit, in every row of which it was 3'):
        scores = numbers.decision_function([[3.0, 40.0], [500.0, 40.0]])
    assert scores[1] > numbers.threshold_ >= scores[0]


def test_hints_are_pythons_and_fit_the_moment():
    frame = pandas.DataFrame({"a": [1.0, 2, 4, 7], "b": [True, False, False, True], "c": list("xyxy")})
    holed = frame.assign(a=[1.0, None, 4, 7])
    with pytest.raises(ValueError, match='missing="median"') as fitting:
        gradstop.ECOD(missing="error").fit(holed)
    detector = gradstop.ECOD(missing="error").fit(frame)
    with pytest.raises(ValueError, match='fit again with missing="median"') as scoring:
        detector.predict(holed)
    with pytest.raises(ValueError, match='text="onehot"') as text:
        gradstop.ECOD(text="error", missing="mean").fit(frame)
    with pytest.raises(ValueError, match="not the model's") as columns:
        detector.predict(frame[["b", "a", "c"]])
    for raised in (fitting, scoring, text, columns):
        assert "--" not in str(raised.value)


@pytest.mark.filterwarnings("ignore::gradstop.FitWarning")
def test_no_message_of_a_table_a_model_or_a_graph_names_an_option_of_the_command(tmp_path):
    plain = np.random.default_rng(3).normal(size=(40, 3))
    frame = polars.DataFrame({"a": plain[:, 0], "c": ["x", "y"] * 20})
    holed = frame.with_columns(a=polars.Series([1.0, None, *plain[2:, 0]]))
    numbers, words = gradstop.ECOD().fit(plain), gradstop.ECOD(missing="error").fit(frame)
    saved, damaged, foreign = (tmp_path / name for name in ("saved.gradstop", "damaged.gradstop", "foreign.gradstop"))
    numbers.save(saved)
    damaged.write_bytes(saved.read_bytes()[:-1] + b"?")
    foreign.write_bytes(b"\x02\x00\x00\x00\x00\x00\x00\x00{}")
    drawn = gradstop.VAE(preset="paper", epochs=2).fit(plain)
    refused = {
        '(hint: fill it, or fit with missing="median", which fills it)': lambda: gradstop.ECOD(text="error").fit(holed.select("a")),
        "(hint: rescale the column, or drop the row)": lambda: gradstop.ECOD(missing="error").fit(polars.DataFrame({"a": [1.0, 1e300]})),
        "(hint: if the column is not a feature, fit without it)": lambda: gradstop.ECOD(text="error").fit(frame),
        "got no row, wanted at least one": lambda: gradstop.ECOD().fit(frame.clear()),
        'let missing="median" do it': lambda: gradstop.ECOD(missing="error").fit(holed),
        'fit again with missing="median"': lambda: words.predict(holed),
        'text="onehot" or text="frequency" encodes it': lambda: gradstop.ECOD(text="error", missing="mean").fit(frame),
        "text whose words are all as frequent)": lambda: gradstop.ECOD().fit(polars.DataFrame({"c": ["x", "x", "x"]})),
        "(hint: choose them by their names)": lambda: words.predict(frame.select("c", "a")),
        "(hint: a fitted detector's save() makes one)": lambda: gradstop.load(foreign),
        "checksum mismatch: the file was altered or damaged": lambda: gradstop.load(damaged),
        "robod and ensembles of them can be exported)": lambda: numbers.export_onnx(tmp_path / "model.onnx"),
        "with draws_in_scoring=False)": lambda: drawn.export_onnx(tmp_path / "model.onnx"),
    }
    for said, call in refused.items():
        with pytest.raises(ValueError, match=re.escape(said)) as raised:
            call()
        assert "--" not in str(raised.value) and "`" not in str(raised.value)
