"""The stopping rule for PyTorch: gradients of single rows, and a helper that keeps the best epoch of a module.

It needs torch, which nothing else here does. A plain training loop becomes one that stops by itself with three more
lines, marked below::

    import torch
    import gradstop.torch

    model = torch.nn.Sequential(torch.nn.Linear(30, 64), torch.nn.ReLU(), torch.nn.Linear(64, 30))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    stopping = gradstop.torch.EarlyStopping(model, gradstop.GradStop())          # 1

    for epoch in range(100):
        losses = (model(rows) - rows).square().sum(dim=1)                   # the loss of each row
        stopping.observe(losses)                                            # 2: before the step
        optimizer.zero_grad()
        losses.mean().backward()
        optimizer.step()
        if stopping.end_epoch():                                            # 3: after it
            break
    stopping.restore()
    scores = (model(rows) - rows).square().sum(dim=1)                       # larger is more abnormal

``examples/torch_autoencoder.py`` is that program, whole.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from ._rules import EntropyStop, GradStop, Judgement

__all__ = ["LinearGradients", "EarlyStopping", "row_gradients"]

#: Modules without parameters through which no row's loss reaches another row.
ELEMENTWISE = (
    nn.Dropout,
    nn.ELU,
    nn.GELU,
    nn.Hardtanh,
    nn.Identity,
    nn.LeakyReLU,
    nn.ReLU,
    nn.Sigmoid,
    nn.SiLU,
    nn.Softplus,
    nn.Tanh,
)

#: Gradients of this many rows are held beside each other at a time.
CHUNK_ROWS = 64


def row_gradients(losses: Tensor, parameters: Iterable[Tensor], rows: Sequence[int] | None = None) -> Tensor:
    """Gradients of single rows' losses, for any module, by differentiating the pass that trains once for each row.

    The rows may depend on each other, as they do through a batch-norm, and random masks are those of the pass itself.

    Parameters
    ----------
    losses : Tensor of shape (rows,)
        The loss of each row, from a forward pass whose graph is still there.
    parameters : iterable of Tensor
        What to differentiate by; those that need no gradient are left out.
    rows : sequence of int, optional
        Rows whose gradients are wanted; all if not given.

    Returns
    -------
    Tensor of shape (rows, parameters)
        All parameters one behind the other.
    """
    if losses.ndim != 1:
        raise ValueError(f"losses: got shape {tuple(losses.shape)}, wanted (rows,): the loss of each row, not their mean")
    wanted = [parameter for parameter in parameters if parameter.requires_grad]
    chosen = torch.arange(len(losses)) if rows is None else torch.as_tensor(rows, dtype=torch.long)

    def of_one(direction: Tensor) -> Tensor:
        gradients = torch.autograd.grad(losses, wanted, direction, retain_graph=True, allow_unused=True)
        parts = zip(wanted, gradients)
        return torch.cat([torch.zeros_like(p).flatten() if g is None else g.flatten() for p, g in parts])

    chunks = []
    for some in chosen.split(CHUNK_ROWS):
        directions = torch.zeros(len(some), len(losses), dtype=losses.dtype, device=losses.device)
        directions[torch.arange(len(some)), some] = 1.0
        chunks.append(torch.func.vmap(of_one)(directions).detach())
    return torch.cat(chunks)


class LinearGradients:
    """Gradients of single rows in closed form, for modules of linear layers with element-wise functions between them.

    The gradient of a row in a linear layer is the outer product of its error and its input, so norms and dot products
    need one backward pass in all, and no gradient is ever formed.

    Parameters
    ----------
    module : nn.Module
        Its forward passes are watched from now on.

    Raises
    ------
    ValueError
        If it has a layer for which this does not hold; :func:`row_gradients` can do those.

    Examples
    --------
    ::

        watched = LinearGradients(model)
        losses = (model(rows) - rows).square().sum(dim=1)
        norms, products = watched.norms_and_products(losses, [0, 5, 9])
    """

    def __init__(self, module: nn.Module) -> None:
        if not self.suits(module):
            raise ValueError("got a module that is more than linear layers and element-wise functions, which row_gradients can do")
        self._seen: list[tuple[nn.Linear, Tensor, Tensor]] = []
        module.register_forward_pre_hook(lambda *_: self._seen.clear())
        for layer in module.modules():
            if isinstance(layer, nn.Linear):
                layer.register_forward_hook(self._see)

    @staticmethod
    def suits(module: nn.Module) -> bool:
        """Whether a module has nothing but linear layers, each used once, and element-wise functions."""
        parts = [part for _, part in module.named_modules(remove_duplicate=False)]
        parameters = [parameter for part in parts if isinstance(part, nn.Linear) for parameter in part.parameters()]
        return (
            type(module) in (nn.Linear, nn.Sequential)
            and all(type(part) in (nn.Linear, nn.Sequential, *ELEMENTWISE) for part in parts)
            # In place, a function overwrites the output that the error is taken at.
            and not any(getattr(part, "inplace", False) for part in parts)
            and len({id(parameter) for parameter in parameters}) == len(parameters)
            and all(parameter.requires_grad for parameter in parameters)
        )

    def _see(self, layer: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
        if isinstance(layer, nn.Linear) and output.requires_grad:
            self._seen.append((layer, inputs[0].detach(), output))

    def norms_and_products(self, losses: Tensor, rows: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lengths of rows' gradients, and the dot products between them, from the last forward pass.

        Parameters
        ----------
        losses : Tensor of shape (rows,)
            The loss of each row in that pass.
        rows : sequence of int
            The rows whose gradients are looked at.

        Returns
        -------
        norms : array of shape (rows,)
        products : array of shape (rows, rows)
        """
        if not self._seen:
            raise ValueError("there was no forward pass with gradients to look at")
        if any(inputs.ndim != 2 for _, inputs, _ in self._seen):
            raise ValueError("a linear layer was given more than a vector a row, which row_gradients can do")
        chosen = torch.as_tensor(rows, dtype=torch.long, device=losses.device)
        errors = torch.autograd.grad(losses.sum(), [output for _, _, output in self._seen], retain_graph=True)
        total = torch.zeros(len(chosen), len(chosen), dtype=torch.float64, device=losses.device)
        for (layer, inputs, _), error in zip(self._seen, errors):
            a, delta = inputs[chosen].double(), error[chosen].double()
            total += (delta @ delta.T) * (a @ a.T + (layer.bias is not None))
        products = total.cpu().numpy()
        return np.sqrt(np.diagonal(products).clip(min=0)), products


