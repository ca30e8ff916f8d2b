"""Compare Par04's fast simulation with full simulation, both from the ROOT files that Par04 writes.

    python compare.py par04_NAME_fast_[0-9]*.root --full par04_NAME_full_*.root
    python compare.py par04_NAME_fast_torch_*.root --full par04_NAME_full_*.root
    python compare.py par04_NAME_fast_[0-9]*.root --full showers.h5 --direction 0 0.94 0.34

Full simulation may also be a file of showers as `metacalo validate` reads it. Figures, a report and plots go
to the folder `compared`. It needs metacalo, whose exporter put this file beside the macro.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

DETECTOR_FILE = "detector.yaml"
LABEL = "Par04 fast"


def compare(
    fast: Sequence[Path],
    full: Sequence[Path],
    out: Path | None,
    *,
    detector_file: Path,
    direction: Sequence[float] = (0.0, 1.0, 0.0),
) -> None:
    """Read both, print the figures, and write them with a report and plots.

    Args:
        fast: ROOT files of fast simulation.
        full: ROOT files of full simulation, or one file of showers.
        out: folder of the results; None for the printed figures alone.
        detector_file: of the detector, for its grid.
        direction: of the particle gun in the macro.
    """
    from metacalo.export.par04.root_output import above_threshold, read_par04
    from metacalo.geometry import load_detector
    from metacalo.showers import open_showers, write_showers
    from metacalo.validation import Scope, validate
    from metacalo.validation.assessment import assess_samples
    from metacalo.validation.report import verdict_table

    detector = load_detector(str(detector_file))
    made = read_par04(fast, detector.grid, direction)
    if full[0].suffix == ".root":
        reference = read_par04(full, detector.grid, direction)
    else:
        reference = above_threshold(open_showers(full[0], detector=detector).load())
    if out is None:
        found = assess_samples(reference, {LABEL: made}, detector)
    else:
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / "full.h5", Path(folder) / "fast.h5"]
            for file, showers in zip(files, (reference, made), strict=True):
                write_showers(file, showers)
            found = validate(
                files[0], files[1:], out, detector=detector, labels=[LABEL], scope=Scope.named("quick")
            ).assessment
    table = verdict_table(found.comparisons, found.floor)
    for row in table.rows:
        value = "-" if row.values[0] is None else f"{row.values[0].value:.3g}"
        floor = "-" if row.floor is None else f"{row.floor.value:.3g}"
        print(f"{row.short:32} {value:>8}  (full against full {floor:>8})  {row.light.value}")
    if out is not None:
        print(f"report: {out / 'report.html'}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("fast", nargs="+", type=Path, help="ROOT files of fast simulation")
    parser.add_argument("--full", nargs="+", type=Path, required=True, help="ROOT files, or one of showers")
    parser.add_argument("--out", type=Path, default=Path("compared"), help="folder of the results")
    parser.add_argument(
        "--direction", nargs=3, type=float, default=(0.0, 1.0, 0.0), help="/gun/direction of the macros"
    )
    parser.add_argument("--no-report", action="store_true", help="print the figures alone")
    parser.add_argument("--detector", type=Path, default=Path(__file__).with_name(DETECTOR_FILE))
    given = parser.parse_args(arguments)
    try:
        from metacalo.errors import MetacaloError
    except ImportError:
        sys.exit(
            "error: expected metacalo in this Python, with which showers are compared, got none; install it "
            f"for {sys.executable}, or run compare.py where it is installed: the ROOT files and "
            f"{DETECTOR_FILE} are all that it needs"
        )
    try:
        compare(
            given.fast,
            given.full,
            None if given.no_report else given.out,
            detector_file=given.detector,
            direction=given.direction,
        )
    except MetacaloError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
