#!/usr/bin/env python3
"""Run `gradstop detect FILE` without an option on many files as people have them, and say which were read as meant.

    cargo build --release
    python3 bench/first_run.py [--gradstop PATH] [--detector NAME] [--only WORDS] [--keep FOLDER]

Every file is a table of 60 to 400 rows in which one row, the planted one, lies far off in its numbers. A run is as meant if
it ends with 0, reads all rows, makes numbers of numbers, dates of dates and words of words, uses no other column, says aloud
what the case asks for, and ranks the planted row first (`top` says where a case allows less, and why). Some files are no
tables: of these the refusal has to name what they are. A run that asks for an option instead is good if the option that it
names makes the run as meant. A run that ends with 0 but not as meant is silently wrong.

Needs the standard library; with pyarrow there are two more cases, Parquet and Arrow. Exits with 1 if fewer than 36 files
are read as meant without an option, one is silently wrong, or an error does not help.
"""

from __future__ import annotations

import argparse
import bz2
import codecs
import csv
import datetime
import gzip
import io
import json
import lzma
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
ENOUGH = 36
DEVIATIONS = 12  # How far off the planted row lies.


@dataclass
class Case:
    """A file, and what has to come of it."""

    file: str
    data: bytes
    rows: int = 0
    #: The kind of each column that is to be a feature: number, date, boolean or word.
    kinds: dict[str, str] = field(default_factory=dict)
    planted: int = 0
    #: The planted row may come so late.
    top: int = 1
    #: What the summary, the JSON or the messages have to say: a pattern.
    says: str = ""
    #: What a refusal has to say, where the file is no table: a pattern.
    refusal: str = ""


CASES: dict[str, Callable[[random.Random], Case]] = {}


def case(name: str):
    def add(make: Callable[[random.Random], Case]):
        CASES[name] = make
        return make

    return add


# Tables, and their text.


@dataclass
class Table:
    """Columns of numbers, and which row is the planted one."""

    columns: dict[str, list[float]]
    planted: int

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values())))

    def kinds(self, **others: str) -> dict[str, str]:
        return {name: "number" for name in self.columns} | others

    def ordinary(self, rng: random.Random, count: int) -> list[int]:
        """Rows that are not the planted one."""
        return rng.sample([row for row in range(self.rows) if row != self.planted], count)

    def words(self, **formats: Callable[[float], str]) -> dict[str, list[str]]:
        """The cells as text, with two decimals unless a column has a format of its own."""
        plain = "{:.2f}".format
        return {name: list(map(formats.get(name, plain), values)) for name, values in self.columns.items()}


def table(rng: random.Random, rows: int, **measures: tuple[float, float]) -> Table:
    """Normal numbers by mean and deviation, and a row far above all of them."""
    planted = rng.randrange(rows // 4, 3 * rows // 4)
    columns = {}
    for name, (mean, deviation) in measures.items():
        values = [rng.gauss(mean, deviation) for _ in range(rows)]
        values[planted] = mean + DEVIATIONS * deviation
        columns[name] = values
    return Table(columns, planted)


def wind(rng: random.Random, rows: int = 120) -> Table:
    return table(rng, rows, speed=(8, 2), temperature=(14, 3), pressure=(1013, 6))


def words_of(rng: random.Random, of: Table, choices: list[str]) -> list[str]:
    """A word a row; the planted row has a usual one, so that its numbers have to give it away."""
    words = [rng.choice(choices) for _ in range(of.rows)]
    words[of.planted] = max(set(words), key=words.count)
    return words


def text(columns: dict[str, list[str]], delimiter: str = ",", header: bool = True, end: str = "\n") -> str:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, lineterminator=end)
    if header:
        writer.writerow(columns)
    writer.writerows(zip(*columns.values()))
    return target.getvalue()


def grouped(value: float, decimals: int = 0, thousands: str = ",", point: str = ".") -> str:
    return f"{value:,.{decimals}f}".translate(str.maketrans({",": thousands, ".": point}))


# Missing cells.


def with_missing(rng: random.Random, word: str, share: float = 0.08) -> tuple[Table, dict[str, list[str]]]:
    of = wind(rng)
    cells = of.words()
    for name in ("speed", "temperature"):
        for row in of.ordinary(rng, int(share * of.rows)):
            cells[name][row] = word
    return of, cells


