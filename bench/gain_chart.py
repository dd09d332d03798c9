#!/usr/bin/env python3
"""Draw what each stopping rule changes, table by table, as `docs/gain.svg`.

    gradstop-lab bench report RESULTS --format csv > results.csv
    python3 bench/gain_chart.py results.csv

The auto-encoder; of each rule the change of AUC against not stopping the same training, mean over seeds, sorted. GradStop is that
of the preset `paper`, as published.
"""

from __future__ import annotations

import csv
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from xml.sax.saxutils import escape

from chart import text

OUTPUT = Path(__file__).resolve().parent.parent / "docs" / "gain.svg"

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 80, 50
LIMIT = 0.3  # the axis ends here; what lies beyond is drawn at its end

RULES = [
    ("auto", "default", "auto", "auto"),
    ("gradstop", "paper", "GradStop", "gradstop"),
    ("entropystop", "default", "EntropyStop", "entropystop"),
]

STYLE = """
    .page { fill: #ffffff; stroke: #d8dee4; }
    .strong { fill: #1f2328; font-weight: 600; }
    .text { fill: #1f2328; }
    .muted { fill: #59636e; }
    .axis { stroke: #8c959f; }
    .auto { stroke: #0a7d6c; fill: #0a7d6c; }
    .gradstop { stroke: #b35900; fill: #b35900; }
    .entropystop { stroke: #6e56cf; fill: #6e56cf; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; stroke: #30363d; }
      .strong, .text { fill: #e6edf3; }
      .muted { fill: #9198a1; }
      .auto { stroke: #2fc4ab; fill: #2fc4ab; }
      .gradstop { stroke: #f0883e; fill: #f0883e; }
      .entropystop { stroke: #a694f5; fill: #a694f5; }
    }
    .line { fill: none; stroke-width: 2; }
"""


def changes(path: Path) -> dict[str, list[float]]:
    """Of each rule the changes, largest first."""
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["detector"] == "autoencoder" and row["settings"] == "{}":
                found[row["preset"], row["stop"], row["table"]].append(float(row["auc"]))
    mean = {key: statistics.fmean(values) for key, values in found.items()}
    tables = {table for _, _, table in mean}
    if not tables:
        sys.exit(f"error: {path} has no results of the auto-encoder")
    return {
        rule: sorted((mean[preset, rule, table] - mean[preset, "none", table] for table in tables), reverse=True)
        for rule, preset, *_ in RULES
    }


def drawing(of_rule: dict[str, list[float]]) -> str:
    count = len(of_rule["auto"])
    across = lambda at: LEFT + (WIDTH - LEFT - RIGHT) * at / (count - 1)
    up = lambda change: TOP + (HEIGHT - TOP - BOTTOM) * (LIMIT - max(-LIMIT, min(LIMIT, change))) / (2 * LIMIT)
    elements = [
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8" class="page"/>',
        text(24, 34, 18, "strong", "What each rule changes, table by table"),
        text(24, 56, 13, "muted", f"Auto-encoder, {count} ADBench tables, change of AUC against not stopping; each rule sorted by itself."),
    ]
    for change in (-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3):
        y = up(change)
        width = 1.5 if change == 0 else 0.4
        elements.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="axis" stroke-width="{width}"/>')
        elements.append(text(LEFT - 8, round(y) + 4, 11, "muted", f"{change:+.1f}" if change else "0", anchor="end"))
    for place, (rule, _, label, style) in enumerate(RULES):
        values = of_rule[rule]
        points = " ".join(f"{across(at):.1f},{up(change):.1f}" for at, change in enumerate(values))
        elements.append(f'<polyline points="{points}" class="line {style}"/>')
        note = f"{label}: mean {statistics.fmean(values):+.3f}, better on {sum(v > 0.001 for v in values)}, worse on {sum(v < -0.001 for v in values)}"
        # On the right above the curves, which fall.
        y = TOP + 14 + 20 * place
        elements.append(f'<rect x="380" y="{y - 9}" width="10" height="10" rx="2" class="{style}"/>')
        elements.append(text(398, y, 12, "text", note))
    elements.append(text(LEFT, HEIGHT - 18, 11, "muted", "tables, from each rule's largest gain to its largest loss"))
    body = "\n  ".join(elements)
    means = "; ".join(f"{label} {statistics.fmean(of_rule[rule]):+.3f}" for rule, _, label, _ in RULES)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"
  role="img" aria-labelledby="title description" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif">
  <title id="title">What each stopping rule changes, table by table</title>
  <desc id="description">{escape(f"Mean change of AUC over {count} tables: {means}.")}</desc>
  <style>{STYLE}  </style>
  {body}
</svg>
"""


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    OUTPUT.write_text(drawing(changes(Path(sys.argv[1]))), encoding="utf-8")
    print(f"wrote docs/{OUTPUT.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
