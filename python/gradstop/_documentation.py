"""Docstrings of the detectors: what is written by hand, and every parameter as the native registry explains it."""

from __future__ import annotations

import inspect
import json
from functools import cache
from typing import Any

from . import _gradstop
from ._parameters import Parameters

#: Types of parameters that are not told by their range, and what the registry does not say of them.
GENERAL = {
    "contamination": (
        'float, "auto" or callable, default 0.1',
        "Share of the rows to flag as outliers, in (0, 0.5]; ``\"auto\"`` for those beyond the upper fence of a box plot of the "
        "scores; or a function that is given the scores and returns the threshold.",
    ),
    "preset": (
        '{"default", "paper"}, default "default"',
        'What parameters that are ``None`` come from: what we would use, or what the paper evaluated, quirks and all.',
    ),
    "missing": (
        '{"error", "mean", "median", "indicator"}, default "error"',
        "What becomes of values that are missing or infinite: an error; the mean or the median of every column that is made of "
        "theirs; or the mean, and a column that says where they were.",
    ),
    "text": (
        '{"auto", "onehot", "frequency", "error"}, default "auto"',
        "What becomes of columns of text: a column of 0 and 1 for each of up to ``levels`` levels, or how frequent each level is; "
        "``\"auto\"`` takes the latter for columns of more levels.",
    ),
    "levels": (
        "int, default 10",
        "How many levels of a column of text get a column of their own, in [1, 1000]; the most frequent ones.",
    ),
    "scale": (
        '{"standard", "robust", "quantile"}, default "standard"',
        "How columns are brought to one scale: by mean and deviation, by median and quartiles, or as normal scores.",
    ),
    "n_threads": (
        "int, optional",
        "Threads to use; ``None`` for as many as the machine has, as ``--threads 0`` of the command. The scores do not depend on it.",
    ),
    "random_state": (
        "int, numpy.random.Generator or RandomState, optional",
        "Seed of every random number, or a generator that one is drawn from. ``None`` is 0: no fit depends on NumPy's "
        "global generator.",
    ),
    "early_stopping": (
        '{choices}, GradStop, EntropyStop or EpochAverage, optional',
        "The rule that decides which epoch to keep: its name, or an object with its settings.",
    ),
}

ATTRIBUTES = """\
decision_scores_ : array of shape (rows,)
    Scores of the fitted rows; larger is more abnormal. Not there if the detector was loaded from a file.
labels_ : array of shape (rows,)
    1 for the fitted rows that score above the threshold, else 0. Not there if the detector was loaded from a file.
threshold_ : float
    The score above which a row is an outlier.
n_features_in_ : int
    Number of columns.
feature_names_in_ : array of str
    Their names, if the table had names.
preparation_ : list of str
    What was done to columns that are not complete numbers, a line each. Only there if anything was.
prepared_names_ : array of str
    The columns that were made of them, which ``explain`` speaks of. Only there with ``preparation_``.
"""

TRAINED_ATTRIBUTES = """\
history_ : History
    Figures of every epoch, a dict of arrays.
best_epoch_ : int, or array of int
    The epoch that was kept, or of an average that counts most, from 0; one for each network where there are several.
stop_reason_ : str, or list of str
    Why the training ended: ``"patience"``, ``"diverged"`` or ``"epochs_used_up"``.
stop_explanation_ : str, or list of str
    The same in words.
"""


@cache
def registry() -> dict[str, dict[str, Any]]:
    """Every detector as the native side describes it, by name."""
    return {entry["name"]: entry for entry in json.loads(_gradstop.detectors())}


def parameters_of(parameters: type[Parameters]) -> str:
    """The section ``Parameters``."""
    entry = registry()[parameters._detector]
    ranges = {parameter["name"]: parameter for parameter in entry["parameters"]}
    lines = []
    for name in sorted(parameters._parameter_names(), key=lambda name: name in Parameters._parameter_names()):
        native = parameters._native_name(name)
        default, paper = (entry["presets"][preset].get(native) for preset in ("default", "paper"))
        presets = f"Default {default!r}." if default == paper else f'Preset "default" {default!r}, "paper" {paper!r}.'
        if name in GENERAL:
            kind, about = GENERAL[name]
            choices = ranges[native]["range"].removeprefix("one of ") if "{choices}" in kind else ""
            kind = kind.format(choices="{" + ", ".join(f'"{word}"' for word in choices.split(", ")) + "}") if choices else kind
            text = f"{about} {presets}" if name == "early_stopping" else about
        else:
            kind = f"{ranges[native]['range']}, optional"
            about = ranges[native]["about"]
            text = f"{about[:1].upper()}{about[1:]}. {presets}"
        lines += [f"{name} : {kind}", f"    {text}"]
    return "\n".join(lines) + "\n"


def document(detector: type[Parameters], attributes: str) -> None:
    """Completes the docstring of a class: between its text and its examples go parameters and attributes."""
    written = inspect.cleandoc(detector.__doc__ or "")
    text, mark, examples = written.partition("Examples\n--------\n")
    detector.__doc__ = (
        f"{text.rstrip()}\n\nParameters\n----------\n{parameters_of(detector)}\n"
        f"Attributes\n----------\n{attributes}\n{mark}{examples}\n"
    )
