# Generated from the registry by python/generate.py; do not edit.
"""The detectors as estimators of Spark's machine learning: for data frames that no process holds whole.

>>> from gradstop.spark import SparkAutoEncoder                                          # doctest: +SKIP
>>> model = SparkAutoEncoder(featuresCols=["a", "b"], mode="full").fit(frame)            # doctest: +SKIP
>>> model.transform(frame).select("outlier_score", "prediction")                         # doctest: +SKIP

gradstop and pyarrow must be installed where the executors run. ``docs/scale.md`` says what each mode costs and what it is
equal to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from . import _detectors
from ._detector import StoppingRule, ThresholdRule
from ._spark import SparkDetector, SparkOutlierModel, param

__all__ = [
    "SparkAutoEncoder",
    "SparkCBLOF",
    "SparkDeepSVDD",
    "SparkECOD",
    "SparkGMM",
    "SparkIForest",
    "SparkKNN",
    "SparkLOF",
    "SparkOutlierModel",
    "SparkRDP",
    "SparkROBOD",
    "SparkRandNet",
    "SparkVAE",
]


class SparkAutoEncoder(SparkDetector):
    """A network learns to reproduce rows; abnormal is what it reproduces badly.

    Assumes that inliers lie near a surface of few dimensions that a small network can learn.

    The score: squared reconstruction error of the standardised row. Larger is more abnormal.

    Cost, for n rows of d columns: fit: epochs x n x weights, five matrix products an epoch; score: n x weights.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.AutoEncoder

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    hidden = param("hidden", "Widths of the hidden layers")
    activation = param("activation", "Activation of the hidden layers")
    batch_norm = param("batch_norm", "Which hidden layers have a batch-norm")
    dropout = param("dropout", "Share of hidden values set to 0 while training")
    output_activation = param("output_activation", "Activation of the output")
    init_std = param("init_std", "Standard deviation of the initial weights and biases")
    optimizer = param("optimizer", "How weights follow their gradient")
    learning_rate = param("learning_rate", "Step size")
    momentum = param("momentum", "Decay of the velocity (sgd only)")
    weight_decay = param("weight_decay", "Multiple of each weight added to its gradient")
    gradient_clip = param("gradient_clip", "Length that longer gradients are shortened to")
    batch_size = param("batch_size", "Rows a batch")
    trim = param("trim", "Share of the rows, those with the largest losses, that no step is learned from")
    epochs = param("epochs", "Epochs at most")
    probe_size = param("probe_size", "Rows whose gradients are looked at")
    early_stopping = param("early_stopping", "Rule that decides which epoch to keep")
    watch = param("watch", "Measure what the rule needs, or what any rule would")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    random_state = param("random_state", "Seed of every random number, or a generator to draw it from")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            hidden=hidden,
            activation=activation,
            batch_norm=batch_norm,
            dropout=dropout,
            output_activation=output_activation,
            init_std=init_std,
            optimizer=optimizer,
            learning_rate=learning_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            gradient_clip=gradient_clip,
            batch_size=batch_size,
            trim=trim,
            epochs=epochs,
            probe_size=probe_size,
            early_stopping=early_stopping,
            watch=watch,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            random_state=random_state,
            n_threads=n_threads,
        )


