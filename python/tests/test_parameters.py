"""Constructors, registry and scikit-learn's manners agree."""

from __future__ import annotations

import inspect
import json
import typing

import numpy as np
import pytest
from helpers import QUICK, REGISTRY, make
from sklearn.base import clone

import gradstop
import gradstop.sklearn
from gradstop._detector import PREPARATION, RULES, presets

#: What only Python has.
OWN = {"preset", "n_threads", *PREPARATION}


def test_every_detector_of_the_registry_has_a_class():
    assert {name: getattr(gradstop, name)._detector for name in QUICK} == {name: entry["name"] for name, entry in REGISTRY.items()}
    assert set(gradstop.sklearn.__all__) == set(QUICK)


@pytest.mark.parametrize("module", [gradstop, gradstop.sklearn])
def test_constructors_have_the_parameters_and_values_of_the_registry(name, module):
    namesake, entry = getattr(gradstop, name), REGISTRY[name]
    signature = inspect.signature(getattr(module, name))
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in signature.parameters.values())
    # The rules' own settings are those of the rule objects.
    settings = {setting["name"]: setting for setting in entry["settings"] if "." not in setting["name"]}
    assert {namesake._native_name(parameter) for parameter in set(signature.parameters) - OWN} == set(settings)
    for parameter, given in signature.parameters.items():
        if parameter == "n_threads":
            assert given.default is None
        elif parameter == "preset":
            assert given.default == "default"
        elif parameter in PREPARATION:
            assert given.default == {"missing": "auto", "text": "auto", "levels": 10, "scale": "standard", "ordered": "ignore"}[parameter]
        else:
            setting = settings[namesake._native_name(parameter)]
            # Where the presets differ None takes the preset's value, whichever preset it is.
            shared = setting["default"] if setting["default"] == setting["paper"] else None
            assert given.default == (tuple(shared) if isinstance(shared, list) else shared), parameter


@pytest.mark.parametrize("module", [gradstop, gradstop.sklearn])
def test_annotations_name_the_words_of_the_registry(name, module):
    namesake = getattr(gradstop, name)
    hints = typing.get_type_hints(getattr(module, name).__init__, vars(typing) | vars(gradstop._detector))
    settings = {setting["name"]: setting["schema"] for setting in REGISTRY[name]["settings"]}
    for parameter, hint in hints.items():
        words = {word for one in (hint, *typing.get_args(hint)) if typing.get_origin(one) is typing.Literal for word in typing.get_args(one)}
        schema = settings.get(namesake._native_name(parameter), {})
        if parameter in PREPARATION and parameter != "levels":
            assert words == set(PREPARATION[parameter])
        elif "enum" in schema:
            assert words == set(schema["enum"]), parameter


@pytest.mark.parametrize("rule", ["gradstop", "entropystop", "auto"])
def test_rule_objects_have_the_settings_of_the_registry(rule):
    kind = RULES[rule]
    prefix = f"{rule}."
    names = [setting["name"] for setting in REGISTRY["AutoEncoder"]["settings"]]
    assert set(inspect.signature(kind).parameters) == {n.removeprefix(prefix) for n in names if n.startswith(prefix)}
    if rule == "auto":
        # It is no rule of the paper's, and has no values of its own.
        return
    # Their documentation names the paper's values.
    for setting, value in presets("autoencoder")["paper"][rule].items():
        assert any(line.startswith(f"    {setting} : ") and line.endswith(f"default {value}") for line in kind.__doc__.splitlines()), setting


@pytest.mark.parametrize("module", [gradstop, gradstop.sklearn])
def test_docstrings_explain_every_parameter(name, module):
    kind = getattr(module, name)
    documented = inspect.getdoc(kind)
    sections = [documented.index(f"{title}\n{'-' * len(title)}\n") for title in ("Parameters", "Attributes")]
    assert sections == sorted(sections)
    for parameter in inspect.signature(kind).parameters:
        assert f"\n{parameter} : " in documented, parameter
    for method in ("fit", "decision_function", "predict", "fit_predict"):
        written = inspect.getdoc(getattr(kind, method))
        assert "Parameters\n----------" in written and "Returns\n-------" in written, method
    assert "more abnormal" in documented or module is gradstop.sklearn


