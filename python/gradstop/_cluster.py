"""What :mod:`gradstop.spark` and :mod:`gradstop.dask` share: fits whose rows are on other machines, in partitions.

Three fits, of which each says what travels:

``sample``
    A uniform sample of the rows, to the driver, where it is fitted as any table.
``ensemble``
    Each member's own sample, to the task that fits the member.
``full``
    In every epoch the parameters to the partitions, and the sums of their gradients back.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from . import _gradstop, _rows, _threshold
from ._detector import Detector, presets

MODES = ("sample", "ensemble", "full")

#: Rows of a sample, unless asked otherwise.
SAMPLE_ROWS = 100_000

D = TypeVar("D", bound=Detector)

#: A member of an ensemble on its way to the driver: its model file, and its training scores as float32 bytes.
Member = tuple[bytes, bytes]


@dataclass(frozen=True)
class Work:
    """A fit as the native side takes it; it travels to the workers."""

    name: str
    preset: str
    changes: str
    columns: list[str]

    @property
    def seed(self) -> int:
        return int(self._setting("seed", 0))

    @property
    def ensemble(self) -> int:
        return int(self._setting("ensemble", 1))

    def _setting(self, name: str, default: int) -> Any:
        preset = presets(self.name).get(self.preset, {})
        return json.loads(self.changes).get(name, preset.get(name, default))


class Cells(Protocol):
    """A table on other machines whose columns are of any kind. Its rows are numbered through all partitions, in their
    order."""

    def counts(self) -> Sequence[int]:
        """Rows of each partition."""

    def take(self, rows: list[NDArray[np.int64]]) -> Any:
        """Some rows of each partition, by their numbers within it, brought here: a table that a detector reads."""


class Partitions(Protocol):
    """A table of numbers on other machines. Its rows are numbered through all partitions, in their order."""

    #: Names of the columns, if they have any, and how many there are.
    names: list[str] | None
    width: int

    def counts(self) -> Sequence[int]:
        """Rows of each partition."""

    def take(self, rows: list[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Some rows of each partition, by their numbers within it, brought here."""

    def fit_members(
        self, work: Work, rows: list[list[NDArray[np.int64]]], standardization: tuple[list[float], list[float]]
    ) -> list[Member]:
        """Fits each member of an ensemble to rows of its own, in tasks of their own."""

    def exchange(self, message: bytes) -> list[bytes]:
        """Shows a message to the shard of every partition."""


def prepares(detector: Detector, mode: str, others: Sequence[tuple[str, str]]) -> bool:
    """Whether columns have to be prepared, which a sample of the rows decides; ``others`` are those that are no numbers,
    with their types."""
    if mode not in MODES:
        raise ValueError(f"mode: got {mode!r}, wanted one of {', '.join(MODES)}")
    detector._preparation()
    asked = not detector._plain()
    if mode != "sample" and (asked or others):
        hint = "(hint: mode 'sample' prepares columns of any kind)"
        if asked:
            name, default = ("missing", "error") if detector.missing not in ("auto", "error") else ("scale", "standard")
            got = getattr(detector, name)
            raise ValueError(f"{name}: got {got!r}, wanted {default!r} where mode is {mode!r} {hint}")
        column, kind = others[0]
        raise ValueError(f"column {column!r}: got {kind}, wanted numbers where mode is {mode!r} {hint}")
    return asked or (len(others) > 0 and detector.text != "error")


def fit_prepared(
    detector: D,
    table: Cells,
    sample_rows: int,
    callback: Callable[[dict[str, Any]], object] | None = None,
) -> D:
    """Fits a detector to a sample of a table whose columns are prepared, as any table of its kind."""
    counts = table.counts()
    seed = Work(detector._detector, detector.preset, json.dumps(detector._changes(), default=repr), []).seed
    sample = Samples(seed, counts, sample_rows)
    return detector.fit(table.take(sample(0)), callback=callback)


class Samples:
    """Which rows of each partition a member's sample has."""

    def __init__(self, seed: int, counts: Sequence[int], sample_rows: int) -> None:
        if isinstance(sample_rows, bool) or sample_rows != int(sample_rows) or sample_rows < 1:
            raise ValueError(f"sample_rows: got {sample_rows!r}, wanted a whole number of at least 1")
        self._seed, self._count = seed, int(sample_rows)
        self._starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        if self._starts[-1] == 0:
            raise ValueError("Found array with 0 sample(s), wanted at least 1")

    def __call__(self, member: int) -> list[NDArray[np.int64]]:
        starts = self._starts
        chosen = _gradstop.sample_rows(self._seed, member, int(starts[-1]), self._count)
        cuts = np.searchsorted(chosen, starts)
        return [chosen[cuts[at] : cuts[at + 1]] - starts[at] for at in range(len(starts) - 1)]


