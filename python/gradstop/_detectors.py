# Generated from the registry by python/generate.py; do not edit.
"""The detectors, a class each. Their base is in ``_detector``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ._detector import Detector, StoppingRule, ThresholdRule

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


class AutoEncoder(Detector):
    """A network learns to reproduce rows; abnormal is what it reproduces badly.

    Assumes that inliers lie near a surface of few dimensions that a small network can learn.

    The score: squared reconstruction error of the standardised row. Larger is more abnormal.

    Cost, for n rows of d columns: fit: epochs x n x weights, five matrix products an epoch; score: n x weights.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    hidden : sequence of int, default (64,)
        Widths of the hidden layers. A list of at most 64 widths from 1 to 65536, as [128, 64].
    activation : {"relu", "leaky-relu", "sigmoid", "tanh", "identity"}, default "relu"
        Activation of the hidden layers.
    batch_norm : {"none", "first", "all"}, default "first"
        Which hidden layers have a batch-norm.
    dropout : float, optional
        Share of hidden values set to 0 while training. A number in [0, 1). ``None`` takes the preset's value: 0.4 in
        "default", 0.2 in "paper".
    output_activation : {"relu", "leaky-relu", "sigmoid", "tanh", "identity"}, default "identity"
        Activation of the output.
    init_std : float, default 0.02
        Standard deviation of the initial weights and biases. A number of at least 0.
    optimizer : {"adam", "sgd", "rmsprop"}, default "adam"
        How weights follow their gradient.
    learning_rate : float, default 0.005
        Step size. A positive number.
    momentum : float, default 0.9
        Decay of the velocity (sgd only). A number in [0, 1).
    weight_decay : float, default 0.0
        Multiple of each weight added to its gradient. A number of at least 0.
    gradient_clip : float, default 0.0
        Length that longer gradients are shortened to; 0 for never. A number of at least 0.
    batch_size : int, default 0
        Rows a batch; 0 for the whole table at once. A whole number of at least 0.
    trim : float or "auto", optional
        Share of the rows, those with the largest losses, that no step is learned from; auto for as many as have
        losses far over the usual one. A number in [0, 1), or "auto". ``None`` takes the preset's value: "auto" in
        "default", 0.0 in "paper".
    epochs : int, default 100
        Epochs at most. A whole number of at least 1.
    probe_size : int, default 400
        Rows whose gradients are looked at; all if there are fewer. A whole number of at least 2.
    early_stopping : {"auto", "gradstop", "entropystop", "none"}, GradStop, EntropyStop or EpochAverage, optional
        Rule that decides which epoch to keep: its name, or an object with its settings. ``None`` takes the preset's
        value: "none" in "default", "gradstop" in "paper".
    watch : {"rule", "all"}, default "rule"
        Measure what the rule needs, or what any rule would.
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    random_state : int, numpy.random.Generator, RandomState or None, default 0
        Seed of every random number, or a generator to draw it from. ``None`` means 0: no fit depends on NumPy's
        global generator.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.
    history_ : History
        Measurements of every epoch, a dict of arrays.
    best_epoch_ : int, or array of int
        The epoch that was kept, from 0, or the one that counts most in an average; one for each network if there are several.
    stop_reason_ : str, or list of str
        Why the training ended: ``"patience"``, ``"diverged"`` or ``"epochs_used_up"``.
    stop_explanation_ : str, or list of str
        ``stop_reason_`` in words.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.AutoEncoder().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "autoencoder"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        hidden: Sequence[int] = (64,),
        activation: Literal["relu", "leaky-relu", "sigmoid", "tanh", "identity"] = "relu",
        batch_norm: Literal["none", "first", "all"] = "first",
        dropout: float | None = None,
        output_activation: Literal["relu", "leaky-relu", "sigmoid", "tanh", "identity"] = "identity",
        init_std: float = 0.02,
        optimizer: Literal["adam", "sgd", "rmsprop"] = "adam",
        learning_rate: float = 0.005,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        gradient_clip: float = 0.0,
        batch_size: int = 0,
        trim: float | Literal["auto"] | None = None,
        epochs: int = 100,
        probe_size: int = 400,
        early_stopping: Literal["auto", "gradstop", "entropystop", "none"] | StoppingRule | None = None,
        watch: Literal["rule", "all"] = "rule",
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.hidden = hidden
        self.activation = activation
        self.batch_norm = batch_norm
        self.dropout = dropout
        self.output_activation = output_activation
        self.init_std = init_std
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.batch_size = batch_size
        self.trim = trim
        self.epochs = epochs
        self.probe_size = probe_size
        self.early_stopping = early_stopping
        self.watch = watch
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.random_state = random_state
        self.n_threads = n_threads