class SparkDeepSVDD(SparkDetector):
    """A network learns to map rows near a centre; abnormal is what it maps far away.

    Assumes that inliers are alike enough that one small region of a learned space holds them.

    The score: squared distance of the network's output from the centre. Larger is more abnormal.

    Cost, for n rows of d columns: fit: epochs x n x weights, as two matrix products a layer forward and backward;
    score: n x weights.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.DeepSVDD

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    hidden = param("hidden", "Widths of the layers, the last one the output")
    activation = param("activation", "Activation of every layer but the last")
    output_activation = param("output_activation", "Activation of the last layer")
    bias = param("bias", "Whether layers have biases")
    dropout = param("dropout", "Share of hidden values set to 0 while training")
    center = param("center", "The untrained network's mean output, or the origin")
    boundary = param("boundary", "Mean distance, or a sphere that rows may leave")
    nu = param("nu", "Share of rows that a soft boundary leaves outside")
    optimizer = param("optimizer", "How weights follow their gradient")
    learning_rate = param("learning_rate", "Step size")
    momentum = param("momentum", "Decay of the velocity (sgd only)")
    weight_decay = param("weight_decay", "Multiple of each weight added to its gradient")
    gradient_clip = param("gradient_clip", "Length that longer gradients are shortened to")
    batch_size = param("batch_size", "Rows a batch")
    trim = param("trim", "Share of the rows, those with the largest losses, that no step is learned from")
    epochs = param("epochs", "Epochs at most")
    probe_size = param("probe_size", "Rows whose gradients are looked at")
    early_stopping = param("early_stopping", "Rule that decides which epoch to keep")
    watch = param("watch", "Measure what the rule needs, or what any rule would")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    random_state = param("random_state", "Seed of every random number, or a generator to draw it from")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            hidden=hidden,
            activation=activation,
            output_activation=output_activation,
            bias=bias,
            dropout=dropout,
            center=center,
            boundary=boundary,
            nu=nu,
            optimizer=optimizer,
            learning_rate=learning_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            gradient_clip=gradient_clip,
            batch_size=batch_size,
            trim=trim,
            epochs=epochs,
            probe_size=probe_size,
            early_stopping=early_stopping,
            watch=watch,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            random_state=random_state,
            n_threads=n_threads,
        )


class SparkVAE(SparkDetector):
    """An auto-encoder with random codes; abnormal is what it reproduces badly.

    Assumes that inliers lie near a smooth surface of few dimensions.

    The score: reconstruction error of the standardised row. Larger is more abnormal.

    Cost, for n rows of d columns: fit: epochs x n x weights, as two matrix products a layer forward and backward;
    score: n x weights.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.VAE

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    hidden = param("hidden", "Widths of the encoder's hidden layers")
    latent_dim = param("latent_dim", "Dimensions of the code")
    activation = param("activation", "Activation of the hidden layers")
    output_activation = param("output_activation", "Activation of the output")
    dropout = param("dropout", "Share of hidden values set to 0 while training")
    beta = param("beta", "Weight of the divergence of codes from the standard normal distribution")
    reduction = param("reduction", "Whether a row's loss is the sum or the mean of its squared errors")
    draws_in_scoring = param("draws_in_scoring", "Whether scoring draws codes too, by the row's values, or takes their means")
    optimizer = param("optimizer", "How weights follow their gradient")
    learning_rate = param("learning_rate", "Step size")
    momentum = param("momentum", "Decay of the velocity (sgd only)")
    weight_decay = param("weight_decay", "Multiple of each weight added to its gradient")
    gradient_clip = param("gradient_clip", "Length that longer gradients are shortened to")
    batch_size = param("batch_size", "Rows a batch")
    trim = param("trim", "Share of the rows, those with the largest losses, that no step is learned from")
    epochs = param("epochs", "Epochs at most")
    probe_size = param("probe_size", "Rows whose gradients are looked at")
    early_stopping = param("early_stopping", "Rule that decides which epoch to keep")
    watch = param("watch", "Measure what the rule needs, or what any rule would")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    random_state = param("random_state", "Seed of every random number, or a generator to draw it from")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            hidden=hidden,
            latent_dim=latent_dim,
            activation=activation,
            output_activation=output_activation,
            dropout=dropout,
            beta=beta,
            reduction=reduction,
            draws_in_scoring=draws_in_scoring,
            optimizer=optimizer,
            learning_rate=learning_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            gradient_clip=gradient_clip,
            batch_size=batch_size,
            trim=trim,
            epochs=epochs,
            probe_size=probe_size,
            early_stopping=early_stopping,
            watch=watch,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            random_state=random_state,
            n_threads=n_threads,
        )


