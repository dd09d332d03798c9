"""Which row it was: reports show rows as their table has them."""

from __future__ import annotations

import numpy as np
import pytest

import gradstop


def customers(pd):
    spent = 45 + np.arange(80) * 37 % 100 / 10
    spent[57] = 400
    names = [f"C{row:04}" for row in range(80)]
    cities = [("Ulm", "Bonn", "Kiel")[row * 7 % 3] for row in range(80)]
    return pd.DataFrame({"customer": names, "city": cities, "spent": spent})


def table_of(page: str) -> str:
    return page.split('<table class="sortable">')[1].split("</table>")[0]


def test_a_report_shows_cells_and_the_column_that_names_the_rows():
    pd = pytest.importorskip("pandas")
    frame = customers(pd)
    shown = table_of(gradstop.ECOD().fit(frame).report(frame))
    assert ">C0057</td>" in shown
    assert ">400.0</td>" in shown
    assert ">Ulm</td>" in shown
    assert "usually 46 to 54" in shown


def test_an_index_that_is_no_count_names_the_rows():
    pd = pytest.importorskip("pandas")
    frame = customers(pd).set_index("customer")
    shown = table_of(gradstop.ECOD().fit(frame).report(frame))
    assert ">C0057</td>" in shown
    assert ">customer</button>" in shown
    counted = table_of(gradstop.ECOD().fit(frame).report(frame.reset_index(drop=True)))
    assert "customer" not in counted
    part = frame.reset_index(drop=True)[50:60]
    assert ">index</button>" in table_of(gradstop.ECOD().fit(frame).report(part))


def test_missing_cells_are_marked_in_every_table():
    pd = pytest.importorskip("pandas")
    pa = pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": [1.0, 2.0, np.nan] * 20, "b": np.random.default_rng(0).normal(size=60), "c": ["x", "y", None] * 20})
    detector = gradstop.ECOD(missing="mean").fit(frame)
    for table in (frame, pa.Table.from_pandas(frame)):
        shown = table_of(detector.report(table))
        assert ">missing</td>" in shown
        assert ">x</td>" in shown


def test_arrays_are_shown_as_numbers(table):
    shown = table_of(gradstop.ECOD().fit(table).report(table))
    assert "because of" not in shown
