"""Gradients of single rows: from gradstop.torch, and from plain differentiation, row by row.

Runs where torch is installed, which is too large for `./check`; `records/torch.md` says when it last was and how close
they came.
"""

from __future__ import annotations

import copy

import numpy as np
import pytest

import gradstop

torch = pytest.importorskip("torch")

import gradstop.torch as ours  # noqa: E402

ROWS, TOLERANCE = 24, 1e-4


def stack(seed: int):
    """A random stack of linear layers with tanh between them, and rows."""
    rng = np.random.default_rng(seed)
    columns = int(rng.integers(2, 12))
    widths = [int(width) for width in rng.integers(1, 20, size=rng.integers(1, 4))]
    torch.manual_seed(seed)
    layers = []
    for inputs, outputs in zip([columns, *widths], [*widths, columns]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.Tanh()]
    rows = rng.normal(size=(ROWS, columns)).astype(np.float32)
    return torch.nn.Sequential(*layers[:-1]), rows


def losses_of(model, rows):
    return (model(rows) - rows).square().sum(dim=1)


def plain_gradients(model, losses):
    """One backward pass for each row."""
    wanted = list(model.parameters())
    rows = []
    for loss in losses:
        gradients = torch.autograd.grad(loss, wanted, retain_graph=True)
        rows.append(torch.cat([gradient.flatten() for gradient in gradients]))
    return torch.stack(rows).double().numpy()


def differences(seed: int) -> dict[str, float]:
    """Largest relative differences from plain differentiation, in norms and in dot products."""
    model, values = stack(seed)
    rows = torch.from_numpy(values)
    watched = ours.LinearGradients(model)
    losses = losses_of(model, rows)
    plain = plain_gradients(model, losses)
    norms = np.linalg.norm(plain, axis=1)
    products = plain @ plain.T
    # A dot product is compared with the lengths that it is made of: it may be near 0 by chance.
    scale = np.outer(norms, norms)
    closed = watched.norms_and_products(losses, range(ROWS))
    general = ours.row_gradients(losses, model.parameters()).double().numpy()
    found = {
        "closed form": closed,
        "torch.func": (np.linalg.norm(general, axis=1), general @ general.T),
    }
    result = {}
    for name, (other_norms, other_products) in found.items():
        result[f"{name}, norms"] = float((np.abs(other_norms - norms) / norms).max())
        result[f"{name}, products"] = float((np.abs(other_products - products) / scale).max())
    return result


@pytest.mark.parametrize("seed", range(20))
def test_norms_and_products_agree_on_random_networks(seed):
    assert all(difference < TOLERANCE for difference in differences(seed).values()), differences(seed)


