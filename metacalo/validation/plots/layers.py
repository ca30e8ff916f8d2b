"""What is measured in each layer, against depth: mean and spread over showers."""

import warnings

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metacalo.validation.observables import Observable
from metacalo.validation.plots.measured import Measured
from metacalo.validation.plots.ratio import Curve, draw_with_ratio, ratio_panels
from metacalo.validation.plots.style import name_plot, new_figure, styled

Array = NDArray[np.float64]


@styled
def against_depth(measured: Measured, observable: Observable) -> Figure:
    """Mean and standard deviation over showers of an observable of each layer, against depth.

    A centre or a width of a layer has no value in showers that leave no energy there, which do not count.

    Args:
        measured: the samples.
        observable: with values of shape (N, n_z).
    """
    edges = measured.depth_edges
    means, spreads = [], []
    for label, values in _where_there_is_energy(measured, observable).items():
        mean, mean_error, spread, spread_error = moments_of_columns(values)
        means.append(Curve(label, edges, mean, mean_error))
        spreads.append(Curve(label, edges, spread, spread_error))
    figure = new_figure(11, 5.4)
    panels = (ratio_panels(figure, left=0.075, right=0.485), ratio_panels(figure, left=0.57, right=0.98))
    for (upper, lower), curves in zip(panels, (means, spreads), strict=True):
        draw_with_ratio(
            upper,
            lower,
            curves,
            x_label=measured.depth_label,
            y_label=observable.label_of(measured.scales),
            end=measured.end,
        )
    name_plot(panels[0][0], measured.title, "mean over showers")
    name_plot(panels[1][0], "", f"spread over showers, {measured.note}")
    return figure


def _where_there_is_energy(measured: Measured, observable: Observable) -> dict[str, Array]:
    """Values of an observable of each layer, NaN for places and widths in a layer without energy."""
    values = measured.values(observable)
    if observable.group != "transverse":
        return values
    reached = {label: showers.layer_energies_mev > 0 for label, showers in measured.samples.items()}
    return {label: np.where(reached[label], value, np.nan) for label, value in values.items()}


def moments_of_columns(values: Array) -> tuple[Array, Array, Array, Array]:
    """Mean, its error, standard deviation and its error of each column of values (N, K), without its NaNs.

    The error of the standard deviation s is sqrt(m4 - s^4) / (2 s sqrt(n)), m4 the fourth central moment.
    """
    with warnings.catch_warnings():
        # A column without any value has no mean: NaN is what it should be.
        warnings.simplefilter("ignore", RuntimeWarning)
        n = np.isfinite(values).sum(axis=0)
        mean = np.nanmean(values, axis=0)
        centred = np.square(values - mean)
        variance, fourth = np.nanmean(centred, axis=0), np.nanmean(np.square(centred), axis=0)
        spread = np.sqrt(variance)
        error = np.sqrt(np.maximum(fourth - variance**2, 0.0) / n) / (2 * spread)
    return mean, spread / np.sqrt(np.maximum(n, 1)), spread, np.where(spread > 0, error, 0.0)
