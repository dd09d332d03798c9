"""The base of every detector: fit, score, decide, save. The classes are in ``_detectors``."""

from __future__ import annotations

import inspect
import json
import logging
import math
import time
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar, TypeVar, Union

import numpy as np
from numpy.typing import NDArray

from . import _gradstop, _rows, _threshold
from ._history import History
from ._rules import EntropyStop, EpochAverage, GradStop, Settings, plain

logger = logging.getLogger("gradstop")
logger.addHandler(logging.NullHandler())

Self = TypeVar("Self", bound="Detector")

ThresholdRule = Callable[[NDArray[np.float64]], float]
StoppingRule = Union[GradStop, EntropyStop, EpochAverage]

#: What may be chosen of what becomes of columns that are not complete numbers.
PREPARATION: dict[str, Sequence[str] | range] = {
    "missing": ("auto", "error", "mean", "median", "indicator"),
    "text": ("auto", "onehot", "frequency", "error"),
    "levels": range(1, 1001),
    "scale": ("standard", "robust", "quantile"),
    "ordered": ("ignore", "parts", "keep"),
}

RULES: dict[str, type[GradStop] | type[EntropyStop] | type[EpochAverage]] = {
    "auto": EpochAverage,
    "gradstop": GradStop,
    "entropystop": EntropyStop,
}


class FitWarning(UserWarning):
    """Something about a fit that its user should know: it collapsed, a column is constant, there are too few rows."""


class ScoreWarning(UserWarning):
    """Scored rows differ from the fitted ones in a way that matters: a broken pattern, an unseen word, a missing value, values
    outside the fitted ranges, or far more rows flagged than in the fit."""


class NotFittedError(ValueError, AttributeError):
    """The detector has to be fitted first."""


@cache
def presets(detector: str) -> dict[str, dict[str, Any]]:
    """Every setting of a detector in both presets, as trees."""
    entry = next(entry for entry in json.loads(_gradstop.detectors()) if entry["name"] == detector)
    trees: dict[str, dict[str, Any]] = {"default": {}, "paper": {}}
    for setting in entry["settings"]:
        *groups, name = setting["name"].split(".")
        for preset, tree in trees.items():
            for group in groups:
                tree = tree.setdefault(group, {})
            tree[name] = setting[preset]
    return trees


