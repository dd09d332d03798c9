"""Outlier detection for tables that knows, without a label, when to stop training.

Detectors have the manners of PyOD: ``fit``, ``decision_function``, ``predict``; larger scores are more abnormal.

>>> import numpy as np
>>> import gradstop
>>> X = np.random.default_rng(0).normal(size=(500, 8)) @ np.diag([1, 2, 3, 4, 1, 1, 1, 1])
>>> X[:5] += 12
>>> detector = gradstop.AutoEncoder(contamination=0.02, random_state=0).fit(X)
>>> detector.labels_[:5]
array([1, 1, 1, 1, 1])

``gradstop.sklearn`` has them as scikit-learn's outlier estimators, ``gradstop.torch`` brings the stopping rule to PyTorch.
Messages go to the logger ``gradstop``, nothing is printed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _names

if TYPE_CHECKING:
    from ._detector import FitWarning, NotFittedError, ScoreWarning, load
    from ._gradstop import DivergedError, __version__
    from ._history import History
    from ._names import *  # noqa: F403
    from ._rules import EntropyStop, EpochAverage, GradStop, Judgement

__all__ = [
    "DivergedError",
    "EntropyStop",
    "EpochAverage",
    "FitWarning",
    "GradStop",
    "History",
    "Judgement",
    "NotFittedError",
    "ScoreWarning",
    "__version__",
    "load",
]
__all__ += _names.__all__

if not TYPE_CHECKING:
    # Found when they are first asked for: the command of the wheel, which is in this package, needs no NumPy.
    _PLACES = {
        "_detector": ["FitWarning", "NotFittedError", "ScoreWarning", "load"],
        "_gradstop": ["DivergedError", "__version__"],
        "_history": ["History"],
        "_rules": ["EntropyStop", "EpochAverage", "GradStop", "Judgement"],
    }

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        place = next((place for place, names in _PLACES.items() if name in names), "_detectors")
        value = getattr(importlib.import_module(f".{place}", __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