class DeepSVDD(Detector):
    """A network learns to map rows near a centre; abnormal is what it maps far away.

    Assumes that inliers are alike enough that one small region of a learned space holds them.

    The score: squared distance of the network's output from the centre. Larger is more abnormal.

    Cost, for n rows of d columns: fit: epochs x n x weights, as two matrix products a layer forward and backward;
    score: n x weights.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    hidden : sequence of int, default (64, 32)
        Widths of the layers, the last one the output. A list of at most 64 widths from 1 to 65536, as [128, 64].
    activation : {"relu", "leaky-relu", "sigmoid", "tanh", "identity"}, default "relu"
        Activation of every layer but the last.
    output_activation : {"relu", "leaky-relu", "sigmoid", "tanh", "identity"}, default "relu"
        Activation of the last layer.
    bias : bool, default False
        Whether layers have biases.
    dropout : float, default 0.0
        Share of hidden values set to 0 while training. A number in [0, 1).
    center : {"mean", "zero"}, optional
        The untrained network's mean output, or the origin. ``None`` takes the preset's value: "mean" in "default",
        "zero" in "paper".
    boundary : {"one-class", "soft"}, default "one-class"
        Mean distance, or a sphere that rows may leave.
    nu : float, default 0.1
        Share of rows that a soft boundary leaves outside. A share in (0, 1].
    optimizer : {"adam", "sgd", "rmsprop"}, default "adam"
        How weights follow their gradient.
    learning_rate : float, default 0.001
        Step size. A positive number.
    momentum : float, default 0.9
        Decay of the velocity (sgd only). A number in [0, 1).
    weight_decay : float, optional
        Multiple of each weight added to its gradient. A number of at least 0. ``None`` takes the preset's value:
        5e-07 in "default", 0.0 in "paper".
    gradient_clip : float, default 0.0
        Length that longer gradients are shortened to; 0 for never. A number of at least 0.
    batch_size : int, default 0
        Rows a batch; 0 for the whole table at once. A whole number of at least 0.
    trim : float or "auto", optional
        Share of the rows, those with the largest losses, that no step is learned from; auto for as many as have
        losses far over the usual one. A number in [0, 1), or "auto". ``None`` takes the preset's value: 0.3 in
        "default", 0.0 in "paper".
    epochs : int, default 100
        Epochs at most. A whole number of at least 1.
    probe_size : int, default 400
        Rows whose gradients are looked at; all if there are fewer. A whole number of at least 2.
    early_stopping : {"auto", "gradstop", "entropystop", "none"}, GradStop, EntropyStop or EpochAverage, optional
        Rule that decides which epoch to keep: its name, or an object with its settings. ``None`` takes the preset's
        value: "none" in "default", "gradstop" in "paper".
    watch : {"rule", "all"}, default "rule"
        Measure what the rule needs, or what any rule would.
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    random_state : int, numpy.random.Generator, RandomState or None, default 0
        Seed of every random number, or a generator to draw it from. ``None`` means 0: no fit depends on NumPy's
        global generator.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.
    history_ : History
        Measurements of every epoch, a dict of arrays.
    best_epoch_ : int, or array of int
        The epoch that was kept, from 0, or the one that counts most in an average; one for each network if there are several.
    stop_reason_ : str, or list of str
        Why the training ended: ``"patience"``, ``"diverged"`` or ``"epochs_used_up"``.
    stop_explanation_ : str, or list of str
        ``stop_reason_`` in words.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.DeepSVDD().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "deepsvdd"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        hidden: Sequence[int] = (64, 32),
        activation: Literal["relu", "leaky-relu", "sigmoid", "tanh", "identity"] = "relu",
        output_activation: Literal["relu", "leaky-relu", "sigmoid", "tanh", "identity"] = "relu",
        bias: bool = False,
        dropout: float = 0.0,
        center: Literal["mean", "zero"] | None = None,
        boundary: Literal["one-class", "soft"] = "one-class",
        nu: float = 0.1,
        optimizer: Literal["adam", "sgd", "rmsprop"] = "adam",
        learning_rate: float = 0.001,
        momentum: float = 0.9,
        weight_decay: float | None = None,
        gradient_clip: float = 0.0,
        batch_size: int = 0,
        trim: float | Literal["auto"] | None = None,
        epochs: int = 100,
        probe_size: int = 400,
        early_stopping: Literal["auto", "gradstop", "entropystop", "none"] | StoppingRule | None = None,
        watch: Literal["rule", "all"] = "rule",
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.hidden = hidden
        self.activation = activation
        self.output_activation = output_activation
        self.bias = bias
        self.dropout = dropout
        self.center = center
        self.boundary = boundary
        self.nu = nu
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.batch_size = batch_size
        self.trim = trim
        self.epochs = epochs
        self.probe_size = probe_size
        self.early_stopping = early_stopping
        self.watch = watch
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.random_state = random_state
        self.n_threads = n_threads


class VAE(Detector):
    """An auto-encoder with random codes; abnormal is what it reproduces badly.

    Assumes that inliers lie near a smooth surface of few dimensions.

    The score: reconstruction error of the standardised row. Larger is more abnormal.

    Cost, for n rows of d columns: fit: epochs x n x weights, as two matrix products a layer forward and backward;
    score: n x weights.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    hidden : sequence of int, default (128, 64, 32)
        Widths of the encoder's hidden layers; the decoder's are the same in reverse. A list of at most 64 widths from
        1 to 65536, as [128, 64].
    latent_dim : int, default 2
        Dimensions of the code. A whole number from 1 to 32768.
    activation : {"relu", "leaky-relu", "sigmoid", "tanh", "identity"}, default "relu"
        Activation of the hidden layers.
    output_activation : {"relu", "leaky-relu", "sigmoid", "tanh", "identity"}, optional
        Activation of the output. ``None`` takes the preset's value: "identity" in "default", "sigmoid" in "paper".
    dropout : float, default 0.2
        Share of hidden values set to 0 while training. A number in [0, 1).
    beta : float, optional
        Weight of the divergence of codes from the standard normal distribution. A number of at least 0. ``None``
        takes the preset's value: 1.0 in "default", 0.0 in "paper".
    reduction : {"sum", "mean"}, optional
        Whether a row's loss is the sum or the mean of its squared errors. ``None`` takes the preset's value: "sum" in
        "default", "mean" in "paper".
    draws_in_scoring : bool, optional
        Whether scoring draws codes too, by the row's values, or takes their means. ``None`` takes the preset's value:
        False in "default", True in "paper".
    optimizer : {"adam", "sgd", "rmsprop"}, default "adam"
        How weights follow their gradient.
    learning_rate : float, optional
        Step size. A positive number. ``None`` takes the preset's value: 0.005 in "default", 0.01 in "paper".
    momentum : float, default 0.9
        Decay of the velocity (sgd only). A number in [0, 1).
    weight_decay : float, default 1e-05
        Multiple of each weight added to its gradient. A number of at least 0.
    gradient_clip : float, default 0.0
        Length that longer gradients are shortened to; 0 for never. A number of at least 0.
    batch_size : int, optional
        Rows a batch; 0 for the whole table at once. A whole number of at least 0. ``None`` takes the preset's value:
        256 in "default", 0 in "paper".
    trim : float or "auto", optional
        Share of the rows, those with the largest losses, that no step is learned from; auto for as many as have
        losses far over the usual one. A number in [0, 1), or "auto". ``None`` takes the preset's value: 0.2 in
        "default", 0.0 in "paper".
    epochs : int, optional
        Epochs at most. A whole number of at least 1. ``None`` takes the preset's value: 30 in "default", 100 in
        "paper".
    probe_size : int, default 400
        Rows whose gradients are looked at; all if there are fewer. A whole number of at least 2.
    early_stopping : {"auto", "gradstop", "entropystop", "none"}, GradStop, EntropyStop or EpochAverage, optional
        Rule that decides which epoch to keep: its name, or an object with its settings. ``None`` takes the preset's
        value: "none" in "default", "gradstop" in "paper".
    watch : {"rule", "all"}, default "rule"
        Measure what the rule needs, or what any rule would.
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    random_state : int, numpy.random.Generator, RandomState or None, default 0
        Seed of every random number, or a generator to draw it from. ``None`` means 0: no fit depends on NumPy's
        global generator.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.
    history_ : History
        Measurements of every epoch, a dict of arrays.
    best_epoch_ : int, or array of int
        The epoch that was kept, from 0, or the one that counts most in an average; one for each network if there are several.
    stop_reason_ : str, or list of str
        Why the training ended: ``"patience"``, ``"diverged"`` or ``"epochs_used_up"``.
    stop_explanation_ : str, or list of str
        ``stop_reason_`` in words.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.VAE().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "vae"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        hidden: Sequence[int] = (128, 64, 32),
        latent_dim: int = 2,
        activation: Literal["relu", "leaky-relu", "sigmoid", "tanh", "identity"] = "relu",
        output_activation: Literal["relu", "leaky-relu", "sigmoid", "tanh", "identity"] | None = None,
        dropout: float = 0.2,
        beta: float | None = None,
        reduction: Literal["sum", "mean"] | None = None,
        draws_in_scoring: bool | None = None,
        optimizer: Literal["adam", "sgd", "rmsprop"] = "adam",
        learning_rate: float | None = None,
        momentum: float = 0.9,
        weight_decay: float = 1e-05,
        gradient_clip: float = 0.0,
        batch_size: int | None = None,
        trim: float | Literal["auto"] | None = None,
        epochs: int | None = None,
        probe_size: int = 400,
        early_stopping: Literal["auto", "gradstop", "entropystop", "none"] | StoppingRule | None = None,
        watch: Literal["rule", "all"] = "rule",
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.hidden = hidden
        self.latent_dim = latent_dim
        self.activation = activation
        self.output_activation = output_activation
        self.dropout = dropout
        self.beta = beta
        self.reduction = reduction
        self.draws_in_scoring = draws_in_scoring
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.batch_size = batch_size
        self.trim = trim
        self.epochs = epochs
        self.probe_size = probe_size
        self.early_stopping = early_stopping
        self.watch = watch
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.random_state = random_state
        self.n_threads = n_threads


