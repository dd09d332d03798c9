"""Makes the pictures of README and docs again, by the commands that they show, from examples/wdbc.csv:

    cargo build --release && python3 crates/pages/browser/pictures.py
"""

import os
import pathlib
import subprocess
import tempfile

import chromium

ROOT = pathlib.Path(__file__).resolve().parents[3]


def main():
    os.chdir(ROOT)
    gradstop, docs = "target/release/gradstop", pathlib.Path("docs")

    def run(*words):
        subprocess.run([gradstop, *map(str, words)], check=True, stdout=subprocess.DEVNULL)

    run("dynamics", "examples/wdbc.csv", "--label", "label", "--output", docs / "dynamics.svg")
    with tempfile.TemporaryDirectory() as folder, chromium.Chromium() as browser:
        page = pathlib.Path(folder) / "report.html"
        run("detect", "examples/wdbc.csv", "--label", "label", "--report", page)
        for scheme in ("light", "dark"):
            browser.open(page, scheme, 1280, 900)
            # How long the fit took is another number each time.
            browser.run("document.querySelectorAll('p')[1].innerHTML = "
                        "document.querySelectorAll('p')[1].innerHTML.replace(/ in [0-9.]+ seconds/, '')")
            height = browser.run("document.querySelector('.two').getBoundingClientRect().top")
            browser.picture(docs / f"report-{scheme}.png", (0, 0, 1280, height))


if __name__ == "__main__":
    main()
