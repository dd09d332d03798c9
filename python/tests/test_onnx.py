"""ONNX models: whole, and with our scores in another runtime."""

from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime
import pandas
import pytest
from helpers import COLUMNS, NETWORKS, OTHERS, ROOT, make

import gradstop

#: Presets whose scores hang on a hash of the row's values.
REFUSED = {("VAE", "paper"): "draws_in_scoring=False", ("ROBOD", "paper"): "all_rows=True"}
EXPORTED = [(name, preset) for name in NETWORKS for preset in ("default", "paper") if (name, preset) not in REFUSED]


@pytest.fixture(scope="module")
def wdbc() -> pandas.DataFrame:
    return pandas.read_csv(ROOT / "examples" / "wdbc.csv").drop(columns="label")


def exported(detector, path):
    """A session that runs the exported model, once the checker has seen it."""
    detector.export_onnx(path)
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def fed(session, rows) -> dict[str, np.ndarray]:
    """A table as the model's inputs, whatever its columns are."""
    said = session.get_modelmeta().custom_metadata_map
    if "kinds" not in said:
        return {"rows": rows}
    frame = rows if isinstance(rows, pandas.DataFrame) else pandas.DataFrame(rows)
    numbers, words = [], []
    for at, kind in enumerate(json.loads(said["kinds"])):
        column = frame.iloc[:, at]
        if kind == "text":
            words.append(column.astype(object).where(column.notna(), "").to_numpy())
        elif kind == "dates":
            seconds = (column - pandas.Timestamp("1970-01-01")) / pandas.Timedelta(seconds=1)
            numbers.append(seconds.to_numpy(np.float64))
        else:
            numbers.append(column.to_numpy(np.float64, na_value=np.nan))
    inputs = {"rows": np.column_stack(numbers)} if numbers else {}
    return {**inputs, "words": np.column_stack(words)} if words else inputs


def scored(session, rows):
    scores, outliers = session.run(["score", "outlier"], fed(session, rows))
    assert scores.dtype == np.float32 and outliers.dtype == bool
    assert scores.shape == outliers.shape == (len(rows),)
    return scores.astype(np.float64), outliers


def compare(detector, session, rows, scale=None):
    """Scores are equal to 1e-5 of their size; of `scale` if they are differences themselves."""
    ours, (theirs, outliers) = detector.decision_function(rows), scored(session, rows)
    np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-5 * scale if scale else 0)
    near = np.abs(ours - detector.threshold_) <= 2e-5 * max(abs(detector.threshold_), scale or 0)
    assert (outliers == (ours > detector.threshold_))[~near].all()


@pytest.mark.parametrize(("name", "preset"), EXPORTED)
def test_the_exported_graph_scores_as_the_detector_does(name, preset, table, new_rows, wdbc, tmp_path):
    for rows in (table, wdbc.to_numpy(np.float32)):
        detector = make(name, preset=preset).fit(rows)
        session = exported(detector, tmp_path / "m.onnx")
        compare(detector, session, rows)
        random = np.random.default_rng(3).normal(rows.mean(0), 3 * rows.std(0), size=(300, rows.shape[1]))
        compare(detector, session, random.astype(np.float32))
        compare(detector, session, rows[:1])


@pytest.mark.parametrize("stopping", ["auto", "gradstop", "entropystop", "none"])
@pytest.mark.parametrize("name", NETWORKS)
def test_whatever_the_rule_keeps_is_exported(name, stopping, table, new_rows, tmp_path):
    detector = make(name, early_stopping=stopping).fit(table)
    compare(detector, exported(detector, tmp_path / "m.onnx"), new_rows)


@pytest.mark.parametrize("name", NETWORKS)
def test_an_ensemble_of_standardised_scores_is_exported(name, table, new_rows, tmp_path):
    detector = make(name, ensemble=3).fit(table)
    compare(detector, exported(detector, tmp_path / "m.onnx"), new_rows, scale=1)


def test_an_ensemble_of_ranks_is_exported_to_the_ranks_of_single_rows(table, new_rows, tmp_path):
    detector = make("AutoEncoder", ensemble=3, combine="rank").fit(table)
    session = exported(detector, tmp_path / "m.onnx")
    compare(detector, session, new_rows)
    theirs, _ = scored(session, table)
    # A fitted row meets its own score, and a last bit decides on which side it stands: half a rank of 200.
    assert np.abs(theirs - detector.decision_function(table)).max() <= 0.51 / 200


@pytest.mark.filterwarnings("ignore::gradstop.FitWarning")
@pytest.mark.parametrize("activation", ["relu", "leaky-relu", "sigmoid", "tanh", "identity"])
def test_every_activation_and_batch_norm_is_exported(activation, table, new_rows, tmp_path):
    detector = gradstop.AutoEncoder(
        hidden=[6, 3], activation=activation, output_activation=activation, batch_norm="all", early_stopping="none", epochs=5
    )
    compare(detector.fit(table), exported(detector, tmp_path / "m.onnx"), new_rows)


