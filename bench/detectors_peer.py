#!/usr/bin/env python3
"""The other side of the comparison of detectors: a line server, as in `epoch_peer.py`.

Networks are trained by plain PyTorch loops of the same networks, full batch; the methods without a network are PyOD's, or
scikit-learn's where PyOD only wraps it. Each line `N` on standard input runs N epochs, or N fits with the scores of the
fitted rows, and is answered with the milliseconds of one.

    python bench/detectors_peer.py --detector deepsvdd --rows 10000 --columns 30 --threads 2
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import torch
import torch.nn.functional as F
from epoch_peer import Epoch, auto_encoder, serve, standardised_table
from torch import Tensor, nn

MEMBERS, DEPTHS = 4, 3


def stepped(parameters: list[nn.Parameter], optimizer: torch.optim.Optimizer, loss, clip: float | None = None) -> Epoch:
    def epoch() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()

    return epoch


def autoencoder(table: Tensor) -> Epoch:
    network = auto_encoder(table.shape[1])
    optimizer = torch.optim.Adam(network.parameters(), lr=0.005, fused=True)
    return stepped([], optimizer, lambda: F.mse_loss(network(table), table, reduction="sum") / len(table))


def deepsvdd(table: Tensor) -> Epoch:
    network = nn.Sequential(
        *(nn.Linear(table.shape[1], 64, bias=False), nn.ReLU(inplace=True)),
        *(nn.Linear(64, 32, bias=False), nn.ReLU(inplace=True)),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001, fused=True)
    return stepped([], optimizer, lambda: network(table).square().sum() / len(table))


def vae(table: Tensor) -> Epoch:
    def hidden(widths: list[int]) -> list[nn.Module]:
        layers: list[nn.Module] = []
        for inputs, outputs in zip(widths, widths[1:]):
            layers += [nn.Linear(inputs, outputs), nn.ReLU(inplace=True), nn.Dropout(0.2)]
        return layers

    columns = table.shape[1]
    encoder = nn.Sequential(*hidden([columns, 128, 64, 32]))
    heads = nn.Linear(32, 4)
    decoder = nn.Sequential(*hidden([2, 32, 64, 128]), nn.Linear(128, columns), nn.Sigmoid())
    parameters = [*encoder.parameters(), *heads.parameters(), *decoder.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.01, weight_decay=1e-5, fused=True)

    def loss() -> Tensor:
        mean, log_variance = heads(encoder(table)).chunk(2, dim=1)
        code = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return F.mse_loss(decoder(code), table)

    return stepped(parameters, optimizer, loss)


def rdp(table: Tensor) -> Epoch:
    columns = table.shape[1]
    target = nn.Sequential(nn.Linear(columns, 50), nn.LeakyReLU(0.25))
    network = nn.Sequential(nn.Linear(columns, 50), nn.LeakyReLU(0.2), nn.Dropout(0.2))
    parameters = list(network.parameters())
    optimizer = torch.optim.SGD(parameters, lr=0.5, momentum=0.9)

    def loss() -> Tensor:
        # The partners' outputs are taken from the rows' own, as ours are: half the work of a second pass.
        partners = torch.randperm(len(table))
        with torch.no_grad():
            wanted = target(table)
            wanted_hat = F.normalize(wanted, p=1, dim=1)
            wanted_product = (wanted_hat * wanted_hat[partners]).sum(dim=1)
        got = network(table)
        got_hat = F.normalize(got, p=1, dim=1)
        product = (got_hat * got_hat[partners]).sum(dim=1)
        return F.mse_loss(got, wanted) + F.mse_loss(product, wanted_product)

    return stepped(parameters, optimizer, loss, clip=0.1)


def randnet(table: Tensor) -> Epoch:
    columns = table.shape[1]
    epochs = []
    for _ in range(10):
        network = nn.Sequential(
            *(nn.Linear(columns, 64), nn.Sigmoid(), nn.Dropout(0.2)),
            *(nn.Linear(64, columns), nn.Sigmoid()),
        )
        for layer in (network[0], network[3]):
            mask = (torch.rand_like(layer.weight) < math.exp(-1)).float()
            layer.weight.data *= mask
            layer.weight.register_hook(lambda gradient, mask=mask: gradient * mask)
        optimizer = torch.optim.RMSprop(network.parameters(), lr=0.005)
        epochs.append(stepped([], optimizer, lambda network=network: F.mse_loss(network(table), table)))

    def epoch() -> None:
        for one in epochs:
            one()

    return epoch


class SharedLayer(nn.Module):
    """A dense layer whose weight all members share; each scales its inputs and outputs."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, outputs, bias=False)
        self.inputs = nn.Parameter(1 + 0.5 * torch.randn(MEMBERS, 1, inputs))
        self.outputs = nn.Parameter(1 + 0.5 * torch.randn(MEMBERS, 1, outputs))
        self.bias = nn.Parameter(torch.zeros(MEMBERS, 1, outputs))

    def forward(self, rows: Tensor) -> Tensor:
        return self.dense(rows * self.inputs) * self.outputs + self.bias


