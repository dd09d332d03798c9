"""The detectors as estimators of Spark's machine learning: for data frames that no process holds whole.

>>> from gradstop.spark import SparkAutoEncoder                                          # doctest: +SKIP
>>> model = SparkAutoEncoder(featuresCols=["a", "b"], mode="full").fit(frame)            # doctest: +SKIP
>>> model.transform(frame).select("outlier_score", "prediction")                         # doctest: +SKIP

gradstop and pyarrow must be installed where the executors run. ``docs/scale.md`` says what each mode costs and what it is
equal to.
"""

from __future__ import annotations

import gc
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark import StorageLevel
from pyspark.ml import Estimator, Model
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.ml.param import Param, Params
from pyspark.ml.util import (
    DefaultParamsReadable,
    DefaultParamsReader,
    DefaultParamsWritable,
    DefaultParamsWriter,
    MLReadable,
    MLReader,
    MLWritable,
    MLWriter,
)
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DoubleType, NumericType, StructField, StructType

from . import _cluster, _gradstop
from . import _detectors as detectors
from ._detector import Detector
from ._documentation import parameters_of
from ._rules import Settings, plain

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
    "bench",
]

#: The column that rows travel in, as arrays of 32-bit floats.
ROWS = "__gradstop_rows"


class Columns(Params):  # type: ignore[misc]
    """Where rows come from and scores go to."""

    featuresCol = Param(Params._dummy(), "featuresCol", "column of vectors or arrays; not used with featuresCols")
    featuresCols = Param(Params._dummy(), "featuresCols", "columns of numbers")
    scoreCol = Param(Params._dummy(), "scoreCol", "column for the scores; larger is more abnormal")
    predictionCol = Param(Params._dummy(), "predictionCol", "column for 1.0 (outlier) or 0.0")

    def __init__(self) -> None:
        super().__init__()
        self._setDefault(featuresCol="features", featuresCols=None, scoreCol="outlier_score", predictionCol="prediction")

    def _names(self) -> list[str] | None:
        names = self.getOrDefault(self.featuresCols)
        return None if names is None else list(names)

    def _rows(self, frame: DataFrame) -> Any:
        """The expression for a row of features, by way of 64 bits as the local detectors read them."""
        names = self._names()
        if names is not None:
            return F.array(*[F.col(f"`{name}`").cast("double").cast("float") for name in names])
        name = self.getOrDefault(self.featuresCol)
        if isinstance(frame.schema[name].dataType, VectorUDT):
            return vector_to_array(F.col(name), dtype="float32")
        return F.col(name).cast("array<double>").cast("array<float>")

    def _cells(self, frame: DataFrame) -> Any:
        """The expression for a row whose columns are of any kind: a structure of them, or an array of doubles."""
        names = self._names()
        if names is not None:
            kinds = {field.name: field.dataType for field in frame.schema.fields}
            columns = [F.col(f"`{name}`") for name in names]
            numbers = [isinstance(kinds[name], NumericType) for name in names]
            as_they_are = [column.cast("double") if number else column for column, number in zip(columns, numbers)]
            return F.struct(*[column.alias(name) for column, name in zip(as_they_are, names)])
        name = self.getOrDefault(self.featuresCol)
        if isinstance(frame.schema[name].dataType, VectorUDT):
            return vector_to_array(F.col(name))
        return F.col(name).cast("array<double>")

    def _others(self, frame: DataFrame) -> list[tuple[str, str]]:
        """The columns that are no numbers, with their types; those that count as 0 and 1 are numbers."""
        kinds = {field.name: field.dataType for field in frame.schema.fields}
        found = [(name, kinds[name]) for name in self._names() or [] if name in kinds]
        return [(name, kind.simpleString()) for name, kind in found if not isinstance(kind, (NumericType, BooleanType))]


