"""Fits to a table that no process holds whole, with one and with two workers, on a Dask or Spark cluster of this machine.

    target/venv/bin/python bench/cluster.py --rows 2000000 --columns 30 --output bench/records/cluster-DATE.json

The table is made partition by partition in processes of their own and written to Parquet. Strong scaling: the same table
with 1 and 2 workers of one thread. Weak scaling: half of it with 1 worker against all of it with 2. One thread of the
local engine over the whole table, in a process of its own, is what both are compared with.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import resource
import subprocess
import sys
import tempfile
import time
from functools import reduce
from pathlib import Path


def make(folder: str, part: int, rows: int, columns: int) -> None:
    """A partition of rows near a plane of five dimensions, every thousandth off it."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    plane = np.random.default_rng(0).normal(size=(5, columns))
    rng = np.random.default_rng(part + 1)
    values = rng.normal(size=(rows, 5)) @ plane + rng.normal(scale=0.1, size=(rows, columns))
    values[::1000] += rng.normal(scale=2, size=values[::1000].shape)
    table = pa.table({f"c{at}": values[:, at].astype(np.float32) for at in range(columns)})
    pq.write_table(table, Path(folder) / f"part-{part:05}.parquet", row_group_size=rows)


def local(folder: str, epochs: int) -> dict:
    """The whole table in one process."""
    import numpy as np
    import pyarrow.parquet as pq

    import gradstop

    parts = [pq.read_table(file) for file in sorted(Path(folder).glob("*.parquet"))]
    values = np.concatenate([np.column_stack([column.to_numpy() for column in part.columns]) for part in parts])
    del parts
    detector = gradstop.AutoEncoder(epochs=epochs, early_stopping="gradstop", n_threads=1)
    epochs_seen = Epochs()
    detector.fit(values, callback=epochs_seen)
    return outcome(detector, epochs_seen)


def on_dask(folder: str, epochs: int, workers: int) -> dict:
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    from gradstop.dask import DaskAutoEncoder

    cluster = LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster, Client(cluster) as client:
        frame = dd.read_parquet(f"{folder}/*.parquet")
        epochs_seen = Epochs()
        spread = DaskAutoEncoder(client=client, mode="full", epochs=epochs, early_stopping="gradstop").fit(frame, callback=epochs_seen)
        found = outcome(spread.detector_, epochs_seen)
        started = time.perf_counter()
        flagged = int(spread.predict(frame).sum().compute())
        return {**found, "flagged": flagged, "score_seconds": time.perf_counter() - started}


def on_spark(folder: str, epochs: int, workers: int) -> dict:
    import os

    from pyspark.sql import SparkSession

    from gradstop import AutoEncoder, _cluster
    from gradstop.spark import ROWS, SparkAutoEncoder, SparkOutlierModel, SparkPartitions

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    spark = (
        SparkSession.builder.master(f"local-cluster[{workers},1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.executor.memory", "900m")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    # File by file, because Spark reads a folder in an order of its own, and masks of dropout go by the order of rows.
    files = sorted(map(str, Path(folder).glob("*.parquet")))
    frame = reduce(lambda one, other: one.union(other), [spark.read.parquet(file) for file in files])
    names = frame.columns
    # Every task costs some tenths of a second, whatever it does.
    frame = frame.coalesce(2 * workers)
    epochs_seen = Epochs()
    # As the estimator does, with someone who sees the epochs.
    table = SparkPartitions(frame.select(SparkAutoEncoder(featuresCols=names)._rows(frame).alias(ROWS)), names)
    detector = _cluster.fit(AutoEncoder(epochs=epochs, early_stopping="gradstop"), table, "full", 1, epochs_seen)
    table.close()
    found = outcome(detector, epochs_seen)
    model = SparkOutlierModel(detector)
    model._set(featuresCols=names)
    started = time.perf_counter()
    flagged = int(model.transform(frame).selectExpr("sum(prediction)").first()[0])
    found = {**found, "flagged": flagged, "score_seconds": time.perf_counter() - started}
    spark.stop()
    return found


class Epochs:
    """When each epoch ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def __call__(self, record: dict) -> None:
        self.ends.append(time.perf_counter())

    def seconds(self) -> float:
        """The median time of an epoch, without the first."""
        import numpy as np

        return float(np.median(np.diff(self.ends)))


def outcome(detector, epochs: Epochs) -> dict:
    import numpy as np

    return {
        "epoch_seconds": epochs.seconds(),
        "best_epoch": int(detector.best_epoch_),
        "losses": [float(loss) for loss in detector.history_["loss"]],
        "scores_mean": float(np.mean(detector.decision_scores_)),
        "threshold": detector.threshold_,
        "driver_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


RUNS = {"local": local, "dask": on_dask, "spark": on_spark}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--engines", nargs="+", default=["dask", "spark"])
    parser.add_argument("--output", type=Path)
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, folder, epochs, *workers = arguments.one
        print(json.dumps(RUNS[name](folder, int(epochs), *map(int, workers))))
        return
    with tempfile.TemporaryDirectory() as place:
        folders = {"whole": Path(place) / "whole", "half": Path(place) / "half"}
        per_part = arguments.rows // arguments.partitions
        for part in range(arguments.partitions):
            folders["whole"].mkdir(exist_ok=True)
            folders["half"].mkdir(exist_ok=True)
            maker = multiprocessing.Process(target=make, args=(str(folders["whole"]), part, per_part, arguments.columns))
            maker.start()
            maker.join()
            if part % 2:
                file = f"part-{part:05}.parquet"
                (folders["half"] / file).hardlink_to(folders["whole"] / file)
        record = {
            "rows": per_part * arguments.partitions,
            "columns": arguments.columns,
            "partitions": arguments.partitions,
            "epochs": arguments.epochs,
            "machine": platform.processor() or platform.machine(),
            "local": run("local", folders["whole"], arguments.epochs),
        }
        for engine in arguments.engines:
            record[engine] = {
                "1 worker, half the rows": run(engine, folders["half"], arguments.epochs, 1),
                "1 worker": run(engine, folders["whole"], arguments.epochs, 1),
                "2 workers": run(engine, folders["whole"], arguments.epochs, 2),
            }
    text = json.dumps(record, indent=1)
    print(text)
    if arguments.output:
        arguments.output.write_text(text + "\n", encoding="utf-8")


def run(name: str, folder: Path, epochs: int, *workers: int) -> dict:
    """A run in a process of its own, so that nothing is left of the one before."""
    words = [sys.executable, __file__, "--one", name, str(folder), str(epochs), *map(str, workers)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    print(f"{name} {folder.name} {workers}: {done.stdout[:120]}", file=sys.stderr)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