def fit(
    detector: D,
    table: Partitions,
    mode: str,
    sample_rows: int,
    callback: Callable[[dict[str, Any]], object] | None = None,
) -> D:
    """Fits a detector to a table of numbers on other machines."""
    _threshold.is_share(detector.contamination)
    started = time.perf_counter()
    names = table.names if table.names is not None else _rows.default_names(table.width)
    changes = json.dumps(detector._changes(), default=repr)
    work, threads = Work(detector._detector, detector.preset, changes, names), detector._threads()
    sample = Samples(work.seed, table.counts(), sample_rows)
    try:
        if mode == "full":
            shown = detector._shown(callback)
            fitted = _gradstop.fit_shards(work.name, work.preset, changes, names, threads, table.exchange, shown)
            return detector._conclude(fitted, started)
        first = table.take(sample(0))
        if mode == "sample":
            return detector._fit(first, table.names, callback)
        if work.ensemble < 2:
            raise ValueError(f"ensemble: got {detector.ensemble!r}, wanted at least 2 where mode is 'ensemble'")
        standardization = _gradstop.standardization(first)
        fitted_members = table.fit_members(work, [sample(member) for member in range(work.ensemble)], standardization)
        members = [(model, np.frombuffer(scores, np.float32).tolist()) for model, scores in fitted_members]
        fitted = _gradstop.assemble(work.name, work.preset, changes, members, first, names, threads)
        return detector._conclude(fitted, started)
    except _gradstop.SettingError as error:
        raise detector._wrong(*error.args) from None


def values(table: Any, width: int) -> NDArray[np.float32]:
    """Rows of a partition, which may have none."""
    if len(table) == 0:
        return np.empty((0, width), np.float32)
    return _rows.read(table)[0]


def fit_member(
    work: Work,
    member: int,
    parts: Sequence[NDArray[np.float32]],
    standardization: tuple[list[float], list[float]],
    threads: int,
) -> Member:
    """Fits one member of an ensemble, on a worker, to its rows from all partitions."""
    rows = np.ascontiguousarray(np.concatenate(parts))
    fitted = _gradstop.fit_member(
        work.name, work.preset, work.changes, member, rows, work.columns, standardization, threads
    )
    return fitted.to_bytes(), fitted.training_scores().tobytes()


_SHARDS: OrderedDict[tuple[str, int], _gradstop.Shard] = OrderedDict()
_LOCK = threading.Lock()


def answer(
    fit: str, index: int, message: bytes, threads: int, rows: Callable[[], NDArray[np.float32]] | None, keep: int
) -> bytes | None:
    """The answer of a shard, on a worker.

    The shard is there from the last message, or is made of its rows; of all shards the last ``keep`` are kept. Nothing
    if it is not there and neither are its rows.
    """
    key = (fit, index)
    with _LOCK:
        shard = _SHARDS.pop(key, None)
    if shard is None:
        if rows is None:
            return None
        # Whoever carried the rows may have left them anywhere in memory.
        shard = _gradstop.Shard(np.require(rows(), np.float32, ["C", "A"]), index)
    with _LOCK:
        _SHARDS[key] = shard
        while len(_SHARDS) > keep:
            _SHARDS.popitem(last=False)
    return shard.answer(message, threads)


def forget(fit: str) -> None:
    """Drops what a worker has kept of a fit."""
    with _LOCK:
        for key in [key for key in _SHARDS if key[0] == fit]:
            del _SHARDS[key]


@lru_cache(maxsize=4)
def model(content: bytes) -> Detector:
    """The detector in the bytes of a model file, read once a process."""
    return Detector._of(_gradstop.FittedDetector.from_bytes(content))


def scores(content: bytes, table: Any, threads: int) -> NDArray[np.float64]:
    """Scores of the rows of a partition, which has some, by the detector in a model file, on a worker."""
    detector = model(content)
    return detector._fitted.score(detector._rows_of(table), threads).astype(np.float64)