class RDP(Detector):
    """A network learns to predict a random one; abnormal is where it fails.

    Assumes that what is common is learned first, so that the error of rare rows stays large.

    The score: error against the random network. Larger is more abnormal.

    Cost, for n rows of d columns: fit: epochs x n x columns x width, four matrix products; score: n x columns x
    width.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    width : int, default 50
        Outputs of the random target. A whole number from 1 to 65536.
    dropout : float, optional
        Share of outputs set to 0 while training. A number in [0, 1). ``None`` takes the preset's value: 0.1 in
        "default", 0.2 in "paper".
    references : int, default 16
        Fitted rows that every scored row is compared with. A whole number from 1 to 65536.
    optimizer : {"adam", "sgd", "rmsprop"}, default "sgd"
        How weights follow their gradient.
    learning_rate : float, default 0.5
        Step size. A positive number.
    momentum : float, default 0.9
        Decay of the velocity (sgd only). A number in [0, 1).
    weight_decay : float, default 0.0
        Multiple of each weight added to its gradient. A number of at least 0.
    gradient_clip : float, default 0.1
        Length that longer gradients are shortened to; 0 for never. A number of at least 0.
    batch_size : int, default 0
        Rows a batch; 0 for the whole table at once. A whole number of at least 0.
    trim : float or "auto", optional
        Share of the rows, those with the largest losses, that no step is learned from; auto for as many as have
        losses far over the usual one. A number in [0, 1), or "auto". ``None`` takes the preset's value: 0.3 in
        "default", 0.0 in "paper".
    epochs : int, default 100
        Epochs at most. A whole number of at least 1.
    probe_size : int, default 400
        Rows whose gradients are looked at; all if there are fewer. A whole number of at least 2.
    early_stopping : {"auto", "gradstop", "entropystop", "none"}, GradStop, EntropyStop or EpochAverage, optional
        Rule that decides which epoch to keep: its name, or an object with its settings. ``None`` takes the preset's
        value: "auto" in "default", "gradstop" in "paper".
    watch : {"rule", "all"}, default "rule"
        Measure what the rule needs, or what any rule would.
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    random_state : int, numpy.random.Generator, RandomState or None, default 0
        Seed of every random number, or a generator to draw it from. ``None`` means 0: no fit depends on NumPy's
        global generator.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.
    history_ : History
        Measurements of every epoch, a dict of arrays.
    best_epoch_ : int, or array of int
        The epoch that was kept, from 0, or the one that counts most in an average; one for each network if there are several.
    stop_reason_ : str, or list of str
        Why the training ended: ``"patience"``, ``"diverged"`` or ``"epochs_used_up"``.
    stop_explanation_ : str, or list of str
        ``stop_reason_`` in words.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.RDP().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "rdp"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        width: int = 50,
        dropout: float | None = None,
        references: int = 16,
        optimizer: Literal["adam", "sgd", "rmsprop"] = "sgd",
        learning_rate: float = 0.5,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        gradient_clip: float = 0.1,
        batch_size: int = 0,
        trim: float | Literal["auto"] | None = None,
        epochs: int = 100,
        probe_size: int = 400,
        early_stopping: Literal["auto", "gradstop", "entropystop", "none"] | StoppingRule | None = None,
        watch: Literal["rule", "all"] = "rule",
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.width = width
        self.dropout = dropout
        self.references = references
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.batch_size = batch_size
        self.trim = trim
        self.epochs = epochs
        self.probe_size = probe_size
        self.early_stopping = early_stopping
        self.watch = watch
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.random_state = random_state
        self.n_threads = n_threads


class RandNet(Detector):
    """Auto-encoders with randomly cut connections; abnormal is what most reproduce badly.

    Assumes that inliers lie near a surface of few dimensions; single networks are unreliable.

    The score: median over the members of the reconstruction error, each on its own scale. Larger is more abnormal.

    Cost, for n rows of d columns: fit: members x epochs x n x weights, members in parallel; score: members x n x
    weights.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    members : int, default 10
        Networks. A whole number from 1 to 1000.
    hidden : sequence of int, default (64,)
        Widths of the hidden layers. A list of at most 64 widths from 1 to 65536, as [128, 64].
    kept_connections : float, optional
        Probability that a connection is there. A number from 0 to 1. ``None`` takes the preset's value: 0.6321 in
        "default", 0.3679 in "paper".
    activation : {"relu", "leaky-relu", "sigmoid", "tanh", "identity"}, default "sigmoid"
        Activation of the hidden layers.
    output_activation : {"relu", "leaky-relu", "sigmoid", "tanh", "identity"}, optional
        Activation of the output. ``None`` takes the preset's value: "identity" in "default", "sigmoid" in "paper".
    dropout : float, default 0.2
        Share of hidden values set to 0 while training. A number in [0, 1).
    optimizer : {"adam", "sgd", "rmsprop"}, default "rmsprop"
        How weights follow their gradient.
    learning_rate : float, default 0.005
        Step size. A positive number.
    momentum : float, default 0.9
        Decay of the velocity (sgd only). A number in [0, 1).
    weight_decay : float, default 0.0
        Multiple of each weight added to its gradient. A number of at least 0.
    gradient_clip : float, default 0.0
        Length that longer gradients are shortened to; 0 for never. A number of at least 0.
    batch_size : int, default 0
        Rows a batch; 0 for the whole table at once. A whole number of at least 0.
    trim : float or "auto", optional
        Share of the rows, those with the largest losses, that no step is learned from; auto for as many as have
        losses far over the usual one. A number in [0, 1), or "auto". ``None`` takes the preset's value: 0.3 in
        "default", 0.0 in "paper".
    epochs : int, default 100
        Epochs at most. A whole number of at least 1.
    probe_size : int, default 400
        Rows whose gradients are looked at; all if there are fewer. A whole number of at least 2.
    early_stopping : {"auto", "gradstop", "entropystop", "none"}, GradStop, EntropyStop or EpochAverage, default "none"
        Rule that decides which epoch to keep: its name, or an object with its settings.
    watch : {"rule", "all"}, default "rule"
        Measure what the rule needs, or what any rule would.
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    random_state : int, numpy.random.Generator, RandomState or None, default 0
        Seed of every random number, or a generator to draw it from. ``None`` means 0: no fit depends on NumPy's
        global generator.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.
    history_ : History
        Measurements of every epoch, a dict of arrays.
    best_epoch_ : int, or array of int
        The epoch that was kept, from 0, or the one that counts most in an average; one for each network if there are several.
    stop_reason_ : str, or list of str
        Why the training ended: ``"patience"``, ``"diverged"`` or ``"epochs_used_up"``.
    stop_explanation_ : str, or list of str
        ``stop_reason_`` in words.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.RandNet().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "randnet"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        members: int = 10,
        hidden: Sequence[int] = (64,),
        kept_connections: float | None = None,
        activation: Literal["relu", "leaky-relu", "sigmoid", "tanh", "identity"] = "sigmoid",
        output_activation: Literal["relu", "leaky-relu", "sigmoid", "tanh", "identity"] | None = None,
        dropout: float = 0.2,
        optimizer: Literal["adam", "sgd", "rmsprop"] = "rmsprop",
        learning_rate: float = 0.005,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        gradient_clip: float = 0.0,
        batch_size: int = 0,
        trim: float | Literal["auto"] | None = None,
        epochs: int = 100,
        probe_size: int = 400,
        early_stopping: Literal["auto", "gradstop", "entropystop", "none"] | StoppingRule = "none",
        watch: Literal["rule", "all"] = "rule",
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.members = members
        self.hidden = hidden
        self.kept_connections = kept_connections
        self.activation = activation
        self.output_activation = output_activation
        self.dropout = dropout
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.batch_size = batch_size
        self.trim = trim
        self.epochs = epochs
        self.probe_size = probe_size
        self.early_stopping = early_stopping
        self.watch = watch
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.random_state = random_state
        self.n_threads = n_threads