def missing(word: str, delimiter: str = ",") -> Callable[[random.Random], Case]:
    def make(rng: random.Random) -> Case:
        of, cells = with_missing(rng, word)
        return Case("t.csv", text(cells, delimiter).encode(), of.rows, of.kinds(), of.planted, says="missing")

    return make


for words, word in {"empty": "", "NA": "NA", "?": "?", "n/a": "n/a", "a dash": "-", "***": "***"}.items():
    case(f"missing cells: {words}")(missing(word))


@case("missing cells: -999")
def _(rng: random.Random) -> Case:
    # Taken for numbers, as a program cannot know; it has to suspect them aloud. These three rows may come before the planted one.
    of = wind(rng)
    cells = of.words()
    for row in of.ordinary(rng, 3):
        cells["speed"][row] = "-999"
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted, top=4, says="-999")


@case("an all-blank row")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    cells = of.words()
    [blank] = of.ordinary(rng, 1)
    for values in cells.values():
        values[blank] = ""
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted, says=rf"\b{blank}\b.*blank|blank.*\b{blank}\b")


@case("an all-blank column")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    cells = of.words() | {"remarks": [""] * of.rows}
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted, says="remarks")


@case("country codes with NA for Namibia")
def _(rng: random.Random) -> Case:
    # Missing as far as anyone can tell from this file alone, and counted.
    of = wind(rng, 200)
    cells = {"country": words_of(rng, of, ["DE", "FR", "NA", "ZA", "BW", "AO", "ZM"])} | of.words()
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(country="word"), of.planted, says="missing|NA")


# Numbers as people write them.


def sales(rng: random.Random, rows: int = 150) -> Table:
    return table(rng, rows, units=(2400, 500), price=(1250, 140))


@case("1,234.5")
def _(rng: random.Random) -> Case:
    of = sales(rng)
    cells = of.words(units=grouped, price=lambda value: grouped(value, 2))
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted)


@case("1.234,5 between semicolons")
def _(rng: random.Random) -> Case:
    of = sales(rng)
    cells = of.words(units=lambda value: grouped(value, 1, ".", ","), price=lambda value: grouped(value, 2, ".", ","))
    return Case("t.csv", text(cells, ";").encode(), of.rows, of.kinds(), of.planted)


@case("decimal comma in quotes")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    comma = lambda value: grouped(value, 2, "", ",")
    cells = of.words(speed=comma, temperature=comma, pressure=comma)
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted)


@case("decimal comma between semicolons")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    comma = lambda value: grouped(value, 2, "", ",")
    cells = of.words(speed=comma, temperature=comma, pressure=comma)
    return Case("t.csv", text(cells, ";").encode(), of.rows, of.kinds(), of.planted)


@case("thousands alone between semicolons")
def _(rng: random.Random) -> Case:
    # Every 1.234 is either; the 12.345 and 1.234.567 of the other columns, or of the same, tell.
    of = table(rng, 150, inhabitants=(90_000, 30_000), budget=(4_000_000, 900_000))
    of.columns = {name: [abs(value) for value in values] for name, values in of.columns.items()}
    dots = lambda value: grouped(value, 0, ".")
    cells = of.words(inhabitants=dots, budget=dots)
    return Case("t.csv", text(cells, ";").encode(), of.rows, of.kinds(), of.planted)


@case("$1,316 and 12 %")
def _(rng: random.Random) -> Case:
    of = table(rng, 150, fee=(1316, 120), share=(12, 2), growth=(0.4, 1.1))
    cells = of.words(fee=lambda value: "$" + grouped(value), share="{:.0f} %".format, growth="{:.2f}%".format)
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted)


@case("prices in euros")
def _(rng: random.Random) -> Case:
    of = table(rng, 150, rent=(940, 80), area=(64, 9))
    cells = of.words(rent=lambda value: grouped(value, 2, ".", ",") + " €", area=lambda v: grouped(v, 1, ".", ","))
    return Case("t.csv", text(cells, ";").encode(), of.rows, of.kinds(), of.planted)