class SparkDetector(Columns, Estimator, DefaultParamsReadable, DefaultParamsWritable):  # type: ignore[misc]
    """What all of them do.

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
        How to fit. ``"sample"``: a uniform sample of the rows, on the driver. ``"ensemble"``: the members of an ensemble
        in parallel tasks, each on a sample of its own. ``"full"``: one network, every step over all rows, for the
        auto-encoder, DeepSVDD and the variational auto-encoder in full batches.
    sample_rows : int, default 100000
        Rows of a sample; all if there are no more.
    """

    _kind: ClassVar[type[Detector]]

    mode = Param(Params._dummy(), "mode", f"how to fit: one of {', '.join(_cluster.MODES)}")
    sample_rows = Param(Params._dummy(), "sample_rows", "rows of a sample")

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        first = f":class:`gradstop.{cls._kind.__name__}` as an estimator of Spark."
        general = (SparkDetector.__doc__ or "").replace("What all of them do.", first, 1)
        cls.__doc__ = f"{general.rstrip()}\n{parameters_of(cls._kind)}"
        for field in fields(cls._kind):
            setattr(cls, field.name, Param(Params._dummy(), field.name, f"of gradstop.{cls._kind.__name__}"))

    def __init__(self, **parameters: Any) -> None:
        super().__init__()
        self._setDefault(mode="sample", sample_rows=_cluster.SAMPLE_ROWS)
        self._setDefault(**self._kind().get_params())
        self.setParams(**parameters)

    def setParams(self, **parameters: Any) -> SparkDetector:
        """Change parameters for the next fit.

        Parameters
        ----------
        **parameters : dict
            Names as in the constructor.
        """
        for name, value in parameters.items():
            if not self.hasParam(name):
                names = ", ".join(param.name for param in self.params)
                raise ValueError(f"Invalid parameter {name!r} for {type(self).__name__}, wanted one of {names}")
            if not (isinstance(value, Settings) or callable(value)):
                value = plain(value)
            self._set(**{name: value})
        return self

    def _fit(self, dataset: DataFrame) -> SparkOutlierModel:
        detector = self._kind(**{field.name: self.getOrDefault(field.name) for field in fields(self._kind)})
        mode, sample_rows = self.getOrDefault(self.mode), self.getOrDefault(self.sample_rows)
        table: SparkCells | SparkPartitions
        if _cluster.prepares(detector, mode, self._others(dataset)):
            table = SparkCells(dataset.select(self._cells(dataset).alias(ROWS)))
            fit = partial(_cluster.fit_prepared, detector, table, sample_rows)
        else:
            table = SparkPartitions(dataset.select(self._rows(dataset).alias(ROWS)), self._names())
            fit = partial(_cluster.fit, detector, table, mode, sample_rows)
        try:
            detector = fit()
        finally:
            table.close()
        model: SparkOutlierModel = self._copyValues(SparkOutlierModel(detector))
        return model


