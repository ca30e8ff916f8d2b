"""What a file is that is not in the native layout, so that the message can name it."""

from collections.abc import Iterable
from pathlib import Path

from metacalo.showers.layout import FULLSIM_SCHEMA, SCHEMA

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"

FOREIGN_SIGNATURES = (
    (b"root", "a ROOT file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
)
"""First bytes of files that are given by mistake."""

CALOCHALLENGE = "CaloChallenge"

FOREIGN_LAYOUTS = (
    (("showers", "incident_energies"), CALOCHALLENGE),
    (("showers", "incident_energy"), "Par04 or LEMURS"),
    (("layer_0", "layer_1", "layer_2", "energy"), "CaloGAN"),
    (("ECAL", "energy"), "CLIC or 3DGAN"),
)
"""Datasets by which other HDF5 layouts of showers are known."""

CONVERT_CALOCHALLENGE = (
    "bring it into the native layout with metacalo convert FILE --to native --out NATIVE.h5, and --binning "
    "BINNING.xml or --geometry for its grid"
)
CONVERT = (
    "bring the deposits into an array (N, r, phi, z) in MeV and write it with "
    "Showers.from_dense(array, grid=..., incident_energy_gev=..., theta_rad=...) and write_showers"
)


def explain_foreign(names: Iterable[str], schema: object) -> tuple[str, str]:
    """Return reason and remedy for an HDF5 file that does not carry a known schema.

    Args:
        names: Names of its datasets and groups.
        schema: Its attribute ``schema``, None if there is none.
    """
    present = set(names)
    for datasets, layout in FOREIGN_LAYOUTS:
        if present.issuperset(datasets):
            remedy = CONVERT_CALOCHALLENGE if layout == CALOCHALLENGE else CONVERT
            return f"it has the layout of {layout}, expected the schema {SCHEMA}", remedy
    found = "it has no schema" if schema is None else f"its schema is {schema!r}"
    listed = ", ".join(sorted(present)[:8]) or "nothing"
    return f"{found}, expected {SCHEMA} or {FULLSIM_SCHEMA} (it holds {listed})", CONVERT


def explain_unreadable(path: Path, error: Exception) -> tuple[str, str]:
    """Return reason and remedy for a file that the HDF5 library does not read."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file", "check the path"
    if path.is_dir():
        return "it is a folder, expected an HDF5 file of showers", "give the file inside it"
    if isinstance(error, PermissionError):
        return "it may not be read", "change its permissions"
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as reading:
        return f"it cannot be read ({reading})", "check the disk and its permissions"
    if head != HDF5_SIGNATURE:
        kind = next((kind for bytes_, kind in FOREIGN_SIGNATURES if head.startswith(bytes_)), None)
        found = kind or ("an empty file" if not head else "no HDF5 file")
        return f"it is {found}, expected an HDF5 file of showers", CONVERT
    if "truncated" in str(error):
        return f"it is truncated ({path.stat().st_size} bytes are there)", "copy or download it again"
    return f"it is damaged ({error})", "copy or download it again"
