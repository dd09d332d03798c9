#!/usr/bin/env python3
"""Makes the bad files of the corpus in files/, all but cases.txt; wants NumPy and pyarrow:

    target/venv/bin/python crates/cli/tests/corpus/make.py
"""

import base64
import gzip
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

FILES = Path(__file__).resolve().parent / "files"
GOOD = "x,y,label\n" + "".join(f"{row % 7},{row * row % 11},{int(row > 27)}\n" for row in range(30))
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def put(name: str, content: bytes | str) -> None:
    (FILES / name).write_bytes(content.encode() if isinstance(content, str) else content)


def text() -> None:
    numbers = [f"{row % 7},{row * row % 11}" for row in range(30)]
    put("good.csv", GOOD)
    put("empty.csv", "")
    put("blank_lines.csv", "\n\n\r\n\n")
    put("header_only.csv", "x,y\n")
    put("short_row.csv", "x,y,z\n1,2,3\n4,5\n")
    put("long_row.csv", "x,y\n1,2\n3,4,5\n")
    put("open_quote.csv", 'x,y\n1,2\n"3,4\n5,6\n')
    put("mixed_header.csv", "größe,".encode() + "größe\n1,2\n".encode("latin-1"))
    put("mixed_cell.csv", "größe,y\n".encode() + "Jürgen,2\nAnna,3\n".encode("latin-1"))
    put("cut_utf16.csv", "x,y\n1,2\n".encode("utf-16")[:-1])
    put("pointer.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n")
    put("page.csv", "<!DOCTYPE html>\n<html><title>Sign in</title></html>\n")
    put("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(8))
    put("columns.json", '{"x": [1, 2], "y": [3, 4]}\n')
    put("list_in_row.jsonl", '{"x": 1, "y": [2]}\n{"x": 3, "y": [4]}\n')
    put("cut.jsonl", '{"x": 1, "y": 2}\n{"x": 3, "y"')
    put("two_tables.zip", packed({"a.csv": b"x\n1\n", "b.csv": b"x\n2\n"}))
    put("nul.csv", b"x,y\n1,2\n3,\x00\n")
    put("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    put("same_names.csv", "x,y,x\n1,2,3\n4,5,6\n")
    put("word.csv", "x,y\n" + "\n".join(numbers[:20] + ["seven,1"] + numbers[21:]) + "\n")
    put("infinite.csv", "x,y\n1,2\ninf,4\n")
    put("too_large.csv", "x,y\n1,2\n3,1e39\n")
    put("missing.csv", "x,y\n1,2\n3,\n")
    put("not_a_number.csv", "x,y\n1,2\nnan,4\n")
    put("decimal_comma.csv", "x;y\n1,5;2\n3,5;4\n")
    put("blank_cell.csv", "x\n1\n\n3\n")
    put("long_cell.csv", "x,y\n1,2\n" + "z" * 10_000 + ",4\n")
    put("label_of_three.csv", "x,label\n1,0\n2,1\n3,2\n")
    put("label_of_words.csv", "x,label\n1,good\n2,bad\n")
    put("label_of_signs.csv", "x,label\n1,1\n2,-1\n3,1\n")
    put("label_of_one_word.csv", "x,label\n1,a\n2,A\n3,b\n")
    put("label_missing.csv", "x,label\n1,0\n2,\n3,1\n")
    put("one_column.csv", "label\n0\n1\n")
    packed = gzip.compress(GOOD.encode(), mtime=0)
    put("truncated.csv.gz", packed[:-30])
    put("altered.csv.gz", packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:])
    put("not_gzip.csv.gz", b"\x1f\x8b not gzip at all")


def npy(descr: str, shape: str, content: bytes = b"", fortran: str = "False", version: int = 1) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(header)) + header + content


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), content)
    return file.getvalue()


