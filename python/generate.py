#!/usr/bin/env python3
"""Write the Python classes of the detectors from the registry.

    python3 python/generate.py            # write them
    python3 python/generate.py --check    # say which are stale, and fail if any is

The registry is what ``gradstop list --json`` prints. Cargo builds that command, unless ``--command`` names one. Needs Python's
own library alone.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "gradstop"
WIDTH = 118

#: Python's names of settings that have another one in Rust.
NAMES = {"seed": "random_state"}


@dataclass(frozen=True)
class Parameter:
    """A keyword of a constructor."""

    name: str
    #: Its type as an annotation, and as a docstring has it.
    annotation: str
    kind: str
    default: object
    about: str

    def signature(self) -> str:
        return f"{self.name}: {self.annotation} = {literal(self.default)},"

    def documented(self) -> str:
        default = "optional" if self.default is None else f"default {literal(self.default)}"
        return f"{self.name} : {self.kind}, {default}\n{indented(wrapped(self.about, WIDTH - 8))}\n"


def own(name: str, annotation: str, kind: str, default: object, about: str) -> Parameter:
    """A parameter that the registry does not have, or not as Python takes it."""
    return Parameter(name, annotation, kind, default, about)


PRESET = own(
    "preset",
    'Literal["default", "paper"]',
    '{"default", "paper"}',
    "default",
    'Source of every parameter that is ``None``: ``"default"`` is our choice for a table we know nothing about, ``"paper"`` '
    "reproduces the published configuration, quirks included.",
)

PREPARATION = [
    own(
        "missing",
        'Literal["auto", "error", "mean", "median", "indicator"]',
        '{"auto", "error", "mean", "median", "indicator"}',
        "auto",
        'How to treat missing and infinite values: ``"auto"`` fills in the median and adds a column that marks them where at least '
        '1 in 100 are missing, ``"error"`` refuses them, ``"mean"`` and ``"median"`` fill them in, and ``"indicator"`` fills in '
        'the mean and adds a column that marks them. A ``FitWarning`` counts them.',
    ),
    own(
        "text",
        'Literal["auto", "onehot", "frequency", "error"]',
        '{"auto", "onehot", "frequency", "error"}',
        "auto",
        'How to encode columns of text: ``"onehot"`` gives each of the ``levels`` most frequent levels a column of 0 and 1, '
        '``"frequency"`` replaces a level by how much rarer than usual it is, and ``"error"`` refuses text. ``"auto"`` is '
        "one-hot for columns of at most ``levels`` levels and frequency for all others, and drops columns that identify rows.",
    ),
    own(
        "levels",
        "int",
        "int",
        10,
        "Levels of a column of text that get a column of their own, the most frequent ones. A whole number from 1 to 1000.",
    ),
    own(
        "scale",
        'Literal["standard", "robust", "quantile"]',
        '{"standard", "robust", "quantile"}',
        "standard",
        'How to scale columns: ``"standard"`` by mean and standard deviation, ``"robust"`` by median and quartiles, ``"quantile"`` '
        "to normal scores.",
    ),
    own(
        "ordered",
        'Literal["ignore", "parts", "keep"]',
        '{"ignore", "parts", "keep"}',
        "ignore",
        'How to treat dates and counters that grow from row to row, which tell nothing about new rows: ``"ignore"`` drops them, '
        '``"parts"`` replaces dates by hour, weekday and season, and ``"keep"`` keeps them as they are.',
    ),
]

N_THREADS = own(
    "n_threads",
    "int | None",
    "int",
    None,
    "Number of threads; ``None`` uses every core. The scores do not depend on it.",
)

#: What Python takes beside the range of a setting: annotation, type in words, meaning.
BROADER = {
    "contamination": (
        'float | Literal["auto"] | ThresholdRule',
        'float, "auto" or callable',
        "Share of the rows to flag as outliers, in (0, 0.5]. ``\"auto\"`` flags the rows above the upper fence of a box plot of the "
        "scores. A callable takes the scores and returns the threshold.",
    ),
    "random_state": (
        "int | np.random.Generator | np.random.RandomState | None",
        "int, numpy.random.Generator, RandomState or None",
        "Seed of every random number, or a generator to draw it from. ``None`` means 0: no fit depends on NumPy's global "
        "generator.",
    ),
    "early_stopping": (
        "{annotation} | StoppingRule",
        "{kind}, GradStop, EntropyStop or EpochAverage",
        "Rule that decides which epoch to keep: its name, or an object with its settings.",
    ),
}

CLUSTER = [
    own(
        "mode",
        'Literal["sample", "ensemble", "full"]',
        '{"sample", "ensemble", "full"}',
        "sample",
        'How to fit. ``"sample"`` fits a uniform sample of the rows in this process. ``"ensemble"`` fits the members of an ensemble '
        'in parallel tasks, each to its own sample. ``"full"`` trains one network over all rows in every step, for the '
        "auto-encoder, DeepSVDD and the variational auto-encoder in full batches.",
    ),
    own("sample_rows", "int", "int", 100_000, "Rows of a sample; all rows if there are fewer."),
]

CLIENT = own("client", "Client | None", "distributed.Client", None, "Client of the cluster; ``None`` takes the one that was made last.")

COLUMNS = [
    own("featuresCol", "str", "str", "features", "Column of vectors or arrays."),
    own("featuresCols", "Sequence[str] | None", "list of str", None, "Columns of numbers, instead of ``featuresCol``."),
    own("scoreCol", "str", "str", "outlier_score", "Column that the model writes scores to; larger is more abnormal."),
    own("predictionCol", "str", "str", "prediction", "Column that the model writes 1.0 to for outliers, else 0.0."),
]

ATTRIBUTES = """\
decision_scores_ : array of shape (rows,)
    Scores of the fitted rows; larger is more abnormal. Not set if the detector was loaded from a file.
