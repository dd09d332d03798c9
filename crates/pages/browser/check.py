"""Opens the pages that gradstop makes in a headless Chromium and checks what readers rely on:

no console error, no request but for the file itself, sorting by mouse and by key, words for every chart, contrast in both
colour schemes, nothing wider than the screen, under a megabyte.

    python3 crates/pages/browser/check.py target/release/gradstop [--pictures FOLDER]
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import chromium

HERE = pathlib.Path(__file__).resolve().parent
WDBC = HERE.parents[2] / "examples" / "wdbc.csv"
MOST_BYTES = 1_000_000
SORTED = """[...document.querySelector("table.sortable").tBodies[0].rows].map(row => Number(row.cells[%d].textContent))"""
BUTTON = """document.querySelectorAll("table.sortable thead button")[%d]"""


def make_pages(gradstop, folder):
    """Paths of pages, each with whether it has a table that sorts."""

    def run(*words, program=gradstop):
        subprocess.run([program, *map(str, words)], check=True, stdout=subprocess.DEVNULL)

    def make(kind, rows, columns, path):
        lab = pathlib.Path(gradstop).with_name("gradstop-lab")
        run("datasets", "make", kind, "--rows", rows, "--columns", columns, "--output", path, program=lab)

    page = lambda name: folder / f"{name}.html"
    run("detect", WDBC, "--label", "label", "--report", page("wdbc"), "--model", folder / "wdbc.model")
    run("report", folder / "wdbc.model", WDBC, "--ignore", "label", "--output", page("saved"))
    run("dynamics", WDBC, "--label", "label", "--epochs", 60, "--output", page("dynamics"))
    # Many rows, and many columns; and names that must not become markup.
    make("local", 100_000, 30, folder / "long.csv")
    run("detect", folder / "long.csv", "--label", "label", "--epochs", 12, "--report", page("long"))
    make("global", 20_000, 150, folder / "wide.csv")
    run("detect", folder / "wide.csv", "--label", "label", "--detector", "ecod", "--report", page("wide"))
    names = ",".join(f"<img src=x onerror=alert({at})>" for at in range(3))
    rows = "\n".join(f"{at % 7},{at % 11},{(at * at) % 13}" for at in range(60))
    (folder / "hostile.csv").write_text(f"{names}\n{rows}\n")
    run("detect", folder / "hostile.csv", "--ensemble", 3, "--epochs", 5, "--report", page("hostile"))
    sorting = ("wdbc", "saved", "long", "wide", "hostile", "dynamics")
    every = ("wdbc", "saved", "dynamics", "long", "wide", "hostile")
    return [(page(name), name in sorting) for name in every]


def about_events(events, path):
    """Errors of the console, and requests."""
    own = pathlib.Path(path).resolve().as_uri()
    for event in events:
        what = event["params"]
        match event["method"]:
            case "Runtime.exceptionThrown":
                yield f"exception: {what['exceptionDetails']['text']}"
            case "Runtime.consoleAPICalled" if what["type"] in ("error", "warning", "assert"):
                yield f"console: {what['args']}"
            case "Log.entryAdded" if what["entry"]["level"] in ("error", "warning"):
                yield f"log: {what['entry']['text']}"
            case "Network.requestWillBeSent" if what["request"]["url"] != own:
                yield f"request: {what['request']['url']}"


def about_sorting(browser):
    """A click sorts down, another one up, and so do the keys."""
    for column in (1, 0):
        browser.run(BUTTON % column + ".closest('details')?.setAttribute('open', '')")
        heading = BUTTON % column + ".closest('th').getAttribute('aria-sort')"
        for press in ("mouse", "key", "mouse", "key"):
            browser.run(BUTTON % column + ".focus()")
            if press == "mouse":
                browser.run(BUTTON % column + ".click()")
            else:
                browser.press("Enter", 13)
            values, state = browser.run(SORTED % column), browser.run(heading)
            if state not in ("ascending", "descending"):
                yield f"column {column}: {press} sorts nothing"
            if values != sorted(values, reverse=state == "descending") or len(values) < 5:
                yield f"column {column}: {state} by {press}, but the values are {values[:5]}"


def check(browser, path, sorts, pictures):
    size = path.stat().st_size
    if size >= MOST_BYTES:
        yield f"{size} bytes, wanted less than {MOST_BYTES}"
    script = (HERE / "checks.js").read_text()
    for scheme in ("light", "dark"):
        for name, width, height in (("desktop", 1280, 900), ("phone", 390, 844)):
            events = browser.open(path, scheme, width, height)
            if pictures:
                browser.picture(pictures / f"{path.stem}-{scheme}-{name}.png")
            yield from (f"{scheme} {name}: {problem}" for problem in browser.run(script))
            if sorts:
                yield from (f"{scheme} {name}: {problem}" for problem in about_sorting(browser))
            # What the page did later counts as well.
            browser.run("new Promise(done => setTimeout(done, 50))")
            yield from (f"{scheme} {name}: {problem}" for problem in about_events(events, path))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("gradstop", help="the built command; gradstop-lab stands beside it")
    parser.add_argument("--pictures", type=pathlib.Path, help="folder for a picture of every page")
    arguments = parser.parse_args()
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    problems = []
    with tempfile.TemporaryDirectory(prefix="gradstop-pages-") as folder, chromium.Chromium() as browser:
        pages = make_pages(os.path.abspath(arguments.gradstop), pathlib.Path(folder))
        for path, sorts in pages:
            found = list(dict.fromkeys(check(browser, path, sorts, arguments.pictures)))
            print(f"{path.name}: {path.stat().st_size} bytes, {'; '.join(found) or 'ok'}")
            problems += found
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
