#!/usr/bin/env python3
"""Draw what stopping and trimming are worth, by groups of tables, as `docs/trimmed.svg`.

    gradstop-lab bench FOLDER --suite bench/suites/trimmed.toml --results trimmed.jsonl
    gradstop-lab bench report trimmed.jsonl --format csv > trimmed.csv
    python3 bench/trim_chart.py trimmed.csv

The auto-encoder, mean AUC and mean average precision of single fits over seeds, then tables: those of ADBench with odd numbers, on
which the defaults were chosen, those with even numbers, and made ones. The first three bars are the preset `paper`, the last one
is the preset `default`, as it is.
"""

from __future__ import annotations

import csv
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from xml.sax.saxutils import escape

from chart import text

OUTPUT = Path(__file__).resolve().parent.parent / "docs" / "trimmed.svg"

WAYS = [
    ("paper", "none", "no stopping", "none"),
    ("paper", "gradstop", "GradStop, as published", "gradstop"),
    ("paper", "auto", "average of epochs", "auto"),
    ("default", "none", "trimmed: the default", "trimmed"),
]
PARTS = [("odd", "odd tables"), ("even", "even tables"), ("made", "made tables")]
PANELS = [("auc", "AUC", 0.65, 1.0), ("average_precision", "average precision", 0.2, 0.9)]

WIDTH, HEIGHT = 760, 360
TOP, BOTTOM = 112, 46
PANEL_LEFT, PANEL_WIDTH = (56, 420), 316
BAR, BAR_GAP, GROUP = 20, 3, 106

STYLE = """
    .page { fill: #ffffff; stroke: #d8dee4; }
    .strong { fill: #1f2328; font-weight: 600; }
    .text { fill: #1f2328; }
    .muted { fill: #59636e; }
    .axis { stroke: #8c959f; }
    .none { fill: #8c959f; }
    .gradstop { fill: #b35900; }
    .auto { fill: #6e56cf; }
    .trimmed { fill: #0a7d6c; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; stroke: #30363d; }
      .strong, .text { fill: #e6edf3; }
      .muted { fill: #9198a1; }
      .none { fill: #6e7681; }
      .gradstop { fill: #f0883e; }
      .auto { fill: #a694f5; }
      .trimmed { fill: #2fc4ab; }
    }
"""


def part_of(table: str) -> str:
    number = table.split("_")[0]
    if not number.isdigit():
        return "made"
    return "odd" if int(number) % 2 else "even"


def means(path: Path) -> dict[tuple[str, str, str, str], tuple[float, int]]:
    """By preset, rule, part and measure: the mean and how many tables it is over."""
    found: dict[tuple[str, ...], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["detector"] == "autoencoder" and row["settings"] == "{}":
                for measure, *_ in PANELS:
                    key = (row["preset"], row["stop"], part_of(row["table"]), measure)
                    found[key][row["table"]].append(float(row[measure]))
    return {
        key: (statistics.fmean(statistics.fmean(seeds) for seeds in tables.values()), len(tables))
        for key, tables in found.items()
    }


def drawing(of: dict[tuple[str, str, str, str], tuple[float, int]]) -> str:
    elements = [
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8" class="page"/>',
        text(24, 34, 18, "strong", "Learn the outliers, stop in time, or never learn them"),
    ]
    left = 24
    for _, _, label, style in WAYS:
        elements.append(f'<rect x="{left}" y="50" width="10" height="10" rx="2" class="{style}"/>')
        elements.append(text(left + 16, 59, 12, "text", label))
        left += 40 + round(6.6 * len(label))
    said = []
    for (measure, title, low, high), panel in zip(PANELS, PANEL_LEFT):
        elements.append(text(panel, TOP - 22, 13, "strong", title))
        base = HEIGHT - BOTTOM
        elements.append(f'<line x1="{panel}" x2="{panel + PANEL_WIDTH}" y1="{base}" y2="{base}" class="axis"/>')
        for place, (part, name) in enumerate(PARTS):
            start = panel + place * GROUP
            tables = of["default", "none", part, measure][1]
            elements.append(text(start + 2 * BAR, base + 18, 11, "muted", f"{name} ({tables})", anchor="middle"))
            for at, (preset, stop, label, style) in enumerate(WAYS):
                value, _ = of[preset, stop, part, measure]
                height = (base - TOP) * (value - low) / (high - low)
                x, y = start + at * (BAR + BAR_GAP), base - height
                elements.append(
                    f'<rect x="{x}" y="{y:.1f}" width="{BAR}" height="{height:.1f}" rx="2" class="{style}"/>'
                )
                weight = "strong" if style == "trimmed" else "muted"
                elements.append(text(x + BAR // 2, round(y) - 5, 9, weight, f"{value:.3f}"[1:], anchor="middle"))
                said.append(f"{title}, {name}, {label}: {value:.3f}")
    elements.append(text(24, HEIGHT - 10, 10, "muted", "Single fits, mean over seeds. The axes do not start at 0."))
    body = "\n  ".join(elements)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"
  role="img" aria-labelledby="title description" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif">
  <title id="title">What stopping and trimming are worth</title>
  <desc id="description">{escape("; ".join(said))}.</desc>
  <style>{STYLE}  </style>
  {body}
</svg>
"""


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    OUTPUT.write_text(drawing(means(Path(sys.argv[1]))), encoding="utf-8")
    print(f"wrote docs/{OUTPUT.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
