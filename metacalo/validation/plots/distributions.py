"""How observables of single showers are distributed, with the ratio to the reference."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.validation import observables
from metacalo.validation.plots.ratio import Curve, plot_with_ratio
from metacalo.validation.plots.style import check_samples, energy_note, styled

Array = NDArray[np.float64]
Samples = Mapping[str, Showers]


def hits(samples: Samples, detector: Detector) -> Figure:
    """Distribution of the number of hit voxels.

    Args:
        samples: showers by label; the first is the reference.
        detector: its name is the title.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    return distribution(samples, detector, observables.hits, "number of hit voxels", log_x=True)


def shower_depth(samples: Samples, detector: Detector) -> Figure:
    """Distribution of the energy-weighted mean depth [X0].

    Args:
        samples: showers by label; the first is the reference.
        detector: gives the radiation lengths.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    return distribution(
        samples, detector, lambda s: observables.depth_x0(s, detector), r"mean depth of the shower [$X_0$]"
    )


def shower_length(samples: Samples, detector: Detector) -> Figure:
    """Distribution of the energy-weighted standard deviation of the depth [X0].

    Args:
        samples: showers by label; the first is the reference.
        detector: gives the radiation lengths.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    return distribution(
        samples,
        detector,
        lambda s: observables.width_in_depth_x0(s, detector),
        r"width in depth of the shower [$X_0$]",
    )


def shower_radius(samples: Samples, detector: Detector) -> Figure:
    """Distribution of the energy-weighted mean distance to the axis [Moliere radii].

    Args:
        samples: showers by label; the first is the reference.
        detector: gives the Moliere radius.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    unit = float(detector.moliere_radius_mm)
    return distribution(
        samples,
        detector,
        lambda s: observables.mean_radius_mm(s) / unit,
        r"mean distance to the axis [$R_\mathrm{M}$]",
    )


@styled
def distribution(
    samples: Samples,
    detector: Detector,
    observable: Callable[[Showers], Array],
    x_label: str,
    *,
    bins: int | None = None,
    log_x: bool = False,
) -> Figure:
    """Distribution of an observable of single showers, as share of the showers in each bin.

    The bins span the central 99 per cent of the reference and a tenth more on either side; the first and the
    last one also hold what lies outside. The errors are those of counting.

    Args:
        samples: showers by label; the first is the reference.
        detector: its name is the title.
        observable: gives a value for each shower, (N,).
        x_label: quantity and unit.
        bins: number of bins; by default 2.5 cube roots of the size of the smallest sample, from 10 to 60.
        log_x: bins of equal width in the logarithm, from 1 at the least.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    check_samples(samples)
    values = {label: observable(showers) for label, showers in samples.items()}
    if bins is None:
        bins = int(np.clip(2.5 * min(map(len, values.values())) ** (1 / 3), 10, 60))
    first = next(iter(values.values()))
    shown = np.log(np.maximum(first, 1.0)) if log_x else first
    low, high = np.quantile(shown, [0.005, 0.995])
    margin = 0.1 * (high - low) or 0.5
    edges = np.linspace(low - margin, high + margin, bins + 1)
    if log_x:
        edges = np.exp(edges)
    curves = []
    for label, value in values.items():
        count = np.histogram(np.clip(value, edges[0], edges[-1]), edges)[0].astype(np.float64)
        curves.append(Curve(label, edges, count / len(value), np.sqrt(count) / len(value)))
    return plot_with_ratio(
        curves,
        title=detector.name,
        note=energy_note(samples),
        x_label=x_label,
        y_label="share of showers per bin",
        log_x=log_x,
    )
