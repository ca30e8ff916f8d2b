"""Write STAND-IN data for Geant4, to test the engine where there are no data sets: tables from formulas.

    python tests/simulation/geant4/standin.py FOLDER [Z ...]

They are not Geant4's data and no substitute for them: nothing here is a measurement or an evaluation. The
file STANDIN.txt says so in every folder, the engine reads that mark, and showers made with them carry it.

Written is what electromagnetic standard physics (option 0 to 2) reads of G4EMLOW, for each element:

* `brem_SB/brZ`, bremsstrahlung: above 50 MeV the screened cross-section of Tsai (Rev. Mod. Phys. 46 (1974)
  815, eqs. 3.38 to 3.41) with the Coulomb correction of Davies, Bethe and Maximon; below 2 MeV formula 3BN of
  Koch and Motz (Rev. Mod. Phys. 31 (1959) 920) with Elwert's factor, the same screening as a ratio, and the
  electrons' share; between them a smooth step in ln T.
* `epics2017/phot/pe-*-Z.dat`, photo-effect: the fits of Biggs and Lighthill (SAND87-0070), which are inside
  Geant4 itself as G4SandiaTable; shares of the shells from the jumps at the edges.
* `epics2017/rayl/re-cs-Z.dat`, coherent scattering: Thomson's cross-section times the squared form factor
  Z / (1 + (q a)^2) of a Yukawa potential, a = 0.885 a0 Z^(-1/3).

Of G4ENSDFSTATE there is an empty file, of PhotonEvaporation an empty folder: nothing is read of them.
"""

import math
import os
import sys
from pathlib import Path

import numpy as np

ELECTRON_MEV = 0.51099895
ALPHA = 1 / 137.035999
RE2_MB = 79.407877  # classical electron radius squared [mb]
BOHR_RADIUS_PER_MEV = 0.529177211e-10 / 197.3269804e-15  # a0 / (hbar c) [1/MeV]

CATALOGUE = (1, 6, 7, 8, 13, 14, 18, 24, 26, 28, 29, 30, 32, 36, 53, 55, 74, 82, 83, 92)
"""Elements of the detectors that come with metacalo and of the usual absorbers."""

LABEL = (
    "STAND-IN data: tables from textbook formulas, for tests only.\n"
    "They are NOT Geant4's data sets; showers made with them say so.\n"
)

_SOFT = (0, 1e-4, 1e-3, 5e-3, 0.01, 0.025, 0.04, 0.055, 0.07, 0.085)
KAPPA = np.r_[_SOFT, np.linspace(0.1, 0.9, 21), 0.925, 0.95, 0.97, 0.99, 0.999, 1.0]
KINETIC_MEV = np.geomspace(1e-3, 1e4, 57)

SHELLS = 6
"""Edges that count as shells, at most."""


def coulomb_correction(z):
    """f(Z) of Davies, Bethe and Maximon (Phys. Rev. 93 (1954) 788), as the PDG has it."""
    a2 = (ALPHA * z) ** 2
    return a2 * (1 / (1 + a2) + 0.20206 - 0.0369 * a2 + 0.0083 * a2**2 - 0.002 * a2**3)


def tsai(z, energy, k, correction):
    """k dsigma/dk in units of alpha re^2 of the nucleus and of the electrons; energies of k and e- in MeV."""
    left = energy - k
    gamma = 100 * ELECTRON_MEV * k / (energy * left) * z ** (-1 / 3)
    epsilon = gamma * z ** (-1 / 3)
    phi1 = (
        20.863
        - 2 * np.log1p((0.55846 * gamma) ** 2)
        - 4 * (1 - 0.6 * np.exp(-0.9 * gamma) - 0.4 * np.exp(-1.5 * gamma))
    )
    psi1 = (
        28.340
        - 2 * np.log1p((3.621 * epsilon) ** 2)
        - 4 * (1 - 0.7 * np.exp(-8 * epsilon) - 0.3 * np.exp(-29.2 * epsilon))
    )
    phi12 = 2 / 3 / (1 + 6.5 * gamma + 6 * gamma**2)
    psi12 = 2 / 3 / (1 + 40 * epsilon + 400 * epsilon**2)
    y = k / energy
    soft, hard = 4 / 3 - 4 / 3 * y + y**2, 2 / 3 * (1 - y)
    nucleus = z**2 * (soft * (phi1 - 4 / 3 * math.log(z) - 4 * correction) + hard * phi12)
    electrons = z * (soft * (psi1 - 8 / 3 * math.log(z)) + hard * psi12)
    return nucleus, np.maximum(electrons, 0.0)


