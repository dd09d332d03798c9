"""A table of two million rows that no process holds."""

from __future__ import annotations

import json
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import two_million
from two_million import COLUMNS, LOOKED_AT, PARAMETERS, PARTS, ROWS

import gradstop

pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The table, each partition written by a process that makes no other."""
    place = tmp_path_factory.mktemp("two_million")
    with get_context("spawn").Pool(2, maxtasksperchild=1) as processes:
        processes.starmap(two_million.make, [(str(place), part) for part in range(PARTS)], chunksize=1)
    return place


def rows_of(folder: Path, part: int) -> np.ndarray:
    stored = pq.read_table(folder / two_million.name(part))
    return np.column_stack([column.to_numpy() for column in stored.columns])


@pytest.fixture(scope="module")
def local(folder):
    """The same fit in this process, which may hold what a cluster's must not."""
    return gradstop.AutoEncoder(**PARAMETERS).fit(np.concatenate([rows_of(folder, part) for part in range(PARTS)]))


@pytest.mark.parametrize(("engine", "package"), [("dask", "distributed"), ("spark", "pyspark")])
def test_two_million_rows_are_fitted_and_scored_where_they_are(engine, package, folder, local, tmp_path):
    pytest.importorskip(package)
    output = tmp_path / "found"
    words = [sys.executable, two_million.__file__, engine, str(folder), str(output)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((output / "found.json").read_text(encoding="utf-8"))

    # Each partition had a process, none had them all, and the driver grew by less than the table.
    shards = list(found["shards"].values())
    assert sorted({index for indices in shards for index in indices}) == list(range(PARTS))
    assert max(map(len, shards)) < PARTS, shards
    assert found["fitted"] - found["before"] < 4 * ROWS * COLUMNS, found

    assert found["best_epoch"] == local.best_epoch_
    np.testing.assert_allclose(found["losses"], local.history_["loss"], rtol=1e-5)
    np.testing.assert_allclose(np.load(output / "training-scores.npy"), local.decision_scores_, rtol=1e-4)

    model = gradstop.load(output / "model.gradstop")
    for part in LOOKED_AT:
        assert np.array_equal(np.load(output / f"scores-{part}.npy"), model.decision_function(rows_of(folder, part)))
    assert found["flagged"] == sum(int(model.predict(rows_of(folder, part)).sum()) for part in range(PARTS))