@case("an exchange's export: 94.05K, -2.34%, 01-31-2024")
def _(rng: random.Random) -> Case:
    of = table(rng, 200, Price=(61_000, 2000), Vol=(60_000, 14_000), Change=(0.5, 2))
    first = datetime.date(2024, 1, 1)
    dates = [f"{first + datetime.timedelta(days=row):%m-%d-%Y}" for row in range(of.rows)]
    volume = lambda value: f"{abs(value) / 1000:.2f}K" if abs(value) < 1e5 else f"{value / 1e6:.3f}M"
    cells = {"Date": dates} | of.words(Price=lambda value: grouped(value, 1), Vol=volume, Change="{:.2f}%".format)
    target = io.StringIO()
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([cells, *zip(*cells.values())])
    data = codecs.BOM_UTF8 + target.getvalue().encode()
    # The dates go on from row to row and are left out.
    return Case("t.csv", data, of.rows, of.kinds(), of.planted)


@case("Fortran's exponents: 2.03D+01")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    fortran = lambda value: f"{value:.5E}".replace("E", "D")
    cells = of.words(speed=fortran, temperature=fortran, pressure=fortran)
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted)


@case("U+2212 for minus")
def _(rng: random.Random) -> Case:
    of = table(rng, 120, inside=(-18, 1.5), outside=(-4, 3))
    minus = lambda value: f"{value:.2f}".replace("-", "\u2212")
    cells = of.words(inside=minus, outside=minus)
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted)


@case("(1,234) for -1,234")
def _(rng: random.Random) -> Case:
    of = table(rng, 120, result=(900, 1400), cash=(200, 1500))
    books = lambda value: f"({grouped(-value)})" if value < 0 else grouped(value)
    cells = of.words(result=books, cash=books)
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted)


@case("one 1,571 among plain counts")
def _(rng: random.Random) -> Case:
    of = table(rng, 300, discharges=(250, 60), days=(5, 0.8))
    of.columns["discharges"][of.planted] = 1571
    whole = lambda value: grouped(value) if value > 999 else f"{abs(value):.0f}"
    cells = of.words(discharges=whole)
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted)


def dates(name: str, written: Callable[[datetime.datetime], str], step: datetime.timedelta) -> None:
    """Dates in no order, which are features; the planted row has one that lies far back."""

    @case(f"dates: {name}")
    def _(rng: random.Random) -> Case:
        of = table(rng, 150, amount=(70, 11))
        start = datetime.datetime(2021, 3, 1)
        moments = [start + rng.randrange(700) * step for _ in range(of.rows)]
        moments[of.planted] = start - 9000 * step
        cells = {"when": list(map(written, moments))} | of.words()
        return Case("t.csv", text(cells).encode(), of.rows, of.kinds(when="date"), of.planted)


DAY = datetime.timedelta(days=1)
dates("31-03-2024", lambda day: f"{day:%d-%m-%Y}", DAY)
dates("31.12.2024", lambda day: f"{day:%d.%m.%Y}", DAY)
dates("6/13/1930 22:00", lambda at: f"{at.month}/{at.day}/{at.year} {at:%H:%M}", datetime.timedelta(hours=11))
dates("1749-01", lambda day: f"{day:%Y-%m}", DAY)
dates("2024-02-29T12:30:15", lambda at: at.isoformat(), datetime.timedelta(hours=11))
dates("2024/02/29", lambda day: f"{day:%Y/%m/%d}", DAY)


@case("yes, no and a few unknown")
def _(rng: random.Random) -> Case:
    of = table(rng, 300, age=(41, 9), balance=(1400, 300))
    usual = ["yes"] * 12 + ["no"] * 12
    cells = of.words(age="{:.0f}".format, balance="{:.0f}".format)
    for name in ("housing", "loan"):
        cells[name] = words_of(rng, of, usual)
        for row in of.ordinary(rng, 8):
            cells[name][row] = "unknown"
    kinds = of.kinds(housing="word", loan="word")
    return Case("bank.csv", text(cells, ";").encode(), of.rows, kinds, of.planted)


@case("numbers and a word for none of them")
def _(rng: random.Random) -> Case:
    # Codes: numbers for most, the same two words for others, so that the column is a category.
    of = table(rng, 200, weight=(12, 2), length=(40, 4))
    codes = words_of(rng, of, [str(number) for number in range(1, 9)])
    for word in ("cash", "refund"):
        for row in of.ordinary(rng, 4):
            codes[row] = word
    cells = {"counter": codes} | of.words()
    return Case("t.csv", text(cells).encode(), of.rows, of.kinds(counter="word"), of.planted)