class ROBOD(Detector):
    """Auto-encoders of several depths share their weights; abnormal is what they reproduce badly.

    Assumes that inliers lie near a surface of few dimensions; which network shows it is not known.

    The score: reconstruction error, summed over the depths and averaged over the members. Larger is more abnormal.

    Cost, for n rows of d columns: fit: members x depths x epochs x n x weights; score: members x depths x n x
    weights.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    members : int, default 4
        Members. A whole number from 1 to 1000.
    depths : int, default 3
        Encoders of 1, 2, ... layers. A whole number from 1 to 32.
    width_decay : float, optional
        Factor by which each layer is narrower than the one before. A number from 1 to 1000. ``None`` takes the
        preset's value: 2.5 in "default", 1.5 in "paper".
    max_width : int, optional
        Width of the first hidden layer at most; 0 for no limit. A whole number of at least 0. ``None`` takes the
        preset's value: 64 in "default", 0 in "paper".
    activation : {"relu", "leaky-relu", "sigmoid", "tanh", "identity"}, default "relu"
        Activation of the hidden layers.
    output_activation : {"relu", "leaky-relu", "sigmoid", "tanh", "identity"}, optional
        Activation of the output. ``None`` takes the preset's value: "identity" in "default", "sigmoid" in "paper".
    all_rows : bool, optional
        Whether every member sees every row, or each row one member. ``None`` takes the preset's value: True in
        "default", False in "paper".
    optimizer : {"adam", "sgd", "rmsprop"}, default "adam"
        How weights follow their gradient.
    learning_rate : float, default 0.005
        Step size. A positive number.
    momentum : float, default 0.9
        Decay of the velocity (sgd only). A number in [0, 1).
    weight_decay : float, default 0.0
        Multiple of each weight added to its gradient. A number of at least 0.
    gradient_clip : float, default 0.0
        Length that longer gradients are shortened to; 0 for never. A number of at least 0.
    batch_size : int, default 0
        Rows a batch; 0 for the whole table at once. A whole number of at least 0.
    trim : float or "auto", optional
        Share of the rows, those with the largest losses, that no step is learned from; auto for as many as have
        losses far over the usual one. A number in [0, 1), or "auto". ``None`` takes the preset's value: 0.2 in
        "default", 0.0 in "paper".
    epochs : int, default 100
        Epochs at most. A whole number of at least 1.
    probe_size : int, default 400
        Rows whose gradients are looked at; all if there are fewer. A whole number of at least 2.
    early_stopping : {"auto", "gradstop", "entropystop", "none"}, GradStop, EntropyStop or EpochAverage, default "none"
        Rule that decides which epoch to keep: its name, or an object with its settings.
    watch : {"rule", "all"}, default "rule"
        Measure what the rule needs, or what any rule would.
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    random_state : int, numpy.random.Generator, RandomState or None, default 0
        Seed of every random number, or a generator to draw it from. ``None`` means 0: no fit depends on NumPy's
        global generator.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.
    history_ : History
        Measurements of every epoch, a dict of arrays.
    best_epoch_ : int, or array of int
        The epoch that was kept, from 0, or the one that counts most in an average; one for each network if there are several.
    stop_reason_ : str, or list of str
        Why the training ended: ``"patience"``, ``"diverged"`` or ``"epochs_used_up"``.
    stop_explanation_ : str, or list of str
        ``stop_reason_`` in words.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.ROBOD().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "robod"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        members: int = 4,
        depths: int = 3,
        width_decay: float | None = None,
        max_width: int | None = None,
        activation: Literal["relu", "leaky-relu", "sigmoid", "tanh", "identity"] = "relu",
        output_activation: Literal["relu", "leaky-relu", "sigmoid", "tanh", "identity"] | None = None,
        all_rows: bool | None = None,
        optimizer: Literal["adam", "sgd", "rmsprop"] = "adam",
        learning_rate: float = 0.005,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        gradient_clip: float = 0.0,
        batch_size: int = 0,
        trim: float | Literal["auto"] | None = None,
        epochs: int = 100,
        probe_size: int = 400,
        early_stopping: Literal["auto", "gradstop", "entropystop", "none"] | StoppingRule = "none",
        watch: Literal["rule", "all"] = "rule",
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.members = members
        self.depths = depths
        self.width_decay = width_decay
        self.max_width = max_width
        self.activation = activation
        self.output_activation = output_activation
        self.all_rows = all_rows
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.batch_size = batch_size
        self.trim = trim
        self.epochs = epochs
        self.probe_size = probe_size
        self.early_stopping = early_stopping
        self.watch = watch
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.random_state = random_state
        self.n_threads = n_threads


class IForest(Detector):
    """Abnormal is what random cuts through random columns soon set apart.

    Assumes that outliers are few and differ in single columns.

    The score: from 0 to 1, the larger the fewer cuts set the row apart. Larger is more abnormal.

    Cost, for n rows of d columns: fit: trees x sampled rows x log; score: rows x trees x log of the sampled rows.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    n_estimators : int, default 100
        Trees. A whole number from 1 to 100000.
    max_samples : int, default 256
        Rows that each tree is grown on; all if there are fewer. A whole number from 2 to 16777216.
    max_features : float, default 1.0
        Share of the columns that each tree may cut. A share in (0, 1].
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    random_state : int, numpy.random.Generator, RandomState or None, default 0
        Seed of every random number, or a generator to draw it from. ``None`` means 0: no fit depends on NumPy's
        global generator.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.IForest().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "iforest"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        n_estimators: int = 100,
        max_samples: int = 256,
        max_features: float = 1.0,
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.max_features = max_features
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.random_state = random_state
        self.n_threads = n_threads