class SparkRDP(SparkDetector):
    """A network learns to predict a random one; abnormal is where it fails.

    Assumes that what is common is learned first, so that the error of rare rows stays large.

    The score: error against the random network. Larger is more abnormal.

    Cost, for n rows of d columns: fit: epochs x n x columns x width, four matrix products; score: n x columns x
    width.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.RDP

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    width = param("width", "Outputs of the random target")
    dropout = param("dropout", "Share of outputs set to 0 while training")
    references = param("references", "Fitted rows that every scored row is compared with")
    optimizer = param("optimizer", "How weights follow their gradient")
    learning_rate = param("learning_rate", "Step size")
    momentum = param("momentum", "Decay of the velocity (sgd only)")
    weight_decay = param("weight_decay", "Multiple of each weight added to its gradient")
    gradient_clip = param("gradient_clip", "Length that longer gradients are shortened to")
    batch_size = param("batch_size", "Rows a batch")
    trim = param("trim", "Share of the rows, those with the largest losses, that no step is learned from")
    epochs = param("epochs", "Epochs at most")
    probe_size = param("probe_size", "Rows whose gradients are looked at")
    early_stopping = param("early_stopping", "Rule that decides which epoch to keep")
    watch = param("watch", "Measure what the rule needs, or what any rule would")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    random_state = param("random_state", "Seed of every random number, or a generator to draw it from")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            width=width,
            dropout=dropout,
            references=references,
            optimizer=optimizer,
            learning_rate=learning_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            gradient_clip=gradient_clip,
            batch_size=batch_size,
            trim=trim,
            epochs=epochs,
            probe_size=probe_size,
            early_stopping=early_stopping,
            watch=watch,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            random_state=random_state,
            n_threads=n_threads,
        )


class SparkRandNet(SparkDetector):
    """Auto-encoders with randomly cut connections; abnormal is what most reproduce badly.

    Assumes that inliers lie near a surface of few dimensions; single networks are unreliable.

    The score: median over the members of the reconstruction error, each on its own scale. Larger is more abnormal.

    Cost, for n rows of d columns: fit: members x epochs x n x weights, members in parallel; score: members x n x
    weights.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.RandNet

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    members = param("members", "Networks")
    hidden = param("hidden", "Widths of the hidden layers")
    kept_connections = param("kept_connections", "Probability that a connection is there")
    activation = param("activation", "Activation of the hidden layers")
    output_activation = param("output_activation", "Activation of the output")
    dropout = param("dropout", "Share of hidden values set to 0 while training")
    optimizer = param("optimizer", "How weights follow their gradient")
    learning_rate = param("learning_rate", "Step size")
    momentum = param("momentum", "Decay of the velocity (sgd only)")
    weight_decay = param("weight_decay", "Multiple of each weight added to its gradient")
    gradient_clip = param("gradient_clip", "Length that longer gradients are shortened to")
    batch_size = param("batch_size", "Rows a batch")
    trim = param("trim", "Share of the rows, those with the largest losses, that no step is learned from")
    epochs = param("epochs", "Epochs at most")
    probe_size = param("probe_size", "Rows whose gradients are looked at")
    early_stopping = param("early_stopping", "Rule that decides which epoch to keep")
    watch = param("watch", "Measure what the rule needs, or what any rule would")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    random_state = param("random_state", "Seed of every random number, or a generator to draw it from")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            members=members,
            hidden=hidden,
            kept_connections=kept_connections,
            activation=activation,
            output_activation=output_activation,
            dropout=dropout,
            optimizer=optimizer,
            learning_rate=learning_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            gradient_clip=gradient_clip,
            batch_size=batch_size,
            trim=trim,
            epochs=epochs,
            probe_size=probe_size,
            early_stopping=early_stopping,
            watch=watch,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            random_state=random_state,
            n_threads=n_threads,
        )


