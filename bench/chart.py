#!/usr/bin/env python3
"""Draw the newest record of `epoch.py` as `docs/epoch.svg`.

    python3 bench/chart.py

One group of bars for each size, with PyTorch as the full width, so that sizes whose times lie a hundredfold
apart can stand in one picture; the milliseconds are written beside the bars.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

BENCH = Path(__file__).resolve().parent
RECORDS = BENCH / "records"
OUTPUT = BENCH.parent / "docs" / "epoch.svg"

WIDTH = 760
MARGIN = 24
HEADER = 82
BAR_LEFT = 236
BAR_FULL = 400
BAR_HEIGHT = 16
BAR_STEP = 21
GROUP_GAP = 20
FOOTER = 40

BARS = [("pytorch", "PyTorch"), ("train", "gradstop"), ("floor", "matrix products alone")]

STYLE = """
    .page { fill: #ffffff; stroke: #d8dee4; }
    .strong { fill: #1f2328; font-weight: 600; }
    .text { fill: #1f2328; }
    .muted { fill: #59636e; }
    .pytorch { fill: #a8b1bb; }
    .train { fill: #0a7d6c; }
    .floor { fill: #a9d8cf; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; stroke: #30363d; }
      .strong, .text { fill: #e6edf3; }
      .muted { fill: #9198a1; }
      .pytorch { fill: #6b7480; }
      .train { fill: #2fc4ab; }
      .floor { fill: #1d6459; }
    }
"""


@dataclass(frozen=True)
class Group:
    """The median milliseconds at one size."""

    name: str
    milliseconds: dict[str, float]

    @property
    def height(self) -> int:
        return BAR_STEP * len(BARS) + GROUP_GAP

    def note(self, key: str) -> str:
        text = f"{time_text(self.milliseconds[key])} ms"
        return f"{text}, {self.speed_up}" if key == "train" else text

    @property
    def speed_up(self) -> str:
        return f"{self.milliseconds['pytorch'] / self.milliseconds['train']:.1f} times as fast"


def newest_record() -> dict:
    """The names hold the dates, so the last name is the newest record."""
    records = sorted(RECORDS.glob("epoch-*.json"))
    if not records:
        sys.exit("error: no record yet: run bench/epoch.py first")
    return json.loads(records[-1].read_text(encoding="utf-8"))


def groups_of(record: dict) -> list[Group]:
    return [
        Group(
            f"{size['rows']:,} x {size['columns']}",
            {key: size["milliseconds"][key]["median"] for key, _ in BARS},
        )
        for size in record["sizes"]
    ]


def time_text(milliseconds: float) -> str:
    return f"{milliseconds:.1f}" if milliseconds >= 10 else f"{milliseconds:.2f}"


def text(x: int, y: int, size: int, style: str, content: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" class="{style}" text-anchor="{anchor}">{escape(content)}</text>'


def group_elements(group: Group, top: int) -> list[str]:
    """The bars of one size; a bar is never thinner than a line, so that it stays visible."""
    elements = [text(MARGIN, top + 13, 14, "strong", group.name)]
    for index, (key, label) in enumerate(BARS):
        y = top + index * BAR_STEP
        width = max(1.0, BAR_FULL * group.milliseconds[key] / group.milliseconds["pytorch"])
        note_left = BAR_LEFT + round(width) + 8
        elements += [
            text(BAR_LEFT - 8, y + 12, 12, "muted", label, anchor="end"),
            f'<rect x="{BAR_LEFT}" y="{y}" width="{width:.1f}" height="{BAR_HEIGHT}" rx="2" class="{key}"/>',
            text(note_left, y + 12, 12, "strong" if key == "train" else "text", group.note(key)),
        ]
    return elements


def description(groups: list[Group]) -> str:
    """What the bars say, for those who cannot see them."""
    sizes = (f"{group.name}: " + "; ".join(f"{label} {group.note(key)}" for key, label in BARS) for group in groups)
    return f"Milliseconds per training epoch. {'. '.join(sizes)}."


def drawing(record: dict) -> str:
    groups = groups_of(record)
    height = HEADER + sum(group.height for group in groups) - GROUP_GAP + FOOTER
    elements = [
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8" class="page"/>',
        text(MARGIN, 34, 18, "strong", "Time of one training epoch"),
        text(MARGIN, 56, 13, "muted", "Auto-encoder, whole table in one batch, rows x columns. Shorter is faster."),
    ]
    top = HEADER
    for group in groups:
        elements += group_elements(group, top)
        top += group.height
    source = f"{record['processor']}, {record['threads']} threads, PyTorch {record['torch']}, {record['date']}"
    elements.append(text(MARGIN, height - 14, 11, "muted", source))
    body = "\n  ".join(elements)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"
  role="img" aria-labelledby="title description" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif">
  <title id="title">Time of one training epoch: gradstop and PyTorch</title>
  <desc id="description">{escape(description(groups))}</desc>
  <style>{STYLE}  </style>
  {body}
</svg>
"""


def main() -> None:
    OUTPUT.write_text(drawing(newest_record()), encoding="utf-8")
    print(f"wrote docs/{OUTPUT.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