labels_ : array of shape (rows,)
    1 for the fitted rows that score above the threshold, else 0. Not set if the detector was loaded from a file.
threshold_ : float
    Rows that score above it are outliers.
n_features_in_ : int
    Number of columns.
feature_names_in_ : array of str
    Names of the columns, if the table had names.
preparation_ : list of str
    How columns that are not complete numbers were prepared, a line each. Only set if any were.
prepared_names_ : array of str
    Names of the prepared columns, in the order of ``explain``. Only set with ``preparation_``.
"""

TRAINED_ATTRIBUTES = """\
history_ : History
    Measurements of every epoch, a dict of arrays.
best_epoch_ : int, or array of int
    The epoch that was kept, from 0, or the one that counts most in an average; one for each network if there are several.
stop_reason_ : str, or list of str
    Why the training ended: ``"patience"``, ``"diverged"`` or ``"epochs_used_up"``.
stop_explanation_ : str, or list of str
    ``stop_reason_`` in words.
"""

ESTIMATOR_ATTRIBUTES = """\
detector_ : gradstop.{name}
    The fitted detector, with the history of its training, the scores of the fitted rows, and ``save``.
offset_ : float
    What ``decision_function`` subtracts from ``score_samples``: rows below 0 are outliers.
n_features_in_ : int
    Number of columns.
feature_names_in_ : array of str
    Names of the columns, if the table had names.
"""

CLUSTER_ATTRIBUTES = """\
detector_ : gradstop.{name}
    The fitted detector, with its threshold, the history of its training, and ``save``.
"""

EXAMPLE = """\
>>> import numpy as np
>>> import gradstop
>>> X = np.random.default_rng(0).normal(size=(300, 4))
>>> X[5] = 9
>>> detector = gradstop.{name}().fit(X)
>>> int(detector.decision_scores_.argmax())
5
>>> detector.predict(X[5:7])
array([1, 0])
"""

ESTIMATOR_EXAMPLE = """\
>>> import numpy as np
>>> from gradstop.sklearn import {name}
>>> X = np.random.default_rng(0).normal(size=(300, 4))
>>> X[5] = 9
>>> {name}().fit(X).predict(X[5:7])
array([-1,  1])
"""

HEADER = "# Generated from the registry by python/generate.py; do not edit."


class Detector:
    """A detector of the registry, as Python has it."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.entry = entry
        self.name: str = entry["class"]
        settings = [setting for setting in entry["settings"] if "." not in setting["name"]]
        parameters = {parameter.name: parameter for parameter in map(of_setting, settings)}
        first, last = parameters.pop("contamination"), parameters.pop("random_state", None)
        #: The keywords of the constructor, in their order.
        self.parameters = [first, *parameters.values(), PRESET, *PREPARATION, *filter(None, [last]), N_THREADS]

    def about(self, larger: str = "Larger is more abnormal.") -> str:
        """The paragraphs before the sections."""
        paragraphs = [
            sentence(self.entry["about"]),
            f"Assumes that {self.entry['assumes']}.",
            f"The score: {self.entry['score']}. {larger}",
            f"Cost, for n rows of d columns: {self.entry['cost']}.",
        ]
        return "\n\n".join(wrapped(paragraph, WIDTH - 4) for paragraph in paragraphs)

    def doc(self, first: str, parameters: Sequence[Parameter], attributes: str, examples: str = "") -> str:
        """A docstring as numpydoc has it."""
        sections = [first, section("Parameters", "".join(parameter.documented() for parameter in parameters))]
        sections += [section("Attributes", attributes)] if attributes else []
        sections += [section("Examples", examples)] if examples else []
        text = "\n\n".join(part.strip() for part in sections)
        return indented(f'"""{text}\n"""')


