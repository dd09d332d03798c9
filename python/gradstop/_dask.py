"""The base of the detectors of :mod:`gradstop.dask`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, ClassVar, TypeVar

import dask
import dask.array
import numpy as np
from distributed import Client, get_client, get_worker
from numpy.typing import NDArray

from . import _cluster
from ._detector import Detector, NotFittedError

Self = TypeVar("Self", bound="DaskDetector")


class DaskDetector:
    """Base of every detector on Dask."""

    _kind: ClassVar[type[Detector]]

    detector_: Detector

    def __init__(self, client: Client | None, mode: str, sample_rows: int, **parameters: Any) -> None:
        self.client, self.mode, self.sample_rows = client, mode, sample_rows
        self._parameters = parameters

    def fit(self: Self, X: Any, y: Any = None, *, callback: Callable[[dict[str, Any]], object] | None = None) -> Self:
        """Fit to the rows of a table on the cluster. No label reaches a fit: ``y`` is ignored.

        A worker that is lost costs time and changes nothing, as long as its partitions can be computed again.

        Parameters
        ----------
        X : dask data frame or dask array of shape (rows, columns)
            Rows are taken in the order of the partitions.
        y : ignored
            Accepted for pipelines.
        callback : callable, optional
            As in :meth:`gradstop.AutoEncoder.fit`; not in mode ``"ensemble"``.

        Returns
        -------
        self
        """
        detector = self._kind(**self._parameters)
        if _cluster.prepares(detector, self.mode, _others(X)):
            cells = DaskCells(X, self._client())
            self.detector_ = _cluster.fit_prepared(detector, cells, self.sample_rows, callback)
            return self
        table = DaskPartitions(X, self._client())
        try:
            self.detector_ = _cluster.fit(detector, table, self.mode, self.sample_rows, callback)
        finally:
            table.close()
        return self

    def decision_function(self, X: Any) -> Any:
        """Scores of rows, computed lazily; larger is more abnormal.

        Parameters
        ----------
        X : dask data frame or dask array of shape (rows, columns)
            With the columns of the fit.

        Returns
        -------
        scores : dask series or dask array of shape (rows,)
            float64, the bits of the local detector's.
        """
        return self._lazily(X, "outlier_score", np.float64, None)

    def predict(self, X: Any) -> Any:
        """1 for rows that score above the threshold (outliers), else 0, computed lazily.

        Parameters
        ----------
        X : dask data frame or dask array of shape (rows, columns)
            With the columns of the fit.

        Returns
        -------
        labels : dask series or dask array of shape (rows,)
            0 and 1.
        """
        return self._lazily(X, "prediction", np.int64, self._ready().threshold_)

    def save(self, path: str | PathLike[str]) -> None:
        """Write a model file, which :func:`gradstop.load` and ``gradstop score`` read.

        Parameters
        ----------
        path : path
            Path of the file; ``.gradstop`` is customary.
        """
        self._ready().save(path)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Every parameter of the constructor with its value.

        Parameters
        ----------
        deep : bool
            Ignored: no parameter has parameters of its own.
        """
        return {"client": self.client, "mode": self.mode, "sample_rows": self.sample_rows, **self._parameters}

    def _lazily(self, X: Any, name: str, dtype: type, threshold: float | None) -> Any:
        detector = self._ready()
        content = detector._fitted.to_bytes()
        if hasattr(X, "columns"):
            detector._check_columns(len(X.columns), _names(X))
            return X.map_partitions(_scores_of_frame, content, threshold, name, meta=(name, dtype))
        detector._check_columns(X.shape[1], None)
        X = X.rechunk({1: -1})
        return X.map_blocks(_scores, content, threshold, dtype=dtype, drop_axis=1, meta=np.empty(0, dtype))

    def _ready(self) -> Detector:
        if "detector_" not in self.__dict__:
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet (hint: call fit)")
        return self.detector_

    def _client(self) -> Client:
        if self.client is not None:
            return self.client
        try:
            return get_client()
        except ValueError:
            raise ValueError("client: there is none (hint: distributed.Client(), or its address)") from None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mode={self.mode!r}, {self._kind(**self._parameters)!r})"


