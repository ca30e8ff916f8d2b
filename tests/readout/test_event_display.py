"""Pictures of events: what is drawn is what is in the cells."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from metacalo.errors import EventFileError, SettingsError
from metacalo.geometry import Detector, load_detector
from metacalo.readout import Readout, readout_of
from metacalo.readout.cell_outlines import Face, outlines
from metacalo.readout.event_display import draw_event, save_event_picture
from metacalo.readout.formats import EventMetadata, EventWriter, columns_of, open_events
from metacalo.readout.hits import CellHits
from metacalo.readout.shown_event import Event, event_of, groups_of, merged_hits, window_of

DETECTORS = ("lhcb_ecal", "atlas_barrel", "clic_siw", "hgcal_si")


SMALLER = {"clic_siw": {"size_mm": 100.0}, "hgcal_si": {"radius_mm": [750.0, 1050.0]}}


@pytest.fixture(scope="module", params=DETECTORS)
def readout(request: pytest.FixtureRequest) -> Readout:
    """One of each kind, with fewer cells where there are a million."""
    content = load_detector(request.param).to_dict()
    content["readout"] |= SMALLER.get(request.param, {})
    return readout_of(Detector.from_dict(content))


def shower_in(readout: Readout) -> Event:
    """An event around the default position: energy falls with the distance to it, over three decades."""
    cells = readout.cells
    first, second = readout.default_position
    if readout.cylindrical:
        entry = readout.front_mm * np.array([np.cos(second), np.sin(second), np.sinh(first)])
    else:
        entry = np.array([first, second, readout.front_mm])
    face = Face.of(readout, entry)
    x, y = face.centres(readout, np.arange(len(readout)))
    a, b = face.point(entry)
    width, height = face.sizes(readout, np.arange(len(readout)))
    away = np.hypot((x - a) / width.max(), (y - b) / height.max())
    cell = np.flatnonzero((away < 3.0) & (cells.layer % 3 != 1))
    return Event(readout, cell, 100.0 * np.exp(-2.3 * away[cell]), entry, "detector, event 0", "1 GeV")


def collections(figure: Figure) -> list[PolyCollection]:
    found = [artist for axes in figure.axes for artist in axes.collections]
    return [artist for artist in found if isinstance(artist, PolyCollection)]


def test_every_kind_of_readout_is_drawn(readout: Readout, tmp_path: Path) -> None:
    event = shower_in(readout)
    picture = tmp_path / "event.png"
    save_event_picture(event, picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["event.png"]


def test_axes_have_names_and_units(readout: Readout) -> None:
    figure = draw_event(shower_in(readout))
    names = {axes.get_xlabel() for axes in figure.axes} | {axes.get_ylabel() for axes in figure.axes}
    wanted = {r"$\eta$", r"$\phi$ [rad]"} if readout.cylindrical else {"x [mm]", "y [mm]"}
    assert wanted <= names
    assert any(name.startswith("energy") and name.endswith("[MeV]") for name in names)


def test_outlines_have_the_size_of_their_cells_and_do_not_overlap(readout: Readout) -> None:
    event = shower_in(readout)
    face = Face.of(readout, event.entry_mm)
    cell = event.cell[readout.cells.layer[event.cell] == readout.cells.layer[event.cell].max()]
    shapes = outlines(readout, face, cell)
    width, height = face.sizes(readout, cell)
    np.testing.assert_allclose(np.ptp(shapes[:, :, 0], axis=1), width, rtol=1e-9)
    np.testing.assert_allclose(np.ptp(shapes[:, :, 1], axis=1), height, rtol=1e-9)
    # shrunk a little, all corners are in their own cells, but for those that a hexagonal module's border cuts
    inner = shapes.mean(axis=1, keepdims=True) + 0.98 * (shapes - shapes.mean(axis=1, keepdims=True))
    first, second = inner[..., 0], inner[..., 1]
    if readout.cylindrical:
        radius = np.hypot(readout.cells.x_mm[cell], readout.cells.y_mm[cell])[:, None]
        place = (radius * np.cos(second), radius * np.sin(second), radius * np.sinh(first))
    else:
        place = (first, second, readout.cells.z_mm[cell][:, None])
    found = readout.locate(*place)
    assert np.mean(found == cell[:, None]) >= (0.95 if readout.kind == "endcap" else 1.0)


def test_the_window_holds_the_shower_and_noise_does_not_widen_it(readout: Readout) -> None:
    event = shower_in(readout)
    face = Face.of(readout, event.entry_mm)
    (left, right), (low, high) = window_of(event, face)
    first, second = face.centres(readout, event.cell)
    inside = (first > left) & (first < right) & (second > low) & (second < high)
    assert event.energy_mev[inside].sum() > 0.95 * event.energy_mev.sum()
    everywhere = np.setdiff1d(np.arange(len(readout)), event.cell)[::7]
    noisy = Event(
        readout,
        np.concatenate([event.cell, everywhere]),
        np.concatenate([event.energy_mev, np.full(len(everywhere), 0.3)]),
        event.entry_mm,
        "",
        "",
    )
    np.testing.assert_allclose(window_of(noisy, face), [(left, right), (low, high)])


def test_layers_that_are_drawn_together_keep_their_energy(readout: Readout) -> None:
    event = shower_in(readout)
    face = Face.of(readout, event.entry_mm)
    n_layers = len(readout.cells.layer_names)
    groups = groups_of(n_layers)
    assert [layer for group in groups for layer in group] == list(range(n_layers))
    assert len(groups) <= 6
    total = 0.0
    for group in groups:
        cell, energy = merged_hits(event, face, np.isin(readout.cells.layer[event.cell], group))
        total += energy.sum()
        places = np.stack([*face.centres(readout, cell), *face.sizes(readout, cell)], axis=1).round(6)
        assert len(np.unique(places, axis=0)) == len(cell)
    assert total == pytest.approx(event.energy_mev.sum(), rel=1e-12)


def test_a_shower_at_the_seam_of_azimuth_is_drawn_in_one_piece() -> None:
    barrel = readout_of(load_detector("atlas_barrel"))
    entry = np.array([-1500.0, 0.0, 300.0])
    face = Face.of(barrel, entry)
    near = np.flatnonzero(
        (np.abs(np.abs(barrel.cells.phi_rad) - np.pi) < 0.1) & (np.abs(barrel.cells.eta - 0.2) < 0.1)
    )
    _, phi = face.centres(barrel, near)
    assert np.ptp(phi) < 0.21
    assert set(np.sign(barrel.cells.phi_rad[near])) == {-1.0, 1.0}


def test_colours_follow_the_energy_and_cells_without_stay_empty() -> None:
    wall = readout_of(load_detector("lhcb_ecal"))
    shown = shower_in(wall)
    energy = shown.energy_mev.copy()
    energy[:2] = [0.0, -1.0]
    event = Event(wall, shown.cell, energy, shown.entry_mm, "", "")
    filled = [c for c in collections(draw_event(event)) if len(c.get_facecolor()) == len(energy) - 2]
    assert len(filled) == 2  # near the shower, and on the whole wall
    brightness = filled[0].get_facecolor()[:, :3].sum(axis=1)
    order = np.argsort(energy[2:])
    assert np.all(np.diff(brightness[order]) <= 0.0)


def one_event(path: Path, energies: list[float]) -> Path:
    wall = readout_of(load_detector("lhcb_ecal"))
    hits = CellHits(
        readout=wall,
        offsets=np.array([0, len(energies)]),
        cell=np.arange(len(energies)),
        energy_mev=np.array(energies, dtype=np.float32),
        incident_energy_gev=np.array([12.0]),
        theta_rad=np.array([0.1]),
        phi_rad=np.array([0.0]),
        position_mm=np.array([[0.0, 0.0, 12490.0]]),
        lost_mev={},
    )
    with EventWriter(path, EventMetadata(detector=load_detector("lhcb_ecal").to_dict())) as writer:
        writer.append(columns_of(hits))
    return path


def test_an_event_is_read_from_a_file(tmp_path: Path) -> None:
    wall = readout_of(load_detector("lhcb_ecal"))
    with open_events(one_event(tmp_path / "events.h5", [1.0, 2.5])) as file:
        event = event_of(file, 0, wall)
    np.testing.assert_array_equal(event.cell, [0, 1])
    assert event.title == "lhcb_ecal, event 0"
    assert event.note == "12 GeV at 5.7°; 2 cells, 4 MeV"


@pytest.mark.parametrize("energies", [[], [0.0, -1.0]])
def test_an_event_without_energy_is_refused(tmp_path: Path, energies: list[float]) -> None:
    wall = readout_of(load_detector("lhcb_ecal"))
    with (
        open_events(one_event(tmp_path / "events.h5", energies)) as file,
        pytest.raises(EventFileError, match="event 0 with none; choose another"),
    ):
        event_of(file, 0, wall)


def test_another_ending_of_a_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"ends in .png, .svg or .pdf, got 'event.gif'"):
        save_event_picture(shower_in(readout_of(load_detector("lhcb_ecal"))), tmp_path / "event.gif")