class SparkROBOD(SparkDetector):
    """Auto-encoders of several depths share their weights; abnormal is what they reproduce badly.

    Assumes that inliers lie near a surface of few dimensions; which network shows it is not known.

    The score: reconstruction error, summed over the depths and averaged over the members. Larger is more abnormal.

    Cost, for n rows of d columns: fit: members x depths x epochs x n x weights; score: members x depths x n x
    weights.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.ROBOD

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    members = param("members", "Members")
    depths = param("depths", "Encoders of 1, 2, ..")
    width_decay = param("width_decay", "Factor by which each layer is narrower than the one before")
    max_width = param("max_width", "Width of the first hidden layer at most")
    activation = param("activation", "Activation of the hidden layers")
    output_activation = param("output_activation", "Activation of the output")
    all_rows = param("all_rows", "Whether every member sees every row, or each row one member")
    optimizer = param("optimizer", "How weights follow their gradient")
    learning_rate = param("learning_rate", "Step size")
    momentum = param("momentum", "Decay of the velocity (sgd only)")
    weight_decay = param("weight_decay", "Multiple of each weight added to its gradient")
    gradient_clip = param("gradient_clip", "Length that longer gradients are shortened to")
    batch_size = param("batch_size", "Rows a batch")
    trim = param("trim", "Share of the rows, those with the largest losses, that no step is learned from")
    epochs = param("epochs", "Epochs at most")
    probe_size = param("probe_size", "Rows whose gradients are looked at")
    early_stopping = param("early_stopping", "Rule that decides which epoch to keep")
    watch = param("watch", "Measure what the rule needs, or what any rule would")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    random_state = param("random_state", "Seed of every random number, or a generator to draw it from")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            members=members,
            depths=depths,
            width_decay=width_decay,
            max_width=max_width,
            activation=activation,
            output_activation=output_activation,
            all_rows=all_rows,
            optimizer=optimizer,
            learning_rate=learning_rate,
            momentum=momentum,
            weight_decay=weight_decay,
            gradient_clip=gradient_clip,
            batch_size=batch_size,
            trim=trim,
            epochs=epochs,
            probe_size=probe_size,
            early_stopping=early_stopping,
            watch=watch,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            random_state=random_state,
            n_threads=n_threads,
        )


class SparkIForest(SparkDetector):
    """Abnormal is what random cuts through random columns soon set apart.

    Assumes that outliers are few and differ in single columns.

    The score: from 0 to 1, the larger the fewer cuts set the row apart. Larger is more abnormal.

    Cost, for n rows of d columns: fit: trees x sampled rows x log; score: rows x trees x log of the sampled rows.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.IForest

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    n_estimators = param("n_estimators", "Trees")
    max_samples = param("max_samples", "Rows that each tree is grown on")
    max_features = param("max_features", "Share of the columns that each tree may cut")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    random_state = param("random_state", "Seed of every random number, or a generator to draw it from")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            n_estimators=n_estimators,
            max_samples=max_samples,
            max_features=max_features,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            random_state=random_state,
            n_threads=n_threads,
        )


class SparkECOD(SparkDetector):
    """Abnormal is what lies in the tails of its columns.

    Assumes that outliers are extreme in single columns; columns are independent.

    The score: sum over the columns of -ln of the share of fitted values in the tail. Larger is more abnormal.

    Cost, for n rows of d columns: fit: d sorts of n; score: rows x d x log n, all fitted values are kept.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.ECOD

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            n_threads=n_threads,
        )


class SparkKNN(SparkDetector):
    """Abnormal is what lies far from its nearest neighbours.

    Assumes that inliers have others near them, equally dense everywhere; columns count alike.

    The score: distance to the nearest fitted rows; a fitted row does not count as its own neighbour, but does when it
    is scored again as a new row. Larger is more abnormal.

    Cost, for n rows of d columns: fit: n^2 x d; score: rows x n x d, all fitted rows are kept.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.KNN

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    n_neighbors = param("n_neighbors", "Neighbours that are looked at")
    method = param("method", "What counts of the distances to them")
    count_self = param("count_self", "Whether a fitted row is scored as a new one, and so is its own first neighbour")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            n_neighbors=n_neighbors,
            method=method,
            count_self=count_self,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            n_threads=n_threads,
        )


