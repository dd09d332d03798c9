"""The base of the estimators of :mod:`gradstop.spark`, and the model that they fit."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
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
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, DoubleType, NumericType, StructField, StructType

from . import _cluster, _gradstop
from ._detector import Detector, same
from ._rules import Settings, plain

#: The column that rows travel in, as arrays of 32-bit floats.
ROWS = "__gradstop_rows"


def param(name: str, about: str) -> Any:
    """A parameter as Spark declares it."""
    return Param(Params._dummy(), name, about)


class Columns(Params):  # type: ignore[misc]
    """Where rows come from and scores go to."""

    featuresCol = param("featuresCol", "column of vectors or arrays; not used with featuresCols")
    featuresCols = param("featuresCols", "columns of numbers")
    scoreCol = param("scoreCol", "column for the scores; larger is more abnormal")
    predictionCol = param("predictionCol", "column for 1.0 (outlier) or 0.0")

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
    """Base of every estimator."""

    _kind: ClassVar[type[Detector]]

    mode = param("mode", f"how to fit: one of {', '.join(_cluster.MODES)}")
    sample_rows = param("sample_rows", "rows of a sample")

    def __init__(self, **parameters: Any) -> None:
        super().__init__()
        self._setDefault(mode="sample", sample_rows=_cluster.SAMPLE_ROWS)
        self._setDefault(**self._kind().get_params())
        defaults = {param.name: value for param, value in self._defaultParamMap.items()}
        self.setParams(**{name: value for name, value in parameters.items() if not same(value, defaults[name])})

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
        detector = self._kind(**{name: self.getOrDefault(name) for name in self._kind._parameter_names()})
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
        The fitted detector, with its threshold, the history of its training, and ``save``.
    """

    #: Spark writes it down with a model, to read it again.
    __module__ = "gradstop.spark"

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
