"""Fits and scores on Spark against those of one process."""

from __future__ import annotations

import inspect
import os
import sys

import numpy as np
import pytest

pytest.importorskip("pyspark")

from faults import with_a_loss
from helpers import REGISTRY
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession

import gradstop
import gradstop.spark as on_spark


@pytest.fixture(scope="module", params=["local[2]", "local-cluster[2,1,1024]"])
def spark(request):
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = (
        SparkSession.builder.master(request.param)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.executor.memory", "700m")
        .config("spark.sql.shuffle.partitions", "4")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def framed(spark, table: np.ndarray, parts: int = 5):
    names = [f"c{at}" for at in range(table.shape[1])]
    rows = spark.sparkContext.parallelize([(at, *map(float, row)) for at, row in enumerate(table)], parts)
    return rows.toDF(["id", *names]), names


def executor(spark) -> int:
    """The process of an executor: a worker's parent is the daemon of Python's, and that one's parent."""

    def parent(_: int) -> int:
        with open(f"/proc/{os.getppid()}/stat") as file:
            return int(file.read().split()[3])

    return spark.sparkContext.parallelize([0], 1).map(parent).first()


def scores(frame) -> np.ndarray:
    return np.array([row["outlier_score"] for row in frame.orderBy("id").collect()])


def test_every_detector_has_a_class_with_its_parameters():
    for name in REGISTRY:
        local = inspect.signature(getattr(gradstop, name)).parameters
        kind = getattr(on_spark, f"Spark{name}")
        assert local.items() <= inspect.signature(kind).parameters.items()
        assert {param.name for param in kind().params} == set(inspect.signature(kind).parameters)


def test_a_sample_of_all_rows_is_the_local_fit_and_scores_have_its_bits(spark, table):
    frame, names = framed(spark, table)
    for name in ("AutoEncoder", "IForest"):
        local = getattr(gradstop, name)().fit(table)
        model = getattr(on_spark, f"Spark{name}")(featuresCols=names).fit(frame)
        scored = model.transform(frame)
        assert scored.columns == [*frame.columns, "outlier_score", "prediction"]
        assert np.array_equal(scores(scored), local.decision_function(table))
        assert scored.where("prediction = 1").count() == local.labels_.sum()


def test_pipelines_and_models_are_written_and_read_again(spark, table, tmp_path):
    frame, names = framed(spark, table)
    assembler = VectorAssembler(inputCols=names, outputCol="features")
    estimator = on_spark.SparkECOD(scoreCol="score", contamination=0.05)
    estimator.write().overwrite().save(str(tmp_path / "estimator"))
    again = on_spark.SparkECOD.load(str(tmp_path / "estimator"))
    assert (again.getOrDefault("contamination"), again.getOrDefault("scoreCol")) == (0.05, "score")
    model = Pipeline(stages=[assembler, again]).fit(frame)
    model.save(str(tmp_path / "model"))
    loaded = PipelineModel.load(str(tmp_path / "model"))
    local = gradstop.ECOD(contamination=0.05).fit(table)
    for kept in (model, loaded):
        rows = kept.transform(frame).orderBy("id").collect()
        assert np.array_equal([row["score"] for row in rows], local.decision_function(table))
        assert [row["prediction"] for row in rows] == local.labels_.tolist()


@pytest.mark.parametrize("stopping", ["auto", "gradstop"])
def test_a_full_fit_keeps_the_epoch_of_the_local_one_and_scores_alike(spark, table, stopping, agrees):
    frame, names = framed(spark, table, 2)
    # Each exchange is a job, which takes far longer than what it computes here.
    parameters = {"epochs": 6, "early_stopping": stopping}
    local = gradstop.AutoEncoder(**parameters).fit(table)
    model = on_spark.SparkAutoEncoder(featuresCols=names, mode="full", **parameters).fit(frame)
    agrees(local, model.detector)


def test_members_in_tasks_are_the_local_ensemble_to_the_last_bit(spark, table):
    frame, names = framed(spark, table)
    parameters = {"ensemble": 3, "epochs": 10}
    local = gradstop.AutoEncoder(**parameters).fit(table)
    model = on_spark.SparkAutoEncoder(featuresCols=names, mode="ensemble", **parameters).fit(frame)
    # Columns have names here.
    assert np.array_equal(model.detector.decision_scores_, local.decision_scores_)
    assert np.array_equal(scores(model.transform(frame)), local.decision_function(table))


def test_partitions_of_parquet_are_fitted_in_place(spark, table, tmp_path):
    frame, names = framed(spark, table, 4)
    frame.write.parquet(str(tmp_path / "table"))
    stored = spark.read.parquet(str(tmp_path / "table"))
    model = on_spark.SparkVAE(featuresCols=names, mode="full", epochs=3, batch_size=0).fit(stored)
    assert len(model.detector.decision_scores_) == len(table)
    assert np.isfinite(scores(model.transform(stored))).all()


@pytest.mark.parametrize("mode", ["full", "ensemble"])
def test_a_fit_that_loses_an_executor_ends_the_same(spark, mode):
    if spark.sparkContext.master.startswith("local["):
        pytest.skip("a local executor is the driver itself")
    frame, names = framed(spark, np.random.default_rng(3).normal(size=(6000, 8)), 4)
    frame = frame.persist()
    many = {"epochs": 5} if mode == "full" else {"epochs": 1500, "ensemble": 4}
    estimator = on_spark.SparkAutoEncoder(featuresCols=names, mode=mode, **many)
    calm, lossy = with_a_loss(lambda: estimator.fit(frame).detector._fitted.to_bytes(), lambda: executor(spark))
    assert calm == lossy


def test_scoring_that_loses_an_executor_ends_the_same(spark):
    if spark.sparkContext.master.startswith("local["):
        pytest.skip("a local executor is the driver itself")
    names = [f"c{at}" for at in range(10)]
    frame = spark.range(2_000_000, numPartitions=16).selectExpr("id", *[f"rand({at}) as {name}" for at, name in enumerate(names)])
    model = on_spark.SparkAutoEncoder(featuresCols=names, sample_rows=500, epochs=5).fit(frame)

    def total() -> tuple:
        return model.transform(frame).selectExpr("sum(prediction)", "count(*)", "bit_xor(hash(outlier_score))").first()

    calm, lossy = with_a_loss(total, lambda: executor(spark))
    assert calm == lossy and calm[1] == 2_000_000


@pytest.mark.parametrize("table", ["cardio"], indirect=True)
def test_parts_of_any_size_are_the_table(spark, cuts, agrees):
    table = np.concatenate(cuts)
    names = [f"c{at}" for at in range(table.shape[1])]
    numbered = [(at, *map(float, row)) for at, row in enumerate(table)]
    starts = np.cumsum([0, *map(len, cuts)])
    parts = [numbered[start:end] for start, end in zip(starts, starts[1:])]
    frame = spark.sparkContext.parallelize(parts, len(parts)).flatMap(list).toDF(["id", *names])
    assert frame.rdd.getNumPartitions() == len(cuts)
    for mode, parameters in (("ensemble", {"epochs": 5, "ensemble": 2}), ("full", {"epochs": 3})):
        local = gradstop.AutoEncoder(**parameters).fit(table)
        model = on_spark.SparkAutoEncoder(featuresCols=names, mode=mode, **parameters).fit(frame)
        if mode == "full":
            agrees(local, model.detector)
        else:
            assert np.array_equal(model.detector.decision_scores_, local.decision_scores_)
    assert np.array_equal(scores(model.transform(frame)), model.detector.decision_function(table))


@pytest.mark.parametrize("table", ["cardio"], indirect=True)
def test_columns_of_any_kind_are_prepared_as_one_process_does(spark, messy):
    names = list(messy.columns)
    frame = spark.createDataFrame(messy.assign(id=range(len(messy)))).repartition(4, "id").sortWithinPartitions("id").persist()
    # In the order of the partitions, as a fit takes them.
    local_rows = frame.toPandas()[names]
    for name, parameters in (("ECOD", {"missing": "median", "scale": "quantile"}), ("AutoEncoder", {"missing": "indicator", "epochs": 5})):
        local = getattr(gradstop, name)(**parameters).fit(local_rows)
        model = getattr(on_spark, f"Spark{name}")(featuresCols=names, **parameters).fit(frame)
        assert model.detector.preparation_ == local.preparation_
        assert model.detector._fitted.to_bytes() == local._fitted.to_bytes()
        assert np.array_equal(scores(model.transform(frame)), local.decision_function(messy))
    few = on_spark.SparkECOD(featuresCols=names, missing="mean", sample_rows=100).fit(frame).detector
    rows = gradstop._gradstop.sample_rows(0, 0, len(messy), 100)
    assert few._fitted.to_bytes() == gradstop.ECOD(missing="mean").fit(local_rows.iloc[rows])._fitted.to_bytes()
    frame.unpersist()


@pytest.mark.parametrize("table", ["breastw"], indirect=True)
def test_vectors_with_missing_cells_are_prepared_as_one_process_does(spark, table):
    table[3, 2] = np.nan
    frame, names = framed(spark, table)
    assembled = VectorAssembler(inputCols=names, outputCol="features", handleInvalid="keep").transform(frame)
    model = on_spark.SparkECOD(missing="mean").fit(assembled)
    local = gradstop.ECOD(missing="mean").fit(table)
    assert np.array_equal(scores(model.transform(assembled)), local.decision_function(table))


@pytest.mark.parametrize("table", ["breastw"], indirect=True)
def test_what_only_a_sample_can_prepare_is_refused_elsewhere(spark, messy):
    frame = spark.createDataFrame(messy)
    hint = "where mode is 'full' (hint: mode 'sample' prepares columns of any kind)"

    def refused(columns, **parameters) -> str:
        with pytest.raises(ValueError) as raised:
            on_spark.SparkAutoEncoder(featuresCols=columns, mode="full", **parameters).fit(frame)
        return str(raised.value)

    assert refused(["c0", "c1"], missing="mean") == f"missing: got 'mean', wanted 'error' {hint}"
    assert refused(["c0", "c2"], scale="robust") == f"scale: got 'robust', wanted 'standard' {hint}"
    assert refused(["c0", "colour"]) == f"column 'colour': got string, wanted numbers {hint}"
    assert refused(["day"]) == f"column 'day': got timestamp, wanted numbers {hint}"


def test_mistakes_are_named(spark, table):
    frame, names = framed(spark, table)
    with pytest.raises(ValueError, match="mode: got 'all', wanted one of sample, ensemble, full"):
        on_spark.SparkECOD(featuresCols=names, mode="all").fit(frame)
    with pytest.raises(ValueError, match="Invalid parameter 'epoch' for SparkAutoEncoder"):
        on_spark.SparkAutoEncoder().setParams(epoch=3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        on_spark.SparkAutoEncoder(epoch=3)
    with pytest.raises(ValueError, match="autoencoder, deepsvdd or vae"):
        on_spark.SparkIForest(featuresCols=names, mode="full").fit(frame)
    model = on_spark.SparkECOD(featuresCols=names).fit(frame)
    with pytest.raises(ValueError, match="column 'outlier_score': there is one already"):
        model.transform(model.transform(frame))
