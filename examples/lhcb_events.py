"""From an adapted model to events on the cells of the LHCb calorimeter, in a ROOT file, and back.

    python examples/lhcb_events.py

Electrons come from the interaction point and enter all over the inner region; the file is read with uproot,
as an analysis would. Few showers and few steps, so that it ends in seconds.
"""

from pathlib import Path

import awkward as ak
import numpy as np
import uproot

import metacalo
from metacalo.adaptation import find_showers
from metacalo.readout import load_readout
from metacalo.readout.entries import Entries, scanned
from metacalo.readout.event_display import save_event_picture
from metacalo.readout.formats import EventMetadata, open_events
from metacalo.readout.placement import pointing
from metacalo.readout.production import project_to_file
from metacalo.readout.shown_event import event_of

FOLDER = "adapted/lhcb_events"
FILE = "lhcb_events.root"
PICTURE = "lhcb_event.png"


def main() -> None:
    detector = metacalo.load_detector("lhcb_ecal")
    settings = metacalo.AdaptSettings(n_showers=100, steps=40)
    metacalo.adapt(detector, find_showers(detector)[:300], FOLDER, settings)
    model = metacalo.load(FOLDER)

    # the shower knows its angle to the face, so that it is made for the place where it will enter
    readout = load_readout("lhcb_ecal")
    print(readout)
    position_mm = scanned(readout, "inner", 500, seed=1)
    theta_rad, phi_rad = pointing(readout, position_mm)
    showers = model.sample(energy_gev=50.0, theta_rad=theta_rad, phi_rad=phi_rad, seed=1)

    metadata = EventMetadata(detector=detector.to_dict(), seed=1)
    balance = project_to_file([showers], readout, Entries(position_mm), FILE, metadata)
    print(balance)

    with uproot.open(FILE) as file:
        events = file["events"].arrays()
    hottest = ak.max(events.energy_mev, axis=1) / ak.sum(events.energy_mev, axis=1)
    print(f"{len(events)} events, {ak.mean(ak.num(events.energy_mev)):.1f} cells each")
    print(f"share of the hottest cell: {ak.mean(hottest):.3f}, spread {ak.std(hottest):.3f}")
    # the centre of gravity, against where the particle entered
    x_mm = ak.sum(events.energy_mev * events.x_mm, axis=1) / ak.sum(events.energy_mev, axis=1)
    print(f"centre of gravity in x: {np.std(ak.to_numpy(x_mm - events.impact_x_mm)):.1f} mm around the entry")

    with open_events(FILE) as file:
        save_event_picture(event_of(file, 0, readout), Path(PICTURE))
    print(f"{FILE}, {PICTURE}")


if __name__ == "__main__":
    main()
