"""Fits and scores on a Dask cluster against those of one process."""

from __future__ import annotations

import os

import numpy as np
import pytest

pytest.importorskip("distributed")
pd = pytest.importorskip("pandas")

import dask.array as da
import dask.dataframe as dd
from distributed import Client, LocalCluster
from faults import with_a_loss

import gradstop
import gradstop.dask as on_dask


@pytest.fixture(scope="module")
def client():
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster, Client(cluster) as client:
        yield client


def in_parts(table: np.ndarray, parts: int = 5):
    return da.from_array(table, chunks=(-(-len(table) // parts), 2))


def framed(table: np.ndarray):
    names = [f"c{at}" for at in range(table.shape[1])]
    frame = pd.DataFrame(table, columns=names)
    return frame, dd.from_pandas(frame, npartitions=4, sort=False)


def worker(client) -> int:
    return sorted(client.run(os.getpid).values())[0]


def test_a_sample_of_all_rows_is_the_local_fit_and_scores_have_its_bits(client, table):
    frame, spread = framed(table)
    for name in ("AutoEncoder", "IForest", "KNN"):
        local = getattr(gradstop, name)().fit(frame)
        here = getattr(on_dask, f"Dask{name}")(client=client).fit(spread)
        assert here.detector_._fitted.to_bytes() == local._fitted.to_bytes()
        lazy = here.decision_function(spread)
        assert hasattr(lazy, "compute")
        assert np.array_equal(lazy.compute().to_numpy(), local.decision_function(frame))
        assert np.array_equal(here.predict(spread).compute().to_numpy(), local.predict(frame))


def test_a_smaller_sample_has_the_rows_that_its_seed_draws(client, table):
    few = on_dask.DaskECOD(client=client, sample_rows=50).fit(in_parts(table)).detector_
    rows = gradstop._gradstop.sample_rows(0, 0, len(table), 50)
    assert few._fitted.to_bytes() == gradstop.ECOD().fit(table[rows])._fitted.to_bytes()


def test_arrays_in_blocks_of_columns_score_as_the_whole_array(client, table):
    here = on_dask.DaskECOD(client=client).fit(in_parts(table))
    local = gradstop.ECOD().fit(table)
    assert np.array_equal(here.decision_function(in_parts(table, 7)).compute(), local.decision_function(table))
    assert here.predict(in_parts(table)).compute().sum() == local.predict(table).sum()


@pytest.mark.parametrize("kind", ["AutoEncoder", "VAE", "DeepSVDD"])
@pytest.mark.parametrize("stopping", ["auto", "gradstop"])
def test_a_full_fit_keeps_the_epoch_of_the_local_one_and_scores_alike(client, table, kind, stopping, agrees):
    # A variational auto-encoder blows up the rounding of sums: after 15 epochs on few rows a loss differs by 1e-4.
    parameters = {"epochs": 10 if kind == "VAE" else 30, "stopping": stopping}
    local = getattr(gradstop, kind)(**parameters).fit(table)
    here = getattr(on_dask, f"Dask{kind}")(client=client, mode="full", **parameters).fit(in_parts(table)).detector_
    agrees(local, here)


def test_members_in_tasks_are_the_local_ensemble_to_the_last_bit(client, table):
    parameters = {"ensemble": 3, "epochs": 10}
    local = gradstop.AutoEncoder(**parameters).fit(table)
    here = on_dask.DaskAutoEncoder(client=client, mode="ensemble", **parameters).fit(in_parts(table)).detector_
    assert here._fitted.to_bytes() == local._fitted.to_bytes()
    assert np.array_equal(here.decision_scores_, local.decision_scores_)


def test_members_with_samples_of_their_own_do_not_depend_on_the_partitions(client, table):
    def fit(parts: int) -> bytes:
        spread = on_dask.DaskIForest(client=client, mode="ensemble", ensemble=3, sample_rows=100)
        return spread.fit(in_parts(table, parts)).detector_._fitted.to_bytes()

    assert fit(1) == fit(6)


@pytest.mark.parametrize("mode", ["full", "ensemble"])
def test_a_fit_that_loses_a_worker_ends_the_same(client, mode):
    rows = np.random.default_rng(3).normal(size=(60_000, 12))
    spread = on_dask.DaskAutoEncoder(
        client=client, mode=mode, epochs=40, ensemble=4 if mode == "ensemble" else None, stopping="auto"
    )
    calm, lossy = with_a_loss(lambda: spread.fit(in_parts(rows)).detector_._fitted.to_bytes(), lambda: worker(client))
    assert calm == lossy


def test_scoring_that_loses_a_worker_ends_the_same(client):
    rows = np.random.default_rng(4).normal(size=(400_000, 12)).astype(np.float32)
    here = on_dask.DaskAutoEncoder(client=client, sample_rows=2000, epochs=20).fit(in_parts(rows))
    calm, lossy = with_a_loss(
        lambda: client.compute(here.decision_function(in_parts(rows, 40))).result(), lambda: worker(client)
    )
    assert np.array_equal(calm, lossy)


def test_mistakes_are_named(client, table):
    spread = in_parts(table)
    with pytest.raises(ValueError, match="mode: got 'all', wanted one of sample, ensemble, full"):
        on_dask.DaskECOD(client=client, mode="all").fit(spread)
    with pytest.raises(ValueError, match="autoencoder, deepsvdd or vae"):
        on_dask.DaskIForest(client=client, mode="full").fit(spread)
    with pytest.raises(ValueError, match="ensemble: got None, wanted at least 2"):
        on_dask.DaskIForest(client=client, mode="ensemble").fit(spread)
    with pytest.raises(ValueError, match="learning_rate: got -1"):
        on_dask.DaskAutoEncoder(client=client, mode="full", learning_rate=-1).fit(spread)
    with pytest.raises(TypeError, match="wanted a dask data frame or a dask array"):
        on_dask.DaskECOD(client=client).fit(table)
    with pytest.raises(gradstop.NotFittedError):
        on_dask.DaskECOD(client=client).decision_function(spread)
    broken = table.copy()
    broken[7, 1] = np.nan
    with pytest.raises(ValueError, match='row 7, column "x1": got NaN'):
        on_dask.DaskAutoEncoder(client=client, mode="full").fit(in_parts(broken, 1))


def test_every_detector_has_a_class():
    assert {name.removeprefix("Dask") for name in on_dask.__all__ if name != "bench"} == {
        name for name, kind in vars(gradstop._detectors).items() if hasattr(kind, "_detector") and name != "Detector"
    }


def test_the_bench_on_a_cluster_has_the_cells_of_the_bench(client, tmp_path):
    on_dask.bench(None, tmp_path / "all.sqlite", suite="smoke", client=client, parts=3)
    from helpers import python

    counted = python(
        "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('select count(*) from cells').fetchone()[0])",
        str(tmp_path / "all.sqlite"),
    )
    assert int(counted) > 3
