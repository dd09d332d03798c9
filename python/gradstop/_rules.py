"""Stopping rules as objects: settings for a detector, or a rule for a training loop of one's own."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _gradstop

Native = TypeVar("Native", _gradstop.GradStopRule, _gradstop.EntropyStopRule)
Self = TypeVar("Self", bound="Rule[Any]")


@dataclass(frozen=True)
class Judgement:
    """What a rule says of an epoch.

    Attributes
    ----------
    epoch : int
        The epoch that was judged, from 0.
    decision : {"continue", "best", "stop"}
        ``"best"``: a snapshot of the parameters belongs here, after the epoch's step. ``"stop"``: the training ends.
    keep : {"first", "best", "last"} or None
        When it stops, which snapshot is kept: of epoch 0, of the last best epoch, or what there is now.
    reason : {"diverged", "patience"} or None
        Why it stops.
    measured : dict of str to float
        What the decision rests on: for GradStop ``cohesion_small``, ``cohesion_large``, ``gap``, ``divergence`` (radians)
        and the smoothed ones, for EntropyStop ``entropy`` (nats).
    """

    epoch: int
    decision: str
    keep: str | None = None
    reason: str | None = None
    measured: dict[str, float] = field(default_factory=dict)

    @property
    def is_best(self) -> bool:
        """Whether this is the best epoch so far."""
        return self.decision == "best"

    @property
    def stops(self) -> bool:
        """Whether the training ends here."""
        return self.decision == "stop"


class Settings:
    """Settings of a rule, as the parameter ``early_stopping`` of a detector."""

    _settings: dict[str, Any]

    def _start(self, settings: dict[str, Any]) -> None:
        self._settings = {name: value for name, value in settings.items() if value is not None}

    def settings(self) -> dict[str, Any]:
        """The settings that were given; all others are the preset's, or the paper's where there is none."""
        return dict(self._settings)

    def _changes(self) -> dict[str, Any]:
        """The settings as the native side has them."""
        return {name: plain(value) for name, value in self._settings.items()}

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self._settings.items())
        return f"{type(self).__name__}({given})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Settings) and self._settings == other._settings

    __hash__ = None  # type: ignore[assignment]


class Rule(Settings, Generic[Native]):
    """A rule that can be fed by hand: settings, and where the training stands."""

    _native: Native | None
    _last: Judgement | None
    _best_epoch: int | None

    def _start(self, settings: dict[str, Any]) -> None:
        super()._start(settings)
        self.reset()

    def reset(self) -> None:
        """Forget every epoch, so that another training can begin."""
        self._native, self._last, self._best_epoch = None, None, None

    @property
    def epoch(self) -> int:
        """The epoch that the next step judges, from 0."""
        return 0 if self._last is None else self._last.epoch + 1

    @property
    def best_epoch(self) -> int | None:
        """The epoch to keep as far as the rule knows; None before the first step."""
        if self._last is not None and self._last.keep == "first":
            return 0
        return self._best_epoch

    def _create(self) -> Native:
        raise NotImplementedError

    def _ready(self) -> Native:
        if self._last is not None and self._last.stops:
            raise ValueError("the rule has stopped; reset() begins another training")
        if self._native is None:
            try:
                self._native = self._create()
            except _gradstop.SettingError as error:
                parameter, got, wanted = error.args
                raise ValueError(f"{parameter}: got {got}, wanted {wanted}") from None
        return self._native

    def _judged(self, answer: _gradstop._Answer) -> Judgement:
        decision, keep, reason, _, measured = answer
        self._last = Judgement(self.epoch, decision, keep, reason, dict(measured))
        if self._last.is_best:
            self._best_epoch = self._last.epoch
        return self._last

    def __deepcopy__(self: Self, memo: dict[int, Any]) -> Self:
        return self.__copy__()

    def __copy__(self: Self) -> Self:
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self.__dict__, _settings=dict(self._settings))
        copied._native = None if self._native is None else self._native.copy()
        return copied

    def __getstate__(self) -> dict[str, Any]:
        if self._native is not None:
            raise TypeError("a rule in the middle of a training cannot be pickled (hint: reset() it, or pickle it before)")
        return self.__dict__


class GradStop(Rule[_gradstop.GradStopRule]):
    """The gradient cohesion rule: which epoch to keep, by the gradients of single rows.

    As the parameter ``early_stopping`` of a detector it holds settings; each fit has a rule of its own, and what is left at
    ``None`` is the preset's. With a training loop of your own, feed it every epoch to :meth:`step`; what is left at
    ``None`` is then what the paper uses for the auto-encoder, given below.

    Parameters
    ----------
    set_size : int, default 20
        Rows in each of the two sets that are compared: those with the smallest gradients, and those with the largest.
    resample_every : int, default 10
        Epochs between two choices of the sets.
    smoothing : int, default 8
        Earlier epochs that a measure is smoothed over; 0 for none.
    patience : int, default 20
        Epochs without a better one after which the training stops.
    gap_low : float, default 0.01
        A gap this small always counts as better.
    gap_high : float, default 0.05
        A gap this large always counts as better.
    divergence_limit : float or "off", default 1.57
        Mean early angle in radians over which the first epoch is kept.
    min_trend_ratio : float, default 0.001
        Share of its way that the gap must have risen by to count as better.

    Examples
    --------
    Rows that agree with each other, in a training that goes on for three epochs:

    >>> import numpy as np
    >>> import gradstop
    >>> rule = gradstop.GradStop(set_size=2)
    >>> rng = np.random.default_rng(0)
    >>> for epoch in range(3):
    ...     gradients = rng.normal(size=(100, 7)).astype(np.float32)   # one row's gradient a row
    ...     judgement = rule.step(gradients)
    >>> judgement.epoch, judgement.stops
    (2, False)
    >>> 0 <= judgement.measured["cohesion_small"] <= 1
    True

    As settings of a detector:

    >>> gradstop.AutoEncoder(early_stopping=gradstop.GradStop(patience=30))
    AutoEncoder(early_stopping=GradStop(patience=30))
    """

    def __init__(
        self,
        *,
        set_size: int | None = None,
        resample_every: int | None = None,
        smoothing: int | None = None,
        patience: int | None = None,
        gap_low: float | None = None,
        gap_high: float | None = None,
        divergence_limit: float | str | None = None,
        min_trend_ratio: float | None = None,
    ) -> None:
        self._start(
            {
                "set_size": set_size,
                "resample_every": resample_every,
                "smoothing": smoothing,
                "patience": patience,
                "gap_low": gap_low,
                "gap_high": gap_high,
                "divergence_limit": divergence_limit,
                "min_trend_ratio": min_trend_ratio,
            }
        )

    def _create(self) -> _gradstop.GradStopRule:
        return _gradstop.GradStopRule(json.dumps(self._changes(), default=repr))

    def needs(self) -> NDArray[np.intp] | None:
        """Probe rows that the next step looks at, rising or not; None for all of them.

        Most epochs need the gradients of ``2 * set_size`` rows only.
        """
        needed = self._ready().needs()
        return None if needed is None else np.asarray(needed, dtype=np.intp)

    def step(
        self,
        gradients: ArrayLike | None = None,
        *,
        norms: ArrayLike | None = None,
        products: ArrayLike | None = None,
        rows: Sequence[int] | NDArray[np.intp] | None = None,
    ) -> Judgement:
        """Judge an epoch by the gradients of the probe rows, taken in the pass that trains, before its step.

        Gradients may be scaled by any common positive factor. The probe rows must be the same ones every time.

        Parameters
        ----------
        gradients : array of shape (rows, parameters), optional
            The gradient of each row's own loss.
        norms : array of shape (rows,), optional
            Instead of them: their Euclidean lengths ...
        products : array of shape (rows, rows), optional
            ... and the dot products between them.
        rows : array of int, optional
            The probe rows that the above are of, where they are not of all; see :meth:`needs`.

        Returns
        -------
        Judgement
            The decision, and what it rests on.

        Raises
        ------
        ValueError
            For a setting outside its range, shapes that do not fit, numbers that are not finite, a row that is
            missing, and when the rule has stopped already.
        """
        given = None if rows is None else [int(row) for row in rows]
        if given is not None and min(given, default=0) < 0:
            raise ValueError(f"rows: got {min(given)}, wanted positions of at least 0")
        if gradients is not None and norms is None and products is None:
            matrix = np.require(gradients, np.float32, ["C", "A"])
            if matrix.ndim != 2 or matrix.shape[1] == 0:
                raise ValueError(f"gradients: got shape {matrix.shape}, wanted (rows, parameters)")
            return self._judged(self._ready().step_gradients(matrix, given))
        if gradients is None and norms is not None and products is not None:
            lengths = np.require(norms, np.float64, ["C", "A"])
            between = np.require(products, np.float64, ["C", "A"])
            if lengths.ndim != 1 or between.shape != (len(lengths), len(lengths)):
                raise ValueError(
                    f"got norms of shape {lengths.shape} and products of shape {between.shape}, wanted (rows,) and (rows, rows)"
                )
            return self._judged(self._ready().step_products(lengths, between, given))
        raise ValueError("wanted either gradients, or norms and products")


class EntropyStop(Rule[_gradstop.EntropyStopRule]):
    """The score entropy rule: keeps the epoch whose scores set few rows apart most clearly.

    Like :class:`GradStop` it is either the parameter ``early_stopping`` of a detector, or fed with :meth:`step`.

    Parameters
    ----------
    patience : int, default 20
        Epochs without a lower entropy after which the training stops.
    min_trend_ratio : float, default 0.001
        Share of its way that the entropy must have fallen by to count as lower.

    Examples
    --------
    >>> import gradstop
    >>> rule = gradstop.EntropyStop(patience=2)
    >>> [rule.step(scores).decision for scores in ([1, 1, 1], [1, 1, 5], [1, 1, 2], [1, 1, 2])]
    ['best', 'best', 'continue', 'stop']
    >>> rule.best_epoch
    1
    """

    def __init__(self, *, patience: int | None = None, min_trend_ratio: float | None = None) -> None:
        self._start({"patience": patience, "min_trend_ratio": min_trend_ratio})

    def _create(self) -> _gradstop.EntropyStopRule:
        return _gradstop.EntropyStopRule(json.dumps(self._changes(), default=repr))

    def step(self, scores: ArrayLike) -> Judgement:
        """Judge an epoch by the scores of the rows after its step, in evaluation mode.

        Parameters
        ----------
        scores : array of shape (rows,)
            Each finite and at least 0; larger is more abnormal.

        Returns
        -------
        Judgement
            The decision, and the entropy that it rests on.
        """
        values = np.require(scores, np.float32, ["C", "A"])
        if values.ndim != 1 or len(values) == 0:
            raise ValueError(f"scores: got shape {values.shape}, wanted (rows,) with at least 1 row")
        return self._judged(self._ready().step_scores(values))


class EpochAverage(Settings):
    """Settings of the rule ``"auto"``, which keeps no single epoch but averages the scores of some.

    Parameters
    ----------
    epoch_spacing : float, optional
        Ratio of an averaged epoch's number to that of the one before. None takes the preset's value.
    skewness_weight : float, optional
        How much more an epoch counts whose scores set few rows apart. None takes the preset's value.

    Examples
    --------
    >>> import gradstop
    >>> gradstop.AutoEncoder(early_stopping=gradstop.EpochAverage(epoch_spacing=1.5))
    AutoEncoder(early_stopping=EpochAverage(epoch_spacing=1.5))
    """

    def __init__(self, *, epoch_spacing: float | None = None, skewness_weight: float | None = None) -> None:
        self._start({"epoch_spacing": epoch_spacing, "skewness_weight": skewness_weight})


def plain(value: Any) -> Any:
    """A value as JSON can write it; numbers that it has no words for become words, which an error can show."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "off" if value > 0 else str(value)
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    return value
