import pytest

from metacalo.errors import SettingsError
from metacalo.export.par04.layers import par04_barrel
from metacalo.export.par04.macro import FULL, ONNX, Par04Setup, energies_in, par04_macro
from metacalo.export.par04.settings import Mesh, read_macro
from metacalo.geometry import Detector, load_detector


def test_the_macro_for_onnx_runtime_sets_all_that_par04_asks_for(folder):
    settings = read_macro(folder / "ONNX.mac")
    assert settings.library == "ONNX"
    assert settings.model_of_library == "par04_par04_siw.onnx"
    assert (settings.n_latent, settings.n_conditions, settings.model_type) == (50, 4, "VAE")
    mesh = Mesh((9, 16, 45), 5.4428, 3.4)
    assert (settings.mesh, settings.inference_mesh) == (mesh, mesh)
    assert settings.slabs == (("G4_W", 1.4, True), ("G4_Si", 0.3, True))
    assert (settings.n_layers, settings.inner_radius_mm) == (90, 800.0)
    assert [run.energy_mev for run in settings.runs] == [1e3, 1e4, 5e4, 1e5]
    assert all(run.fast for run in settings.runs)
    assert len({run.file for run in settings.runs}) == 4


def test_a_macro_that_repeats_itself_is_a_mark_away(folder, tmp_path):
    text = (folder / "ONNX.mac").read_text(encoding="utf-8")
    assert text.index("/run/initialize\n") < text.index("#/random/setSeeds 1 2\n") < text.index("/gun/energy")
    (tmp_path / "seeded.mac").write_text(text.replace("#/random", "/random"), encoding="utf-8")
    assert read_macro(tmp_path / "seeded.mac") == read_macro(folder / "ONNX.mac")


def test_the_macro_for_libtorch_has_four_latent_numbers(folder):
    settings = read_macro(folder / "TORCH.mac")
    assert (settings.library, settings.n_latent, settings.n_conditions) == ("TORCH", 4, 4)
    assert settings.model_of_library == "par04_par04_siw.pt"


def test_in_full_simulation_only_active_slabs_are_sensitive_and_the_model_rests(folder):
    settings = read_macro(folder / f"{FULL}.mac")
    assert settings.slabs == (("G4_W", 1.4, False), ("G4_Si", 0.3, True))
    assert settings.library == ""
    assert not any(run.fast for run in settings.runs)


@pytest.mark.parametrize("name", ["par04_siw", "par04_scipb", "lhcb_ecal", "l3_bgo", "scw"])
def test_a_detector_of_two_slabs_or_one_is_built_as_it_is(name):
    detector = load_detector(name)
    barrel = par04_barrel(detector, detector.theta_range_deg)
    assert barrel.is_exact
    assert barrel.n_layers * sum(slab.thickness_mm for slab in barrel.slabs) == pytest.approx(
        detector.depth_mm
    )
    assert all(slab.material.startswith("G4_") for slab in barrel.slabs)


@pytest.mark.parametrize(("name", "why"), [("odd_siw", "4 slabs"), ("h1_lar", "3 slabs")])
def test_any_other_has_its_depth_and_says_why_it_is_not_itself(name, why):
    detector = load_detector(name)
    barrel = par04_barrel(detector, detector.theta_range_deg)
    assert why in barrel.departure
    assert barrel.n_layers * sum(slab.thickness_mm for slab in barrel.slabs) == pytest.approx(
        detector.depth_mm
    )
    macro = par04_macro(Par04Setup(name, barrel, detector.grid, 10, (1.0,)), ONNX)
    assert f"# Not the detector itself: {barrel.departure}." in macro


def test_a_material_that_geant4_has_not_is_a_reason_too():
    stack = [{"material": "glue", "thickness_mm": 2}, {"material": "Si", "thickness_mm": 1, "active": True}]
    glue = {"density_g_cm3": 1.2, "mass_fractions": {"C": 0.8, "H": 0.2}}
    detector = Detector.from_dict(
        {"name": "glued", "materials": {"glue": glue}, "sections": [{"repeat": 50, "stack": stack}]}
    )
    assert "no 'glue'" in par04_barrel(detector, (0, 10)).departure


def test_particles_at_the_largest_angle_enter_and_end_within_the_barrel():
    detector = load_detector("lhcb_ecal")
    barrel = par04_barrel(detector, (0.0, 60.0))
    assert barrel.length_mm / 2 > (barrel.inner_radius_mm + detector.depth_mm) * 3**0.5
    assert barrel.inner_radius_mm >= 10 * detector.grid.radius_mm


def test_energies_are_those_that_the_model_knows():
    assert energies_in((1, 100)) == (1, 10, 50, 100)
    assert energies_in((5, 60)) == (10, 50)
    assert energies_in((200, 800)) == (400,)


@pytest.mark.parametrize(
    "lines",
    [
        "/Par04/inference/setSizeLatentVector 4",  # before the run is initialised
        "/run/initialize\n/Par04/mesh/setNbOfZCells 45",  # after
        "/Par04/detector/setColour red",
        "/Par04/detector/setAbsorber 2 G4_W 1 mm true",
        "/Par04/detector/setAbsorber 0 tungsten 1 mm true",
        "/Par04/mesh/setSizeOfZCells 3.4",
        "/Par04/mesh/setSizeOfZCells 3.4 lightyears",
        "/run/initialize\n/param/ActivateModel something",
        "/Par04inference/setModelType VAE",
    ],
)
def test_a_command_that_par04_would_not_obey_is_found(tmp_path, lines):
    (tmp_path / "wrong.mac").write_text(lines, encoding="utf-8")
    with pytest.raises(SettingsError, match="a command that Par04 obeys here"):
        read_macro(tmp_path / "wrong.mac")


def test_the_library_takes_the_model_that_was_named_before_it(tmp_path):
    lines = [
        "/run/initialize",
        "/Par04/inference/setModelPathName a.pt",
        "/Par04/inference/setInferenceLibrary TORCH",
    ]
    lines.append("/Par04/inference/setModelPathName b.pt")
    (tmp_path / "late.mac").write_text("\n".join(lines), encoding="utf-8")
    assert read_macro(tmp_path / "late.mac").model_of_library == "a.pt"
