# Generated from the registry by python/generate.py; do not edit.
"""Names of the classes of detectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._detectors import (
        AutoEncoder,
        CBLOF,
        DeepSVDD,
        ECOD,
        GMM,
        IForest,
        KNN,
        LOF,
        RDP,
        ROBOD,
        RandNet,
        VAE,
    )

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
