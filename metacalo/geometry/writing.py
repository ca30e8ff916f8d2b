"""A detector as the commented YAML file that it can be read from again."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from metacalo.atomic import write_atomically
from metacalo.errors import OutputError

if TYPE_CHECKING:
    from metacalo.geometry.detector import Detector


def detector_yaml(detector: "Detector") -> str:
    """Write a detector as a detector file with comments: units, and what follows from the slabs.

    Args:
        detector: the detector; its `showers` are left out, as a path holds on one machine only.

    Returns:
        The text; reading it gives an equal detector.
    """
    grid = detector.grid
    lines = [
        f"# {detector.depth_x0:.1f} X0 deep: effective X0 = {detector.x0_mm:.2f} mm, "
        f"R_M = {detector.moliere_radius_mm:.2f} mm, Ec = {detector.critical_energy_mev:.1f} MeV;",
        f"# about {100 * detector.sampling_fraction:.3g}% of a shower's energy is deposited in active slabs.",
        "# Lengths in mm, energies in GeV, angles in degrees to the normal of the front face.",
        "",
        f"name: {_flow(detector.name)}",
        f"description: {_flow(detector.description)}",
        f"reference: {_flow(detector.reference)}",
        "",
    ]
    if detector.materials:
        lines += ["# Mixtures by mass fractions; X0, R_M and the rest follow.", "materials:"]
        lines += [f"  {_flow(name)}: {_flow(m.model_dump())}" for name, m in detector.materials.items()]
        lines.append("")
    lines.append("sections:")
    for section in detector.sections:
        lines += [f"  - repeat: {section.repeat}", "    stack: # in the order in which a particle meets them"]
        for slab in section.stack:
            content: dict[str, Any] = {"material": slab.material, "thickness_mm": slab.thickness_mm}
            if slab.active:
                content["active"] = True
            lines.append(f"      - {_flow(content)} # {detector.material(slab.material).title}")
    lines += [
        "",
        "# Cylinder along the particle's direction: r, phi, z. Sizes may be `auto`.",
        "grid:",
        f"  shape: {list(grid.shape)}",
        f"  dr_mm: {grid.dr_mm!r} # {grid.dr_mm / detector.moliere_radius_mm:.2f} R_M",
        f"  dz_mm: {grid.dz_mm!r} # {grid.dz_mm / detector.x0_mm:.2f} X0",
        "",
        f"energy_range_gev: {list(detector.energy_range_gev)}",
        f"theta_range_deg: {list(detector.theta_range_deg)}",
    ]
    if detector.readout is not None:
        lines += ["", f"readout: {_flow(detector.readout)}"]
    return "\n".join(lines) + "\n"


def write_detector(path: Path, detector: "Detector", *, overwrite: bool = False) -> None:
    """Write a detector file, at once or not at all.

    Args:
        path: the file to write.
        detector: the detector.
        overwrite: whether a file of that name may be replaced.

    Raises:
        OutputError: the file exists and `overwrite` is false, or it cannot be written.
    """
    if path.exists() and not overwrite:
        raise OutputError(
            f"expected a new file, {path} exists; choose another --out, or replace it with --force"
        )
    text = detector_yaml(detector)
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _flow(value: object) -> str:
    text = _dump(value, allow_unicode=True)
    # A few line breaks of Unicode survive only as escapes.
    return text if yaml.safe_load(text) == value else _dump(value, allow_unicode=False)


def _dump(value: object, *, allow_unicode: bool) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=allow_unicode
    )
    return text.removesuffix("\n").removesuffix("\n...")