class Detector:
    """Base of every detector: fit, score, decide, save."""

    #: The registry's name of the detector.
    _detector: ClassVar[str]

    contamination: Any
    preset: str
    missing: str
    text: str
    levels: int
    scale: str
    ordered: str
    ensemble: int
    n_threads: int | None

    _fitted: _gradstop.FittedDetector
    #: Name and kind of each column, if they have to be prepared.
    _inputs: list[tuple[str, str, str]] | None

    decision_scores_: NDArray[np.float64]
    labels_: NDArray[np.int64]
    threshold_: float
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    preparation_: list[str]
    prepared_names_: NDArray[np.object_]
    history_: History
    best_epoch_: Any
    stop_reason_: Any
    stop_explanation_: Any

    def fit(self: Self, X: Any, y: Any = None, *, callback: Callable[[dict[str, Any]], object] | None = None) -> Self:
        """Fit to the rows of a table. No label reaches a fit: ``y`` is ignored.

        Ctrl-C ends a fit within an epoch.

        Parameters
        ----------
        X : array or table of shape (rows, columns)
            NumPy array of any numeric type and memory order, pandas or polars data frame, pyarrow table, or anything with
            Arrow's capsules. Columns of data frames and Arrow may be booleans, dates (days since the first fitted day) and
            text as well, and with ``missing`` values may be missing. It is not modified.
        y : ignored
            Accepted for pipelines.
        callback : callable, optional
            Called with every epoch as a dict: ``epoch``, ``epochs`` (at most), ``loss``, ``decision`` and the rule's
            measurements. An exception that it raises ends the fit.

        Returns
        -------
        self
            The fitted detector.

        Raises
        ------
        ValueError
            For a parameter outside its range, and for a table that is empty, is not two-dimensional, or has a value that is
            missing or not finite; the message names row and column.
        gradstop.DivergedError
            If the loss is no longer a finite number.
        """
        self._preparation()
        if not self._plain():
            return self._fit(*_rows.read_columns(X), callback)
        # Only columns can be filled, and only where the table can be read again.
        fills = self.missing == "auto" and (hasattr(X, "shape") or not hasattr(X, "__arrow_c_stream__"))
        try:
            rows, names = _rows.read_to_fit(X, self.text != "error")
        except ValueError:
            # A table of Arrow names its first missing cell, an array its first number that is too large.
            if not fills or self.text == "error":
                raise
            rows, names = _rows.read_columns(X)
        # Of NaN and infinity one end is not finite.
        if fills and isinstance(rows, np.ndarray) and not np.isfinite([rows.min(), rows.max()]).all():
            rows, names = _rows.read_columns(X)
        return self._fit(rows, names, callback)

    def _fit(
        self: Self,
        rows: NDArray[np.float32] | _gradstop.Columns,
        names: list[str] | None,
        callback: Callable[[dict[str, Any]], object] | None = None,
    ) -> Self:
        _threshold.is_share(self.contamination)
        changes, threads = self._changes(), self._threads()
        options, shown = self._preparation(), self._shown(callback)
        settings = (self._detector, self.preset, json.dumps(changes, default=repr))
        started = time.perf_counter()
        try:
            if isinstance(rows, _gradstop.Columns):
                for note in rows.notes:
                    warnings.warn(note, FitWarning, stacklevel=3)
                fitted = _gradstop.FittedDetector.fit_columns(*settings, rows, json.dumps(options), threads, shown)
            else:
                names = names if names is not None else _rows.default_names(rows.shape[1])
                fitted = _gradstop.FittedDetector.fit(*settings, rows, names, options["ordered"], threads, shown)
        except _gradstop.SettingError as error:
            raise self._wrong(*error.args) from None
        return self._conclude(fitted, started)

    def _conclude(self: Self, fitted: _gradstop.FittedDetector, started: float) -> Self:
        """Becomes what was just fitted, here or on other machines."""
        scores = fitted.training_scores().astype(np.float64)
        if not _threshold.is_share(self.contamination):
            fitted = fitted.with_threshold(_threshold.narrow(_threshold.chosen(self.contamination, scores)))
        self._forget()
        report = self._take(fitted)
        self.decision_scores_ = scores
        self.labels_ = self._decided(scores)
        filled = report["preparation"] and report["preparation"]["filled"]
        if filled and self.missing == "auto":
            report["warnings"].insert(0, f"missing: {filled}")
        for warning in report["warnings"]:
            logger.warning("%s: %s", self._detector, warning)
            warnings.warn(warning, FitWarning, stacklevel=4)
        seconds = time.perf_counter() - started
        logger.info("%s: fitted to %d rows of %d columns in %.2f s", self._detector, report["rows"], len(report["columns"]), seconds)
        for line in self.__dict__.get("preparation_", []):
            logger.info("%s: %s", self._detector, line)
        for training in report["trainings"]:
            stop = training["stop"]
            averaged = len(stop.get("averaged", []))
            several = f"the average of {averaged} epochs, most of all " if averaged > 1 else ""
            logger.info("%s: kept %sepoch %d: %s", self._detector, several, stop["best_epoch"], stop["explanation"])
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Scores of rows; larger is more abnormal. A row scores the same alone as among others.

        Parameters
        ----------
        X : array or table of shape (rows, columns)
            As for :meth:`fit`, with the same columns: if both tables have names, these must be the same in the same order.

        Returns
        -------
        scores : array of shape (rows,)
            float64, though the numbers are those of the engine, which are float32.
        """
        fitted = self._ready()
        rows = self._rows_of(X)
        scores = fitted.score(rows, self._threads())
        self._say(fitted.drift(rows, scores), stacklevel=3)
        return scores.astype(np.float64)

    def predict(self, X: Any) -> NDArray[np.int64]:
        """1 for rows that score above the threshold (outliers), else 0.

        Parameters
        ----------
        X : array or table of shape (rows, columns)
            As for :meth:`decision_function`.

        Returns
        -------
        labels : array of shape (rows,)
            0 and 1.
        """
        return self._decided(self.decision_function(X))

    def predict_proba(self, X: Any, method: str = "linear") -> NDArray[np.float64]:
        """Probabilities of being an inlier and an outlier, from the place of a row's score among those of the fitted rows.

        It is a scale from 0 to 1 rather than a calibrated probability.

        Parameters
        ----------
        X : array or table of shape (rows, columns)
            As for :meth:`decision_function`.
        method : {"linear", "unify"}, default "linear"
            The share of the way from the smallest to the largest score; or how far above the mean it is, through the error
            function. Either is cut off at 0 and 1.

        Returns
        -------
        probabilities : array of shape (rows, 2)
            Columns inlier and outlier; each row sums to 1. Larger in the second column is more abnormal.
        """
        if method not in ("linear", "unify"):
            raise ValueError(f'method: got {method!r}, wanted "linear" or "unify"')
        scores, known = self.decision_function(X), self._training_scores()
        if method == "linear":
            low, spread = known.min(), float(np.ptp(known))
            outlier = (scores - low) / spread if spread > 0 else np.where(scores > low, 1.0, 0.0)
        else:
            mean, deviation = known.mean(), known.std()
            distances = (scores - mean) / (deviation * math.sqrt(2)) if deviation > 0 else np.sign(scores - mean)
            outlier = np.array([math.erf(distance) for distance in distances])
        outlier = outlier.clip(0, 1)
        return np.column_stack([1 - outlier, outlier])

    def explain(self, X: Any) -> NDArray[np.float64]:
        """What each column adds to the scores of rows, in units of the score.

        Exact where a score is a sum over columns, so that a row's contributions sum to its score: the auto-encoders, ECOD
        and some others. ``docs/reports.md`` says how it is done for each detector.

        Parameters
        ----------
        X : array or table of shape (rows, columns)
            As for :meth:`decision_function`.

        Returns
        -------
        contributions : array of shape (rows, columns)
            One for each column, or for each of ``prepared_names_`` if the table was prepared. Larger contributions raise the score
            more; negative ones lower it.
        """
        fitted = self._ready()
        return fitted.explain(self._rows_of(X), self._threads()).astype(np.float64)

    def report(self, X: Any, path: str | PathLike[str] | None = None, *, source: str = "rows from Python") -> str:
        """An HTML page about the detector and rows: scores, the most abnormal rows and why, a map, and the training.

        It is one self-contained file, the same as ``gradstop report`` writes. Rows of data frames and Arrow tables are shown with the
        values that they have there. The index of a pandas data frame says which row is which, unless it only counts the rows; then, as
        for every other table, a column that names or counts the fitted rows, each by another value.

        Parameters
        ----------
        X : array or table of shape (rows, columns)
            As for :meth:`decision_function`. They are scored as new rows.
        path : path, optional
            Where to write the page as well, as :meth:`save` writes.
        source : str
            Name of the rows on the page.

        Returns
        -------
        page : str
            The HTML.
        """
        fitted = self._ready()
        rows, threads = self._rows_of(X), self._threads()
        scores = fitted.score(rows, threads)
        written = _rows.written(X, _gradstop.table_rows(scores))
        page = fitted.page(source, rows, scores, False, threads, written)
        if path is not None:
            _gradstop.write_file(path, page.encode())
        return page

    def fit_predict(self, X: Any, y: Any = None) -> NDArray[np.int64]:
        """Fit, and return ``labels_``: which of the fitted rows are outliers.

        Parameters
        ----------
        X : array or table of shape (rows, columns)
            As for :meth:`fit`.
        y : ignored
            As for :meth:`fit`.

        Returns
        -------
        labels : array of shape (rows,)
            0 and 1.
        """
        return self.fit(X).labels_

    def set_threshold(self: Self, threshold: float) -> Self:
        """Set the threshold between inliers and outliers; ``labels_`` and saved files follow.

        Parameters
        ----------
        threshold : float
            Rows that score higher are outliers. It is rounded down to a float32, which flags the same rows.

        Returns
        -------
        self
        """
        self._fitted = self._ready().with_threshold(_threshold.narrow(float(threshold)))
        self.threshold_ = self._fitted.threshold
        if "decision_scores_" in self.__dict__:
            self.labels_ = self._decided(self.decision_scores_)
        return self

    def save(self, path: str | PathLike[str]) -> None:
        """Write a model file, which ``gradstop score`` reads as well. It is never left half-written.

        A temporary file is written and renamed, with the permissions of the file that it replaces. Symbolic links are followed.
        Devices and pipes are written to directly; a pipe needs a reader within five seconds.

        Parameters
        ----------
        path : path
            Path of the file; ``.gradstop`` is customary. The scores of the fitted rows are not saved.
        """
        self._ready().save(path)

    def export_onnx(self, path: str | PathLike[str]) -> None:
        """Write an ONNX model with preparation, standardisation, networks and score in it, as ``gradstop export`` does.

        Its input is ``rows``, float32 of shape (rows, columns), the columns in the order of the fit; its outputs are
        ``score``, float32 of shape (rows,), larger is more abnormal, and ``outlier``, whether that is above
        ``threshold_``. Where columns were prepared ``rows`` are float64 and those columns that are not text, which is a
        second input, ``words``. ``docs/onnx.md`` says what stands for missing cells, and how near the scores are.

        Parameters
        ----------
        path : path
            Path of the file; ``.onnx`` is customary. It is written as :meth:`save` writes.

        Raises
        ------
        ValueError
            For a method without a network, and for the preset "paper" of VAE and ROBOD, whose scores depend on a hash of
            the row's values.
        """
        _gradstop.write_file(path, self._ready().onnx())

    @classmethod
    def load(cls: type[Self], path: str | PathLike[str]) -> Self:
        """Read a model file, of ours or of ``gradstop fit``. Nothing in it is executed.

        Parameters
        ----------
        path : path
            The file. It must hold a detector of this class; :func:`gradstop.load` reads any.

        Returns
        -------
        detector
            Scores as the saved one did, to the last bit.
        """
        loaded = Detector._of(_gradstop.FittedDetector.load(path))
        if not isinstance(loaded, cls):
            raise ValueError(f"{path}: got a model of {loaded._detector}, wanted {cls._detector} (hint: gradstop.load reads any)")
        return loaded

    @staticmethod
    def _of(fitted: _gradstop.FittedDetector) -> Detector:
        """The detector of what was fitted elsewhere."""
        # The classes are made of this one.
        from ._detectors import CLASSES

        report = json.loads(fitted.report())
        kind = CLASSES[report["detector"]]
        loaded = kind(**kind._from_settings(report))
        loaded._take(fitted)
        return loaded

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Every parameter of the constructor with its value.

        Parameters
        ----------
        deep : bool
            Ignored: no parameter has parameters of its own.
        """
        return self._given()

    def set_params(self: Self, **parameters: Any) -> Self:
        """Change parameters for the next fit.

        Parameters
        ----------
        **parameters : dict
            Names as in the constructor.
        """
        for name, value in parameters.items():
            if name not in self._parameter_names():
                names = ", ".join(self._parameter_names())
                raise ValueError(f"Invalid parameter {name!r} for {type(self).__name__}, wanted one of {names}")
            setattr(self, name, value)
        return self

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return list(inspect.signature(cls).parameters)

    @classmethod
    def _native_name(cls, parameter: str) -> str:
        """The registry's name of a parameter."""
        return "seed" if parameter == "random_state" else parameter

    def _given(self) -> dict[str, Any]:
        """Every parameter with its value."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def _plain(self) -> bool:
        """Whether complete numbers are taken as they are."""
        return self.missing in ("auto", "error") and self.scale == "standard"

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

    def _changes(self) -> dict[str, Any]:
        """What the parameters change of the preset, as the native side has it."""
        changes: dict[str, Any] = {}
        for name, value in self._given().items():
            if value is None or name in ("preset", "n_threads", *PREPARATION):
                continue
            if name == "contamination":
                if _threshold.is_share(value):
                    changes[name] = plain(float(value))
            elif name == "random_state":
                changes["seed"] = seed(value)
            elif name == "early_stopping" and isinstance(value, Settings):
                rule = next(rule for rule, kind in RULES.items() if isinstance(value, kind))
                changes["early_stopping"] = rule
                changes[rule] = value._changes()
            else:
                changes[self._native_name(name)] = plain(value)
        return changes

    @classmethod
    def _from_settings(cls, report: dict[str, Any]) -> dict[str, Any]:
        """The parameters that make the settings of a model file from its preset."""
        settings, preset = report["settings"], presets(cls._detector)[report["preset"]]
        given = {"preset": report["preset"], "contamination": settings["contamination"]}
        for name in cls._parameter_names():
            native = cls._native_name(name)
            if native in settings and settings[native] != preset[native]:
                given[name] = settings[native]
        if report["preparation"] is not None:
            given.update({name: report["preparation"]["options"][name] for name in PREPARATION})
        rule = settings.get("early_stopping")
        if rule in RULES and settings[rule] != preset[rule]:
            changed = {name: value for name, value in settings[rule].items() if value != preset[rule][name]}
            given["early_stopping"] = RULES[rule](**changed)
        return given

    def _wrong(self, parameter: str, got: str, wanted: str) -> ValueError:
        """An error of a setting, by the name that the setting has here."""
        names = {self._native_name(name): name for name in self._parameter_names()}
        return ValueError(f"{names.get(parameter, parameter)}: got {got}, wanted {wanted}")

    def _threads(self) -> int:
        if self.n_threads is None:
            return 0
        if not isinstance(self.n_threads, Integral) or not 1 <= self.n_threads <= 1024:
            raise ValueError(f"n_threads: got {self.n_threads!r}, wanted a whole number from 1 to 1024, or None for all")
        return int(self.n_threads)

    def _shown(self, callback: Callable[[dict[str, Any]], object] | None) -> Callable[[str, int], object] | None:
        """What is called with every epoch, if anybody wants to hear of it."""
        listening = logger.isEnabledFor(logging.DEBUG)
        if callback is None and not listening:
            return None

        def show(record: str, epochs: int) -> None:
            epoch = {"epochs": epochs, **json.loads(record)}
            if listening:
                logger.debug("%s: epoch %d of %d: loss %g", self._detector, epoch["epoch"], epochs, epoch["loss"])
            if callback is not None:
                callback(epoch)

        return show

    def _take(self, fitted: _gradstop.FittedDetector) -> dict[str, Any]:
        """Becomes what was fitted or loaded; returns the native side's report."""
        report: dict[str, Any] = json.loads(fitted.report())
        self._fitted = fitted
        self.threshold_ = fitted.threshold
        self.n_features_in_ = len(report["columns"])
        if report["columns"] != _rows.default_names(self.n_features_in_):
            self.feature_names_in_ = np.array(report["columns"], dtype=object)
        self._inputs = None
        if report["preparation"] is not None:
            inputs = report["preparation"]["inputs"]
            self._inputs = [(name, kind, json.dumps(spelling)) for name, kind, spelling in inputs]
            self.preparation_ = report["preparation"]["treatments"]
            self.prepared_names_ = np.array(report["features"], dtype=object)
        if trainings := report["trainings"]:
            stops = [training["stop"] for training in trainings]
            self.history_ = History.of(trainings)
            self.best_epoch_ = one_or_all(np.array([stop["best_epoch"] for stop in stops]))
            self.stop_reason_ = one_or_all([stop["reason"] for stop in stops])
            self.stop_explanation_ = one_or_all([stop["explanation"] for stop in stops])
        return report

    def _forget(self) -> None:
        """Drops what an earlier fit left."""
        for name in [name for name in self.__dict__ if name.endswith("_") and not name.startswith("_")]:
            delattr(self, name)

    def _decided(self, scores: NDArray[np.float64]) -> NDArray[np.int64]:
        return (scores > self.threshold_).astype(np.int64)

    def _ready(self) -> _gradstop.FittedDetector:
        if "_fitted" not in self.__dict__:
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet (hint: call fit, or load a model)")
        return self._fitted

    def _training_scores(self) -> NDArray[np.float64]:
        if "decision_scores_" not in self.__dict__:
            raise NotFittedError("a detector from a file does not know the scores of the rows that it was fitted to")
        return self.decision_scores_

    def _rows_of(self, X: Any) -> NDArray[np.float32]:
        """Rows of a table with the fitted columns, prepared as those were."""
        fitted = self._ready()
        if self._inputs is None:
            rows, names = _rows.read(X)
            self._check_columns(rows.shape[1], names)
            self._say(fitted.departures(rows))
            return rows
        if _rows.is_pandas(X):
            self._check_columns(X.shape[1], _rows.pandas_names(X))
        columns, names = _rows.read_columns(X, self._inputs)
        self._check_columns(len(columns), names)
        rows, surprises = fitted.prepare(columns)
        self._say(surprises + fitted.departures(rows))
        return rows

    def _say(self, surprises: list[str], stacklevel: int = 4) -> None:
        for surprise in surprises:
            logger.warning("%s: %s", self._detector, surprise)
            warnings.warn(surprise, ScoreWarning, stacklevel=stacklevel)

    def _check_columns(self, count: int, names: list[str] | None) -> None:
        if count != self.n_features_in_:
            name = type(self).__name__
            raise ValueError(f"X has {count} features, but {name} is expecting {self.n_features_in_} features as input")
        if names is not None and "feature_names_in_" in self.__dict__:
            self._fitted.check_columns(names)

    def __repr__(self) -> str:
        defaults = type(self)()
        given = ((name, value) for name, value in self._given().items())
        changed = [f"{name}={value!r}" for name, value in given if not same(value, getattr(defaults, name))]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        if "_fitted" in state:
            state["_fitted"] = state["_fitted"].to_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_fitted" in state:
            self._fitted = _gradstop.FittedDetector.from_bytes(state["_fitted"])

    def __sklearn_is_fitted__(self) -> bool:
        return "_fitted" in self.__dict__

    def __sklearn_tags__(self) -> Any:
        # Only scikit-learn asks, so it is there.
        from sklearn.utils import Tags, TargetTags

        return Tags(estimator_type="outlier_detector", target_tags=TargetTags(required=False))


def seed(random_state: Any) -> int | str:
    """A seed, drawn from a generator if it is one."""
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**63))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    # What is no whole number is left to the range, whose error names it.
    return int(random_state) if isinstance(random_state, Integral) else repr(random_state)


def one_or_all(values: Any) -> Any:
    """The only one of several, or all of them."""
    return values[0] if len(values) == 1 else values


def same(value: Any, default: Any) -> bool:
    """Whether a parameter is the default, whatever its type compares to."""
    if isinstance(value, tuple):
        return isinstance(default, tuple) and len(value) == len(default) and all(map(same, value, default))
    return value is default or (isinstance(value, (str, Real)) and bool(value == default))


def load(path: str | PathLike[str]) -> Detector:
    """Read a model file of any detector, of ours or of ``gradstop fit``. Nothing in it is executed.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    detector
        Of the class that the file is of; it scores as the saved one did, to the last bit.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "model.gradstop"
    ...     gradstop.ECOD().fit(X).save(path)
    ...     loaded = gradstop.load(path)
    >>> loaded
    ECOD()
    """
    return Detector._of(_gradstop.FittedDetector.load(path))
