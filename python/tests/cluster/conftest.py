"""Clusters on this machine, and tables for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)


#: Two tables of ADBench; tables/README.md says where they come from.
TABLES = {"breastw": "4_breastw.npz", "cardio": "6_cardio.npz"}


@pytest.fixture(params=TABLES)
def table(request) -> np.ndarray:
    with np.load(Path(__file__).parent / "tables" / TABLES[request.param]) as stored:
        return stored["X"].astype(np.float64)


@pytest.fixture
def cuts(table) -> list[np.ndarray]:
    """The table in parts that fit no tile: without a row, with one, with all but a few."""
    ends = [0, 1, 1, 131, len(table) - 3, len(table)]
    return [table[start:end] for start, end in zip([0, *ends], ends)]


@pytest.fixture
def messy(table) -> pd.DataFrame:
    """The table with cells missing, a column of words and one of days in no order."""
    frame = pd.DataFrame(table, columns=[f"c{at}" for at in range(table.shape[1])])
    frame.iloc[::7, 1] = np.nan
    frame["colour"] = [["red", "green", "blue", None][row % 4] for row in range(len(frame))]
    frame["day"] = pd.Timestamp("2024-02-28") + pd.to_timedelta(np.arange(len(frame)) * 37 % 60, unit="D")
    return frame


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
