"""Scores a folder of Parquet files on a Ray cluster with a model file that every worker can read.

    python examples/ray_score.py model.gradstop FOLDER OUTPUT
"""

from __future__ import annotations

import sys

import gradstop


class Score:
    """A detector that is read once a worker. Larger scores are more abnormal."""

    def __init__(self, path: str) -> None:
        self.detector = gradstop.load(path)
        # Workers share the machine; the scores are the same on any number of threads.
        self.detector.n_threads = 1

    def __call__(self, batch):
        columns = list(self.detector.feature_names_in_)
        return batch.assign(outlier_score=self.detector.decision_function(batch[columns]))


def main(model: str, folder: str, output: str) -> None:
    import ray

    rows = ray.data.read_parquet(folder)
    # A pool that may begin with one worker: workers that took every processor would wait for rows that nobody can read.
    workers = ray.data.ActorPoolStrategy(min_size=1, max_size=8)
    scored = rows.map_batches(Score, fn_constructor_args=[model], batch_format="pandas", compute=workers)
    scored.write_parquet(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
