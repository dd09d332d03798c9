"""From scores to outliers: where the line is drawn."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_share(contamination: Any) -> bool:
    """Whether it is a share of rows, whatever its value; else it is ``"auto"`` or a rule.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if isinstance(contamination, Real) and not isinstance(contamination, bool):
        return True
    if contamination == "auto" or callable(contamination):
        return False
    raise ValueError(f'contamination: got {contamination!r}, wanted a share in (0, 0.5], "auto", or a function of the scores')


def chosen(contamination: Any, scores: NDArray[np.float64]) -> float:
    """The threshold that ``"auto"`` or a rule chooses."""
    threshold = upper_fence(scores) if contamination == "auto" else contamination(scores.copy())
    if not isinstance(threshold, (Real, np.generic)) or not math.isfinite(threshold):
        raise ValueError(f"contamination: its rule gave {threshold!r}, wanted a finite threshold")
    return float(threshold)


def upper_fence(scores: NDArray[np.float64]) -> float:
    """Tukey's upper fence, as in a box plot: the third quartile and 1.5 times the distance between the quartiles."""
    first, third = np.quantile(scores, [0.25, 0.75])
    return float(third + 1.5 * (third - first))


def narrow(threshold: float) -> float:
    """The largest float32 that is not above: scores are float32, so it flags the same rows.

    Raises
    ------
    ValueError
        If it is not finite, or too large for any score.
    """
    with np.errstate(over="ignore"):
        narrowed = np.float32(threshold)
    if not np.isfinite(narrowed):
        raise ValueError(f"threshold: got {threshold}, wanted a finite number that fits into 32 bits")
    return float(np.nextafter(narrowed, np.float32(-np.inf)) if float(narrowed) > threshold else narrowed)