# Headers, preambles and shapes.


@case("no header, with words (as kddcup)")
def _(rng: random.Random) -> Case:
    of = table(rng, 200, sent=(240, 30), got=(5000, 700), count=(8, 2))
    whole = {name: "{:.0f}".format for name in of.columns}
    protocols, services = (words_of(rng, of, ["tcp", "udp", "icmp"]), words_of(rng, of, ["http", "smtp", "domain_u"]))
    classes = ["normal."] * of.rows
    for row in of.ordinary(rng, 20):
        classes[row] = "smurf."
    cells = {"": protocols, "service": services} | of.words(**whole) | {"class": classes}
    kinds = dict(zip((f"x{at}" for at in range(6)), ["word", "word", "number", "number", "number", "word"]))
    return Case("kdd.csv", text(cells, header=False).encode(), of.rows, kinds, of.planted)


@case("no header, with ? (as horse-colic)")
def _(rng: random.Random) -> Case:
    of, cells = with_missing(rng, "?")
    cells["speed"][0] = "?"
    kinds = {f"x{at}": "number" for at in range(3)}
    return Case("colic.data", text(cells, header=False).encode(), of.rows, kinds, of.planted)


@case("no header, numbers alone")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    kinds = {f"x{at}": "number" for at in range(3)}
    return Case("t.csv", text(of.words(), header=False).encode(), of.rows, kinds, of.planted)


@case("years as the header")
def _(rng: random.Random) -> Case:
    years = {str(year): (40 + year - 2015, 3) for year in range(2015, 2021)}
    of = table(rng, 90, **years)
    return Case("t.csv", text(of.words()).encode(), of.rows, of.kinds(), of.planted)


@case("0, 1, 2 as the header (pandas without names)")
def _(rng: random.Random) -> Case:
    of = table(rng, 120, **{"0": (50, 3), "1": (-8, 2), "2": (0.4, 0.1)})
    return Case("t.csv", text(of.words()).encode(), of.rows, of.kinds(), of.planted)


def with_index(name: str) -> Callable[[random.Random], Case]:
    def make(rng: random.Random) -> Case:
        of = wind(rng)
        # In no order, as after a shuffle: only the header tells that it is an index.
        index = list(range(of.rows))
        rng.shuffle(index)
        cells = {name: list(map(str, index))} | of.words()
        return Case("t.csv", text(cells).encode(), of.rows, of.kinds(), of.planted, says="index")

    return make


case("pandas' index without a name")(with_index(""))
case("pandas' index as Unnamed: 0")(with_index("Unnamed: 0"))


@case("R's write.table: a header that is one short")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    rows = zip(*of.words().values())
    lines = [" ".join(f'"{name}"' for name in of.columns)]
    lines += [f'"{at + 1}" ' + " ".join(cells) for at, cells in enumerate(rows)]
    return Case("t.txt", ("\n".join(lines) + "\n").encode(), of.rows, of.kinds(), of.planted)


@case("comment lines before the header")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    data = "# made by station 7\n# units: m/s, degrees, hPa\n" + text(of.words())
    return Case("t.csv", data.encode(), of.rows, of.kinds(), of.planted, says="comment|#")


@case("comment lines, the header among them")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    data = "# station 7\n# speed,temperature,pressure\n" + text(of.words(), header=False)
    return Case("t.csv", data.encode(), of.rows, of.kinds(), of.planted, says="comment|#")


@case("title lines before the header")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    data = "Sensor report\nprinted 2024-05-02\n\n" + text(of.words())
    return Case("t.csv", data.encode(), of.rows, of.kinds(), of.planted, says="Sensor report|before")


@case("Excel's title with trailing commas")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    data = "Quarterly report,,\n,,\n" + text(of.words(), end="\r\n")
    return Case("t.csv", data.encode(), of.rows, of.kinds(), of.planted, says="Quarterly report|before|skip")


@case("World Bank's lines before the header")
def _(rng: random.Random) -> Case:
    of = table(rng, 160, **{"2019": (50, 6), "2020": (52, 6), "2021": (54, 6)})
    names = [f"Country {at:03}" for at in range(of.rows)]
    cells = {"Country Name": names} | of.words()
    data = '"Data Source","World Development Indicators",\n\n"Last Updated Date","2024-05-02",\n\n' + text(cells)
    return Case("t.csv", data.encode(), of.rows, of.kinds(), of.planted, says="Data Source|before|skip")


