"""How good a generator for a new detector is after a few showers of it, against every other way to one.

    python benchmarks/few_shot.py --showers DIR --checkpoint maml=PATH --checkpoint joint=PATH --out OUT
    python benchmarks/few_shot.py --report OUT

DIR holds the full simulation of each detector as NAME.h5: the first 2,400 showers are there to draw support
showers from, the last 3,000 are the test. Each trial that is done is a line of OUT/results.jsonl, and is not
done again; several processes may share the work by `--shard 0/2`, `--shard 1/2`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Few-shot trials: adaptation against every other way to a generator.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--report", type=Path, metavar="OUT", help="only write the report of the results in this folder")
    add("--showers", type=Path, help="folder with the full simulation of each detector as NAME.h5")
    add(
        "--detectors",
        default="lhcb_shashlik,atlas_lar",
        help="names, or detector files of your own, with commas between",
    )
    add("--support", default="30,100,300,1000", help="numbers of support showers, with commas between")
    add("--seeds", default="0,1,2", help="with commas between")
    add(
        "--checkpoint",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="to start from, under a name of your own: a folder, a file, or `default`; may be repeated",
    )
    add(
        "--methods",
        help="with commas between: geant4 (full simulation itself), library (frozen showers), "
        "zero-shot:NAME, adapted:NAME, scratch:FAMILY, the last two also with :setting=value+...; all by "
        "default",
    )
    add("--out", type=Path, help="folder for the results")
    add("--threads", type=int, default=1, help="of torch and of the classifier")
    add("--shard", default="0/1", metavar="I/K", help="do only the I-th of K shares of the work")
    add("--pool", type=int, default=2400, help="first showers of a file, to draw support showers from")
    add("--test", type=int, default=3000, help="last showers of a file, to judge by")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="setting of all trainings; may be repeated",
    )
    add("--list", action="store_true", help="only say what would be done")
    chosen = parser.parse_args(arguments)
    if chosen.report is None and (chosen.showers is None or chosen.out is None):
        parser.error("expected --showers and --out, or --report")
    return chosen


def run(chosen: argparse.Namespace) -> int:
    """Do all trials that are not done yet; return how many failed."""
    import torch
    from trials.plan import Method, all_trials, shard, usual_methods
    from trials.records import append, read_all
    from trials.trial import Bench, Start, key_of, run_trial

    from metacalo.geometry import load_detector
    from metacalo.meta.sources import assigned

    torch.set_num_threads(chosen.threads)
    starts = {name: Start.load(path) for name, _, path in (text.partition("=") for text in chosen.checkpoint)}
    families = {name: start.generator.family for name, start in starts.items()}
    methods = (
        [Method.parse(text) for text in chosen.methods.split(",")]
        if chosen.methods
        else usual_methods(families)
    )
    index, count = map(int, chosen.shard.split("/"))
    numbers = [[int(text) for text in given.split(",")] for given in (chosen.support, chosen.seeds)]
    found = [load_detector(text) for text in chosen.detectors.split(",")]
    detectors = {detector.name: detector for detector in found}
    if len(detectors) < len(found):
        raise SystemExit(f"expected detectors of different names, got {', '.join(d.name for d in found)}")
    changes = assigned(chosen.set)
    done = {record.key for record in read_all(chosen.out)}
    todo = [
        trial
        for trial in shard(all_trials(list(detectors), methods, *numbers), index, count)
        if key_of(trial, starts, changes) not in done
    ]
    if chosen.list:
        print(*todo, sep="\n")
        return 0
    results = chosen.out / ("results.jsonl" if count == 1 else f"results.{index}.jsonl")
    benches = {
        name: Bench.open(chosen.showers, detector, chosen.pool, chosen.test)
        for name, detector in detectors.items()
    }
    failed = 0
    for number, trial in enumerate(todo, 1):
        begun = time.perf_counter()
        try:
            record = run_trial(trial, benches[trial.detector], starts, changes)
        except Exception:  # whatever it is, it must not cost the trials that follow
            failed += 1
            print(
                f"[{number}/{len(todo)}] {trial}: failed\n{traceback.format_exc()}",
                file=sys.stderr,
                flush=True,
            )
            continue
        append(results, record)
        mean = record.figures["separation_mean"]
        auc = record.figures.get("classifier_auc", float("nan"))
        took = time.perf_counter() - begun
        print(
            f"[{number}/{len(todo)}] {trial}: training {record.seconds:.1f} s ({record.steps} steps, best "
            f"{record.best_step}), mean separation {mean:.4f}, AUC {auc:.3f}; {took:.1f} s in all",
            flush=True,
        )
    return failed


def report(folder: Path) -> None:
    """Write `report.md`, `summary.md` and `few_shot.png` into a folder of results; print the report."""
    from trials.figure import draw
    from trials.records import newest, read_all
    from trials.tables import document, summary

    records = list(newest(read_all(folder)).values())
    if not records:
        raise SystemExit(f"expected results in {folder}/results*.jsonl, got none; run the trials first")
    text = document(records)
    (folder / "report.md").write_text(text, encoding="utf-8")
    (folder / "summary.md").write_text(summary(records), encoding="utf-8")
    (folder / "few_shot.png").write_bytes(draw(records))
    print(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    chosen = parse(arguments)
    if chosen.report is not None:
        report(chosen.report)
        return 0
    # before NumPy and scikit-learn are imported, which read it then
    os.environ["OMP_NUM_THREADS"] = str(chosen.threads)
    from metacalo.errors import MetacaloError

    try:
        return int(run(chosen) > 0)
    except (MetacaloError, ValueError) as error:  # of what was given: trials tell theirs and go on
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