class DaskPartitions:
    """A table on a Dask cluster; its partitions stay with the workers as float32 rows."""

    def __init__(self, table: Any, client: Client) -> None:
        self._client, self._fit = client, uuid.uuid4().hex
        parts, self.width, self.names = _parts(table)
        read = dask.delayed(_cluster.values)
        self._rows = client.compute([read(part, self.width) for part in parts])

    def counts(self) -> Sequence[int]:
        counts: list[int] = self._client.gather([self._client.submit(len, rows, pure=False) for rows in self._rows])
        return counts

    def take(self, rows: list[NDArray[np.int64]]) -> NDArray[np.float32]:
        return np.concatenate(self._client.gather(self._picked(rows)))

    def fit_members(
        self, work: _cluster.Work, rows: list[list[NDArray[np.int64]]], standardization: tuple[list[float], list[float]]
    ) -> list[_cluster.Member]:
        parts = [self._picked(of_member) for of_member in rows]
        fits = [
            self._client.submit(_fit_member, work, member, parts[member], standardization, pure=False)
            for member in range(len(rows))
        ]
        members: list[_cluster.Member] = self._client.gather(fits)
        return members

    def exchange(self, message: bytes) -> list[bytes]:
        # Half more than a worker's share: one that took work from another must not end up with the whole table.
        share = -(-len(self._rows) // max(len(self._client.nthreads()), 1))
        keep = share + -(-share // 2)
        asked = [
            self._client.submit(_answer, self._fit, index, message, rows, keep, pure=False)
            for index, rows in enumerate(self._rows)
        ]
        answers: list[bytes] = self._client.gather(asked)
        return answers

    def close(self) -> None:
        """Lets the workers forget the table."""
        self._client.cancel(self._rows)
        self._client.run(_cluster.forget, self._fit, on_error="ignore")

    def _picked(self, rows: list[NDArray[np.int64]]) -> list[Any]:
        return _picked(self._client, self._rows, rows)


class DaskCells:
    """A table on a Dask cluster as it is, columns of any kind; its partitions stay with the workers."""

    def __init__(self, table: Any, client: Client) -> None:
        self._client = client
        self._parts = client.compute(_parts(table)[0])

    def counts(self) -> Sequence[int]:
        counts: list[int] = self._client.gather([self._client.submit(len, part, pure=False) for part in self._parts])
        return counts

    def take(self, rows: list[NDArray[np.int64]]) -> Any:
        taken = self._client.gather(_picked(self._client, self._parts, rows))
        if isinstance(taken[0], np.ndarray):
            return np.concatenate(taken)
        # Partitions of a data frame are those of pandas, so it is there.
        import pandas as pd

        return pd.concat(taken)


def _parts(table: Any) -> tuple[list[Any], int, list[str] | None]:
    """The partitions of a table, delayed; how many columns it has, and their names if they have some."""
    if isinstance(table, dask.array.Array):
        if table.ndim != 2:
            raise ValueError(f"Expected 2D array, got {table.ndim}D array instead")
        return list(table.rechunk({1: -1}).to_delayed().ravel()), table.shape[1], None
    if hasattr(table, "to_delayed") and hasattr(table, "columns"):
        return table.to_delayed(), len(table.columns), _names(table)
    raise TypeError(f"got a {type(table).__name__}, wanted a dask data frame or a dask array")


def _others(table: Any) -> list[tuple[str, str]]:
    """The columns of a data frame that are no numbers, with their types; objects may be some."""
    if not hasattr(table, "columns"):
        return []
    kinds = [(str(name), kind) for name, kind in zip(table.columns, table.dtypes)]
    return [(name, str(kind)) for name, kind in kinds if getattr(kind, "kind", "O") not in "biufc" and kind != object]


def _picked(client: Client, parts: list[Any], rows: list[NDArray[np.int64]]) -> list[Any]:
    """Some rows of the partitions that have any of them, still on the workers."""
    chosen = [(part, here) for part, here in zip(parts, rows) if len(here)]
    return [client.submit(_pick, part, here, pure=False) for part, here in chosen]


def _names(frame: Any) -> list[str] | None:
    names = list(frame.columns)
    return names if all(isinstance(name, str) for name in names) else None


def _threads() -> int:
    """The threads of the worker that runs this; all of the machine where there is none."""
    try:
        return int(get_worker().state.nthreads)
    except ValueError:
        return 0


def _pick(part: Any, chosen: NDArray[np.int64]) -> Any:
    return part.iloc[chosen] if hasattr(part, "iloc") else part[chosen]


def _answer(fit: str, index: int, message: bytes, rows: NDArray[np.float32], keep: int) -> bytes | None:
    return _cluster.answer(fit, index, message, _threads(), lambda: rows, keep)


def _fit_member(
    work: _cluster.Work,
    member: int,
    parts: Sequence[NDArray[np.float32]],
    standardization: tuple[list[float], list[float]],
) -> _cluster.Member:
    return _cluster.fit_member(work, member, parts, standardization, _threads())


def _scores(rows: Any, content: bytes, threshold: float | None) -> NDArray[Any]:
    if len(rows) == 0:
        return np.empty(0, np.float64 if threshold is None else np.int64)
    scores = _cluster.scores(content, rows, _threads())
    return scores if threshold is None else (scores > threshold).astype(np.int64)


def _scores_of_frame(frame: Any, content: bytes, threshold: float | None, name: str) -> Any:
    # Only a data frame of pandas comes here, so it is there.
    import pandas as pd

    return pd.Series(_scores(frame, content, threshold), index=frame.index, name=name)