def robod(table: Tensor) -> Epoch:
    columns = table.shape[1]
    widths = [max(1, int(columns / 1.5**depth)) for depth in range(DEPTHS + 1)]
    encoders = nn.ModuleList(SharedLayer(a, b) for a, b in zip(widths, widths[1:]))
    decoders = nn.ModuleList(SharedLayer(b, a) for a, b in zip(widths, widths[1:]))
    parameters = [*encoders.parameters(), *decoders.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.005, fused=True)
    count = len(table) // MEMBERS * MEMBERS
    rows = table[:count].view(MEMBERS, count // MEMBERS, columns)

    def loss() -> Tensor:
        total, code = torch.zeros(()), rows
        for depth in range(DEPTHS):
            code = encoders[depth](code).relu()
            output = code
            for layer in range(depth, 0, -1):
                output = decoders[layer](output).relu()
            total = total + F.mse_loss(decoders[0](output).sigmoid(), rows)
        return total

    return stepped(parameters, optimizer, loss)


NETWORKS = {
    "autoencoder": autoencoder,
    "deepsvdd": deepsvdd,
    "vae": vae,
    "rdp": rdp,
    "randnet": randnet,
    "robod": robod,
}


def classical(name: str, rows: np.ndarray, threads: int) -> Epoch:
    from pyod.models.cblof import CBLOF
    from pyod.models.ecod import ECOD
    from pyod.models.gmm import GMM
    from pyod.models.knn import KNN
    from pyod.models.lof import LOF
    from sklearn.ensemble import IsolationForest

    def fitted(detector) -> None:
        assert np.isfinite(detector.fit(rows).decision_scores_).all()

    def forest() -> None:
        # Without PyOD's wrapper, which copies; n_jobs also speeds up the scoring.
        model = IsolationForest(n_estimators=100, max_samples=256, n_jobs=threads).fit(rows)
        assert np.isfinite(model.score_samples(rows)).all()

    return {
        "iforest": forest,
        "ecod": lambda: fitted(ECOD(n_jobs=1)),
        "knn": lambda: fitted(KNN(n_jobs=threads)),
        "lof": lambda: fitted(LOF(n_jobs=threads)),
        "cblof": lambda: fitted(CBLOF(n_jobs=threads)),
        "gmm": lambda: fitted(GMM()),
    }[name]


def main() -> None:
    parser = argparse.ArgumentParser(description="Time epochs or fits of a peer, on request.")
    parser.add_argument("--detector", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--columns", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    table = standardised_table(arguments.rows, arguments.columns, 0)
    if arguments.detector in NETWORKS:
        epoch = NETWORKS[arguments.detector](table)
    else:
        epoch = classical(arguments.detector, table.numpy(), arguments.threads)
    epoch()
    serve(epoch)


if __name__ == "__main__":
    main()