def test_constant_columns_and_far_values_are_exported(table, tmp_path):
    rows = table.copy()
    rows[:, 2] = 7
    with pytest.warns(gradstop.FitWarning, match="holds one value only"):
        detector = make("AutoEncoder").fit(rows)
    session = exported(detector, tmp_path / "m.onnx")
    far = rows[:5].copy()
    far[:, 2] = [-3e38, 0, 7, 8, 3e38]
    far[:, 0] = [1, 2, 3, 3e38, -3e38]
    compare(detector, session, far)


def holed(rows: np.ndarray, seed: int) -> np.ndarray:
    """Rows with cells missing, infinite and too large, which 32 bits would hide."""
    rng = np.random.default_rng(seed)
    holed = rows.astype(np.float64)
    for value, share in ((np.nan, 0.1), (np.inf, 0.02), (-1e39, 0.02)):
        holed[rng.random(rows.shape) < share] = value
    return holed


@pytest.mark.parametrize("scale", ["standard", "robust", "quantile"])
@pytest.mark.parametrize("missing", ["mean", "median", "indicator"])
def test_missing_cells_and_scales_are_part_of_the_graph(missing, scale, table, new_rows, wdbc, tmp_path):
    for rows in (table, wdbc.to_numpy()):
        rows = holed(rows, 1)
        # One that is left out, one that repeats another, and one in which nothing is missing.
        rows = np.column_stack([np.full(len(rows), 7.0), rows, rows[:, 0], np.arange(len(rows)) % 5])
        detector = make("AutoEncoder", missing=missing, scale=scale).fit(rows)
        session = exported(detector, tmp_path / "m.onnx")
        compare(detector, session, rows)
        there = np.where(np.isfinite(rows) & (np.abs(rows) < 1e38), rows, 0)
        random = np.random.default_rng(3).normal(there.mean(0), 3 * there.std(0), size=(300, rows.shape[1]))
        compare(detector, session, random)
        compare(detector, session, holed(random, 2))
        compare(detector, session, rows[:1])


def mixed(rows: int, seed: int) -> pandas.DataFrame:
    """Columns of every kind, each with cells missing."""
    rng = np.random.default_rng(seed)
    frame = pandas.DataFrame(
        {
            "age": rng.normal(40, 10, rows),
            "colour": rng.choice(["red", "green", "dark blue", "grün"], rows),
            "paid": pandas.array(rng.random(rows) < 0.7, dtype="boolean"),
            "city": [f"city {number}" for number in rng.geometric(0.15, rows)],
            "since": pandas.Timestamp("2021-03-04 05:06:07") + pandas.to_timedelta(rng.integers(0, 10**8, rows), unit="s"),
            "size": rng.lognormal(size=rows),
            "nothing": np.nan,
        }
    )
    return frame.mask(rng.random(frame.shape) < 0.1)


@pytest.mark.parametrize("scale", ["standard", "quantile"])
@pytest.mark.parametrize(("missing", "text"), [("mean", "auto"), ("median", "onehot"), ("indicator", "frequency"), ("indicator", "onehot")])
def test_words_days_and_truths_are_part_of_the_graph(missing, text, scale, tmp_path):
    frame, others = mixed(400, 5), mixed(200, 6)
    others.loc[::9, "colour"] = "purple"
    others["since"] += pandas.Timedelta(days=3000)
    detector = make("AutoEncoder", missing=missing, text=text, scale=scale).fit(frame)
    session = exported(detector, tmp_path / "m.onnx")
    assert [(put.name, put.type, put.shape) for put in session.get_inputs()] == [
        ("rows", "tensor(double)", ["N", 5]),
        ("words", "tensor(string)", ["N", 2]),
    ]
    for rows in (frame, others, others[:1]):
        compare(detector, session, rows)
    model = onnx.load(tmp_path / "m.onnx")
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 17), ("ai.onnx.ml", 3)]
    said = {entry.key: json.loads(entry.value) for entry in model.metadata_props if entry.key in ("columns", "kinds")}
    assert said == {"columns": list(frame), "kinds": [kind for _, kind, _ in detector._inputs]}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_exported_behind_a_preparation(name, tmp_path):
    detector = make(name, missing="mean", scale="quantile").fit(mixed(300, 7))
    compare(detector, exported(detector, tmp_path / "m.onnx"), mixed(100, 8))


