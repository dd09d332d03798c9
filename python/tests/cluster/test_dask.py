"""Fits and scores on a Dask cluster against those of one process."""

from __future__ import annotations

import inspect
import os

import numpy as np
import pytest

pytest.importorskip("distributed")
pd = pytest.importorskip("pandas")

import dask.array as da
import dask.dataframe as dd
from distributed import Client, LocalCluster
from faults import with_a_loss
from helpers import REGISTRY

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
    parameters = {"epochs": 10 if kind == "VAE" else 30, "early_stopping": stopping, "batch_size": 0}
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
        client=client, mode=mode, epochs=40, ensemble=4 if mode == "ensemble" else None, early_stopping="auto"
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


@pytest.mark.parametrize("mode", ["sample", "ensemble", "full"])
def test_parts_of_any_size_are_the_table(client, cuts, mode, agrees):
    table = np.concatenate(cuts)
    parameters = {"epochs": 10, "ensemble": 2 if mode == "ensemble" else None}
    local = gradstop.AutoEncoder(**parameters).fit(table)
    spread = da.concatenate([da.from_array(part, chunks=(max(len(part), 1), -1)) for part in cuts])
    frames = [pd.DataFrame(part, columns=[f"c{at}" for at in range(table.shape[1])]) for part in cuts]
    in_frames = dd.from_map(lambda part: frames[part], range(len(cuts)), meta=frames[0])
    for parts in (spread, in_frames):
        here = on_dask.DaskAutoEncoder(client=client, mode=mode, **parameters).fit(parts)
        if mode == "full":
            agrees(local, here.detector_)
        else:
            assert np.array_equal(here.detector_.decision_scores_, local.decision_scores_)
        scores = here.decision_function(parts).compute()
        assert np.array_equal(np.asarray(scores), here.detector_.decision_function(table))
        assert len(here.predict(parts).compute()) == len(table)


def test_columns_of_any_kind_are_prepared_as_one_process_does(client, messy):
    spread = dd.from_pandas(messy, npartitions=4, sort=False)
    for name, parameters in (("ECOD", {"missing": "median", "scale": "quantile"}), ("AutoEncoder", {"missing": "indicator", "epochs": 5})):
        local = getattr(gradstop, name)(**parameters).fit(messy)
        here = getattr(on_dask, f"Dask{name}")(client=client, **parameters).fit(spread)
        assert here.detector_._fitted.to_bytes() == local._fitted.to_bytes()
        assert np.array_equal(here.decision_function(spread).compute().to_numpy(), local.decision_function(messy))
        assert np.array_equal(here.predict(spread).compute().to_numpy(), local.predict(messy))
    few = on_dask.DaskECOD(client=client, missing="mean", sample_rows=100).fit(spread).detector_
    rows = gradstop._gradstop.sample_rows(0, 0, len(messy), 100)
    assert few._fitted.to_bytes() == gradstop.ECOD(missing="mean").fit(messy.iloc[rows])._fitted.to_bytes()


def test_arrays_with_missing_cells_are_prepared_as_one_process_does(client, table):
    table[3, 2] = np.nan
    here = on_dask.DaskECOD(client=client, missing="mean").fit(in_parts(table))
    local = gradstop.ECOD(missing="mean").fit(table)
    assert np.array_equal(here.decision_function(in_parts(table, 3)).compute(), local.decision_function(table))


@pytest.mark.parametrize("mode", ["ensemble", "full"])
def test_what_only_a_sample_can_prepare_is_refused_elsewhere(client, messy, mode):
    spread = dd.from_pandas(messy, npartitions=2, sort=False)

    def refused(columns, **parameters) -> str:
        with pytest.raises(ValueError) as raised:
            on_dask.DaskAutoEncoder(client=client, mode=mode, ensemble=2, **parameters).fit(spread[columns])
        return str(raised.value)

    hint = rf"where mode is '{mode}' (hint: mode 'sample' prepares columns of any kind)"
    assert refused(["c0", "c1"], missing="mean") == f"missing: got 'mean', wanted 'error' {hint}"
    assert refused(["c0", "c2"], scale="robust") == f"scale: got 'robust', wanted 'standard' {hint}"
    assert refused(["c0", "colour"]).endswith(f"wanted numbers {hint}")
    assert refused(["day"]).startswith("column 'day': got datetime64")
    assert refused(["c0"], text="none").startswith("text: got 'none', wanted one of auto")


def test_mistakes_are_named(client, table):
    spread = in_parts(table)
    with pytest.raises(ValueError, match="mode: got 'all', wanted one of sample, ensemble, full"):
        on_dask.DaskECOD(client=client, mode="all").fit(spread)
    with pytest.raises(ValueError, match="autoencoder, deepsvdd or vae"):
        on_dask.DaskIForest(client=client, mode="full").fit(spread)
    with pytest.raises(ValueError, match="ensemble: got 1, wanted at least 2"):
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


def test_every_detector_has_a_class_with_its_parameters():
    for name in REGISTRY:
        local = inspect.signature(getattr(gradstop, name)).parameters
        assert local.items() <= inspect.signature(getattr(on_dask, f"Dask{name}")).parameters.items()
    assert {name.removeprefix("Dask") for name in on_dask.__all__} == set(REGISTRY)