class ECOD(Detector):
    """Abnormal is what lies in the tails of its columns.

    Assumes that outliers are extreme in single columns; columns are independent.

    The score: sum over the columns of -ln of the share of fitted values in the tail. Larger is more abnormal.

    Cost, for n rows of d columns: fit: d sorts of n; score: rows x d x log n, all fitted values are kept.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.ECOD().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "ecod"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.n_threads = n_threads


class KNN(Detector):
    """Abnormal is what lies far from its nearest neighbours.

    Assumes that inliers have others near them, equally dense everywhere; columns count alike.

    The score: distance to the nearest fitted rows; a fitted row does not count as its own neighbour, but does when it
    is scored again as a new row. Larger is more abnormal.

    Cost, for n rows of d columns: fit: n^2 x d; score: rows x n x d, all fitted rows are kept.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    n_neighbors : int, default 5
        Neighbours that are looked at; all rows if there are fewer. A whole number from 1 to 100000.
    method : {"largest", "mean", "median"}, default "largest"
        What counts of the distances to them.
    count_self : bool, optional
        Whether a fitted row is scored as a new one, and so is its own first neighbour. ``None`` takes the preset's
        value: False in "default", True in "paper".
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.KNN().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "knn"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        n_neighbors: int = 5,
        method: Literal["largest", "mean", "median"] = "largest",
        count_self: bool | None = None,
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.n_neighbors = n_neighbors
        self.method = method
        self.count_self = count_self
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.n_threads = n_threads