def of_setting(setting: dict[str, Any]) -> Parameter:
    """The keyword for a setting. Its default is its value, or ``None`` where the presets differ."""
    default, paper = frozen(setting["default"]), frozen(setting["paper"])
    name = NAMES.get(setting["name"], setting["name"])
    annotation, kind = types(setting["schema"])
    about = sentence(setting["about"])
    if "enum" not in setting["schema"] and setting["schema"].get("type") != "boolean":
        about = f"{about} {sentence(setting['range'])}"
    if name in BROADER:
        wide, words, about = BROADER[name]
        annotation, kind = wide.format(annotation=annotation), words.format(kind=kind)
    if default != paper:
        about = f"{about} ``None`` takes the preset's value: {literal(default)} in \"default\", {literal(paper)} in \"paper\"."
        annotation, default = f"{annotation} | None", None
    return Parameter(name, annotation, kind, default, about)


def types(schema: dict[str, Any]) -> tuple[str, str]:
    """The type of a schema as an annotation, and as a docstring has it."""
    if "anyOf" in schema:
        every = [types(one) for one in schema["anyOf"]]
        return " | ".join(annotation for annotation, _ in every), " or ".join(kind for _, kind in every)
    words = [schema["const"]] if "const" in schema else schema.get("enum")
    if words is not None:
        quoted = ", ".join(literal(word) for word in words)
        return f"Literal[{quoted}]", quoted if len(words) == 1 else f"{{{quoted}}}"
    if schema["type"] == "array":
        item, _ = types(schema["items"])
        return f"Sequence[{item}]", f"sequence of {item}"
    name = {"integer": "int", "number": "float", "boolean": "bool"}[schema["type"]]
    return name, name


def frozen(value: Any) -> object:
    """A value that may be a default: no list."""
    return tuple(value) if isinstance(value, list) else value


def literal(value: object) -> str:
    """A value as it is written in Python, words in double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False))


def indented(text: str) -> str:
    return textwrap.indent(text, "    ")


def section(title: str, text: str) -> str:
    return f"{title}\n{'-' * len(title)}\n{text}"


def constructor(parameters: Sequence[Parameter], body: Sequence[str]) -> str:
    """An ``__init__`` with keywords alone."""
    lines = ["def __init__(", "    self,", "    *,", *(f"    {one.signature()}" for one in parameters), ") -> None:"]
    return indented("\n".join([*lines, *(f"    {line}" for line in body)]))


def handed_on(first: Sequence[str], parameters: Sequence[Parameter]) -> list[str]:
    """A call of the base's ``__init__`` with these positions and keywords."""
    keywords = [f"    {parameter.name}={parameter.name}," for parameter in parameters]
    return ["super().__init__(", *(f"    {one}," for one in first), *keywords, ")"]


def module(docstring: str, imports: str, public: Sequence[str], classes: Sequence[str]) -> str:
    names = "".join(f'    "{name}",\n' for name in sorted(public))
    head = f'{HEADER}\n"""{docstring}"""\n\nfrom __future__ import annotations\n\n{imports}\n__all__ = [\n{names}]\n'
    return "\n\n".join([head, *classes])


