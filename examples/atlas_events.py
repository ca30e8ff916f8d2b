"""From an adapted model to events on the cells of the ATLAS barrel, in a ROOT file (RNTuple), and back.

    python examples/atlas_events.py

Electrons from the origin enter at random azimuth; the electronics add noise and a threshold. The
file is read with uproot, and the energy of each layer is summed as an analysis would. Few showers and few
steps, so that it ends in seconds.
"""

import awkward as ak
import numpy as np
import uproot

import metacalo
from metacalo.adaptation import find_showers
from metacalo.readout import load_readout
from metacalo.readout.electronics import Electronics
from metacalo.readout.entries import Entries
from metacalo.readout.formats import EventMetadata
from metacalo.readout.placement import pointing
from metacalo.readout.production import project_to_file

FOLDER = "adapted/atlas_events"
FILE = "atlas_events.root"
N = 300


def main() -> None:
    detector = metacalo.load_detector("atlas_barrel")
    settings = metacalo.AdaptSettings(n_showers=100, steps=40)
    metacalo.adapt(detector, find_showers(detector)[:300], FOLDER, settings)
    model = metacalo.load(FOLDER)

    readout = load_readout("atlas_barrel")
    print(readout)
    random = np.random.default_rng(1)
    position = np.stack([random.uniform(0.2, 0.3, N), random.uniform(-np.pi, np.pi, N)], axis=1)  # eta, phi
    theta_rad, phi_rad = pointing(readout, position)
    showers = model.sample(energy_gev=50.0, theta_rad=theta_rad, phi_rad=phi_rad, seed=1)

    electronics = Electronics(
        sampling_fraction=detector.sampling_fraction,  # to the electromagnetic scale
        noise_mev={"presampler": 40.0, "strips": 15.0, "middle": 30.0, "back": 25.0},
        threshold_mev=50.0,
    )
    metadata = EventMetadata(detector=detector.to_dict(), seed=1, electronics=electronics.model_dump())
    balance = project_to_file(
        [showers],
        readout,
        Entries(position),
        FILE,
        metadata,
        layout="rntuple",
        electronics=electronics,
        seed=1,
    )
    print(balance)

    with uproot.open(FILE) as file:
        events = file["events"].arrays()
    total_mev = ak.sum(events.energy_mev, axis=1)
    print(f"{len(events)} events, {ak.mean(ak.num(events.energy_mev)):.1f} cells each")
    for number, name in enumerate(readout.cells.layer_names):
        share = ak.sum(events.energy_mev[events.layer == number], axis=1) / total_mev
        print(f"{name}: {ak.mean(share):.2%} of the energy, spread {ak.std(share):.2%}")
    print(
        f"total {ak.mean(total_mev) / 1000:.1f} GeV, resolution {ak.std(total_mev) / ak.mean(total_mev):.2%}"
    )
    print(FILE)


if __name__ == "__main__":
    main()
