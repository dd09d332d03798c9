"""The detectors as scikit-learn's outlier estimators.

They have the parameters of their namesakes in :mod:`gradstop` and scikit-learn's signs: ``predict`` is -1 for an outlier
and 1 for an inlier, and of ``score_samples`` and ``decision_function`` **smaller is more abnormal**. Rows are numbers, as
scikit-learn has them; with ``missing`` some may be NaN.

>>> import numpy as np
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import RobustScaler
>>> from gradstop.sklearn import IForest
>>> X = np.random.default_rng(0).normal(size=(300, 4))
>>> X[5] = 9
>>> int(make_pipeline(RobustScaler(), IForest()).fit(X).predict(X)[5])
-1
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _detectors as detectors
from . import _parameters as parameters
from . import _rows
from ._detector import Detector
from ._documentation import document

__all__ = [
    "AutoEncoder",
    "CBLOF",
    "DeepSVDD",
    "ECOD",
    "GMM",
    "IForest",
    "KNN",
    "LOF",
    "RDP",
    "ROBOD",
    "RandNet",
    "VAE",
]

Self = TypeVar("Self", bound="OutlierEstimator")

ATTRIBUTES = """\
detector_ : gradstop detector
    The namesake in :mod:`gradstop`, fitted: its history, its scores of the fitted rows, its ``save``.
offset_ : float
    What ``decision_function`` subtracts from ``score_samples``: rows below 0 are outliers.
n_features_in_ : int
    Number of columns.
feature_names_in_ : array of str
    Their names, if the table had names.
"""


class OutlierEstimator(OutlierMixin, BaseEstimator):  # type: ignore[misc]
    """What all of them do."""

    _kind: ClassVar[type[Detector]]
    missing: str

    detector_: Detector
    offset_: float

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        cls.__doc__ = (
            f":class:`gradstop.{cls.__name__}` as an outlier estimator of scikit-learn.\n\n"
            f"{(cls.__doc__ or '').strip()}"
        )
        document(cls, ATTRIBUTES)

    def fit(self: Self, X: Any, y: Any = None, *, callback: Callable[[dict[str, Any]], object] | None = None) -> Self:
        """Fit to the rows of a table; ``y`` is ignored.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        y : ignored
            For the sake of pipelines: no label reaches a fit.
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
        plain = self._plain() and not _rows.runs_together(X)
        rows = _rows.read_array(X) if plain else _rows.array_columns(X, names=names)
        self.detector_ = detector._fit(rows, names, callback)
        self.offset_ = -detector.threshold_
        return self

    def fit_predict(self, X: Any, y: Any = None, **arguments: Any) -> NDArray[np.int64]:
        """Fit, and say which of the fitted rows are outliers (-1) and which are not (1).

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
            The detector's scores with the sign turned.
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
        """-1 for rows that are outliers, 1 for those that are not.

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


class AutoEncoder(OutlierEstimator, parameters.AutoEncoderParameters):
    _kind = detectors.AutoEncoder


class DeepSVDD(OutlierEstimator, parameters.DeepSVDDParameters):
    _kind = detectors.DeepSVDD


class VAE(OutlierEstimator, parameters.VAEParameters):
    _kind = detectors.VAE


class RDP(OutlierEstimator, parameters.RDPParameters):
    _kind = detectors.RDP


class RandNet(OutlierEstimator, parameters.RandNetParameters):
    _kind = detectors.RandNet


class ROBOD(OutlierEstimator, parameters.ROBODParameters):
    _kind = detectors.ROBOD


class IForest(OutlierEstimator, parameters.IForestParameters):
    _kind = detectors.IForest


class ECOD(OutlierEstimator, parameters.ECODParameters):
    _kind = detectors.ECOD


class KNN(OutlierEstimator, parameters.KNNParameters):
    """A fitted row does not count as its own neighbour; scored again by ``predict`` it is a new row, and does."""

    _kind = detectors.KNN


class LOF(OutlierEstimator, parameters.LOFParameters):
    """A fitted row does not count as its own neighbour; scored again by ``predict`` it is a new row, and does."""

    _kind = detectors.LOF


class CBLOF(OutlierEstimator, parameters.CBLOFParameters):
    _kind = detectors.CBLOF


class GMM(OutlierEstimator, parameters.GMMParameters):
    _kind = detectors.GMM