@case("a line of units below the header")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    names, rest = text(of.words()).split("\n", 1)
    data = f"{names}\nm/s,degrees,hPa\n{rest}"
    return Case("t.csv", data.encode(), of.rows, of.kinds(), of.planted, says="m/s|units")


@case("a source note at the end")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    data = text(of.words()) + "\nSource: Bureau of Weather and Wind\n"
    return Case("t.csv", data.encode(), of.rows, of.kinds(), of.planted, says="Source|short|end")


@case("totals at the end")
def _(rng: random.Random) -> Case:
    # A row like the others as far as a program can tell: it has a word of its own and the sums, and ranks first.
    of = table(rng, 120, sold=(40, 6), returned=(6, 1))
    cells = of.words(sold="{:.0f}".format, returned="{:.0f}".format)
    regions = words_of(rng, of, ["north", "south", "east", "west"])
    cells = {"region": [*regions, "total"]} | {name: [*values, str(sum(map(int, values)))] for name, values in cells.items()}
    return Case("t.csv", text(cells).encode(), of.rows + 1, of.kinds(region="word"), of.rows)


@case("short rows")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    lines = text(of.words()).splitlines()
    for row in of.ordinary(rng, 5):
        lines[row + 1] = lines[row + 1].rsplit(",", 1)[0]
    data = "\n".join(lines) + "\n"
    return Case("t.csv", data.encode(), of.rows, of.kinds(), of.planted, says="short|fewer|5 rows")


def trailing(header: bool) -> Callable[[random.Random], Case]:
    def make(rng: random.Random) -> Case:
        of = wind(rng)
        names, *lines = text(of.words()).splitlines()
        data = "".join(f"{line}\n" for line in [names + "," * header, *(line + "," for line in lines)])
        return Case("t.csv", data.encode(), of.rows, of.kinds(), of.planted)

    return make


case("a delimiter at the end of the rows")(trailing(False))
case("a delimiter at the end of every line")(trailing(True))


@case("runs of spaces between columns")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    lines = ["".join(f"{cell:>12}" for cell in row) for row in zip(*of.words().values())]
    kinds = {f"x{at}": "number" for at in range(3)}
    return Case("housing.data", ("\n".join(lines) + "\n").encode(), of.rows, kinds, of.planted)


@case("spaces between columns, with a header")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    return Case("t.txt", text(of.words(), " ").encode(), of.rows, of.kinds(), of.planted)


@case("tabs")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    cells = {"site": words_of(rng, of, ["Ulm, Danube", "Bonn, Rhine"])} | of.words()
    return Case("t.txt", text(cells, "\t").encode(), of.rows, of.kinds(site="word"), of.planted)


# Encodings and containers.


def towns(rng: random.Random) -> tuple[Table, str]:
    of = table(rng, 120, Wert=(10, 1), Höhe=(200, 20))
    return of, text({"Stadt": words_of(rng, of, ["Köln", "Nîmes", "Århus"])} | of.words(), ";")


def encoded(encoding: str, says: str, bom: bytes = b"") -> Callable[[random.Random], Case]:
    def make(rng: random.Random) -> Case:
        of, data = towns(rng)
        return Case("t.csv", bom + data.encode(encoding), of.rows, of.kinds(Stadt="word"), of.planted, says=says)

    return make


case("Latin-1")(encoded("latin-1", "1252|[Ll]atin"))
case("UTF-16 (Excel's Unicode text)")(encoded("utf-16-le", "UTF-16", codecs.BOM_UTF16_LE))
case("UTF-16, big-endian")(encoded("utf-16-be", "UTF-16", codecs.BOM_UTF16_BE))
case("UTF-8 with a byte order mark")(encoded("utf-8-sig", ""))


def zstd(data: bytes) -> bytes:
    """A frame of one block that is not compressed, where there is no zstd to do it."""
    if program := shutil.which("zstd"):
        return subprocess.run([program, "-q", "-c"], input=data, capture_output=True, check=True).stdout
    assert len(data) < 1 << 17, "one block"
    head = b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little")
    return head + (1 | len(data) << 3).to_bytes(3, "little") + data


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            # The same bytes at any time.
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(member, data)
    return target.getvalue()