class SparkOutlierModel(Columns, Model, MLReadable, MLWritable):  # type: ignore[misc]
    """A fitted detector: adds scores and predictions to data frames.

    Attributes
    ----------
    detector : gradstop detector
        The namesake in :mod:`gradstop`, fitted: its threshold, its history, its ``save``.
    """

    def __init__(self, detector: Detector | None = None) -> None:
        super().__init__()
        # Without one it is an empty shell that a reader fills.
        self.detector = detector

    def _transform(self, dataset: DataFrame) -> DataFrame:
        if self.detector is None:
            raise ValueError("this model was not fitted (hint: it is what an estimator's fit returns)")
        score, prediction = self.getOrDefault(self.scoreCol), self.getOrDefault(self.predictionCol)
        added = [StructField(name, DoubleType(), False) for name in (score, prediction)]
        taken = [name for name in (score, prediction) if name in dataset.columns]
        if taken:
            raise ValueError(f"column {taken[0]!r}: there is one already (hint: set scoreCol and predictionCol)")
        content = dataset.sparkSession.sparkContext.broadcast(self.detector._fitted.to_bytes())
        threshold, prepared = self.detector.threshold_, self.detector._inputs is not None

        def scored(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                last = batch.column(batch.num_columns - 1)
                rows = _cells_of(last) if prepared else _rows_of(last)
                scores = _cluster.scores(content.value, rows, 1) if len(rows) else np.empty(0)
                columns = [*batch.columns[:-1], pa.array(scores), pa.array((scores > threshold).astype(np.float64))]
                yield pa.RecordBatch.from_arrays(columns, [*batch.schema.names[:-1], score, prediction])

        schema = StructType([*dataset.schema.fields, *added])
        rows = self._cells(dataset) if prepared else self._rows(dataset)
        return dataset.withColumn(ROWS, rows).mapInArrow(scored, schema)

    def write(self) -> MLWriter:
        """A writer: parameters as Spark has them, and the model file in a Parquet file beside them."""
        return _ModelWriter(self)

    @classmethod
    def read(cls) -> MLReader[SparkOutlierModel]:
        """A reader of what :meth:`write` wrote."""
        return _ModelReader()


class _ModelWriter(MLWriter):  # type: ignore[misc]
    def __init__(self, model: SparkOutlierModel) -> None:
        super().__init__()
        self._model = model

    def saveImpl(self, path: str) -> None:
        if self._model.detector is None:
            raise ValueError("this model was not fitted, so there is nothing to write")
        DefaultParamsWriter.saveMetadata(self._model, path, self.sparkSession)
        content = bytearray(self._model.detector._fitted.to_bytes())
        frame = self.sparkSession.createDataFrame([(content,)], "content binary")
        frame.coalesce(1).write.parquet(f"{path}/model")


class _ModelReader(MLReader):  # type: ignore[misc]
    def load(self, path: str) -> SparkOutlierModel:
        metadata = DefaultParamsReader.loadMetadata(path, self.sparkSession)
        content = self.sparkSession.read.parquet(f"{path}/model").head()
        model = SparkOutlierModel(Detector._of(_gradstop.FittedDetector.from_bytes(bytes(content[0]))))
        model._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(model, metadata)
        return model


class SparkPartitions:
    """A table in a Spark data frame with one column, arrays of floats.

    Its rows are kept as blocks of float32 values, in memory or on the executors' disks; an executor that is lost takes
    its blocks with it, and Spark makes them again.
    """

    def __init__(self, frame: DataFrame, names: list[str] | None) -> None:
        self.names, self._fit = names, uuid.uuid4().hex
        self._blocks = frame.mapInArrow(_to_blocks, "partition int, block int, columns int, rows binary")
        self._blocks = self._blocks.persist(StorageLevel.MEMORY_AND_DISK)
        found = self._blocks.select("partition", "columns", F.length("rows").alias("bytes")).collect()
        widths = {row["columns"] for row in found}
        if len(widths) > 1:
            raise ValueError(f"rows of different lengths: got {sorted(widths)[:5]}, wanted one")
        self.width = widths.pop() if widths else 1
        # Only partitions that have rows take part.
        self._places = {partition: at for at, partition in enumerate(sorted({row["partition"] for row in found}))}
        self._counts = [0] * len(self._places)
        for row in found:
            self._counts[self._places[row["partition"]]] += row["bytes"] // (4 * self.width)

    def counts(self) -> Sequence[int]:
        return self._counts

    def take(self, rows: list[NDArray[np.int64]]) -> NDArray[np.float32]:
        places, width = self._places, self.width

        def taken(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for partition, values in _partitions(batches, width):
                chosen = rows[places[partition]]
                if len(chosen):
                    yield _batch(partition, values[chosen].tobytes())

        found = sorted(self._blocks.mapInArrow(taken, "partition int, content binary").collect())
        return np.concatenate([_from_bytes(row["content"], width) for row in found])

    def fit_members(
        self, work: _cluster.Work, rows: list[list[NDArray[np.int64]]], standardization: tuple[list[float], list[float]]
    ) -> list[_cluster.Member]:
        places, width, members = self._places, self.width, len(rows)

        def dealt(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for partition, values in _partitions(batches, width):
                for member, of_member in enumerate(rows):
                    chosen = of_member[places[partition]]
                    if len(chosen):
                        content = [[member], [places[partition]], [values[chosen].tobytes()]]
                        yield pa.RecordBatch.from_arrays(
                            [pa.array(content[0], pa.int32()), pa.array(content[1], pa.int32()), pa.array(content[2])],
                            ["member", "place", "content"],
                        )

        def fitted(of_member: Iterable[tuple[int, tuple[int, bytes]]]) -> Iterator[tuple[int, _cluster.Member]]:
            parts = sorted((member, place, content) for member, (place, content) in of_member)
            if parts:
                values = [_from_bytes(content, width) for _, _, content in parts]
                yield parts[0][0], _cluster.fit_member(work, parts[0][0], values, standardization, 1)

        parts = self._blocks.mapInArrow(dealt, "member int, place int, content binary").rdd
        by_member = parts.map(lambda row: (row["member"], (row["place"], bytes(row["content"]))))
        done = by_member.partitionBy(members, lambda member: int(member)).mapPartitions(fitted).collect()
        return [member for _, member in sorted(done, key=lambda pair: pair[0])]

    def exchange(self, message: bytes) -> list[bytes]:
        # Where a process still has its shards, the numbers of their partitions are all it must be given.
        answers = self._answers(self._blocks.select("partition"), message)
        missing = [partition for partition in self._places if partition not in answers]
        if missing:
            answers |= self._answers(self._blocks.where(F.col("partition").isin(missing)), message)
        return [answers[partition] for partition in self._places]

    def _answers(self, blocks: DataFrame, message: bytes) -> dict[int, bytes]:
        """What the partitions of these blocks answer; without their rows only those that a process has shards of."""
        places, width, fit, complete = self._places, self.width, self._fit, "rows" in blocks.columns
        # Twice a process's share: which of an executor's processes is given a partition is not ours to decide.
        keep = 2 * -(-len(places) // max(blocks.sparkSession.sparkContext.defaultParallelism, 1)) + 1

        def answered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            every = [batch for batch in list(batches) if batch.num_rows]
            if not every:
                return

            def rows() -> NDArray[np.float32]:
                return np.concatenate([values for _, values in _partitions(every, width)])

            # Spark collects garbage behind every task, and would look at all that was imported each time.
            if gc.get_freeze_count() == 0:
                gc.freeze()
            partition = every[0].column(0)[0].as_py()
            said = _cluster.answer(fit, places[partition], message, 1, rows if complete else None, keep)
            if said is not None:
                yield _batch(partition, said)

        found = blocks.mapInArrow(answered, "partition int, content binary").collect()
        return {row["partition"]: bytes(row["content"]) for row in found}

    def close(self) -> None:
        """Lets the executors forget the table."""
        self._blocks.unpersist()


class SparkCells:
    """A table in a Spark data frame with one column: structures of cells of any kind, or arrays of doubles."""

    def __init__(self, frame: DataFrame) -> None:
        self._frame = frame.persist(StorageLevel.MEMORY_AND_DISK)
        found = frame.mapInArrow(_counted, "partition int, rows long").collect()
        self._counts = {row["partition"]: row["rows"] for row in sorted(found)}

    def counts(self) -> Sequence[int]:
        return list(self._counts.values())

    def take(self, rows: list[NDArray[np.int64]]) -> Any:
        places = {partition: at for at, partition in enumerate(self._counts)}

        def taken(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            start, partition = 0, _partition()
            for batch in batches:
                if batch.num_rows:
                    chosen = rows[places[partition]] - start
                    here = chosen[(chosen >= 0) & (chosen < batch.num_rows)]
                    start += batch.num_rows
                    yield batch.take(pa.array(here))

        # Spark collects partitions in their order.
        return _cells_of(self._frame.mapInArrow(taken, self._frame.schema).toArrow().column(0).combine_chunks())

    def close(self) -> None:
        """Lets the executors forget the table."""
        self._frame.unpersist()


def _partition() -> int:
    """The number of the partition that this task is at."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return context.partitionId() if context is not None else 0


def _counted(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    rows = sum(batch.num_rows for batch in batches)
    yield pa.RecordBatch.from_arrays([pa.array([_partition()], pa.int32()), pa.array([rows])], ["partition", "rows"])


def _cells_of(column: pa.Array) -> Any:
    """A table of a column of structures of cells, or an array of one of lists of doubles."""
    if pa.types.is_struct(column.type):
        names = [column.type.field(at).name for at in range(column.type.num_fields)]
        return pa.Table.from_arrays(column.flatten(), names)
    return _matrix(column, np.float64)


def _rows_of(column: pa.Array) -> NDArray[np.float32]:
    """Rows of a column of lists of floats; missing values are NaN."""
    return _matrix(column, np.float32)


def _matrix(column: pa.Array, kind: Any) -> NDArray[Any]:
    if column.null_count:
        raise ValueError("a row is missing (hint: frame.dropna())")
    flat = column.flatten().to_numpy(zero_copy_only=False).astype(kind, copy=False)
    if len(column) == 0:
        return np.empty((0, 1), kind)
    lengths = np.diff(column.offsets.to_numpy())
    if (lengths != lengths[0]).any():
        raise ValueError("got rows of different lengths, wanted one length")
    return np.ascontiguousarray(flat.reshape(len(column), -1))


def _to_blocks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """A block of rows for every batch of a partition."""
    partition = _partition()
    for block, batch in enumerate(batches):
        if batch.num_rows:
            rows = _rows_of(batch.column(0))
            numbers = [pa.array([number], pa.int32()) for number in (partition, block, rows.shape[1])]
            yield pa.RecordBatch.from_arrays(
                [*numbers, pa.array([rows.tobytes()], pa.binary())], ["partition", "block", "columns", "rows"]
            )


def _partitions(batches: Iterable[pa.RecordBatch], width: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The rows of the partition that blocks come from, whole; nothing if there are none."""
    blocks = [
        (number.as_py(), at.as_py(), rows.as_buffer())
        for batch in batches
        for number, at, rows in zip(batch.column(0), batch.column(1), batch.column(3))
    ]
    if blocks:
        blocks.sort(key=lambda block: block[1])
        yield blocks[0][0], np.concatenate([_from_bytes(rows, width) for _, _, rows in blocks])


def _from_bytes(content: Any, width: int) -> NDArray[np.float32]:
    return np.frombuffer(content, np.float32).reshape(-1, width)


def _batch(partition: int, content: bytes) -> pa.RecordBatch:
    columns = [pa.array([partition], pa.int32()), pa.array([content], pa.binary())]
    return pa.RecordBatch.from_arrays(columns, ["partition", "content"])


def bench(
    spark: SparkSession,
    folder: str | None,
    results: str | Path,
    *,
    suite: str = "paper",
    parts: int | None = None,
    options: Sequence[str] = (),
) -> None:
    """Run ``gradstop bench`` on the cluster and write its results into one file.

    A part of the cells is a task, on one thread, with a file of its own; a task that is lost with its executor is run
    again.

    Parameters
    ----------
    spark : SparkSession
        The cluster.
    folder : str or None
        The tables, at a place that every executor sees; ``None`` for a suite that makes its own.
    results : path
        The file of results. What it has already is kept.
    suite : str, default "paper"
        Its name, or a file in the driver's reach.
    parts : int, optional
        Tasks; four for each core of the cluster unless given.
    options : sequence of str
        Further words for the command.
    """
    context = spark.sparkContext
    parts = parts if parts is not None else 4 * context.defaultParallelism

    def run(jobs: list[tuple[int, int, str | None, str, tuple[str, ...]]]) -> Sequence[bytes]:
        files: list[bytes] = context.parallelize(jobs, len(jobs)).map(lambda job: _cluster.bench_shard(*job)).collect()
        return files

    _cluster.bench(folder, suite, results, run, parts, options)


class SparkAutoEncoder(SparkDetector):
    _kind = detectors.AutoEncoder


class SparkDeepSVDD(SparkDetector):
    _kind = detectors.DeepSVDD


class SparkVAE(SparkDetector):
    _kind = detectors.VAE


class SparkRDP(SparkDetector):
    _kind = detectors.RDP


class SparkRandNet(SparkDetector):
    _kind = detectors.RandNet


class SparkROBOD(SparkDetector):
    _kind = detectors.ROBOD


class SparkIForest(SparkDetector):
    _kind = detectors.IForest


class SparkECOD(SparkDetector):
    _kind = detectors.ECOD


class SparkKNN(SparkDetector):
    _kind = detectors.KNN


class SparkLOF(SparkDetector):
    _kind = detectors.LOF


class SparkCBLOF(SparkDetector):
    _kind = detectors.CBLOF


class SparkGMM(SparkDetector):
    _kind = detectors.GMM
