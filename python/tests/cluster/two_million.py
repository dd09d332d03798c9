"""Two million rows on a cluster, in a process of its own that can say how much memory its driver took.

    python two_million.py dask|spark FOLDER OUTPUT

FOLDER has the Parquet files of :func:`make`; OUTPUT becomes a folder with what was found. Nothing is in the test itself that
a driver must not have: it never reads a row.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from functools import reduce
from pathlib import Path

PARTS, ROWS, COLUMNS = 8, 2_000_000, 20
PARAMETERS = {"epochs": 4, "early_stopping": "gradstop"}
#: Partitions whose scores are compared to the last bit.
LOOKED_AT = (0, 5)


def name(part: int) -> str:
    return f"part-{part:05}.parquet"


def make(folder: str, part: int) -> None:
    """One partition: rows near a plane of four dimensions, every five hundredth off it."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    plane = np.random.default_rng(0).normal(size=(4, COLUMNS))
    rng = np.random.default_rng(part + 1)
    rows = ROWS // PARTS
    values = (rng.normal(size=(rows, 4)) @ plane + rng.normal(scale=0.2, size=(rows, COLUMNS))).astype(np.float32)
    values[::500] += rng.normal(scale=2, size=values[::500].shape).astype(np.float32)
    table = pa.table({f"c{at}": values[:, at] for at in range(COLUMNS)})
    # No value comes twice, so a dictionary would be the table once more.
    pq.write_table(table, Path(folder) / name(part), use_dictionary=False)


def peak() -> int:
    """The most bytes that this process has had."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def held() -> tuple[int, list[int]]:
    """This process, and the partitions that it has shards of."""
    from gradstop import _cluster

    return os.getpid(), sorted(index for _, index in _cluster._SHARDS)


def on_dask(folder: Path, output: Path) -> dict:
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    from gradstop.dask import DaskAutoEncoder

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        frame = dd.read_parquet(f"{folder}/*.parquet", split_row_groups=False, aggregate_files=False)
        before, shards = peak(), {}

        def look(_: dict) -> None:
            shards.update(client.run(held).values())

        spread = DaskAutoEncoder(client=client, mode="full", **PARAMETERS).fit(frame, callback=look)
        fitted = peak()
        flagged = int(spread.predict(frame).sum().compute())
        for part in LOOKED_AT:
            write_scores(output, part, spread.decision_function(frame.partitions[part]).compute().to_numpy())
        return {"before": before, "fitted": fitted, "flagged": flagged, "shards": shards, **kept(spread.detector_, output)}


def on_spark(folder: Path, output: Path) -> dict:
    import numpy as np
    from pyspark.sql import SparkSession

    from gradstop.spark import SparkAutoEncoder

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    spark = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.executor.memory", "800m")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    # File by file, because Spark reads a folder in an order of its own.
    files = [spark.read.parquet(str(folder / name(part))).coalesce(1) for part in range(PARTS)]
    frame = reduce(lambda one, other: one.union(other), files)
    before = peak()
    model = SparkAutoEncoder(featuresCols=frame.columns, mode="full", **PARAMETERS).fit(frame)
    fitted = peak()

    def looked(batches):
        import pyarrow as pa

        list(batches)
        # Long enough that one executor does not answer for both.
        time.sleep(0.5)
        process, shards = held()
        yield pa.RecordBatch.from_arrays([pa.array([process]), pa.array([shards], pa.list_(pa.int64()))], ["process", "shards"])

    # By the same way as the fit, because Spark has processes of their own for others.
    found = spark.range(8, numPartitions=8).mapInArrow(looked, "process long, shards array<long>").collect()
    shards = {row["process"]: row["shards"] for row in found}
    flagged = int(model.transform(frame).selectExpr("sum(prediction)").first()[0])
    for part in LOOKED_AT:
        scored = model.transform(files[part]).select("outlier_score").toPandas()
        write_scores(output, part, np.asarray(scored["outlier_score"]))
    found = {"before": before, "fitted": fitted, "flagged": flagged, "shards": shards, **kept(model.detector, output)}
    spark.stop()
    return found


def write_scores(output: Path, part: int, scores) -> None:
    import numpy as np

    np.save(output / f"scores-{part}.npy", scores)


def kept(detector, output: Path) -> dict:
    """What the fit came to."""
    import numpy as np

    detector.save(output / "model.gradstop")
    np.save(output / "training-scores.npy", detector.decision_scores_)
    return {"best_epoch": int(detector.best_epoch_), "losses": [float(loss) for loss in detector.history_["loss"]]}


def main(engine: str, folder: str, output: str) -> None:
    place = Path(output)
    place.mkdir()
    found = {"dask": on_dask, "spark": on_spark}[engine](Path(folder), place)
    (place / "found.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
