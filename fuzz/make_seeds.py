#!/usr/bin/env python3
"""Makes the files in seeds/ that fuzzing starts from; wants NumPy and pyarrow:

    target/venv/bin/python fuzz/make_seeds.py
"""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet

SEEDS = Path(__file__).resolve().parent / "seeds"
TEXT = b'x0,x1,y\n1.5,-2e3,0\n"3",4,1\n5,6,0\n'
SETTINGS = {
    "network": "hidden = [3, 2]\nepochs = 2\nlearning_rate = 0.01\nbatch_size = 4\nearly_stopping = \"gradstop\"\n\n[gradstop]\npatience = 4\nset_size = 2\ndivergence_limit = \"off\"\n",
    "ensemble": "preset = \"paper\"\nensemble = 2\ncombine = \"rank\"\ncontamination = 0.25\nseed = 7\n",
    "forest": "n_estimators = 4\nmax_samples = 8\nmax_features = 0.5\n",
    "neighbours": "n_neighbors = 3\nmethod = \"mean\"\ncount_self = true\n",
}


def put(target: str, name: str, content: bytes) -> None:
    path = SEEDS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def tables() -> None:
    put("delimited", "comma.csv", TEXT)
    put("delimited", "semicolon.csv", TEXT.replace(b",", b";"))
    put("delimited", "tabs.tsv", TEXT.replace(b",", b"\t").replace(b"\n", b"\r\n"))
    put("delimited", "no_header.csv", b"1|2|3\n4|5|6\n")
    put("delimited", "text.csv.gz", gzip.compress(TEXT, mtime=0))
    put("delimited", "text.csv.bz2", bz2.compress(TEXT))
    put("delimited", "text.csv.xz", lzma.compress(TEXT))
    put("delimited", "wide.csv", TEXT.decode().encode("utf-16"))
    put("delimited", "rows.jsonl", b'{"x0":1.5,"x1":{"a":-2e3},"y":0}\n{"x0":"3","x1":{"a":null},"y":1}\n')
    put("delimited", "rows.json", b'[{"x0":1.5,"y":0},\n{"x0":"\\u0033","y":1}]\n')
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("t.csv", (1980, 1, 1, 0, 0, 0)), TEXT)
    put("delimited", "text.zip", file.getvalue())

    values = np.array([[1.5, -2.0, 0.0], [3.0, 4.0, 1.0]])
    for kind in ["<f8", "<f4", ">f2", "<i4", "|u1", "|b1"]:
        file = io.BytesIO()
        np.save(file, values.astype(kind))
        put("numpy", f"{kind[1:]}.npy", file.getvalue())
    file = io.BytesIO()
    np.save(file, np.asfortranarray(values))
    put("numpy", "columns.npy", file.getvalue())
    for name, save in [("stored", np.savez), ("deflated", np.savez_compressed)]:
        file = io.BytesIO()
        save(file, X=values[:, :2], y=values[:, 2])
        put("numpy", f"{name}.npz", file.getvalue())

    table = pa.table(
        {
            "x0": pa.array([1.5, 3.0], pa.float64()),
            "x1": pa.array([-2, 4], pa.int16()),
            "x2": pa.array([True, False]),
            "y": pa.array(["0", "1"]).dictionary_encode(),
        }
    )
    for compression in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]:
        file = io.BytesIO()
        pyarrow.parquet.write_table(table, file, compression=compression)
        put("parquet", f"{compression}.parquet", file.getvalue())
    for compression in [None, "lz4", "zstd"]:
        options = pyarrow.ipc.IpcWriteOptions(compression=compression)
        for name, writer in [("file", pyarrow.ipc.new_file), ("stream", pyarrow.ipc.new_stream)]:
            file = io.BytesIO()
            with writer(file, table.schema, options=options) as into:
                into.write_table(table)
            put("arrow", f"{name}_{compression}", file.getvalue())


def main() -> None:
    tables()
    for name, text in SETTINGS.items():
        put("settings", f"{name}.toml", text.encode())


if __name__ == "__main__":
    main()
