"""The base of the estimators of :mod:`gradstop.sklearn`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _rows
from ._detector import Detector

Self = TypeVar("Self", bound="OutlierEstimator")


class OutlierEstimator(OutlierMixin, BaseEstimator):  # type: ignore[misc]
    """Base of every estimator."""

    _kind: ClassVar[type[Detector]]
    missing: str

    detector_: Detector
    offset_: float

    def fit(self: Self, X: Any, y: Any = None, *, callback: Callable[[dict[str, Any]], object] | None = None) -> Self:
        """Fit to the rows of a table; ``y`` is ignored.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        y : ignored
            Accepted for pipelines: no label reaches a fit.
        callback : callable, optional
            As in :meth:`gradstop.AutoEncoder.fit`.

        Returns
        -------
        self
        """
        X = validate_data(self, X, dtype=[np.float32, np.float64], ensure_all_finite=self._finite())
        names = getattr(self, "feature_names_in_", None)
        names = None if names is None else list(names)
        detector = self._kind(**self.get_params(deep=False))
        complete = detector.missing != "auto" or bool(np.isfinite(X).all())
        plain = detector._plain() and complete and not _rows.runs_together(X)
        rows = _rows.read_array(X) if plain else _rows.array_columns(X, names=names)
        self.detector_ = detector._fit(rows, names, callback)
        self.offset_ = -detector.threshold_
        return self

    def fit_predict(self, X: Any, y: Any = None, **arguments: Any) -> NDArray[np.int64]:
        """Fit, and return which of the fitted rows are outliers (-1) and which are inliers (1).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        y : ignored
            As for :meth:`fit`.
        **arguments : dict
            Further arguments of :meth:`fit`.

        Returns
        -------
        labels : array of shape (n_samples,)
            1 and -1.
        """
        return 1 - 2 * self.fit(X, y, **arguments).detector_.labels_

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """Scores of rows; smaller is more abnormal.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : array of shape (n_samples,)
            The detector's scores with the sign reversed.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float32, np.float64], reset=False, ensure_all_finite=self._finite())
        return -self.detector_.decision_function(X)

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Scores of rows with the threshold at 0; smaller is more abnormal, below 0 is an outlier.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        scores : array of shape (n_samples,)
            ``score_samples(X) - offset_``.
        """
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> NDArray[np.int64]:
        """-1 for outliers, 1 for inliers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        labels : array of shape (n_samples,)
            1 and -1.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    def _finite(self) -> bool | str:
        """What scikit-learn is to check of values."""
        return True if self.missing == "error" else "allow-nan"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing != "error"
        return tags
