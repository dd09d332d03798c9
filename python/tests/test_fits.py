"""How fits go on: threads, progress, interruption, messages, history."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from helpers import NETWORKS, make

import gradstop


def test_threads_change_no_bit(name, table, new_rows):
    one, two = (make(name, n_threads=threads).fit(table) for threads in (1, 2))
    assert (one.decision_scores_ == two.decision_scores_).all()
    assert (one.decision_function(new_rows) == two.decision_function(new_rows)).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_history_tells_of_every_epoch(name, table):
    detector = make(name, watch="all").fit(table)
    history = detector.history_
    several = "member" in history
    assert several == (name == "RandNet")
    assert {len(figures) for figures in history.values()} == {len(history["epoch"])}
    assert np.isfinite(history["loss"]).all()
    assert set(history["decision"]) <= {"continue", "best", "join", "stop"}
    assert np.all(np.asarray(detector.best_epoch_) < 12)
    reasons = [detector.stop_reason_] if isinstance(detector.stop_reason_, str) else detector.stop_reason_
    assert set(reasons) <= {"patience", "diverged", "epochs_used_up"}
    frame = history.to_pandas()
    assert list(frame.columns) == list(history) and len(frame) == len(history["epoch"])


def test_history_has_what_the_rule_measured(table):
    by_gradients = gradstop.AutoEncoder(epochs=5, early_stopping="gradstop").fit(table).history_
    assert np.isfinite(by_gradients["gap"]).all() and np.isnan(by_gradients["entropy"]).all()
    by_scores = gradstop.AutoEncoder(epochs=5, early_stopping="entropystop").fit(table).history_
    assert np.isnan(by_scores["gap"]).all() and np.isfinite(by_scores["entropy"]).all()
    averaged = gradstop.AutoEncoder(epochs=5, early_stopping=gradstop.EpochAverage(epoch_spacing=1)).fit(table)
    assert "join" in averaged.history_["decision"] and np.isfinite(averaged.history_["skewness"]).any()
    none = gradstop.AutoEncoder(epochs=5, early_stopping="none").fit(table)
    assert (none.best_epoch_, none.stop_reason_) == (4, "epochs_used_up")
    assert "no rule" in none.stop_explanation_


def test_detectors_without_epochs_have_no_history(table):
    assert not hasattr(gradstop.KNN().fit(table), "history_")


def test_rule_objects_bring_their_settings(table):
    impatient = gradstop.AutoEncoder(early_stopping=gradstop.EntropyStop(patience=1), trim=0.0, epochs=50).fit(table)
    assert impatient.stop_reason_ == "patience"
    assert len(impatient.history_["epoch"]) < 50
    off = gradstop.GradStop(divergence_limit=float("inf"))
    assert gradstop.AutoEncoder(early_stopping=off, epochs=5).fit(table).stop_reason_ == "epochs_used_up"
    strict = gradstop.GradStop(divergence_limit=0.0, patience=4)
    assert gradstop.AutoEncoder(early_stopping=strict, epochs=50).fit(table).best_epoch_ == 0


def test_a_callback_sees_every_epoch_in_order(table):
    seen = []
    detector = gradstop.AutoEncoder(epochs=7, early_stopping="none").fit(table, callback=seen.append)
    assert [epoch["epoch"] for epoch in seen] == list(range(7))
    assert {epoch["epochs"] for epoch in seen} == {7}
    assert [epoch["loss"] for epoch in seen] == list(detector.history_["loss"])
    quiet = gradstop.AutoEncoder(epochs=7, early_stopping="none").fit(table)
    assert (quiet.decision_scores_ == detector.decision_scores_).all()


def test_what_a_callback_raises_ends_the_fit(table):
    class Enough(Exception):
        pass

    seen = []

    def callback(epoch):
        seen.append(epoch)
        if epoch["epoch"] == 3:
            raise Enough

    detector = gradstop.AutoEncoder(epochs=10**9, early_stopping="none")
    with pytest.raises(Enough):
        detector.fit(table, callback=callback)
    assert len(seen) == 4
    assert not hasattr(detector, "threshold_")


def test_other_threads_run_while_a_fit_does(table):
    """A fit that held the interpreter's lock would never see the event, and this would never end."""
    over, ended = threading.Event(), threading.Event()

    def callback(epoch):
        if over.is_set():
            raise StopIteration

    def fit():
        try:
            gradstop.AutoEncoder(epochs=10**9, early_stopping="none").fit(table, callback=callback)
        except StopIteration:
            ended.set()

    worker = threading.Thread(target=fit)
    worker.start()
    over.set()
    worker.join(60)
    assert ended.is_set()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill")
@pytest.mark.parametrize("parameters", ["early_stopping='none'", "ensemble=4"])
def test_ctrl_c_ends_a_fit(parameters):
    program = f"""if True:
        import numpy, gradstop
        rows = numpy.random.default_rng(0).normal(size=(500, 6))
        print("ready", flush=True)
        detector = gradstop.AutoEncoder(epochs=10**9, {parameters})
        try:
            detector.set_params(early_stopping="none").fit(rows)
        except KeyboardInterrupt:
            print("ended", gradstop.AutoEncoder(epochs=2).fit(rows).stop_reason_)
    """
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert said == "ended epochs_used_up\n"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_can_fit(table):
    wanted = gradstop.AutoEncoder(epochs=3).fit(table).decision_scores_
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=lambda: theirs.send(gradstop.AutoEncoder(epochs=3).fit(table).decision_scores_))
    child.start()
    try:
        assert ours.poll(60), "the child hangs"
        assert (ours.recv() == wanted).all()
    finally:
        child.kill()
        child.join()


def test_messages_go_to_the_log_and_nowhere_else(table, caplog, capfd):
    with caplog.at_level(logging.DEBUG, logger="gradstop"):
        gradstop.AutoEncoder(epochs=3, early_stopping="none").fit(table)
    levels = [(record.levelname, record.name) for record in caplog.records]
    assert levels.count(("DEBUG", "gradstop")) == 3
    assert "fitted to 200 rows of 4 columns" in caplog.text
    assert "kept epoch 2" in caplog.text
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings("default::gradstop.FitWarning")
def test_a_fit_warns_of_what_its_user_should_know(table):
    rows = np.column_stack([table, np.ones(200)])
    with pytest.warns(gradstop.FitWarning, match="1 column holds one value only .*: x4"):
        gradstop.ECOD().fit(rows)
    # Its scores may be all equal as well, which is a warning of its own.
    collapse = gradstop.DeepSVDD(preset="paper", early_stopping="none", epochs=400, learning_rate=0.01)
    with pytest.warns(gradstop.FitWarning, match="the network has collapsed"):
        collapse.fit(table)


def test_a_training_that_diverges_is_an_error_of_its_own(table):
    detector = gradstop.AutoEncoder(optimizer="sgd", learning_rate=1e9, batch_norm="none", early_stopping="none")
    with pytest.raises(gradstop.DivergedError, match="diverged in epoch"):
        detector.fit(table)


def test_a_rule_that_has_no_closed_form_is_a_value_error(table):
    with pytest.raises(ValueError, match="batch-norm"):
        gradstop.AutoEncoder(hidden=[8, 4], batch_norm="all", early_stopping="gradstop").fit(table)