def test_bent_columns_and_parts_of_dates_are_in_the_graph(tmp_path):
    rng = np.random.default_rng(12)
    frame = pandas.DataFrame({"at": pandas.date_range("2021-03-01", periods=900, freq="D"), "flow": rng.normal(40, 2, 900), "acid": rng.normal(7, 1, 900)})
    frame.loc[[3, 500], "flow"] = [1e12, -3e33]
    with pytest.warns(gradstop.FitWarning, match="only the logarithm counts: flow"):
        detector = make("AutoEncoder", ordered="parts").fit(frame)
    assert "at season cos" in detector.prepared_names_
    session = exported(detector, tmp_path / "m.onnx")
    later = frame.assign(at=frame["at"] + pandas.Timedelta(days=1234.56), flow=frame["flow"].replace(1e12, 7e20))
    for rows in (frame, later):
        compare(detector, session, rows)


def test_quantiles_of_many_values_are_found_where_they_stand(tmp_path):
    rng = np.random.default_rng(9)
    # More than the quantiles that are kept, and values that come many times, none of which 32 bits hold.
    rows = np.column_stack([rng.lognormal(size=5000), rng.integers(0, 4, 5000) / 10, rng.normal(size=5000)])
    detector = make("AutoEncoder", scale="quantile").fit(rows)
    session = exported(detector, tmp_path / "m.onnx")
    compare(detector, session, rows)
    compare(detector, session, np.array([[-1.0, 0.05, 0.0], [1e30, 0.3, -9.0], [0.0, 0.25, 9.0], [1.0, -5.0, 0.1]]))


@pytest.mark.parametrize("text", ["onehot", "frequency"])
def test_a_table_of_words_alone_is_exported(text, tmp_path):
    frame = mixed(300, 10)[["colour", "city"]].fillna("red")
    detector = make("DeepSVDD", text=text).fit(frame)
    session = exported(detector, tmp_path / "m.onnx")
    assert [put.name for put in session.get_inputs()] == ["words"]
    compare(detector, session, frame)


def test_a_missing_cell_where_none_may_be_has_no_score(tmp_path):
    frame = mixed(100, 11)[["age", "colour"]].dropna()
    detector = make("AutoEncoder", missing="error").fit(frame)
    session = exported(detector, tmp_path / "m.onnx")
    rows, words = np.array([[30.0], [np.nan], [30.0]]), np.array([["red"], ["red"], [""]], object)
    scores, outliers = session.run(["score", "outlier"], {"rows": rows, "words": words})
    assert np.isfinite(scores).tolist() == [True, False, False] and not outliers[1:].any()


def test_the_model_says_what_it_is(table, tmp_path):
    detector = make("DeepSVDD").fit(pandas.DataFrame(table, columns=COLUMNS)).set_threshold(2.5)
    exported(detector, tmp_path / "m.onnx")
    model = onnx.load(tmp_path / "m.onnx")
    said = {entry.key: entry.value for entry in model.metadata_props}
    assert said == {
        "detector": "deepsvdd",
        "preset": "default",
        "columns": json.dumps(COLUMNS, separators=(",", ":")),
        "threshold": "2.5",
        "gradstop_version": gradstop.__version__,
    }
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 17)]
    assert model.producer_name == "gradstop"


def test_the_command_writes_the_same_model(table, tmp_path, command):
    detector = make("AutoEncoder").fit(table)
    detector.save(tmp_path / "m.gradstop")
    detector.export_onnx(tmp_path / "python.onnx")
    command("export m.gradstop --onnx command.onnx")
    assert (tmp_path / "command.onnx").read_bytes() == (tmp_path / "python.onnx").read_bytes()


@pytest.mark.parametrize(("name", "preset"), REFUSED)
def test_scores_that_hang_on_a_hash_are_refused(name, preset, table, tmp_path):
    detector = make(name, preset=preset).fit(table)
    with pytest.raises(ValueError, match=REFUSED[name, preset]):
        detector.export_onnx(tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", OTHERS)
def test_methods_without_a_network_are_refused(name, table, tmp_path):
    with pytest.raises(ValueError, match="got a method without a network.*autoencoder, deepsvdd"):
        make(name).fit(table).export_onnx(tmp_path / "m.onnx")
    with pytest.raises(gradstop.NotFittedError):
        make(name).export_onnx(tmp_path / "m.onnx")


@pytest.mark.parametrize("scale", ["standard", "robust", "quantile"])
def test_an_offset_is_taken_off_in_the_graph(scale, table, new_rows, tmp_path):
    for offset, unit in ((1e9, 1.0), (-1.7e12, 1.0), (1.0, 1e-9), (0.0, 1e-60)):
        # One column stays where it is.
        far = [offset + unit * rows.astype(np.float64) for rows in (table, new_rows)]
        for moved, rows in zip(far, (table, new_rows)):
            moved[:, 1] = rows[:, 1]
        detector = make("AutoEncoder", scale=scale).fit(far[0])
        assert any("taken" in line for line in detector.preparation_)
        compare(detector, exported(detector, tmp_path / "m.onnx"), far[1])