@pytest.mark.parametrize("module", [gradstop, gradstop.sklearn])
def test_docstrings_and_signatures_are_there_without_running_anything(name, module):
    """As editors find them: in the text of a class's own module."""
    source = inspect.getsource(getattr(module, name))
    assert '"""' in source and "Parameters\n    ----------" in source and "def __init__" in source


def test_arguments_are_stored_untouched_and_cloned(name):
    detector = make(name, contamination=0.2)
    assert detector.get_params() == {**make(name).get_params(), "contamination": 0.2}
    copy = clone(detector)
    assert copy is not detector and copy.get_params() == detector.get_params()
    widths = (8, 4)
    assert gradstop.AutoEncoder(hidden=widths).get_params()["hidden"] is widths


def test_parameters_can_be_set_by_name(table):
    detector = gradstop.KNN().set_params(n_neighbors=3, contamination=0.2)
    assert (detector.n_neighbors, detector.contamination) == (3, 0.2)
    with pytest.raises(ValueError, match="Invalid parameter 'neighbors' for KNN, wanted one of .*n_neighbors"):
        detector.set_params(neighbors=3)


def test_the_representation_shows_what_was_changed():
    assert repr(gradstop.KNN()) == "KNN()"
    assert repr(gradstop.KNN(n_neighbors=3, contamination="auto")) == "KNN(contamination='auto', n_neighbors=3)"
    assert repr(gradstop.AutoEncoder(hidden=np.array([3, 4])))
    rule = gradstop.GradStop(patience=30)
    assert repr(gradstop.AutoEncoder(early_stopping=rule)) == "AutoEncoder(early_stopping=GradStop(patience=30))"


def test_pyods_names_are_the_settings_of_the_registry(table):
    report = json.loads(gradstop.GMM(n_components=2, max_iter=7, tol=0.1, reg_covar=0.5).fit(table)._fitted.report())
    settings = report["settings"]
    assert [settings[key] for key in ("n_components", "max_iter", "tol", "reg_covar")] == [2, 7, 0.1, 0.5]
    report = json.loads(gradstop.IForest(n_estimators=30, max_samples=50, max_features=0.5).fit(table)._fitted.report())
    assert [report["settings"][key] for key in ("n_estimators", "max_samples", "max_features")] == [30, 50, 0.5]


def test_a_preset_is_what_parameters_start_from(name, table):
    kind = getattr(gradstop, name)
    for preset in ("default", "paper"):
        small = {key: value for key, value in QUICK[name].items()}
        settings = json.loads(kind(preset=preset, **small).fit(table)._fitted.report())["settings"]
        wanted = dict(presets(kind._detector)[preset])
        wanted.update({kind._native_name(key): value for key, value in small.items()})
        assert settings == wanted


def test_none_takes_the_presets_value_whatever_the_signature_shows(name, table):
    kind = getattr(gradstop, name)
    nothing = {parameter: None for parameter in kind().get_params() if parameter not in {*OWN, *QUICK[name], "contamination"}}
    for preset in ("default", "paper"):
        explicit, implicit = (kind(preset=preset, **QUICK[name], **given).fit(table) for given in (nothing, {}))
        assert json.loads(explicit._fitted.report())["settings"] == json.loads(implicit._fitted.report())["settings"]


def test_a_given_value_counts_under_every_preset(table):
    """Also where it is what the other preset has, which a constructor that shows one preset's values could not tell."""
    for preset in ("default", "paper"):
        for dropout in (0.4, 0.2):
            detector = clone(gradstop.AutoEncoder(preset=preset, dropout=dropout, epochs=2)).fit(table)
            assert json.loads(detector._fitted.report())["settings"]["dropout"] == dropout
