"""A calorimeter of two sections, fine in front and coarse behind, and its showers before any adaptation.

    python examples/two_sections.py

The pretrained model takes any detector that a file can describe. How far its showers of one that it has never
seen are to be trusted is for an adaptation to say: they are a first look, not a result.
"""

from pathlib import Path

import matplotlib.pyplot as plt

import metacalo
from metacalo.checkpoint import load_model
from metacalo.geometry.drawing import save_drawing

DETECTOR = {
    "name": "two_sections",
    "description": "Silicon-tungsten: 20 fine layers, then 10 coarse ones",
    "sections": [
        {
            "repeat": 20,
            "stack": [
                {"material": "W", "thickness_mm": 2.1},
                {"material": "Si", "thickness_mm": 0.5, "active": True},
                {"material": "FR4", "thickness_mm": 1.2},
            ],
        },
        {
            "repeat": 10,
            "stack": [
                {"material": "W", "thickness_mm": 4.2},
                {"material": "Si", "thickness_mm": 0.5, "active": True},
                {"material": "FR4", "thickness_mm": 1.2},
            ],
        },
    ],
    "grid": {"shape": [9, 16, 45], "dr_mm": "auto", "dz_mm": "auto"},
}


def main() -> None:
    detector = metacalo.Detector.from_dict(DETECTOR)
    print(detector)
    print(f"{detector.n_layers} layers, sampling fraction about {detector.sampling_fraction:.2%}")
    save_drawing(detector, Path("two_sections.svg"))

    generator, info = load_model("default")
    model = metacalo.AdaptedModel(
        generator, detector, info, detector.energy_range_gev, detector.theta_range_deg
    )
    showers = model.sample(energy_gev=50.0, n=200)
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    axes.stairs(showers.layer_energies_mev.mean(axis=0), showers.grid.z_edges_mm)
    axes.set(xlabel="depth [mm]", ylabel="visible energy per bin [MeV]", title="50 GeV, before adaptation")
    # where the second section begins
    axes.axvline(float(detector.layer_interfaces_mm[20, 0]), color="0.5", linestyle=":")
    figure.savefig("two_sections.png", dpi=150)
    print("two_sections.svg, two_sections.png")


if __name__ == "__main__":
    main()
