"""The stand-in tables against what is known: radiation lengths, attenuation, Thomson's limit."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from metacalo.geometry import material

AVOGADRO = 6.02214076e23
FINE_STRUCTURE = 1 / 137.035999
RE2_MB = 79.407877
ELECTRON_MEV = 0.51099895

ELEMENTS = {"C": (6, 12.011), "Si": (14, 28.085), "W": (74, 183.84), "Pb": (82, 207.2)}


def vector(path):
    """Energies [MeV] and values of a table of pairs."""
    table = np.loadtxt(path, skiprows=2)
    return table[:, 0], table[:, 1]


@pytest.mark.parametrize("name", ELEMENTS)
def test_the_radiation_length_of_the_bremsstrahlung_table_is_the_pdgs_within_2_percent(name, tables):
    z, mass = ELEMENTS[name]
    lines = (tables / "brem_SB" / f"br{z}").read_text().splitlines()
    _, n_kappa, n_energy = map(int, lines[0].split())
    kappa, log_energy = (np.array(line.split(), dtype=float) for line in lines[1:3])
    rows = np.array([line.split() for line in lines[3:]], dtype=float)
    assert rows.shape == (n_energy, n_kappa)
    kinetic = np.exp(log_energy[-1])
    beta2 = 1 - (ELECTRON_MEV / (kinetic + ELECTRON_MEV)) ** 2
    # After Tsai, the loss is 1/X0, and 2/9 alpha re^2 Z (Z + 1) per atom from the term in (1 - y)/9.
    loss_mb = trapezoid(rows[-1], kappa) * z**2 / beta2
    loss_mb -= 2 / 9 * FINE_STRUCTURE * RE2_MB * z * (z + 1)
    x0 = mass / AVOGADRO / (loss_mb * 1e-27)
    assert x0 == pytest.approx(material(name).radiation_length_g_cm2, rel=0.02)


@pytest.mark.parametrize("z", [6, 82])
def test_bremsstrahlung_ends_at_nothing_for_fast_electrons_and_not_for_slow_ones(z, tables):
    rows = np.loadtxt(tables / "brem_SB" / f"br{z}", skiprows=3)
    assert np.all(rows > 0)
    assert np.all(np.diff(rows[:, :20], axis=1) < 0)
    assert rows[-1, -1] < 0.1 * rows[-1, 0]  # 10 GeV
    assert rows[0, -1] > 0.3 * rows[0, 0]  # 1 keV: the nucleus draws the stopped electron in


def compton(energy_mev, z):
    """Klein and Nishina's cross-section of z free electrons [barn]."""
    k = energy_mev / ELECTRON_MEV
    log = np.log(1 + 2 * k)
    first = (1 + k) / k**2 * (2 * (1 + k) / (1 + 2 * k) - log / k)
    return z * 2 * np.pi * RE2_MB * 1e-3 * (first + log / (2 * k) - (1 + 3 * k) / (1 + 2 * k) ** 2)


@pytest.mark.parametrize(
    ("name", "energy_mev", "attenuation_cm2_g"),
    # Hubbell and Seltzer, NISTIR 5632 (1995), table 3: total attenuation, below pair production.
    [
        ("Pb", 0.1, 5.549),
        ("Pb", 0.5, 0.1614),
        ("W", 0.1, 4.438),
        ("W", 0.5, 0.1378),
        ("Si", 0.03, 1.436),
        ("C", 0.03, 0.2562),
    ],
)
def test_photons_are_attenuated_as_in_the_tables_of_nist_within_3_percent(
    name, energy_mev, attenuation_cm2_g, tables
):
    z, mass = ELEMENTS[name]
    energy, value = vector(tables / "epics2017" / "phot" / f"pe-cs-{z}.dat")
    photo = np.interp(energy_mev, energy, value) / energy_mev**3
    energy, value = vector(tables / "epics2017" / "rayl" / f"re-cs-{z}.dat")
    coherent = np.interp(np.log(energy_mev), np.log(energy), value) / energy_mev**2 * 1e22
    barn = photo + coherent + compton(energy_mev, z)
    assert barn * 1e-24 * AVOGADRO / mass == pytest.approx(attenuation_cm2_g, rel=0.03)


def test_the_photo_effect_jumps_at_the_k_edge(tables):
    above, _ = vector(tables / "epics2017" / "phot" / "pe-cs-82.dat")
    below_energy, below = vector(tables / "epics2017" / "phot" / "pe-le-cs-82.dat")
    value_above = vector(tables / "epics2017" / "phot" / "pe-cs-82.dat")[1][0]
    assert above[0] == pytest.approx(0.0880, rel=0.005)
    assert below_energy[-1] == pytest.approx(above[0], rel=1e-4)
    assert 3.5 < value_above / below[-1] < 6.0


def test_the_shells_make_up_the_whole_photo_effect(tables):
    lines = (tables / "epics2017" / "phot" / "pe-high-82.dat").read_text().splitlines()
    n, _, threshold = lines[0].split()
    shells = np.array([line.split() for line in lines[1:]], dtype=float)
    assert len(shells) == int(n)
    assert np.all(np.diff(shells[:, 0]) < 0)
    energy, value = vector(tables / "epics2017" / "phot" / "pe-cs-82.dat")
    at = float(threshold)
    parametrised = (shells[-1, 1:] / at ** np.arange(1, 7)).sum()
    assert parametrised == pytest.approx(np.interp(at, energy, value) / at**3, rel=0.01)


@pytest.mark.parametrize("z", [6, 82])
def test_coherent_scattering_of_soft_photons_is_thomsons_by_all_electrons_together(z, tables):
    energy, value = vector(tables / "epics2017" / "rayl" / f"re-cs-{z}.dat")
    thomson_mm2 = 8 * np.pi / 3 * RE2_MB * 1e-25
    assert value[0] / energy[0] ** 2 == pytest.approx(thomson_mm2 * z**2, rel=1e-3)
    hard = value[-20:] / energy[-20:] ** 2
    slope = np.polyfit(np.log(energy[-20:]), np.log(hard), 1)[0]
    assert slope == pytest.approx(-2.0, abs=0.01)


def test_every_folder_says_that_it_is_a_stand_in(stand_in):
    for folder in (stand_in, *(path for path in stand_in.iterdir() if path.is_dir())):
        assert "NOT Geant4's data" in (folder / "STANDIN.txt").read_text()