def packed(file: str, pack: Callable[[bytes], bytes]) -> Callable[[random.Random], Case]:
    def make(rng: random.Random) -> Case:
        of = wind(rng)
        return Case(file, pack(text(of.words()).encode()), of.rows, of.kinds(), of.planted)

    return make


case("gzip")(packed("t.csv.gz", gzip.compress))
case("bzip2")(packed("t.csv.bz2", bz2.compress))
case("xz")(packed("t.csv.xz", lzma.compress))
case("zstd")(packed("t.csv.zst", zstd))
case("a zip with one table")(packed("t.csv.zip", lambda data: zipped({"t.csv": data})))
case("a zip with a table and what a Mac adds")(
    packed("t.zip", lambda data: zipped({"t.csv": data, "__MACOSX/._t.csv": b"\0\5\x16\7"}))
)


def site_rows(rng: random.Random) -> tuple[Table, list[str], list[list[str | float]]]:
    of = wind(rng)
    sites = words_of(rng, of, ["Ulm", "Bonn", "Kiel"])
    rows = [list(row) for row in zip(sites, *([round(value, 2) for value in column] for column in of.columns.values()))]
    return of, ["site", *of.columns], rows


def xlsx(rows: list[list[str | float]]) -> bytes:
    """One sheet with numbers and inline words."""

    def cell(at: int, line: int, value: str | float) -> str:
        place = f'r="{chr(ord("A") + at)}{line}"'
        if isinstance(value, str):
            return f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return f"<c {place}><v>{value}</v></c>"

    lines = (
        f'<row r="{line}">' + "".join(cell(at, line, value) for at, value in enumerate(row)) + "</row>"
        for line, row in enumerate(rows, 1)
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">'
        '<sheets><sheet name="Wind" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
    }
    return zipped({name: (head + part).encode() for name, part in parts.items()})


def ods(rows: list[list[str | float]]) -> bytes:
    def cell(value: str | float) -> str:
        shown = f"<text:p>{escape(str(value))}</text:p>"
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string">{shown}</table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}">{shown}</table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<office:document-content xmlns:office="{urn}:office:1.0" xmlns:table="{urn}:table:1.0" '
        f'xmlns:text="{urn}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Wind">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{urn}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    parts = {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}
    return zipped({name: part.encode() for name, part in parts.items()})


@case("an Excel workbook")
def _(rng: random.Random) -> Case:
    of, names, rows = site_rows(rng)
    return Case("t.xlsx", xlsx([names, *rows]), of.rows, of.kinds(site="word"), of.planted, says="Wind|sheet")


@case("an Excel workbook with a title")
def _(rng: random.Random) -> Case:
    of, names, rows = site_rows(rng)
    data = xlsx([["Wind by site"], [], names, *rows])
    return Case("t.xlsx", data, of.rows, of.kinds(site="word"), of.planted, says="Wind by site|before")


@case("an OpenDocument spreadsheet")
def _(rng: random.Random) -> Case:
    of, names, rows = site_rows(rng)
    return Case("t.ods", ods([names, *rows]), of.rows, of.kinds(site="word"), of.planted, says="Wind|sheet")


@case("JSON Lines")
def _(rng: random.Random) -> Case:
    of, names, rows = site_rows(rng)
    data = "".join(json.dumps(dict(zip(names, row))) + "\n" for row in rows)
    return Case("t.jsonl", data.encode(), of.rows, of.kinds(site="word"), of.planted)


@case("JSON Lines with keys that come and go")
def _(rng: random.Random) -> Case:
    of, names, rows = site_rows(rng)
    objects = [dict(zip(names, row)) for row in rows]
    for row in of.ordinary(rng, 9):
        objects[row].pop("speed")
    objects[of.ordinary(rng, 1)[0]]["pressure"] = None
    data = "".join(json.dumps(object) + "\n" for object in objects)
    return Case("t.jsonl", data.encode(), of.rows, of.kinds(site="word"), of.planted, says="missing")