class EarlyStopping:
    """Lets a rule decide when the training of a module ends, and keeps the epoch that it likes best.

    Parameters
    ----------
    module : nn.Module
        What is trained. Its parameters and buffers are kept, in the memory of their device.
    rule : GradStop or EntropyStop
        The rule. It is reset, so that it sees this training alone.
    probe_size : int, default 400
        Rows whose gradients GradStop looks at, drawn once from those that :meth:`observe` is shown first; all if there
        are fewer. With mini-batches show it a batch that has the same rows in the same places in every epoch.
    random_state : int, default 0
        Seed of that draw.

    Attributes
    ----------
    best_epoch : int or None
        The epoch that :meth:`restore` restores, from 0.
    judgements : list of Judgement
        What the rule said of each epoch.
    """

    def __init__(
        self, module: nn.Module, rule: GradStop | EntropyStop, *, probe_size: int = 400, random_state: int = 0
    ) -> None:
        if probe_size < 2:
            raise ValueError(f"probe_size: got {probe_size}, wanted at least 2")
        self.rule, self.judgements = rule, list[Judgement]()
        self._module, self._probe_size, self._seed = module, probe_size, random_state
        self._closed = LinearGradients(module) if LinearGradients.suits(module) else None
        self._probe: NDArray[np.intp] | None = None
        self._judgement: Judgement | None = None
        self._first: dict[str, Tensor] | None = None
        self._best: dict[str, Tensor] | None = None
        rule.reset()

    @property
    def best_epoch(self) -> int | None:
        return self.rule.best_epoch

    def observe(self, losses: Tensor) -> None:
        """Look at an epoch's gradients, between its forward pass in training mode and the optimizer's step.

        Parameters
        ----------
        losses : Tensor of shape (rows,)
            The loss of each row, with its graph, not yet averaged. EntropyStop looks at none of it.
        """
        if not isinstance(self.rule, GradStop):
            return
        if losses.ndim != 1:
            raise ValueError(f"losses: got shape {tuple(losses.shape)}, wanted (rows,): the loss of each row, not their mean")
        if self._probe is None:
            count = min(self._probe_size, len(losses))
            drawn = np.random.default_rng(self._seed).choice(len(losses), count, replace=False)
            self._probe = np.sort(drawn)
        if len(losses) <= self._probe[-1]:
            raise ValueError(f"losses: got {len(losses)} rows, but the probe has row {self._probe[-1]}")
        needed = self.rule.needs()
        rows = self._probe if needed is None else self._probe[needed]
        if self._closed is not None:
            norms, products = self._closed.norms_and_products(losses, rows.tolist())
            self._judgement = self.rule.step(norms=norms, products=products, rows=needed)
        else:
            gradients = row_gradients(losses, self._module.parameters(), rows.tolist())
            self._judgement = self.rule.step(gradients.cpu().numpy(), rows=needed)

    def end_epoch(self, scores: Tensor | ArrayLike | None = None) -> bool:
        """End an epoch after its optimizer's step: take a snapshot if it is the best.

        Parameters
        ----------
        scores : array of shape (rows,), for EntropyStop
            Scores of the rows now, in evaluation mode.

        Returns
        -------
        bool
            Whether the training ends here.
        """
        if isinstance(self.rule, EntropyStop):
            if scores is None:
                raise ValueError("EntropyStop judges the scores of the rows, which end_epoch was not given")
            values = scores.detach().cpu().numpy() if isinstance(scores, Tensor) else scores
            self._judgement = self.rule.step(values)
        judgement = self._judgement
        if judgement is None:
            raise ValueError("an epoch ends that nobody observed (hint: call observe before the optimizer's step)")
        self._judgement = None
        self.judgements.append(judgement)
        if judgement.is_best:
            self._best = self._snapshot()
        if judgement.epoch == 0:
            self._first = self._best
        return judgement.stops

    def restore(self) -> int:
        """Put the module back to the epoch that the rule keeps.

        Returns
        -------
        int
            That epoch, from 0.
        """
        kept = self._first if self.best_epoch == 0 else self._best
        if kept is None or self.best_epoch is None:
            raise ValueError("no epoch has ended yet")
        self._module.load_state_dict(kept)
        return self.best_epoch

    def _snapshot(self) -> dict[str, Tensor]:
        return copy.deepcopy(self._module.state_dict())