class LOF(Detector):
    """Abnormal is what lies in a thinner place than its neighbours do.

    Assumes that inliers form groups, each of its own density; columns count alike.

    The score: density of the neighbours over that of the row, about 1 for inliers; a fitted row does not count as its
    own neighbour, but does when it is scored again as a new row. Larger is more abnormal.

    Cost, for n rows of d columns: fit: n^2 x d; score: rows x n x d, all fitted rows are kept.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    n_neighbors : int, default 20
        Neighbours that are looked at; all rows if there are fewer. A whole number from 1 to 100000.
    count_self : bool, optional
        Whether a fitted row is scored as a new one, and so is its own first neighbour. ``None`` takes the preset's
        value: False in "default", True in "paper".
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.LOF().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "lof"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        n_neighbors: int = 20,
        count_self: bool | None = None,
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.n_neighbors = n_neighbors
        self.count_self = count_self
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.n_threads = n_threads


class CBLOF(Detector):
    """Abnormal is what lies far from the centres of large clusters.

    Assumes that inliers form a few round clusters that hold most rows.

    The score: distance from the centre of the nearest large cluster. Larger is more abnormal.

    Cost, for n rows of d columns: fit: iterations x n x clusters x d; score: rows x clusters x d.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    n_clusters : int, default 8
        Clusters at most. A whole number from 1 to 10000.
    alpha : float, default 0.9
        Share of the rows in large clusters. A number from 0.5 to 1.
    beta : float, default 5.0
        How many times larger large clusters are than small ones. A number from 1 to 1000000000.
    use_weights : bool, default False
        Whether scores are multiplied by the cluster's size.
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    random_state : int, numpy.random.Generator, RandomState or None, default 0
        Seed of every random number, or a generator to draw it from. ``None`` means 0: no fit depends on NumPy's
        global generator.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.CBLOF().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "cblof"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        n_clusters: int = 8,
        alpha: float = 0.9,
        beta: float = 5.0,
        use_weights: bool = False,
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.n_clusters = n_clusters
        self.alpha = alpha
        self.beta = beta
        self.use_weights = use_weights
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.random_state = random_state
        self.n_threads = n_threads