def text_in_columns(file: str, write: Callable) -> Callable[[random.Random], Case]:
    def make(rng: random.Random) -> Case:
        import pyarrow

        of = sales(rng)
        first = datetime.date(2021, 3, 1)
        moments = [first + rng.randrange(700) * DAY for _ in range(of.rows)]
        moments[of.planted] = first - 9000 * DAY
        cells = {"day": list(map(str, moments))} | of.words(units=grouped, price="{:.2f}".format)
        target = io.BytesIO()
        write(pyarrow.table(cells), target)
        return Case(file, target.getvalue(), of.rows, of.kinds(day="date"), of.planted)

    return make


try:
    import pyarrow.feather
    import pyarrow.parquet
except ImportError:
    pass
else:
    case("Parquet with numbers and dates as text")(text_in_columns("t.parquet", pyarrow.parquet.write_table))
    case("Arrow with numbers and dates as text")(text_in_columns("t.arrow", pyarrow.feather.write_feather))


# What is no table.


@case("a Git LFS pointer")
def _(rng: random.Random) -> Case:
    data = f"version https://git-lfs.github.com/spec/v1\noid sha256:{rng.randbytes(32).hex()}\nsize 3751311\n"
    return Case("t.csv", data.encode(), refusal="Git LFS")


@case("an HTML page")
def _(rng: random.Random) -> Case:
    of = wind(rng)
    lines = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>\n" for row in zip(*of.words().values()))
    data = f"<!DOCTYPE html>\n<html><head><title>404, not found</title></head><body><table>\n{lines}</table></body></html>\n"
    return Case("t.csv", data.encode(), refusal="HTML")


@case("a JSON document")
def _(rng: random.Random) -> Case:
    _, names, rows = site_rows(rng)
    data = json.dumps({"status": "ok", "results": [dict(zip(names, row)) for row in rows]}, indent=1)
    return Case("t.csv", data.encode(), refusal="JSON")


@case("a PDF")
def _(rng: random.Random) -> Case:
    return Case(
        "t.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n", refusal=r"\bPDF (document|file)|a PDF"
    )


# Which row it was.


@case("names of people, nearly all different")
def _(rng: random.Random) -> Case:
    of = table(rng, 400, amount=(100, 10), visits=(9, 2))
    names = [f"Person {at:04}" for at in range(of.rows)]
    rng.shuffle(names)
    for row in of.ordinary(rng, 3):
        names[row] = "Person A"
    cells = {"name": names} | of.words()
    return Case("people.csv", text(cells).encode(), of.rows, of.kinds(), of.planted, says="name")


@case("a key of customers")
def _(rng: random.Random) -> Case:
    of = table(rng, 200, spent=(55, 3), orders=(7, 1))
    keys = [f"C{at:04}" for at in range(of.rows)]
    cells = {"customer": keys, "city": words_of(rng, of, ["Ulm", "Bonn", "Kiel"])} | of.words()
    return Case("c.csv", text(cells).encode(), of.rows, of.kinds(city="word"), of.planted, says="customer")


# Running them.


@dataclass
class Outcome:
    """What came of a run: as meant, refused as meant, option, silently wrong, or unhelpful."""

    kind: str
    why: str = ""


def used(model: dict) -> dict[str, str]:
    """The kind of every column of the table that became a feature."""
    columns, features = model["columns"], model.get("features", model["columns"])
    treated = {treatment["column"]: treatment["what"] for treatment in model.get("prepared", [])}
    kinds = {}
    for column in columns:
        what = treated.get(column, "")
        if what.startswith("left out"):
            # New rows are watched for values all the same.
            continue
        if column in features:
            date, truth = "dates become days" in what, "true becomes 1" in what
            kinds[column] = "date" if date else "boolean" if truth else "number"
        elif any(name.startswith((f"{column}=", f"{column} rarity", f"{column} other")) for name in features):
            kinds[column] = "word"
        elif any(name.startswith(f"{column} ") and name.endswith((" sin", " cos")) for name in features):
            kinds[column] = "date"
    return kinds


