"""What happened during a fit, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas

#: Figures of an epoch that are measured only if something looks at them.
FIGURES = [
    "cohesion_small",
    "cohesion_large",
    "gap",
    "smoothed_gap",
    "divergence",
    "smoothed_divergence",
    "entropy",
    "skewness",
    "trimmed",
    "trim_threshold",
    "trim_overlap",
]


class History(dict[str, NDArray[Any]]):
    """Figures of the epochs: a dict of arrays, one entry an epoch.

    ``epoch`` counts from 0, ``loss`` is the mean over the rows, ``decision`` is ``"continue"``, ``"best"``, ``"join"`` or ``"stop"``.
    For GradStop there are ``cohesion_small`` and ``cohesion_large`` in [0, 1], their ``gap``, and the ``divergence`` in
    radians, each of the latter also as smoothed; for EntropyStop the ``entropy`` in nats; for ``"auto"`` the ``skewness`` of
    the logarithms of the scores, and its epochs that are averaged are those of the decision ``"join"``. Where rows are trimmed,
    ``trimmed`` is the share of the rows that the epoch did not learn from, ``trim_threshold`` the largest loss that it did learn from, and
    ``trim_overlap`` the share of these rows that the epoch before left out as well. What nothing measured is NaN.
    Where several networks were trained, ``member`` says whose the epoch is.
    """

    @classmethod
    def of(cls, trainings: list[dict[str, Any]]) -> History:
        """The epochs of one or several trainings, one after the other."""
        records = [record for training in trainings for record in training["history"]]
        history = cls()
        if len(trainings) > 1:
            lengths = [len(training["history"]) for training in trainings]
            history["member"] = np.repeat(np.arange(len(trainings)), lengths)
        history["epoch"] = np.array([record["epoch"] for record in records], dtype=np.int64)
        for figure in ["loss", *FIGURES]:
            # What was not measured is null there, which becomes NaN.
            history[figure] = np.array([record[figure] for record in records], dtype=np.float64)
        history["decision"] = np.array([record["decision"] for record in records], dtype=str)
        return history

    def to_pandas(self) -> pandas.DataFrame:
        """The same as a pandas data frame, a row an epoch.

        Raises
        ------
        ImportError
            If pandas is not installed; nothing else here needs it.
        """
        import pandas

        return pandas.DataFrame(dict(self))
