"""An exported model that makes showers."""

from __future__ import annotations

import os
import secrets
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from operator import index
from pathlib import Path
from typing import Any, final

import numpy as np
import onnxruntime
from numpy.typing import ArrayLike, NDArray

from .errors import ConditionsError, ModelFileError, RangeWarning
from .model_file import Description, read_model_file
from .noise import NoiseSource, check_stream
from .showers import ShowerHits

POLICIES = ("error", "clamp", "follow")
"""What to do with conditions outside the range of a model."""

_CHUNK = 64
"""Showers that are worked on at a time: their noise and voxels stay in the processor's cache."""

_EDGE = 0.02
"""Conditions count as inside up to so much beyond the range, as in `metacalo generate`."""

_INPUTS = {"energy_gev", "theta_rad", "noise"}

_Hits = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]
"""Number of hits of each shower, and voxel and energy of each hit."""


@final
class Model:
    """A model in ONNX Runtime; threads may share it, and a process that forks may go on using it.

    A child must leave by `os._exit`, as those of `multiprocessing` do: in `sys.exit` ONNX Runtime itself
    waits for a thread that did not survive the fork.

    Args:
        data: content of an exported file.
        out_of_range: what to do with conditions outside the range that the model was adapted with: "error"
            refuses them, "clamp" takes the nearest energy and angle inside, "follow" extrapolates; the last
            two with a `RangeWarning`, and a mark on the showers.
        threads: that work on one call, each on some of its showers.

    Raises:
        ModelFileError: the content is no exported model, or one of another version.
        ConditionsError: `out_of_range` is none of the policies, or there is no thread.
    """

    def __init__(self, data: bytes, *, out_of_range: str = "error", threads: int = 1) -> None:
        if out_of_range not in POLICIES:
            raise ConditionsError(f"expected out_of_range out of {', '.join(POLICIES)}, got {out_of_range!r}")
        if threads < 1:
            raise ConditionsError(f"expected at least one thread, got threads={threads}")
        self.out_of_range, self.threads = out_of_range, threads
        self._data = data
        self._sessions: dict[int, Any] = {}
        session = self._session()
        self.description = Description.of(session.get_modelmeta().custom_metadata_map)
        if (inputs := {entry.name for entry in session.get_inputs()}) != _INPUTS:
            raise ModelFileError(
                f"expected the inputs {', '.join(sorted(_INPUTS))}, got {', '.join(sorted(inputs))}; "
                "write one with `metacalo export --model DIR --format onnx`"
            )
        self._noise = NoiseSource(self.description.n_noise, self.description.n_fine_noise)

    def sample(
        self,
        *,
        energy_gev: ArrayLike,
        theta_rad: ArrayLike = 0.0,
        seed: int | None = None,
        first: int = 0,
    ) -> ShowerHits:
        """Make showers.

        Args:
            energy_gev: incident energies [GeV], one or shape (n,).
            theta_rad: angles to the normal of the front face [rad], one or shape (n,).
            seed: of a stream of showers; None for one that nobody else has.
            first: number of the first of these showers in the stream. Shower i of a seed has its own random
                numbers, whatever is asked for with it.

        Raises:
            ConditionsError: impossible conditions, shapes that do not agree, or, unless `out_of_range` says
                otherwise, conditions outside the range of the model.
        """
        energy, theta = _together(energy_gev, theta_rad)
        try:
            seed = secrets.randbits(64) if seed is None else index(seed)
            first = index(first)
        except TypeError as error:
            raise ConditionsError(
                f"expected integers for seed and first, got seed={seed!r} and first={first!r}; choose for "
                "example seed=1"
            ) from error
        try:
            check_stream(seed, first)
        except ValueError as error:
            raise ConditionsError(str(error)) from error
        return self._showers(energy, theta, lambda start, n: self._noise.rows(seed, first + start, n))

    def showers_of(self, energy_gev: ArrayLike, theta_rad: ArrayLike, noise: ArrayLike) -> ShowerHits:
        """Make showers from normal numbers of one's own.

        Args:
            energy_gev: incident energies [GeV], one or shape (n,).
            theta_rad: angles to the normal of the front face [rad], one or shape (n,).
            noise: standard normal, shape (n, n_noise).

        Raises:
            ConditionsError: as for `sample`, or noise of another shape, or that is not finite.
        """
        rows = np.ascontiguousarray(noise, dtype=np.float32)
        wanted = self.description.n_noise
        if rows.ndim != 2 or rows.shape[1] != wanted or len(rows) == 0:
            raise ConditionsError(f"expected noise of shape (n, {wanted}), got {rows.shape}")
        if not np.isfinite(rows).all():
            raise ConditionsError("expected finite normal numbers as noise, got others")
        energy, theta = _together(energy_gev, theta_rad, len(rows))
        return self._showers(energy, theta, lambda start, n: rows[start : start + n])

    def _showers(
        self,
        energy: NDArray[np.float32],
        theta: NDArray[np.float32],
        noise: Callable[[int, int], NDArray[np.float32]],
    ) -> ShowerHits:
        """Make showers, a chunk at a time, from the noise that a function of first row and number gives."""
        energy, theta, outside = self._inside(energy, theta)

        def made(start: int) -> _Hits:
            part = slice(start, start + _CHUNK)
            return self._hits(energy[part], theta[part], noise(start, len(energy[part])))

        starts = range(0, len(energy), _CHUNK)
        if self.threads == 1 or len(starts) == 1:
            parts = [made(start) for start in starts]
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                parts = list(pool.map(made, starts))
        counts, voxels, deposits = (np.concatenate(column) for column in zip(*parts, strict=True))
        offsets = np.zeros(len(energy) + 1, dtype=np.int64)
        np.cumsum(counts, out=offsets[1:])
        return ShowerHits(energy, theta, outside, offsets, voxels, deposits, self.description.shape)

    def _hits(
        self, energy: NDArray[np.float32], theta: NDArray[np.float32], noise: NDArray[np.float32]
    ) -> _Hits:
        given = {"energy_gev": energy, "theta_rad": theta, "noise": noise}
        shower, voxel, deposit = self._session().run(("shower", "voxel", "deposit_mev"), given)
        ends = np.searchsorted(shower, np.arange(len(energy) + 1))
        return np.diff(ends), voxel.astype(np.int32), deposit

    def _inside(
        self, energy: NDArray[np.float32], theta: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        """Deal with conditions outside the range; return which they were, too."""
        known = self.description
        (low, high), (least, most) = known.energy_range_gev, known.theta_range_deg
        steep = np.degrees(theta)
        outside = (energy < low * (1 - _EDGE)) | (energy > high * (1 + _EDGE))
        outside |= (steep < least - _EDGE * most) | (steep > most + _EDGE * most)
        if not outside.any():
            return energy, theta, outside
        text = (
            f"{int(outside.sum())} of {len(energy)} conditions are outside the {low:g}-{high:g} GeV and "
            f"{least:g}-{most:g} degrees that the model of {known.detector['name']} was adapted with"
        )
        if self.out_of_range == "error":
            raise ConditionsError(
                f"{text}: {energy.min():.4g} to {energy.max():.4g} GeV, {steep.min():.4g} to "
                f"{steep.max():.4g} degrees, the first of them condition {int(outside.argmax())}; "
                "adapt the model with showers of that range, or load it with "
                'out_of_range="clamp" or "follow"'
            )
        if self.out_of_range == "clamp":
            warnings.warn(f"{text}; the nearest inside are taken", RangeWarning, stacklevel=4)
            angle = np.radians(np.clip(steep, least, most))
            return np.clip(energy, low, high).astype(np.float32), angle.astype(np.float32), outside
        lowest, highest = known.energy_limits_gev
        if energy.min() < lowest or energy.max() > highest:
            raise ConditionsError(f"{text}; there is nothing to follow beyond {lowest:g}-{highest:g} GeV")
        warnings.warn(f"{text}; these showers are extrapolated", RangeWarning, stacklevel=4)
        return energy, theta, outside

    def _session(self) -> Any:
        """Return this process's session.

        There is no lock, since a fork may leave one locked for ever: two threads may both make a session, and
        one of the two is kept.
        """
        process = os.getpid()
        session = self._sessions.get(process)
        if session is None:
            session = self._sessions.setdefault(process, _session_of(self._data))
        return session

    def __repr__(self) -> str:
        return f"Model({self.description!r}, out_of_range={self.out_of_range!r}, threads={self.threads})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._data, self.out_of_range, self.threads)


def load(path: str | Path, *, out_of_range: str = "error", threads: int = 1) -> Model:
    """Read an exported model.

    Args:
        path: `model.onnx`, or the folder that holds it.
        out_of_range: as for `Model`.
        threads: as for `Model`.

    Raises:
        ModelFileError: the file is missing, no exported model, of another version, or was cut short or
            altered.
        ConditionsError: `out_of_range` is none of the policies, or there is no thread.
    """
    return Model(read_model_file(path), out_of_range=out_of_range, threads=threads)


def _again(data: bytes, out_of_range: str, threads: int) -> Model:
    return Model(data, out_of_range=out_of_range, threads=threads)


def _session_of(data: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    # threads of a session do not survive a fork, and a child that leaves would wait for them for ever
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common class of their own
        raise ModelFileError(f"expected an ONNX model that ONNX Runtime loads, got: {error}") from error


def _together(
    energy_gev: ArrayLike, theta_rad: ArrayLike, n: int | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    energy, theta = _numbers("energy_gev", energy_gev), _numbers("theta_rad", theta_rad)
    try:
        shape = np.broadcast_shapes(energy.shape, theta.shape, () if n is None else (n,))
    except ValueError as error:
        raise ConditionsError(
            f"expected energies and angles of one length, got shapes {energy.shape} and {theta.shape}"
            + ("" if n is None else f" for {n} showers")
        ) from error
    if len(shape) > 1 or 0 in shape:
        raise ConditionsError(
            f"expected one-dimensional conditions of at least one shower, got shape {shape}"
        )
    energy, theta = (np.array(np.broadcast_to(part, shape or (1,))) for part in (energy, theta))
    if (wrong := ~(np.isfinite(energy) & (energy > 0))).any():
        raise ConditionsError(
            f"expected incident energies above 0 GeV, got {_first(energy, wrong)}; give them in GeV"
        )
    if (wrong := ~((theta >= 0) & (theta < np.pi / 2))).any():
        raise ConditionsError(
            "expected angles to the normal of the front face of at least 0 and below 90 degrees, got "
            f"{_first(theta, wrong)}; give them in rad"
        )
    return energy, theta


def _numbers(name: str, values: ArrayLike) -> NDArray[np.float32]:
    try:
        given = np.asarray(values)
        if given.dtype.kind in "biuf":
            return given.astype(np.float32)
    except ValueError:  # lists of several lengths
        pass
    raise ConditionsError(
        f"expected {name} as a number or a list of numbers, without a unit, got {str(values)[:60]!r}"
    )


def _first(values: NDArray[np.float32], wrong: NDArray[np.bool_]) -> str:
    """Tell the first value that is wrong, and which it is."""
    at = int(wrong.argmax())
    return f"{values[at]:.4g} as condition {at} of {len(values)}"