def test_the_general_case_holds_through_a_batch_norm_and_a_dropout():
    """Rows reach each other there, so the pass itself must be differentiated."""
    torch.manual_seed(0)
    layers = [torch.nn.Linear(5, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(8, 5)]
    model = torch.nn.Sequential(*layers)
    losses = losses_of(model, torch.randn(100, 5))
    wanted = [3, 50, 99]
    got = ours.row_gradients(losses, model.parameters(), wanted).double().numpy()
    plain = plain_gradients(model, losses)[wanted]
    np.testing.assert_allclose(got, plain, rtol=TOLERANCE, atol=TOLERANCE * np.abs(plain).max())


def test_only_stacks_of_linear_layers_have_the_closed_form():
    linear = torch.nn.Linear(3, 3)
    for module, suits in [
        (torch.nn.Sequential(linear, torch.nn.ReLU(), torch.nn.Linear(3, 3)), True),
        (torch.nn.Sequential(torch.nn.Sequential(linear, torch.nn.Dropout(0.1))), True),
        (torch.nn.Sequential(linear, torch.nn.BatchNorm1d(3)), False),
        (torch.nn.Sequential(linear, torch.nn.ReLU(inplace=True)), False),
        (torch.nn.Sequential(linear, torch.nn.Tanh(), linear), False),
        (torch.nn.Sequential(linear, torch.nn.Softmax(dim=0)), False),
        (torch.nn.MultiheadAttention(4, 2), False),
    ]:
        assert ours.LinearGradients.suits(module) == suits, module
    with pytest.raises(ValueError, match="which row_gradients can do"):
        ours.LinearGradients(torch.nn.BatchNorm1d(3))


def train(model, rows, stopping, epochs=40):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    states = []
    for _ in range(epochs):
        losses = losses_of(model, rows)
        stopping.observe(losses)
        optimizer.zero_grad()
        losses.mean().backward()
        optimizer.step()
        states.append(copy.deepcopy(model.state_dict()))
        model.eval()
        scores = losses_of(model, rows)
        model.train()
        if stopping.end_epoch(scores):
            break
    return states


@pytest.mark.parametrize("rule", [gradstop.GradStop(set_size=5, patience=6), gradstop.EntropyStop(patience=4)])
@pytest.mark.parametrize("coupled", [False, True])
def test_stopping_restores_the_epoch_that_the_rule_keeps(rule, coupled):
    torch.manual_seed(1)
    norm = [torch.nn.BatchNorm1d(6)] if coupled else []
    model = torch.nn.Sequential(torch.nn.Linear(4, 6), *norm, torch.nn.Tanh(), torch.nn.Linear(6, 4))
    rows = torch.randn(120, 4)
    stopping = ours.EarlyStopping(model, rule, probe_size=50)
    states = train(model, rows, stopping)
    assert len(stopping.judgements) == len(states)
    kept = stopping.restore()
    assert kept == stopping.best_epoch == rule.best_epoch
    assert all(torch.equal(value, states[kept][key]) for key, value in model.state_dict().items())


def test_the_closed_form_and_the_general_case_decide_the_same():
    judgements = []
    for general in (False, True):
        torch.manual_seed(2)
        model = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 4))
        stopping = ours.EarlyStopping(model, gradstop.GradStop(set_size=5), probe_size=50)
        if general:
            stopping._closed = None
        train(model, torch.randn(120, 4), stopping)
        judgements.append(stopping.judgements)
    assert [j.decision for j in judgements[0]] == [j.decision for j in judgements[1]]


def test_misuse_is_explained():
    model = torch.nn.Sequential(torch.nn.Linear(3, 3))
    stopping = ours.EarlyStopping(model, gradstop.GradStop())
    with pytest.raises(ValueError, match="not their mean"):
        stopping.observe(losses_of(model, torch.ones(5, 3)).mean())
    with pytest.raises(ValueError, match="nobody observed"):
        stopping.end_epoch()
    with pytest.raises(ValueError, match="no epoch has ended"):
        stopping.restore()
    with pytest.raises(ValueError, match="which end_epoch was not given"):
        ours.EarlyStopping(model, gradstop.EntropyStop()).end_epoch()
    with pytest.raises(ValueError, match="probe_size"):
        ours.EarlyStopping(model, gradstop.GradStop(), probe_size=1)


def record() -> str:
    """What `records/torch.md` says: versions, and the largest differences on the networks of the tests."""
    import platform
    from datetime import date

    found = [differences(seed) for seed in range(20)]
    lines = [f"| {key} | {max(one[key] for one in found):.1e} |" for key in found[0]]
    versions = f"gradstop {gradstop.__version__}, torch {torch.__version__}, NumPy {np.__version__}, Python {platform.python_version()}"
    return (
        f"# Gradients of single rows against plain differentiation, {date.today().isoformat()}\n\n"
        f"{versions}; written by `python python/tests/test_torch.py` after all of that file's tests had passed there.\n\n"
        f"Largest relative difference from one backward pass for each row, over {len(found)} random networks of {ROWS} rows each "
        f"(wanted: under {TOLERANCE:g}); a dot product is compared with the product of the two lengths.\n\n"
        "| from | largest difference |\n| --- | --- |\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    from pathlib import Path

    if pytest.main(["-q", __file__, "-p", "no:cacheprovider"]) == 0:
        (Path(__file__).parent / "records" / "torch.md").write_text(record())