class GMM(Detector):
    """Abnormal is what is unlikely under normal distributions fitted to the rows.

    Assumes that inliers are one or a few normal distributions, columns may be correlated.

    The score: negative log-likelihood, which may be below 0. Larger is more abnormal.

    Cost, for n rows of d columns: fit: iterations x components x n x d^2 + d^3; score: rows x components x d^2.

    Parameters
    ----------
    contamination : float, "auto" or callable, default 0.1
        Share of the rows to flag as outliers, in (0, 0.5]. ``"auto"`` flags the rows above the upper fence of a box
        plot of the scores. A callable takes the scores and returns the threshold.
    n_components : int, default 1
        Normal distributions at most. A whole number from 1 to 1000.
    max_iter : int, default 100
        Iterations at most. A whole number from 1 to 1000000.
    tol : float, default 0.001
        Gain in mean log-likelihood that ends the iterations. A number of at least 0.
    reg_covar : float, default 1e-06
        Added to the variances, and more where one is singular. A number of at least 0.
    ensemble : int, default 1
        How many are fitted, each with a seed of its own; 1 for no ensemble. A whole number from 1 to 1000.
    combine : {"rank", "standard"}, default "standard"
        Whether an ensemble averages ranks or standardised scores.
    preset : {"default", "paper"}, default "default"
        Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about,
        ``"paper"`` reproduces the published configuration, quirks included.
    missing : {"auto", "error", "mean", "median", "indicator"}, default "auto"
        How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them
        where at least 1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and
        ``"indicator"`` fills in the mean and adds a column that marks them. A ``FitWarning`` counts them.
    text : {"auto", "onehot", "frequency", "error"}, default "auto"
        How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0
        and 1, ``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text.
        ``"auto"`` is one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns
        that identify rows.
    levels : int, default 10
        Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to
        1000.
    scale : {"standard", "robust", "quantile"}, default "standard"
        How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles,
        ``"quantile"`` to normal scores.
    ordered : {"ignore", "parts", "keep"}, default "ignore"
        How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"``
        drops them, ``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.
    random_state : int, numpy.random.Generator, RandomState or None, default 0
        Seed of every random number, or a generator to draw it from. ``None`` means 0: no fit depends on NumPy's
        global generator.
    n_threads : int, optional
        Number of threads; ``None`` uses every core. The scores do not depend on it.

    Attributes
    ----------
    decision_scores_ : array of shape (rows,)
        Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
    labels_ : array of shape (rows,)
        1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
    threshold_ : float
        Rows that score above it are outliers.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : array of str
        Names of the columns, if the table had names.
    preparation_ : list of str
        How columns that are not complete numbers were prepared, a line each. Only set if any were.
    prepared_names_ : array of str
        Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.

    Examples
    --------
    >>> import numpy as np
    >>> import gradstop
    >>> X = np.random.default_rng(0).normal(size=(300, 4))
    >>> X[5] = 9
    >>> detector = gradstop.GMM().fit(X)
    >>> int(detector.decision_scores_.argmax())
    5
    >>> detector.predict(X[5:7])
    array([1, 0])
    """

    _detector = "gmm"

    def __init__(
        self,
        *,
        contamination: float | Literal["auto"] | ThresholdRule = 0.1,
        n_components: int = 1,
        max_iter: int = 100,
        tol: float = 0.001,
        reg_covar: float = 1e-06,
        ensemble: int = 1,
        combine: Literal["rank", "standard"] = "standard",
        preset: Literal["default", "paper"] = "default",
        missing: Literal["auto", "error", "mean", "median", "indicator"] = "auto",
        text: Literal["auto", "onehot", "frequency", "error"] = "auto",
        levels: int = 10,
        scale: Literal["standard", "robust", "quantile"] = "standard",
        ordered: Literal["ignore", "parts", "keep"] = "ignore",
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
        n_threads: int | None = None,
    ) -> None:
        self.contamination = contamination
        self.n_components = n_components
        self.max_iter = max_iter
        self.tol = tol
        self.reg_covar = reg_covar
        self.ensemble = ensemble
        self.combine = combine
        self.preset = preset
        self.missing = missing
        self.text = text
        self.levels = levels
        self.scale = scale
        self.ordered = ordered
        self.random_state = random_state
        self.n_threads = n_threads


#: Every class by the registry's name.
CLASSES: dict[str, type[Detector]] = {
    "autoencoder": AutoEncoder,
    "deepsvdd": DeepSVDD,
    "vae": VAE,
    "rdp": RDP,
    "randnet": RandNet,
    "robod": ROBOD,
    "iforest": IForest,
    "ecod": ECOD,
    "knn": KNN,
    "lof": LOF,
    "cblof": CBLOF,
    "gmm": GMM,
}