def koch_motz_3bn(kinetic, k):
    """k dsigma/dk in units of Z^2 alpha re^2 of a bare nucleus, and the velocities before and after."""
    e0, kk = kinetic / ELECTRON_MEV + 1, k / ELECTRON_MEV
    e = e0 - kk
    p0, p = np.sqrt(e0**2 - 1), np.sqrt(np.maximum(e**2 - 1, 1e-14))
    big_l = 2 * np.log((e0 * e + p0 * p - 1) / kk)
    l0, l1 = np.log((e0 + p0) / (e0 - p0)), np.log((e + p) / (e - p))
    bracket = (
        8 * e0 * e / (3 * p0 * p)
        + kk**2 * (e0**2 * e**2 + p0**2 * p**2) / (p0 * p) ** 3
        + kk
        / (2 * p0 * p)
        * ((e0 * e + p0**2) / p0**3 * l0 - (e0 * e + p**2) / p**3 * l1 + 2 * kk * e0 * e / (p * p0) ** 2)
    )
    value = (
        p
        / p0
        * (
            4 / 3
            - 2 * e0 * e * (p**2 + p0**2) / (p * p0) ** 2
            + l0 * e / p0**3
            + l1 * e0 / p**3
            - l0 * l1 / (p0 * p)
            + big_l * bracket
        )
    )
    return value, p0 / e0, p / e


def bremsstrahlung(z, kinetic, kappa):
    """beta^2 / Z^2 k dsigma/dk [mb] for kinetic energies [MeV] (n, 1) and k/T (m,), shape (n, m)."""
    kappa = np.clip(kappa, 1e-6, 1 - 1e-6)
    k, energy = kappa * kinetic, kinetic + ELECTRON_MEV
    beta2 = kinetic * (kinetic + 2 * ELECTRON_MEV) / energy**2
    nucleus, electrons = tsai(z, energy, k, coulomb_correction(z))
    fast = np.maximum(nucleus + electrons, 0.05 * z**2) / z**2
    nucleus, electrons = tsai(z, energy, k, 0.0)
    soft = 4 / 3 - 4 / 3 * k / energy + (k / energy) ** 2
    bare = 4 * z**2 * soft * (np.log(2 * energy * (energy - k) / (ELECTRON_MEV * k)) - 0.5)
    screening = np.clip(nucleus / np.maximum(bare, 1e-3 * z**2), 0.02, 1.0)
    value, before, after = koch_motz_3bn(kinetic, k)
    x0, x1 = 2 * np.pi * ALPHA * z / before, 2 * np.pi * ALPHA * z / np.maximum(after, 1e-9)
    elwert = before / after * np.expm1(-x0) / np.expm1(-x1)
    share = 1 + np.clip(electrons / np.maximum(nucleus, 1e-3), 0, 1.5) * kinetic / (kinetic + 0.5)
    slow = np.maximum(value * screening, 1e-3) * elwert * share
    step = np.clip(np.log(kinetic / 2) / math.log(25), 0, 1)
    weight = step**2 * (3 - 2 * step)
    return ALPHA * RE2_MB * beta2 * np.maximum(slow, 1e-6) ** (1 - weight) * np.maximum(fast, 1e-6) ** weight


def write_bremsstrahlung(folder, z):
    rows = bremsstrahlung(float(z), KINETIC_MEV[:, None], KAPPA)
    lines = [f"0 {len(KAPPA)} {len(KINETIC_MEV)}", _line(KAPPA), _line(np.log(KINETIC_MEV))]
    (folder / f"br{z}").write_text("\n".join(lines + [_line(row) for row in rows]) + "\n")


def sandia(g4, z):
    """Lower edges [MeV], and coefficients a1..a4 [barn MeV^i] of sigma = sum a_i / E^i, of each interval."""
    material = g4.G4Material(f"stand-in {z}", float(z), 2.0 * z * g4.g / g4.mole, g4.g / g4.cm3)
    table, atoms = material.GetSandiaTable(), material.GetTotNbOfAtomsPerVolume()
    read = np.array(
        [[table.GetSandiaCofForMaterial(i, j) for j in range(5)] for i in range(table.GetMatNbOfIntervals())]
    )
    return read[:, 0], read[:, 1:] / atoms / g4.barn


class PhotoEffect:
    """Cross-section of one element, its edges from above, and the share of each shell."""

    def __init__(self, g4, z):
        self.low, self.coefficients = sandia(g4, z)
        edges = [
            (edge, jump)
            for edge in self.low[1:]
            if (jump := self(edge * (1 - 1e-9)) / self(edge * (1 + 1e-9))) < 0.97 and edge > 2e-5
        ][::-1][:SHELLS] or [(max(self.low[0], 1.36e-5), 0.05)]
        self.edges = np.array([edge for edge, _ in edges], dtype=float)
        jumps = np.array([float(jump) for _, jump in edges])
        outer = np.cumprod(np.r_[1.0, jumps])
        self.shares = outer[:-1] - outer[1:]
        self.shares[-1] += outer[-1]

    def __call__(self, energy):
        """Cross-section [barn] at energies [MeV]."""
        energy = np.asarray(energy, dtype=float)
        interval = np.clip(np.searchsorted(self.low, energy, side="right") - 1, 0, None)
        return (self.coefficients[interval] / energy[..., None] ** np.arange(1, 5)).sum(axis=-1)