def npz(arrays: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in arrays.items():
            archive.writestr(zipfile.ZipInfo(name + ".npy", ZIP_DATE), content)
    return file.getvalue()


def numpy() -> None:
    floats = np.arange(6.0).tobytes()
    good = npy("'<f8'", "(3, 2)", floats)
    put("claims_rows.npy", npy("'<f8'", "(1000000000000, 2)", floats))
    put("claims_rows.npz", npz({"X": npy("'<f8'", "(1000000000000, 2)", floats)}))
    put("claims_columns.npy", npy("'<f8'", "(3, 1000000000000)", floats))
    put("claims_everything.npy", npy("'<f8'", "(9223372036854775807, 2)", floats))
    put("objects.npy", npy("'|O'", "(3, 2)", b"\x80\x04cos\nsystem\n(S'true'\ntR."))
    put("complex.npy", npy("'<c16'", "(3, 1)", floats))
    put("records.npy", npy("[('a', '<f8'), ('b', '<f8')]", "(3,)", floats))
    put("scalar.npy", npy("'<f8'", "()", floats[:8]))
    put("cube.npy", npy("'<f8'", "(1, 3, 2)", floats))
    put("no_rows.npy", npy("'<f8'", "(0, 2)"))
    put("no_columns.npy", npy("'<f8'", "(3, 0)"))
    put("truncated.npy", good[:-4])
    put("truncated_by_column.npy", npy("'<f8'", "(3, 2)", floats[:-4], fortran="True"))
    put("cut_header.npy", good[:30])
    put("no_shape.npy", b"\x93NUMPY\x01\x00\x12\x00{'descr': '<f8', }")
    put("huge_header.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\x7f")
    put("version_9.npy", npy("'<f8'", "(3, 2)", floats, version=9))
    put("not_finite.npy", npy("'<f8'", "(3, 2)", floats[:-8] + struct.pack("<d", np.nan)))
    put("no_X.npz", npz({"a": good, "b": good}))
    put("no_array.npz", npz({}))
    put("label_length.npz", npz({"X": good, "y": npy("'<i8'", "(2,)", bytes(16))}))
    put("truncated.npz", npz({"X": good})[:-12])
    whole = npz({"X": good})
    at = whole.index(floats[-16:])
    put("altered.npz", whole[:at] + b"\x01" + whole[at + 1 :])
    # With a byte behind the array, so that its end is not that of what the checksum is of.
    whole = npz({"X": good + b"\0"})
    at = whole.index(floats[-16:])
    put("altered_longer.npz", whole[:at] + b"\x01" + whole[at + 1 :])
    put("objects.npz", npz({"X": npy("'|O'", "(3, 2)", b"\x80\x04.")}))


def columnar() -> None:
    table = pa.table({"x": pa.array([1.5, 3.0, 4.0]), "y": pa.array([-2, 4, 5], pa.int16())})

    def parquet(table: pa.Table) -> bytes:
        file = io.BytesIO()
        pyarrow.parquet.write_table(table, file, store_schema=False)
        return file.getvalue()

    def arrow(table: pa.Table, new=pyarrow.ipc.new_file, compression: str | None = None) -> bytes:
        file = io.BytesIO()
        with new(file, table.schema, options=pyarrow.ipc.IpcWriteOptions(compression=compression)) as into:
            into.write_table(table)
        return file.getvalue()

    nested = pa.table({"x": [1.0, 2.0], "point": pa.array([{"a": 1, "b": 2}, {"a": 3, "b": 4}])})
    lists = pa.table({"x": [1.0, 2.0], "many": pa.array([[1], [2, 3]])})
    binary = pa.table({"x": [1.0, 2.0], "raw": pa.array([b"a", b"b"])})
    nothing = pa.table({"x": pa.array([], pa.float64())})
    without = table.select([])
    nulls = pa.table({"x": pa.array([1.0, None, 3.0])})
    whole = parquet(table)
    put("truncated.parquet", whole[: len(whole) // 2])
    put("magic_only.parquet", b"PAR1")
    put("bad_magic.parquet", whole[:-1] + b"2")
    put("claims_footer.parquet", whole[:-8] + b"\xff\xff\xff\x7fPAR1")
    # A list of two billion booleans, which take no bytes, before the byte that ends the footer.
    footer = int.from_bytes(whole[-8:-4], "little") + 7
    booleans = b"\xf9\xf1\xff\xff\xff\xff\x07"
    put("claims_booleans.parquet", whole[:-9] + booleans + b"\0" + footer.to_bytes(4, "little") + b"PAR1")
    put("altered_footer.parquet", whole[:-40] + b"\xff" * 24 + whole[-16:])
    file = io.BytesIO()
    pyarrow.parquet.write_table(
        table, file, store_schema=False, write_page_checksum=True, use_dictionary=False, compression="none"
    )
    whole = file.getvalue()
    at = whole.index(struct.pack("<d", 3.0))
    put("altered_page.parquet", whole[:at] + b"\x01" + whole[at + 1 :])
    put("nested.parquet", parquet(nested))
    put("lists.parquet", parquet(lists))
    put("binary.parquet", parquet(binary))
    put("no_columns.parquet", parquet(without))
    put("no_rows.parquet", parquet(nothing))
    put("nulls.parquet", parquet(nulls))
    # A page's header with a list of a billion elements, found by fuzzing.
    list_of_a_billion = (
        "c-jka3^EjD5mgXX@c~i{LJSN7Hk?4f%ZUqo|Mu-0C#Q}n7Zy1NAmDKLf&&<QAq7ZqFo2EwU@s^Lq&X85n1GZTE2BP>D2t?y34;V%adJj#ZlWj?"
        "gD96OlLTW0gBY8njHHYjgN!Jbq$vZNfFw{*lu3+D><pvW6-G4=H4Yhwv5X9Y3{VRgKG=&fX+YT=4hT`8wURoZKml36ASwW)Y&6*<)tFd-(jXJr"
        ")Hr~qGH56iBo-BxGKc_$nIM`K%2JDpGxPHlObzr5^b93sWPpO(fH(jc+yDU$W)J"
    )
    put("claims_elements.parquet", zlib.decompress(base64.b85decode(list_of_a_billion)))
    whole = arrow(table)
    put("truncated.arrow", whole[: len(whole) // 2])
    put("bad_magic.arrow", whole[:-1] + b"2")
    put("claims_footer.arrow", whole[:-10] + b"\xff\xff\xff\x7fARROW1")
    put("nested.arrow", arrow(nested))
    put("no_columns.arrow", arrow(without))
    put("no_rows.arrow", arrow(nothing))
    whole = arrow(table, pyarrow.ipc.new_stream)
    put("truncated.arrows", whole[: len(whole) - 60])
    put("schema_only.arrows", arrow(nothing, pyarrow.ipc.new_stream))
    put("claims_message.arrows", b"\xff\xff\xff\xff\xff\xff\xff\x7f")
    long = pa.table({"x": pa.array([1.0] * 500)})
    for name, new in [("arrow", pyarrow.ipc.new_file), ("arrows", pyarrow.ipc.new_stream)]:
        for compression in ["lz4", "zstd"]:
            # The length that the buffer of 500 doubles says it has.
            honest = arrow(long, new, compression)
            assert honest.count(struct.pack("<q", 4000)) == 1
            put(f"lies_{compression}.{name}", honest.replace(struct.pack("<q", 4000), struct.pack("<q", 10**15)))


def model(header: str, tensors: dict[str, tuple[str, list[int], bytes]], checksum: str | None = None) -> bytes:
    """A model file as docs/model-file.md has it, with the checksum of what it holds unless another is given."""
    crc = zlib.crc32(header.encode())
    for name in sorted(tensors):
        crc = zlib.crc32(tensors[name][2], zlib.crc32(name.encode(), crc))
    entries, data = {"__metadata__": {"gradstop": f"{checksum or f'{crc:08x}'} {header}"}}, b""
    for name, (kind, shape, content) in tensors.items():
        entries[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    head = json.dumps(entries).encode()
    return struct.pack("<Q", len(head)) + head + data


def models() -> None:
    header = {
        "format": 4,
        "gradstop_version": "0.1.0",
        "detector": "ecod",
        "preset": "default",
        "settings": {"combine": "standard", "contamination": 0.1, "ensemble": 1},
        "columns": ["x", "y"],
        "preparation": None,
        "rows": 3,
        "threshold": 2.5,
        "trainings": [],
        "warnings": [],
    }
    floats = lambda *values: np.array(values, "<f4").tobytes()
    tensors = {
        "standardization.mean": ("F64", [2], np.array([2.0, 5.0], "<f8").tobytes()),
        "standardization.deviation": ("F64", [2], np.array([1.0, 2.0], "<f8").tobytes()),
        "model.skewness": ("F32", [2], floats(1, -1)),
        "model.sorted": ("F32", [2, 3], floats(-1, 0, 1, -1, 0, 1)),
    }

    def sealed(changes: dict = {}, replaced: dict = {}, **how) -> bytes:
        kept = {name: tensor for name, tensor in (tensors | replaced).items() if tensor}
        return model(json.dumps(header | changes), kept, **how)

    good = sealed()
    put("good.gradstop", good)
    put("empty.gradstop", b"")
    put("truncated.gradstop", good[:-5])
    put("cut_header.gradstop", good[:100])
    put("claims_header.gradstop", struct.pack("<Q", 1 << 60) + good[8:])
    foreign = json.dumps({"weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    put("foreign.gradstop", struct.pack("<Q", len(foreign)) + foreign + bytes(4))
    put("altered.gradstop", good[:-1] + bytes([good[-1] ^ 1]))
    put("older.gradstop", sealed({"format": 2}))
    put("newer.gradstop", sealed({"format": 1000, "columns": "of another kind"}))
    put("no_format.gradstop", model("{}", tensors))
    put("no_json.gradstop", model("format 4", tensors))
    put("deep.gradstop", model('{"format":4,"settings":' + '{"a":' * 5000 + "1" + "}" * 5000 + "}", tensors))
    outer = b'{"a":' * 5000 + b"1" + b"}" * 5000
    put("deep_outside.gradstop", struct.pack("<Q", len(outer)) + outer)
    put("no_columns.gradstop", sealed({"columns": []}))
    put("unknown_detector.gradstop", sealed({"detector": "forest"}))
    put("unknown_setting.gradstop", sealed({"settings": {"trees": 5}}))
    put("setting_out_of_range.gradstop", sealed({"settings": {"contamination": 0.9}}))
    put("no_tensor.gradstop", sealed(replaced={"model.sorted": None}))
    put("wrong_shape.gradstop", sealed(replaced={"model.sorted": ("F32", [3, 2], floats(-1, 0, 1, -1, 0, 1))}))
    put("wrong_type.gradstop", sealed(replaced={"model.skewness": ("F16", [2], bytes(4))}))
    put("not_finite.gradstop", sealed(replaced={"model.skewness": ("F32", [2], floats(1, np.nan))}))
    put("not_sorted.gradstop", sealed(replaced={"model.sorted": ("F32", [2, 3], floats(1, 0, 1, -1, 0, 1))}))
    put("mean_not_finite.gradstop", sealed(replaced={"standardization.mean": ("F64", [2], np.array([np.inf, 1]).tobytes())}))


def configurations() -> None:
    put("unknown.toml", "epochs = 3\nepoks = 3\n")
    put("unknown_inside.toml", "[gradstop]\nwindo = 3\n")
    put("wrong_type.toml", 'epochs = "many"\n')
    put("out_of_range.toml", "learning_rate = -0.1\n")
    put("infinite.toml", "learning_rate = inf\n")
    put("table_for_value.toml", "[epochs]\nmost = 3\n")
    put("value_for_table.toml", "gradstop = 3\n")
    put("twice.toml", "epochs = 3\nepochs = 4\n")
    put("no_value.toml", "seed = 1\nepochs =\n")
    put("latin1.toml", "# größe\nepochs = 3\n".encode("latin-1"))
    put("deep.toml", ".".join("a" * 4000) + " = 1\n")
    put("deep_list.toml", "hidden = " + "[" * 4000 + "]" * 4000 + "\n")


def main() -> None:
    FILES.mkdir(exist_ok=True)
    for old in FILES.iterdir():
        old.unlink()
    text()
    numpy()
    columnar()
    models()
    configurations()


if __name__ == "__main__":
    main()
