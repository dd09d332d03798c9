"""What a bench measured."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def measured(results: Path) -> list[tuple]:
    """What a file of results says that no clock and no machine has a part in, cell by cell."""
    with closing(sqlite3.connect(results)) as store:
        cells = """select cell, state, error, rows, columns, outliers, table_checksum, auc_by_epoch, oracle_epoch, oracle_auc, warnings
            from cells order by cell"""
        rows = """select cells.cell, stop, auc, average_precision, precision_at_n, epoch_kept, epochs_run, reason, share_of_gain,
            scores_checksum from results join cells on cells.id = results.cell order by cells.cell, stop"""
        return store.execute(cells).fetchall() + store.execute(rows).fetchall()
