"""The package as it is installed: types, documentation, and what it needs."""

from __future__ import annotations

import doctest
import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import ROOT, python

import gradstop

MODULES = ["", "._detector", "._detectors", "._history", "._rules", "._rows", "._sklearn", "._threshold", ".sklearn"]


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_say_what_happens(module):
    result = doctest.testmod(importlib.import_module(f"gradstop{module}"))
    assert result.failed == 0
    assert result.attempted > 0 or module not in ("", "._detector", "._detectors", "._rules", ".sklearn")


def test_stubs_and_the_native_module_agree(tmp_path):
    (tmp_path / "mypy.ini").write_text("[mypy]\n")
    words = [sys.executable, "-m", "mypy.stubtest", "gradstop._gradstop", "--mypy-config-file", tmp_path / "mypy.ini"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_is_typed():
    installed = Path(gradstop.__file__).parent
    assert (installed / "py.typed").exists()
    words = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--cache-dir", os.devnull, "python/gradstop"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def blocks(text: str) -> list[str]:
    """The Python programs of a document."""
    return [part.split("```")[0] for part in text.split("```python\n")[1:]]


def test_the_quickstart_needs_nothing_but_numpy(tmp_path):
    """In an interpreter that finds nothing beside Python's own modules, NumPy and us."""
    program = """if True:
        import sys, importlib.abc
        class Nothing(importlib.abc.MetaPathFinder):
            def find_spec(self, name, path=None, target=None):
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names and top not in ("numpy", "gradstop"):
                    raise ModuleNotFoundError(f"no module named {name!r}", name=name)
        sys.meta_path.insert(0, Nothing())
        exec(sys.argv[1])
    """
    quickstart = blocks((ROOT / "README.md").read_text())[0]
    assert "gradstop.AutoEncoder" in quickstart
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    python(f"import os; os.chdir({str(tmp_path)!r})\n{program}", quickstart)
    assert (tmp_path / "model.gradstop").exists()


def test_importing_the_package_imports_no_optional_one():
    program = """if True:
        import sys, gradstop
        optional = ["torch", "sklearn", "pandas", "polars", "pyarrow"]
        print([name for name in ["numpy", *optional] if name in sys.modules])
        print(gradstop.AutoEncoder(), [name for name in optional if name in sys.modules])
    """
    assert python(program) == "[]\nAutoEncoder() []\n"


def test_every_public_name_is_there():
    assert all(hasattr(gradstop, name) for name in gradstop.__all__)
    assert set(gradstop.__all__) <= set(dir(gradstop))
    with pytest.raises(AttributeError, match="no attribute 'Autoencoder'"):
        gradstop.Autoencoder  # noqa: B018


def test_the_version_is_that_of_the_workspace():
    version = f'version = "{gradstop.__version__}"'
    assert version in (ROOT / "Cargo.toml").read_text()