def detectors_module(detectors: Sequence[Detector]) -> str:
    classes = []
    for detector in detectors:
        attributes = ATTRIBUTES + (TRAINED_ATTRIBUTES if detector.entry["trained"] else "")
        doc = detector.doc(detector.about(), detector.parameters, attributes, EXAMPLE.format(name=detector.name))
        lines = [f"class {detector.name}(Detector):", doc, "", f'    _detector = "{detector.entry["name"]}"']
        stored = [f"self.{parameter.name} = {parameter.name}" for parameter in detector.parameters]
        classes.append("\n".join([*lines, "", constructor(detector.parameters, stored), ""]))
    table = "\n".join(f'    "{detector.entry["name"]}": {detector.name},' for detector in detectors)
    by_name = f"#: Every class by the registry's name.\nCLASSES: dict[str, type[Detector]] = {{\n{table}\n}}\n"
    imports = (
        "from collections.abc import Sequence\nfrom typing import Literal\n\nimport numpy as np\n\n"
        "from ._detector import Detector, StoppingRule, ThresholdRule\n"
    )
    public = [detector.name for detector in detectors]
    return module("The detectors, a class each. Their base is in ``_detector``.", imports, public, [*classes, by_name])


SKLEARN = '''\
The detectors as scikit-learn's outlier estimators.

They have the parameters of their namesakes in :mod:`gradstop` and scikit-learn's signs: ``predict`` is -1 for an outlier
and 1 for an inlier, and of ``score_samples`` and ``decision_function`` **smaller is more abnormal**. Rows are numbers, as
scikit-learn has them; with ``missing`` some may be NaN.

>>> import numpy as np
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import RobustScaler
>>> from gradstop.sklearn import IForest
>>> X = np.random.default_rng(0).normal(size=(300, 4))
>>> X[5] = 9
>>> int(make_pipeline(RobustScaler(), IForest()).fit(X).predict(X)[5])
-1
'''


def sklearn_module(detectors: Sequence[Detector]) -> str:
    classes = []
    for detector in detectors:
        about = detector.about("Here its sign is reversed: smaller is more abnormal.")
        attributes = ESTIMATOR_ATTRIBUTES.format(name=detector.name)
        doc = detector.doc(about, detector.parameters, attributes, ESTIMATOR_EXAMPLE.format(name=detector.name))
        stored = [f"self.{parameter.name} = {parameter.name}" for parameter in detector.parameters]
        kind = f"    _kind = _detectors.{detector.name}"
        lines = [f"class {detector.name}(OutlierEstimator):", doc, "", kind, "", constructor(detector.parameters, stored), ""]
        classes.append("\n".join(lines))
    imports = (
        "from collections.abc import Sequence\nfrom typing import Literal\n\nimport numpy as np\n\n"
        "from . import _detectors\nfrom ._detector import StoppingRule, ThresholdRule\n"
        "from ._sklearn import OutlierEstimator\n"
    )
    return module(SKLEARN, imports, [detector.name for detector in detectors], classes)


DASK = '''\
The detectors for tables on a Dask cluster: data frames and arrays that no process holds whole.

>>> from dask.distributed import Client                                  # doctest: +SKIP
>>> from gradstop.dask import DaskAutoEncoder                            # doctest: +SKIP
>>> detector = DaskAutoEncoder(client=Client(), mode="full").fit(frame)  # doctest: +SKIP
>>> detector.decision_function(frame)                                    # doctest: +SKIP

gradstop must be installed where the workers run. ``docs/scale.md`` says what each mode costs and what it is equal to.
'''


def dask_module(detectors: Sequence[Detector]) -> str:
    classes = []
    for detector in detectors:
        here = [CLIENT, *CLUSTER]
        parameters = [*here, *detector.parameters]
        doc = detector.doc(detector.about(), parameters, CLUSTER_ATTRIBUTES.format(name=detector.name))
        kind = f"    _kind = _detectors.{detector.name}"
        body = handed_on([one.name for one in here], detector.parameters)
        lines = [f"class Dask{detector.name}(DaskDetector):", doc, "", kind, "", constructor(parameters, body), ""]
        classes.append("\n".join(lines))
    imports = (
        "from collections.abc import Sequence\nfrom typing import Literal\n\nimport numpy as np\nfrom distributed import Client\n\n"
        "from . import _detectors\nfrom ._dask import DaskDetector\n"
        "from ._detector import StoppingRule, ThresholdRule\n"
    )
    return module(DASK, imports, [*(f"Dask{detector.name}" for detector in detectors)], classes)


