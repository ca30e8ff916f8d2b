"""The registries: every entry measures what its name says, in the shape and with the words promised."""

import re

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

from metacalo.showers import open_showers
from metacalo.showers import runs as showers_runs
from metacalo.validation import observables
from metacalo.validation.observables import LAYER_OBSERVABLES, OBSERVABLES, RANGE_OBSERVABLES, measure_all
from metacalo.validation.scales import Scales

EVERY = {**OBSERVABLES, **LAYER_OBSERVABLES, **RANGE_OBSERVABLES}


@pytest.fixture(params=["with a detector", "without"])
def scales(request, real_showers, detector):
    return Scales.of(real_showers.grid, detector if request.param == "with a detector" else None)


def width(name, scales):
    """Shape of an observable behind the showers' axis."""
    if name in LAYER_OBSERVABLES:
        return (len(scales.layer_depth),)
    return (len(scales.range_names),) if name in RANGE_OBSERVABLES else ()


def test_no_name_stands_twice():
    assert len(EVERY) == len(OBSERVABLES) + len(LAYER_OBSERVABLES) + len(RANGE_OBSERVABLES)


@pytest.mark.parametrize("name", EVERY)
def test_every_observable_varies_and_is_finite_on_real_showers(name, real_showers, scales):
    values = EVERY[name].measure(real_showers, scales)
    assert values.shape == (len(real_showers), *width(name, scales))
    assert values.dtype == np.float64
    assert np.isfinite(values).all()
    assert (np.ptp(values, axis=0) > 0).any()


@pytest.mark.parametrize("name", EVERY)
def test_every_observable_takes_no_showers_and_showers_of_nothing(name, hand_made_showers, tiny_grid):
    scales = Scales.of(tiny_grid)
    assert EVERY[name].measure(hand_made_showers[:0], scales).shape == (0, *width(name, scales))
    assert not EVERY[name].measure(hand_made_showers[1:2], scales).any()


@pytest.mark.parametrize("name", EVERY)
def test_every_observable_has_words_and_a_label_that_can_be_set(name, scales):
    observable = EVERY[name]
    assert observable.name == name
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name)
    assert observable.heading[0].isupper()
    assert not observable.heading.endswith(".")
    assert observable.sentence[0].isupper()
    assert observable.sentence.endswith(".")
    label = observable.label_of(scales)
    assert label == f"{observable.label} [{observable.unit_of(scales)}]" or not observable.unit
    MathTextParser("path").parse(label)


def test_lengths_are_in_the_units_of_the_scales(real_showers, detector):
    here, mm = Scales.of(real_showers.grid, detector), Scales.of(real_showers.grid)
    for name, observable in EVERY.items():
        known, unknown = (observable.measure(real_showers, s) for s in (here, mm))
        if observable.unit == "radius" and name not in RANGE_OBSERVABLES:
            assert known * detector.moliere_radius_mm == pytest.approx(unknown), name
        elif observable.unit == "depth":
            assert not np.allclose(known, unknown), name
    assert EVERY["depth"].label_of(here) == "mean depth of the shower [$X_0$]"
    assert EVERY["depth"].label_of(mm) == "mean depth of the shower [layers]"
    assert EVERY["r90"].label_of(mm).endswith("[mm]")
    assert EVERY["hits"].label_of(here) == "number of hit voxels"


def test_the_names_of_figures_that_were_published_measure_what_they_did(real_showers):
    before = {
        "response": observables.response,
        "depth": observables.depth,
        "width_in_depth": observables.width_in_depth,
        "width_in_radius": observables.width_in_radius_mm,
        "mean_radius": observables.mean_radius_mm,
        "hits": observables.hits,
        "hottest_voxel": observables.hottest_fraction,
        "core_fraction": observables.core_fraction,
    }
    found = measure_all(real_showers, Scales.of(real_showers.grid), OBSERVABLES)
    assert list(found) == list(OBSERVABLES)
    for name, measure in before.items():
        assert found[name] == pytest.approx(measure(real_showers)), name


def test_hits_in_a_file_read_in_many_runs_give_the_same(real_showers, data_dir, detector, monkeypatch):
    scales = Scales.of(real_showers.grid, detector)
    whole = {name: o.measure(real_showers, scales) for name, o in EVERY.items()}
    monkeypatch.setattr(showers_runs, "BLOCK_HITS", 1000)
    stored = open_showers(data_dir / "lhcb_small.h5")
    assert sum(1 for _ in stored.blocks()) > 10
    for name, observable in EVERY.items():
        np.testing.assert_array_equal(observable.measure(stored, scales), whole[name], err_msg=name)


def test_a_registry_cannot_be_changed():
    with pytest.raises(TypeError):
        OBSERVABLES["mine"] = OBSERVABLES["response"]  # type: ignore[index]
