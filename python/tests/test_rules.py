"""The rules as objects, fed by hand."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import gradstop


def trainings(seed, epochs=60):
    """Gradients of 30 rows that agree less and less."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(1, 12))
    sizes = rng.uniform(0.1, 3, size=(30, 1))
    return [(sizes * (common / (1 + 0.2 * epoch) + 0.5 * rng.normal(size=(30, 12)))).astype(np.float32) for epoch in range(epochs)]


def decisions(rule, steps):
    judgements = []
    for step in steps:
        judgements.append(step(rule))
        if judgements[-1].stops:
            break
    return judgements


@pytest.mark.parametrize("seed", range(5))
def test_gradients_or_norms_and_products_or_the_needed_rows_alone_decide_the_same(seed):
    def by_products(gradients):
        exact = gradients.astype(np.float64)
        return lambda rule: rule.step(norms=np.linalg.norm(exact, axis=1), products=exact @ exact.T)

    def by_needed_rows(gradients):
        def step(rule):
            needed = rule.needs()
            return rule.step(gradients if needed is None else gradients[needed], rows=needed)

        return step

    settings = {"set_size": 5, "patience": 8, "divergence_limit": "off"}
    epochs = trainings(seed)
    whole = decisions(gradstop.GradStop(**settings), [lambda rule, g=g: rule.step(g) for g in epochs])
    for kind in (by_products, by_needed_rows):
        other = decisions(gradstop.GradStop(**settings), [kind(g) for g in epochs])
        assert [(j.epoch, j.decision, j.keep) for j in other] == [(j.epoch, j.decision, j.keep) for j in whole]
        for one, two in zip(whole, other):
            assert one.measured.keys() == two.measured.keys() == {
                "cohesion_small", "cohesion_large", "gap", "smoothed_gap", "divergence", "smoothed_divergence",
            }
            for figure in one.measured:
                assert one.measured[figure] == pytest.approx(two.measured[figure], abs=1e-6)


def test_cohesion_and_divergence_are_those_of_the_paper():
    gradients = np.array([[3, 4], [0, 1], [30, 40], [0, 30], [9, 9]], np.float32)
    judgement = gradstop.GradStop(set_size=2).step(gradients)
    small, large = gradients[:2].sum(axis=0), gradients[2:4].sum(axis=0)
    assert judgement.measured["cohesion_small"] == pytest.approx(np.linalg.norm(small) / 6)
    assert judgement.measured["cohesion_large"] == pytest.approx(np.linalg.norm(large) / 80)
    cosine = small @ large / np.linalg.norm(small) / np.linalg.norm(large)
    assert judgement.measured["divergence"] == pytest.approx(np.arccos(cosine), abs=1e-6)


def test_a_rule_stops_once_and_begins_again_after_a_reset():
    rule = gradstop.EntropyStop(patience=2)
    scores = [[1, 1, 1, 1], [1, 1, 1, 9], [1, 1, 1, 2], [1, 1, 1, 2]]
    assert [rule.step(s).decision for s in scores] == ["best", "best", "continue", "stop"]
    assert (rule.best_epoch, rule.epoch) == (1, 4)
    with pytest.raises(ValueError, match="has stopped; reset"):
        rule.step(scores[0])
    rule.reset()
    assert rule.best_epoch is None
    assert rule.step(scores[0]).is_best


def test_a_rule_that_stops_early_keeps_the_first_epoch():
    opposed = np.concatenate([np.eye(4), -100 * np.eye(4)]).astype(np.float32)
    rule = gradstop.GradStop(set_size=4, patience=4, divergence_limit=1.57)
    judgements = decisions(rule, [lambda rule: rule.step(opposed)] * 10)
    assert (judgements[-1].keep, judgements[-1].reason, rule.best_epoch) == ("first", "diverged", 0)


def test_wrong_steps_are_value_errors():
    good = np.ones((6, 3), np.float32)
    for arguments, message in [
        (((np.ones(3)),), "wanted \\(rows, parameters\\)"),
        ((np.full((6, 3), np.nan),), "finite number"),
        ((), "either gradients, or norms and products"),
    ]:
        with pytest.raises(ValueError, match=message):
            gradstop.GradStop(set_size=2).step(*arguments)
    rule = gradstop.GradStop(set_size=2)
    with pytest.raises(ValueError, match="wanted \\(rows,\\) and \\(rows, rows\\)"):
        rule.step(norms=[1, 2], products=np.eye(3))
    with pytest.raises(ValueError, match="rows: got 2 positions for the gradients of 6 rows"):
        rule.step(good, rows=[0, 1])
    with pytest.raises(ValueError, match="rows: got -1"):
        rule.step(good, rows=[-1, 0, 1, 2, 3, 4])
    rule.step(good)
    needed = rule.needs()
    assert len(needed) == 4
    with pytest.raises(ValueError, match="the gradient of row . is missing: this step looks at 4 of 6 probe rows"):
        rule.step(good[:1], rows=[int(needed[0])])
    with pytest.raises(ValueError, match="got row 6, but the first step had 6 probe rows"):
        rule.step(np.ones((7, 3)))
    for scores in ([-1, 2], [np.nan, 1], [], [[1, 2]]):
        with pytest.raises(ValueError):
            gradstop.EntropyStop().step(scores)


def test_settings_outside_their_range_are_named():
    for rule, message in [
        (gradstop.GradStop(patience=0), "patience: got 0, wanted a whole number of at least 1"),
        (gradstop.GradStop(divergence_limit=-1), "divergence_limit: got -1"),
    ]:
        with pytest.raises(ValueError, match=message):
            rule.step(np.ones((4, 2)))
    with pytest.raises(ValueError, match='patience: got "soon", wanted a whole number'):
        gradstop.EntropyStop(patience="soon").step([1, 2])
    with pytest.raises(TypeError):
        gradstop.GradStop(windows=3)


def test_copies_go_on_by_themselves_and_settings_are_pickled():
    rule = gradstop.GradStop(set_size=2, patience=30)
    other = pickle.loads(pickle.dumps(rule))
    assert other == rule and other != gradstop.GradStop() and repr(other) == "GradStop(set_size=2, patience=30)"
    rule.step(np.ones((6, 3)))
    copied = copy.deepcopy(rule)
    copied.step(np.ones((6, 3)))
    assert (rule.epoch, copied.epoch) == (1, 2)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(rule)