class SparkLOF(SparkDetector):
    """Abnormal is what lies in a thinner place than its neighbours do.

    Assumes that inliers form groups, each of its own density; columns count alike.

    The score: density of the neighbours over that of the row, about 1 for inliers; a fitted row does not count as its
    own neighbour, but does when it is scored again as a new row. Larger is more abnormal.

    Cost, for n rows of d columns: fit: n^2 x d; score: rows x n x d, all fitted rows are kept.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.LOF

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    n_neighbors = param("n_neighbors", "Neighbours that are looked at")
    count_self = param("count_self", "Whether a fitted row is scored as a new one, and so is its own first neighbour")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            n_neighbors=n_neighbors,
            count_self=count_self,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            n_threads=n_threads,
        )


class SparkCBLOF(SparkDetector):
    """Abnormal is what lies far from the centres of large clusters.

    Assumes that inliers form a few round clusters that hold most rows.

    The score: distance from the centre of the nearest large cluster. Larger is more abnormal.

    Cost, for n rows of d columns: fit: iterations x n x clusters x d; score: rows x clusters x d.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.CBLOF

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    n_clusters = param("n_clusters", "Clusters at most")
    alpha = param("alpha", "Share of the rows in large clusters")
    beta = param("beta", "How many times larger large clusters are than small ones")
    use_weights = param("use_weights", "Whether scores are multiplied by the cluster's size")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    random_state = param("random_state", "Seed of every random number, or a generator to draw it from")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            n_clusters=n_clusters,
            alpha=alpha,
            beta=beta,
            use_weights=use_weights,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            random_state=random_state,
            n_threads=n_threads,
        )


class SparkGMM(SparkDetector):
    """Abnormal is what is unlikely under normal distributions fitted to the rows.

    Assumes that inliers are one or a few normal distributions, columns may be correlated.

    The score: negative log-likelihood, which may be below 0. Larger is more abnormal.

    Cost, for n rows of d columns: fit: iterations x components x n x d^2 + d^3; score: rows x components x d^2.

    Parameters
    ----------
    featuresCol : str, default "features"
        Column of vectors or arrays.
    featuresCols : list of str, optional
        Columns of numbers, instead of ``featuresCol``.
    scoreCol : str, default "outlier_score"
        Column that the model writes scores to; larger is more abnormal.
    predictionCol : str, default "prediction"
        Column that the model writes 1.0 to for outliers, else 0.0.
    mode : {"sample", "ensemble", "full"}, default "sample"
        How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of
        an ensemble in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every
        step, for the auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all rows if there are fewer.
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
    """

    _kind = _detectors.GMM

    contamination = param("contamination", "Share of the rows to flag as outliers, in (0, 0.5]")
    n_components = param("n_components", "Normal distributions at most")
    max_iter = param("max_iter", "Iterations at most")
    tol = param("tol", "Gain in mean log-likelihood that ends the iterations")
    reg_covar = param("reg_covar", "Added to the variances, and more where one is singular")
    ensemble = param("ensemble", "How many are fitted, each with a seed of its own")
    combine = param("combine", "Whether an ensemble averages ranks or standardised scores")
    preset = param("preset", "Source of every parameter that is ``None``")
    missing = param("missing", "How to treat missing and infinite values")
    text = param("text", "How to encode columns of text")
    levels = param("levels", "Levels of a column of text that get a column of their own, the most frequent ones")
    scale = param("scale", "How to scale columns")
    ordered = param("ordered", "How to treat dates and counters that grow from row to row, which tell nothing about new rows")
    random_state = param("random_state", "Seed of every random number, or a generator to draw it from")
    n_threads = param("n_threads", "Number of threads")

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        featuresCols: Sequence[str] | None = None,
        scoreCol: str = "outlier_score",
        predictionCol: str = "prediction",
        mode: Literal["sample", "ensemble", "full"] = "sample",
        sample_rows: int = 100000,
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
        super().__init__(
            featuresCol=featuresCol,
            featuresCols=featuresCols,
            scoreCol=scoreCol,
            predictionCol=predictionCol,
            mode=mode,
            sample_rows=sample_rows,
            contamination=contamination,
            n_components=n_components,
            max_iter=max_iter,
            tol=tol,
            reg_covar=reg_covar,
            ensemble=ensemble,
            combine=combine,
            preset=preset,
            missing=missing,
            text=text,
            levels=levels,
            scale=scale,
            ordered=ordered,
            random_state=random_state,
            n_threads=n_threads,
        )
