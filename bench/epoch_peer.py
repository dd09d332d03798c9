#!/usr/bin/env python3
"""The PyTorch side of the epoch comparison: a line server that trains the same auto-encoder.

Its modes: `train` is plain PyTorch; `train-trimmed` leaves rows out of its steps; `compiled` puts the forward pass, the loss and their backward pass through
`torch.compile`; `graph` records a whole step as a CUDA graph and replays it; `row-gradients` calls automatic
differentiation once for each of 400 probe rows; `row-gradients-batched` does so for 16 rows at a time.

It prints `ready`, then answers every line `N` on standard input with the milliseconds per epoch of N epochs.
Between two questions it does nothing, so a driver can let several such servers take turns in one run.

    python bench/epoch_peer.py --mode train --rows 10000 --columns 30 --threads 2

The allocator of the C library gives large freed blocks back to the system and so faults them in again at every
epoch. `epoch.py` starts this server with MALLOC_MMAP_MAX_=0 and MALLOC_TRIM_THRESHOLD_=4294967296, which keeps
them and saved 16 to 28 percent of the time at 10000 rows.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

HIDDEN = 64
DROPOUT = 0.2
INITIAL_SPREAD = 0.02
LEARNING_RATE = 0.005
PROBE_ROWS = 400
TRIM = 0.2  # share of the rows that no step is learned from
BLOCK_ROWS = 16  # rows differentiated at once: the best or nearly so at all four sizes, among 8, 16 and 32
MODES = ["train", "train-trimmed", "compiled", "graph", "row-gradients", "row-gradients-batched"]

Epoch = Callable[[], None]


def standardised_table(rows: int, columns: int, seed: int, device: str) -> Tensor:
    """Random numbers in columns of mean 0 and standard deviation 1: the time of an epoch does not depend on them."""
    table = np.random.default_rng(seed).standard_normal((rows, columns), dtype=np.float32)
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    return torch.from_numpy(table).to(device)


def auto_encoder(columns: int) -> nn.Sequential:
    """The project's auto-encoder, with the same initial distributions."""
    network = nn.Sequential(
        nn.Linear(columns, HIDDEN),
        nn.BatchNorm1d(HIDDEN),
        nn.ReLU(inplace=True),
        nn.Dropout(DROPOUT),
        nn.Linear(HIDDEN, columns),
    )
    for layer in (network[0], network[-1]):
        nn.init.normal_(layer.weight, std=INITIAL_SPREAD)
        nn.init.normal_(layer.bias, std=INITIAL_SPREAD)
    return network


def training_epoch(table: Tensor, compiled: bool) -> Epoch:
    """One full-batch step, each operation in the form that measured fastest on a processor.

    The loss is the mean over rows of the squared error summed over columns; `mse_loss` computes it in one pass
    where subtracting, squaring and summing takes three. Adam with `fused=True` was as fast as the `foreach`
    form and the plain loop on large tables and 15 percent faster on the smallest.
    """
    network = auto_encoder(table.shape[1]).to(table.device)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True, capturable=table.is_cuda)

    def mean_row_loss() -> Tensor:
        return F.mse_loss(network(table), table, reduction="sum") / len(table)

    loss = torch.compile(mean_row_loss) if compiled else mean_row_loss

    def epoch() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        optimizer.step()

    return epoch


def trimmed_epoch(table: Tensor) -> Epoch:
    """The same step, learned from all rows but the fifth with the largest losses.

    A mask over the losses of the pass was faster than a second pass over the rows that stay: the way back of the others costs
    less than gathering rows does.
    """
    network = auto_encoder(table.shape[1]).to(table.device)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True, capturable=table.is_cuda)
    kept = len(table) - int(TRIM * len(table))

    def epoch() -> None:
        optimizer.zero_grad(set_to_none=True)
        losses = (network(table) - table).square().sum(dim=1)
        with torch.no_grad():
            weights = (losses <= losses.kthvalue(kept).values).to(losses.dtype)
        (torch.dot(losses, weights) / kept).backward()
        optimizer.step()

    return epoch


def replayed(epoch: Epoch) -> Epoch:
    """The same step as one CUDA graph: a replay launches all its kernels at once, for which small tables wait most."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            epoch()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        epoch()
    return graph.replay


def row_gradients_epoch(table: Tensor, batched: bool) -> Epoch:
    """The gradient norms of the probe rows, by automatic differentiation of the training-mode pass.

    Batch-norm couples the rows, so the whole batch must go through the first layer. The last layer couples
    nothing and is applied to the probe rows alone, which takes most of the work out of a wide table.
    """
    network = auto_encoder(table.shape[1])
    parameters = list(network.parameters())
    encoder, decoder = network[:-1], network[-1]
    probe = torch.randperm(len(table))[:PROBE_ROWS]
    probe_table = table[probe]

    def row_losses() -> Tensor:
        return (decoder(encoder(table)[probe]) - probe_table).square().sum(dim=1)

    def row_by_row() -> None:
        for row_loss in row_losses().unbind():
            gradient = torch.autograd.grad(row_loss, parameters, retain_graph=True)
            torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradient)))

    def in_blocks() -> None:
        losses = row_losses()
        for chosen in torch.eye(len(probe)).split(BLOCK_ROWS):
            gradients = torch.autograd.grad(
                losses, parameters, grad_outputs=chosen, retain_graph=True, is_grads_batched=True
            )
            torch.stack([torch.linalg.vector_norm(part.flatten(1), dim=1) for part in gradients]).norm(dim=0)

    return in_blocks if batched else row_by_row


def epoch_of(mode: str, table: Tensor) -> Epoch:
    match mode:
        case "train":
            return training_epoch(table, compiled=False)
        case "compiled":
            return training_epoch(table, compiled=True)
        case "train-trimmed":
            return trimmed_epoch(table)
        case "graph":
            return replayed(training_epoch(table, compiled=False))
        case "row-gradients":
            return row_gradients_epoch(table, batched=False)
        case "row-gradients-batched":
            return row_gradients_epoch(table, batched=True)
    raise ValueError(mode)


def serve(epoch: Epoch, finish: Epoch) -> None:
    """Answer each requested number of epochs with the mean milliseconds of one; `finish` waits for what is under way."""
    epoch()  # what is done only once, such as compiling, is no part of an epoch's time
    finish()
    print("ready", flush=True)
    for line in sys.stdin:
        epochs = int(line)
        start = time.perf_counter()
        for _ in range(epochs):
            epoch()
        finish()
        elapsed = time.perf_counter() - start
        print(f"{1000 * elapsed / epochs:.6f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time epochs of the auto-encoder in PyTorch, on request.")
    parser.add_argument("--mode", choices=MODES, required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--columns", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(arguments.seed)
    table = standardised_table(arguments.rows, arguments.columns, arguments.seed, arguments.device)
    serve(epoch_of(arguments.mode, table), torch.cuda.synchronize if table.is_cuda else lambda: None)


if __name__ == "__main__":
    main()
