#!/usr/bin/env python3
"""A detector of one library, fitted and asked for scores on request.

Every line on standard input is answered with a line of JSON: seconds of one fit, and of the scores of as many new rows.
At the end of the input comes the process's peak memory. `compare.py` starts it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

BATCH_ROWS = 256


def table(rows: int, columns: int, seed: int) -> np.ndarray:
    """Correlated columns, and one row in fifty that is not like the others."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(rows, 5)) @ np.random.default_rng(0).normal(size=(5, columns))
    values = mixed + 0.3 * rng.normal(size=(rows, columns))
    values[::50] = 3 * rng.normal(size=(len(values[::50]), columns))
    return values.astype(np.float32)


def of_gradstop(name: str, columns: int, epochs: int, threads: int, stopping: str) -> Any:
    import gradstop

    given: dict[str, Any] = {"n_threads": threads}
    if name not in ("ECOD", "KNN", "LOF"):
        given["random_state"] = 0
    if name in ("AutoEncoder", "DeepSVDD", "VAE", "RDP"):
        given |= {"epochs": epochs, "batch_size": BATCH_ROWS, "early_stopping": stopping}
    return getattr(gradstop, name)(**given)


def of_pyod(name: str, columns: int, epochs: int, threads: int, _: str) -> Any:
    if name == "AutoEncoder":
        from pyod.models.auto_encoder import AutoEncoder

        return AutoEncoder(hidden_neuron_list=[64], epoch_num=epochs, batch_size=BATCH_ROWS, lr=0.005, verbose=0)
    if name == "VAE":
        from pyod.models.vae import VAE

        return VAE(epoch_num=epochs, batch_size=BATCH_ROWS, lr=0.005, verbose=0)
    if name == "DeepSVDD":
        from pyod.models.deep_svdd import DeepSVDD

        # As ours: two layers, no dropout before the output, no validation rows held back from the fit.
        return DeepSVDD(columns, hidden_neurons=[64, 32], epochs=epochs, batch_size=BATCH_ROWS, verbose=0, random_state=0)
    module = __import__(f"pyod.models.{name.lower()}", fromlist=[name])
    jobs = {} if name == "GMM" else {"n_jobs": 1 if name == "ECOD" else threads}
    return getattr(module, name)(**jobs)


def of_deepod(name: str, columns: int, epochs: int, threads: int, _: str) -> Any:
    common = {"epochs": epochs, "batch_size": BATCH_ROWS, "device": "cpu", "verbose": 0}
    if name == "DeepSVDD":
        from deepod.models.tabular.dsvdd import DeepSVDD

        return DeepSVDD(hidden_dims="64", rep_dim=32, **common)
    from deepod.models.tabular.rdp import RDP

    return RDP(hidden_dims=[], rep_dim=50, **common)


LIBRARIES: dict[str, Callable[..., Any]] = {"gradstop": of_gradstop, "pyod": of_pyod, "deepod": of_deepod}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", choices=LIBRARIES, required=True)
    parser.add_argument("--detector", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--columns", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--early-stopping", default="none")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    fitted, new = (table(arguments.rows, arguments.columns, seed) for seed in (1, 2))
    if arguments.library != "gradstop":
        import torch

        torch.set_num_threads(arguments.threads)
        if arguments.library == "deepod":
            # Its last release was made for an earlier scikit-learn and an earlier torch, and works with these.
            fitted, new = fitted.astype(np.float64), new.astype(np.float64)
    make = LIBRARIES[arguments.library]
    answers = sys.stdout
    print("ready", file=answers, flush=True)
    for _ in sys.stdin:
        detector = make(arguments.detector, arguments.columns, arguments.epochs, arguments.threads, arguments.early_stopping)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            start = time.perf_counter()
            detector.fit(fitted)
            middle = time.perf_counter()
            scores = detector.decision_function(new)
            end = time.perf_counter()
        assert np.isfinite(scores).all() and len(scores) == len(new)
        print(json.dumps({"fit": middle - start, "score": end - middle}), file=answers, flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"peak_mb": round(peak / 1024, 1)}), file=answers, flush=True)


if __name__ == "__main__":
    main()
