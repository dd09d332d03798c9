"""Types of the native half of the package."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Columns",
    "DivergedError",
    "EntropyStopRule",
    "FittedDetector",
    "GradStopRule",
    "SettingError",
    "Shard",
    "__version__",
    "assemble",
    "command",
    "detectors",
    "fit_member",
    "fit_shards",
    "read_arrow",
    "read_arrow_any",
    "read_arrow_columns",
    "runs_together",
    "sample_rows",
    "standardization",
    "table_rows",
    "write_file",
]

__version__: str

_Answer: TypeAlias = tuple[str, str | None, str | None, list[float], list[tuple[str, float]]]

class DivergedError(ArithmeticError): ...
class SettingError(ValueError): ...

@final
class Columns:
    @staticmethod
    def of_arrays(
        given: Sequence[tuple[str, str, NDArray[np.float64] | NDArray[np.int64] | NDArray[np.uint64], Sequence[str] | None]],
        kinds: Sequence[tuple[str, str]] | None = None,
    ) -> Columns: ...
    @property
    def names(self) -> list[str]: ...
    @property
    def notes(self) -> list[str]: ...
    def __len__(self) -> int: ...

@final
class FittedDetector:
    @staticmethod
    def fit(
        name: str,
        preset: str,
        changes: str,
        rows: NDArray[np.float32],
        columns: Sequence[str],
        ordered: str,
        threads: int,
        callback: Callable[[str, int], object] | None = None,
    ) -> FittedDetector: ...
    @staticmethod
    def fit_columns(
        name: str,
        preset: str,
        changes: str,
        columns: Columns,
        options: str,
        threads: int,
        callback: Callable[[str, int], object] | None = None,
    ) -> FittedDetector: ...
    def prepare(self, columns: Columns) -> tuple[NDArray[np.float32], list[str]]: ...
    def departures(self, rows: NDArray[np.float32]) -> list[str]: ...
    def drift(self, rows: NDArray[np.float32], scores: NDArray[np.float32]) -> list[str]: ...
    def score(self, rows: NDArray[np.float32], threads: int) -> NDArray[np.float32]: ...
    def explain(self, rows: NDArray[np.float32], threads: int) -> NDArray[np.float32]: ...
    def page(
        self,
        source: str,
        rows: NDArray[np.float32],
        scores: NDArray[np.float32],
        fitted: bool,
        threads: int,
        written: tuple[str | None, list[tuple[int, str | None, list[str | None]]]] | None = None,
    ) -> str: ...
    def training_scores(self) -> NDArray[np.float32]: ...
    @property
    def threshold(self) -> float: ...
    def with_threshold(self, threshold: float) -> FittedDetector: ...
    def with_training_scores(self, scores: NDArray[np.float32]) -> FittedDetector: ...
    def report(self) -> str: ...
    def check_columns(self, columns: Sequence[str]) -> None: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(bytes: bytes) -> FittedDetector: ...
    def onnx(self) -> bytes: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    @staticmethod
    def load(path: str | PathLike[str]) -> FittedDetector: ...

@final
class GradStopRule:
    def __new__(cls, changes: str) -> GradStopRule: ...
    def needs(self) -> list[int] | None: ...
    def step_gradients(self, gradients: NDArray[np.float32], rows: Sequence[int] | None) -> _Answer: ...
    def step_products(
        self, norms: NDArray[np.float64], products: NDArray[np.float64], rows: Sequence[int] | None
    ) -> _Answer: ...
    def copy(self) -> GradStopRule: ...

@final
class EntropyStopRule:
    def __new__(cls, changes: str) -> EntropyStopRule: ...
    def step_scores(self, scores: NDArray[np.float32]) -> _Answer: ...
    def copy(self) -> EntropyStopRule: ...

@final
class Shard:
    def __new__(cls, rows: NDArray[np.float32], index: int) -> Shard: ...
    def answer(self, message: bytes, threads: int) -> bytes: ...

def fit_shards(
    name: str,
    preset: str,
    changes: str,
    columns: Sequence[str],
    threads: int,
    exchange: Callable[[bytes], Sequence[bytes]],
    callback: Callable[[str, int], object] | None = None,
) -> FittedDetector: ...
def fit_member(
    name: str,
    preset: str,
    changes: str,
    member: int,
    rows: NDArray[np.float32],
    columns: Sequence[str],
    standardization: tuple[Sequence[float], Sequence[float]],
    threads: int,
) -> FittedDetector: ...
def assemble(
    name: str,
    preset: str,
    changes: str,
    members: Sequence[tuple[bytes, Sequence[float]]],
    rows: NDArray[np.float32],
    columns: Sequence[str],
    threads: int,
) -> FittedDetector: ...
def standardization(rows: NDArray[np.float32]) -> tuple[list[float], list[float]]: ...
def sample_rows(seed: int, member: int, table_rows: int, count: int) -> NDArray[np.int64]: ...
def detectors() -> str: ...
def table_rows(scores: NDArray[np.float32]) -> list[int]: ...
def write_file(path: str | PathLike[str], content: bytes) -> None: ...
def read_arrow(table: object) -> tuple[NDArray[np.float32], list[str], bool]: ...
def read_arrow_any(table: object) -> tuple[NDArray[np.float32], list[str], bool] | Columns: ...
def read_arrow_columns(table: object, kinds: Sequence[tuple[str, str, str]] | None = None) -> Columns: ...
def runs_together(rows: NDArray[np.float64]) -> bool: ...
def command(arguments: Sequence[str]) -> int: ...