SPARK = '''\
The detectors as estimators of Spark's machine learning: for data frames that no process holds whole.

>>> from gradstop.spark import SparkAutoEncoder                                          # doctest: +SKIP
>>> model = SparkAutoEncoder(featuresCols=["a", "b"], mode="full").fit(frame)            # doctest: +SKIP
>>> model.transform(frame).select("outlier_score", "prediction")                         # doctest: +SKIP

gradstop and pyarrow must be installed where the executors run. ``docs/scale.md`` says what each mode costs and what it is
equal to.
'''


def spark_module(detectors: Sequence[Detector]) -> str:
    classes = []
    for detector in detectors:
        parameters = [*COLUMNS, *CLUSTER, *detector.parameters]
        doc = detector.doc(detector.about(), parameters, "")
        kind = f"    _kind = _detectors.{detector.name}"
        params = [f"    {one.name} = param({literal(one.name)}, {literal(in_short(one.about))})" for one in detector.parameters]
        body = handed_on([], parameters)
        lines = [f"class Spark{detector.name}(SparkDetector):", doc, "", kind, "", *params, "", constructor(parameters, body), ""]
        classes.append("\n".join(lines))
    imports = (
        "from collections.abc import Sequence\nfrom typing import Literal\n\nimport numpy as np\n\n"
        "from . import _detectors\nfrom ._detector import StoppingRule, ThresholdRule\n"
        "from ._spark import SparkDetector, SparkOutlierModel, param\n"
    )
    return module(SPARK, imports, [*(f"Spark{detector.name}" for detector in detectors), "SparkOutlierModel"], classes)


def in_short(text: str) -> str:
    return re.split("[.;:]( |$)", text)[0]


def names_module(detectors: Sequence[Detector]) -> str:
    """Names without what they stand for: importing it takes no NumPy."""
    names = sorted(detector.name for detector in detectors)
    imported = "".join(f"        {name},\n" for name in names)
    imports = f"from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from ._detectors import (\n{imported}    )\n"
    return module("Names of the classes of detectors.", imports, names, [])


MODULES = {
    "_names.py": names_module,
    "_detectors.py": detectors_module,
    "sklearn.py": sklearn_module,
    "dask.py": dask_module,
    "spark.py": spark_module,
}


def registry(command: str | None) -> list[dict[str, Any]]:
    """What ``gradstop list --json`` says."""
    built = ["cargo", "run", "--release", "--quiet", "--package", "gradstop-cli", "--bin", "gradstop", "--"]
    words = [*([command] if command else built), "list", "--json"]
    listed = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    entries: list[dict[str, Any]] = json.loads(listed)
    native = {setting["name"] for entry in entries for setting in entry["settings"]}
    ours = {NAMES.get(name, name) for name in native}
    for table, gone in [("NAMES", NAMES.keys() - native), ("BROADER", BROADER.keys() - ours)]:
        if gone:
            sys.exit(f"{table} of python/generate.py: got {', '.join(sorted(gone))}, wanted settings of the registry")
    return entries


def stale(files: dict[Path, str]) -> Iterator[str]:
    """The first differences of every file that is not as it would be written now."""
    for path, wanted in files.items():
        got = path.read_text(encoding="utf-8") if path.exists() else ""
        if got != wanted:
            name = str(path.relative_to(ROOT))
            lines = difflib.unified_diff(got.splitlines(), wanted.splitlines(), name, f"{name} as the registry has it", lineterm="", n=1)
            yield "\n".join([*lines][:20])


def main() -> int:
    arguments = argparse.ArgumentParser(description="Write the Python classes of the detectors from the registry.")
    arguments.add_argument("--check", action="store_true", help="write nothing, say which files are stale")
    arguments.add_argument("--command", help="the gradstop command to ask, by its path from the root of the clone")
    given = arguments.parse_args()
    detectors = [Detector(entry) for entry in registry(given.command)]
    files = {PACKAGE / name: write(detectors) for name, write in MODULES.items()}
    if not given.check:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
        return 0
    found = list(stale(files))
    if found:
        print(*found, "The Python classes are stale. To refresh them:\n\n    python3 python/generate.py\n", sep="\n\n", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
