"""Clusters on this machine, and tables for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)


def wdbc() -> np.ndarray:
    return np.genfromtxt(ROOT / "examples" / "wdbc.csv", delimiter=",", skip_header=1)[:, :-1]


def made() -> np.ndarray:
    """3,000 rows near a plane in six columns, every fiftieth off it."""
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(3000, 2)) @ rng.normal(size=(2, 6)) + rng.normal(scale=0.1, size=(3000, 6))
    rows[::50] += rng.normal(scale=2, size=(60, 6))
    return rows * [1, 10, 100, 1, 1, 1] + [0, 5, 0, 0, 1000, 0]


TABLES = {"wdbc": wdbc, "made": made}


@pytest.fixture(params=TABLES)
def table(request) -> np.ndarray:
    return TABLES[request.param]()


@pytest.fixture(scope="session")
def agrees():
    """Whether a fit over partitions is the local one within the rounding of sums."""

    def check(local, spread) -> None:
        assert spread.best_epoch_ == local.best_epoch_
        assert spread.stop_reason_ == local.stop_reason_
        np.testing.assert_allclose(spread.history_["loss"], local.history_["loss"], rtol=1e-5)
        np.testing.assert_allclose(spread.decision_scores_, local.decision_scores_, rtol=1e-4)
        assert (spread.labels_ != local.labels_).mean() <= 0.002

    return check