@dataclass
class Runner:
    gradstop: str
    detector: str
    folder: Path

    def call(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([self.gradstop, *arguments], check=False, capture_output=True, text=True, timeout=300)

    def detect(self, wanted: Case, *options: str) -> tuple[int, str, str]:
        """The exit code, what the run said, and why it is not as meant; empty if it is."""
        model = self.folder / "model.gs"
        model.unlink(missing_ok=True)
        command = ["detect", str(self.folder / wanted.file), "--json", "--detector", self.detector]
        run = self.call(*command, "--model", str(model), *options)
        said = run.stderr + run.stdout
        if run.returncode != 0:
            return run.returncode, said, "refused"
        return (0, said, self.departs(json.loads(run.stdout), self.call("inspect", str(model), "--json"), wanted, said))

    def departs(self, summary: dict, inspected: subprocess.CompletedProcess, wanted: Case, said: str) -> str:
        if summary["rows"] != wanted.rows:
            return f"{summary['rows']} rows, wanted {wanted.rows}"
        if inspected.returncode != 0:
            return f"inspect: {inspected.stderr.strip()}"
        kinds = used(json.loads(inspected.stdout))
        if kinds != wanted.kinds:
            others = kinds.items() ^ wanted.kinds.items()
            names = dict.fromkeys(name for name, _ in sorted(others))
            got = (f"{name!r} {kinds.get(name, 'no feature')}, wanted {wanted.kinds.get(name, 'none')}" for name in names)
            return "; ".join(got)
        rows = [row["row"] for row in summary["most_abnormal"]]
        if wanted.planted not in rows[: wanted.top]:
            return f"row {wanted.planted} is not among the first {wanted.top}: {rows}"
        if not re.search(wanted.says, said):
            return f"nothing said of {wanted.says!r}"
        return ""

    def run(self, wanted: Case) -> Outcome:
        (self.folder / wanted.file).write_bytes(wanted.data)
        code, said, why = self.detect(wanted)
        if wanted.refusal:
            if code == 0:
                return Outcome("silently wrong", f"read, wanted a refusal that says {wanted.refusal}")
            if code == 2 and re.search(wanted.refusal, said):
                return Outcome("refused as meant")
            return Outcome("unhelpful", said.strip())
        if code == 0:
            return Outcome("silently wrong", why) if why else Outcome("as meant")
        for option in named_options(said):
            if not self.detect(wanted, *option)[2]:
                return Outcome("option", " ".join(option))
        return Outcome("unhelpful", said.strip())


def named_options(message: str) -> list[list[str]]:
    """The options that a message names, each with its value as it stands there."""
    found = re.findall(r'(--[a-z][a-z-]+)(?: ("(?:[^"\\]|\\.)*"|[^\s,;)]+))?', message)
    return [[option, *([json.loads(value) if value.startswith('"') else value] if value else [])] for option, value in found]


def program() -> str:
    for build in ("release", "debug"):
        if (path := ROOT / "target" / build / "gradstop").exists():
            return str(path)
    sys.exit("no gradstop in target: build it, or name it with --gradstop")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--gradstop", help="the program; the one in target if it is not given")
    parser.add_argument("--detector", default="ecod", help="the detector, a quick one if it is not given")
    parser.add_argument("--only", help="cases whose name has these words")
    parser.add_argument("--keep", type=Path, help="folder for the files, which stay there")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quiet", action="store_true", help="print what is not as meant, and the totals")
    arguments = parser.parse_args()

    outcomes: list[Outcome] = []
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        for at, (name, make) in enumerate(CASES.items()):
            if arguments.only and arguments.only not in name:
                continue
            folder = Path(temporary, f"{at:02}")
            folder.mkdir()
            # A generator of its own, so that a case is the same whatever stands before it.
            wanted = make(random.Random(f"{arguments.seed} {name}"))
            outcome = Runner(arguments.gradstop or program(), arguments.detector, folder).run(wanted)
            outcomes.append(outcome)
            if arguments.keep:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                (arguments.keep / f"{at:02}-{wanted.file}").write_bytes(wanted.data)
            if arguments.quiet and outcome.kind.endswith("as meant"):
                continue
            why = f"\n{'':18}{outcome.why}" if outcome.why else ""
            print(f"{outcome.kind:<16}  {at:02} {name}{why}", flush=True)

    count = {kind: sum(outcome.kind == kind for outcome in outcomes) for kind in dict.fromkeys(o.kind for o in outcomes)}
    print(
        f"\n{len(outcomes)} files in {time.monotonic() - start:.0f} seconds: "
        + ", ".join(f"{n} {kind}" for kind, n in count.items())
    )
    bad = count.get("silently wrong", 0) + count.get("unhelpful", 0)
    if bad or (not arguments.only and count.get("as meant", 0) < ENOUGH):
        sys.exit(1)


if __name__ == "__main__":
    main()