def write_photo_effect(folder, z, g4):
    sigma = PhotoEffect(g4, z)
    inner, bottom = sigma.edges[0], max(sigma.low[0], 1e-5)
    top = max(sigma.low[-1], inner * 1.0001)
    above = np.geomspace(inner * (1 + 1e-7), top * 1.01, 120)
    _write_vector(folder / f"pe-cs-{z}.dat", above, sigma(above) * above**3)
    if inner > bottom * 1.01:
        near = np.r_[sigma.edges[1:] * (1 - 1e-6), sigma.edges[1:] * (1 + 1e-6)]
        below = np.unique(np.r_[np.geomspace(bottom, inner, 160), near])
    else:
        below = inner * np.array([0.5, 0.9, 1.0])
    below = below[below <= inner]
    just_below = np.minimum(below, inner * (1 - 1e-9))
    _write_vector(folder / f"pe-le-cs-{z}.dat", below, sigma(just_below) * below**3)
    # Cumulative over the shells: edge, then a1..a6, valid from `top` on.
    cumulative = np.cumsum(sigma.shares) / sigma.shares.sum()
    last = np.r_[sigma.coefficients[-1], 0.0, 0.0]
    shells = [_line(np.r_[edge, last * c]) for edge, c in zip(sigma.edges, cumulative, strict=True)]
    n = len(shells)
    for part in ("high", "low"):
        (folder / f"pe-{part}-{z}.dat").write_text("\n".join([f"{n} {n} {top:.8g}", *shells]) + "\n")
    if n > 1:
        with (folder / f"pe-ss-cs-{z}.dat").open("w") as file:
            for i, (edge, share) in enumerate(zip(sigma.edges, sigma.shares, strict=True)):
                energy = np.geomspace(edge * (1 + 1e-7), top * 1.01, 80)
                open_shells = (sigma.shares * (sigma.edges <= energy[:, None])).sum(axis=1)
                file.write(f"{energy[0]:.8g} {energy[-1]:.8g} {len(energy)} {i}\n")
                values = sigma(energy) * energy**3 * share / open_shells
                file.writelines(f"{e:.8g} {v:.8g}\n" for e, v in zip(energy, values, strict=True))


def rayleigh(z, energy):
    """Cross-section [mm2] of coherent scattering at energies [MeV], (n,), by 64-point Gauss quadrature."""
    a = 0.885 * BOHR_RADIUS_PER_MEV * z ** (-1 / 3)
    node, weight = np.polynomial.legendre.leggauss(64)
    # In t = ln(1 + (q a)^2) the forward peak is wide.
    longest = np.log1p((2 * energy * a) ** 2)[:, None]
    t = 0.5 * longest * (node + 1)
    q2 = np.expm1(t) / a**2
    cosine = 1 - q2 / (2 * energy[:, None] ** 2)
    per_t = (1 + cosine**2) * (z / (1 + q2 * a**2)) ** 2 * np.exp(t) / (2 * (a * energy[:, None]) ** 2)
    re2_mm2 = RE2_MB * 1e-25
    return np.pi * re2_mm2 * (0.5 * longest * weight * per_t).sum(axis=1)


def write_rayleigh(folder, z):
    energy = np.geomspace(1e-5, 100, 100)
    _write_vector(folder / f"re-cs-{z}.dat", energy, rayleigh(float(z), energy) * energy**2)


def _line(values):
    return " ".join(f"{value:.8g}" for value in values)


def _write_vector(path, energy, values):
    """Geant4's own text of a vector: first and last energy [MeV], length; length; pairs."""
    lines = [f"{energy[0]:.8g} {energy[-1]:.8g} {len(energy)}", str(len(energy))]
    path.write_text("\n".join(lines + [_line(pair) for pair in zip(energy, values, strict=True)]) + "\n")


def write(folder, elements=CATALOGUE):
    """Write the data sets into a folder, by their official names with version 0; hydrogen is always there."""
    os.environ.setdefault("GEANT4_DATA_DIR", str(folder))  # else the wheel asks whether to download
    import geant4_pybind as g4

    tables = folder / "G4EMLOW0"
    below = {name: tables / name for name in ("brem_SB", "epics2017/phot", "epics2017/rayl")}
    others = [folder / "PhotonEvaporation0", folder / "G4ENSDFSTATE0"]
    for made in (*below.values(), *others):
        made.mkdir(parents=True, exist_ok=True)
    for marked in (folder, tables, *others):
        (marked / "STANDIN.txt").write_text(LABEL)
    (others[1] / "ENSDFSTATE.dat").touch()
    for z in sorted({1, *elements}):
        write_bremsstrahlung(below["brem_SB"], z)
        write_photo_effect(below["epics2017/phot"], z, g4)
        write_rayleigh(below["epics2017/rayl"], z)


if __name__ == "__main__":
    write(Path(sys.argv[1]), tuple(map(int, sys.argv[2:])) or CATALOGUE)
