"""Parameters of the detectors: what their constructors take, stored as it was given.

Each class stands once and has no behaviour, so that :mod:`gradstop` and :mod:`gradstop.sklearn` share it. A parameter
that is ``None`` takes the preset's value. Names are those of ``gradstop list``, but for ``random_state``, which may also be
a generator and is the ``seed`` there. Types and names are tested against the native registry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from numbers import Integral
from typing import Any, ClassVar, Union

import numpy as np
from numpy.typing import NDArray

from ._rules import EntropyStop, EpochAverage, GradStop

ThresholdRule = Callable[[NDArray[np.float64]], float]
Contamination = Union[float, str, ThresholdRule]
RandomState = Union[int, np.random.Generator, np.random.RandomState]
EarlyStopping = Union[str, GradStop, EntropyStop, EpochAverage]


#: What may be chosen of what becomes of columns that are not complete numbers.
PREPARATION: dict[str, Sequence[str] | range] = {
    "missing": ("error", "mean", "median", "indicator"),
    "text": ("auto", "onehot", "frequency", "error"),
    "levels": range(1, 1001),
    "scale": ("standard", "robust", "quantile"),
}


@dataclass(kw_only=True, eq=False, repr=False)
class Parameters:
    """Parameters of every detector."""

    _detector: ClassVar[str]

    contamination: Contamination = 0.1
    preset: str = "default"
    missing: str = "error"
    text: str = "auto"
    levels: int = 10
    scale: str = "standard"
    ensemble: int | None = None
    combine: str | None = None
    n_threads: int | None = None

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return [field.name for field in fields(cls)]

    def _plain(self) -> bool:
        """Whether complete numbers are taken as they are."""
        return self.missing == "error" and self.scale == "standard"

    def _preparation(self) -> dict[str, Any]:
        """What is chosen of the preparation, as the native side has it."""
        chosen = {name: getattr(self, name) for name in PREPARATION}
        for name, choices in PREPARATION.items():
            value = chosen[name]
            if isinstance(choices, range):
                if isinstance(value, bool) or not isinstance(value, Integral) or value not in choices:
                    raise ValueError(f"{name}: got {value!r}, wanted an integer in [{choices[0]}, {choices[-1]}]")
                chosen[name] = int(value)
            elif not isinstance(value, str) or value not in choices:
                raise ValueError(f"{name}: got {value!r}, wanted one of {', '.join(choices)}")
        return chosen

    @classmethod
    def _native_name(cls, parameter: str) -> str:
        """The registry's name of a parameter."""
        return "seed" if parameter == "random_state" else parameter

    def _given(self) -> dict[str, Any]:
        """Every parameter with its value."""
        return {name: getattr(self, name) for name in self._parameter_names()}


@dataclass(kw_only=True, eq=False, repr=False)
class SeededParameters(Parameters):
    """Parameters of a detector that draws random numbers."""

    random_state: RandomState | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class TrainedParameters(SeededParameters):
    """Parameters of a detector that is trained epoch by epoch."""

    epochs: int | None = None
    early_stopping: EarlyStopping | None = None
    optimizer: str | None = None
    learning_rate: float | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    gradient_clip: float | None = None
    batch_size: int | None = None
    trim: float | str | None = None
    probe_size: int | None = None
    watch: str | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class AutoEncoderParameters(TrainedParameters):
    _detector: ClassVar[str] = "autoencoder"

    hidden: Sequence[int] | None = None
    activation: str | None = None
    batch_norm: str | None = None
    dropout: float | None = None
    output_activation: str | None = None
    init_std: float | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class DeepSVDDParameters(TrainedParameters):
    _detector: ClassVar[str] = "deepsvdd"

    hidden: Sequence[int] | None = None
    activation: str | None = None
    output_activation: str | None = None
    bias: bool | None = None
    dropout: float | None = None
    center: str | None = None
    boundary: str | None = None
    nu: float | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class VAEParameters(TrainedParameters):
    _detector: ClassVar[str] = "vae"

    hidden: Sequence[int] | None = None
    latent_dim: int | None = None
    activation: str | None = None
    output_activation: str | None = None
    dropout: float | None = None
    beta: float | None = None
    reduction: str | None = None
    draws_in_scoring: bool | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class RDPParameters(TrainedParameters):
    _detector: ClassVar[str] = "rdp"

    width: int | None = None
    dropout: float | None = None
    references: int | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class RandNetParameters(TrainedParameters):
    _detector: ClassVar[str] = "randnet"

    members: int | None = None
    hidden: Sequence[int] | None = None
    kept_connections: float | None = None
    activation: str | None = None
    output_activation: str | None = None
    dropout: float | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class ROBODParameters(TrainedParameters):
    _detector: ClassVar[str] = "robod"

    members: int | None = None
    depths: int | None = None
    width_decay: float | None = None
    max_width: int | None = None
    activation: str | None = None
    output_activation: str | None = None
    all_rows: bool | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class IForestParameters(SeededParameters):
    _detector: ClassVar[str] = "iforest"

    n_estimators: int | None = None
    max_samples: int | None = None
    max_features: float | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class ECODParameters(Parameters):
    _detector: ClassVar[str] = "ecod"


@dataclass(kw_only=True, eq=False, repr=False)
class KNNParameters(Parameters):
    _detector: ClassVar[str] = "knn"

    n_neighbors: int | None = None
    method: str | None = None
    count_self: bool | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class LOFParameters(Parameters):
    _detector: ClassVar[str] = "lof"

    n_neighbors: int | None = None
    count_self: bool | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class CBLOFParameters(SeededParameters):
    _detector: ClassVar[str] = "cblof"

    n_clusters: int | None = None
    alpha: float | None = None
    beta: float | None = None
    use_weights: bool | None = None


@dataclass(kw_only=True, eq=False, repr=False)
class GMMParameters(SeededParameters):
    _detector: ClassVar[str] = "gmm"

    n_components: int | None = None
    max_iter: int | None = None
    tol: float | None = None
    reg_covar: float | None = None
