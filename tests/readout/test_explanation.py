"""Every way to spoil the `readout:` of a detector file: the message has path, expected, got and remedy."""

import math

import pytest

from metacalo.errors import ReadoutError
from metacalo.geometry import load_detector
from metacalo.readout import load_readout, readout_of


def refused(content) -> str:
    detector = load_detector("lhcb_shashlik").model_copy(update={"readout": content})
    with pytest.raises(ReadoutError) as caught:
        readout_of(detector)
    return str(caught.value)


@pytest.fixture
def planar():
    return {
        "kind": "planar",
        "front_z_mm": 0,
        "regions": [{"name": "all", "size_mm": [40, 20], "cell_mm": 10}],
    }


def test_a_detector_without_readout_says_what_to_add():
    assert refused(None).startswith(
        "expected a detector with a readout, got lhcb_shashlik without; add `readout:`"
    )


@pytest.mark.parametrize(("kind", "hint"), [("plannar", "did you mean 'planar'?"), (7, "write for example")])
def test_an_unknown_kind_names_the_nearest(planar, kind, hint):
    message = refused(planar | {"kind": kind})
    assert message.startswith(
        "lhcb_shashlik: readout.kind: expected one of planar, barrel, stack, endcap, table, got"
    )
    assert hint in message
    assert "got nothing" in refused({})


@pytest.mark.parametrize(
    "size", [0, -10, math.nan, math.inf, "10", None, True, [10], [10, 0], [10, math.nan], 1e9, 1e-9]
)
def test_a_cell_of_impossible_size(planar, size):
    planar["regions"][0]["cell_mm"] = size
    message = refused(planar)
    assert message.startswith("lhcb_shashlik: readout.regions[0]")
    if size is not None:
        assert "].cell_mm: expected one length, or two [x, y], from 0.001 to 1e+06 mm, got" in message
        assert message.count("expected") == 1


@pytest.mark.parametrize("place", [math.nan, math.inf, "0", None, [0]])
def test_a_front_face_that_is_nowhere(planar, place):
    assert refused(planar | {"front_z_mm": place}) == (
        f"lhcb_shashlik: readout.front_z_mm: expected a coordinate in mm, got {place!r}; give z of the front "
        "face of the stack in millimetres"
    )


@pytest.mark.parametrize("point", [[0], [0, math.nan], "middle", 0, [0, 0, 0]])
def test_a_default_position_that_is_none(planar, point):
    assert "readout.default_position_mm: expected two coordinates [x, y] in mm, got" in refused(
        planar | {"default_position_mm": point}
    )


@pytest.mark.parametrize(
    ("spoil", "path", "nearest"),
    [
        (lambda d: d.update(front_z=1), "front_z", "front_z_mm"),
        (lambda d: d["regions"][0].update(cells_mm=1), "regions[0].cells_mm", "cell_mm"),
        (lambda d: d.update(holes=[{"sizes_mm": 1}]), "holes[0].sizes_mm", "size_mm"),
        (
            lambda d: d.update(missing=[{"region": "all", "row": 0, "column": 0, "col": 1}]),
            "missing[0].col",
            "column",
        ),
    ],
)
def test_an_unknown_key_names_the_nearest(planar, spoil, path, nearest):
    spoil(planar)
    message = refused(planar)
    assert message.startswith(f"lhcb_shashlik: readout.{path}: expected one of the keys ")
    assert message.endswith(f"did you mean '{nearest}'?")


def test_unknown_keys_of_a_layer_and_of_its_steps_name_the_nearest():
    layer = {
        "name": "a",
        "depth_mm": [0, 10],
        "n_phi": 8,
        "nphi": 8,
        "eta": [{"upto": 1, "up_to": 1, "step": 0.1}],
    }
    message = refused({"kind": "barrel", "front_radius_mm": 1000, "layers": [layer]})
    assert "\n  readout.layers[0].nphi: " in message
    assert "did you mean 'n_phi'?" in message
    assert "\n  readout.layers[0].eta[0].upto: " in message
    assert "did you mean 'up_to'?" in message


def test_what_is_missing_is_said(planar):
    del planar["front_z_mm"]
    assert "readout.front_z_mm: expected a coordinate in mm, got nothing; give z" in refused(planar)
    assert "readout.layers: expected at least one layer, got []" in refused(
        {"kind": "barrel", "front_radius_mm": 1000, "layers": []}
    )


@pytest.mark.parametrize("bits", [0, 65, 2.5, "6"])
def test_a_width_in_bits_that_is_none(planar, bits):
    assert f"readout.id_bits.row: expected a mapping of fields to bits from 1 to 63, got {bits!r}" in refused(
        planar | {"id_bits": {"row": bits}}
    )


def test_every_bad_item_is_named_at_once(planar):
    planar["regions"][0] |= {"size_mm": [math.nan, -1], "name": "two words"}
    message = refused(planar | {"holes": "none"})
    assert message.startswith("lhcb_shashlik: 3 items are wrong\n")
    for path in ("regions[0].size_mm", "regions[0].name", "holes"):
        assert f"\n  readout.{path}: expected" in message


def test_a_collection_is_the_name_of_a_branch(planar):
    message = refused(planar | {"collection": "Ecal Hits"})
    assert message.startswith("lhcb_shashlik: readout.collection: expected a name of letters, digits and _")
    detector = load_detector("lhcb_shashlik")
    for added, name in (({}, "ECalBarrelCollection"), ({"collection": "EcalHits"}, "EcalHits")):
        described = detector.model_copy(update={"readout": planar | {"default_position_mm": [5, 5]} | added})
        assert readout_of(described).collection == name
    assert load_readout("hgcal_si").collection == "ECalEndcapCollection"
