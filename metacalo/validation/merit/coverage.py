"""Whether generated showers cover full simulation, repeat themselves, or repeat what was trained on."""

from math import hypot

import numpy as np

from metacalo.showers import Showers
from metacalo.showers.sums import binned_energy
from metacalo.validation import diversity
from metacalo.validation.comparison import Estimate
from metacalo.validation.curves import LearnedCurves, Neighbours
from metacalo.validation.merit.findings import Findings
from metacalo.validation.merit.pair import Array, Pair, voxel_matrix


def precision_and_coverage(pair: Pair) -> Findings:
    """`precision`, `recall`, `density` and `coverage` of the standardised features."""
    return Findings(estimates=diversity.precision_recall_density_coverage(*pair.standardised)._asdict())


def precision_recall_curve(pair: Pair) -> Findings:
    """`prd_auc`, `prd_f8` (recall) and `prd_f1_8` (precision) of the standardised features."""
    found = diversity.precision_recall_curve(*pair.standardised, seed=pair.seed)
    return Findings(
        estimates={"prd_auc": found.area, "prd_f8": found.f8, "prd_f1_8": found.f1_8},
        curves=LearnedCurves(recall=found.recall, precision=found.precision),
    )


def similarity_of_pictures(pair: Pair) -> Findings:
    """`ssim_reference`, `ssim_generated` and their ratio `ssim_diversity`; above 1: too much alike."""
    images = (_pictures(sample) for sample in pair.both)
    reference, generated = diversity.ssim_diversity(*images, seed=pair.seed)
    ratio = generated.value / reference.value if reference.value else float("nan")
    relative = hypot(
        (reference.error or 0.0) / (reference.value or 1.0),
        (generated.error or 0.0) / (generated.value or 1.0),
    )
    return Findings(
        estimates={
            "ssim_reference": reference,
            "ssim_generated": generated,
            "ssim_diversity": Estimate(ratio, abs(ratio) * relative),
        }
    )


def support(pair: Pair) -> Findings:
    """`support_size` of the generated showers and `support_size_reference`, at one similarity cut."""
    first, second = pair.standardised
    fewest = min(len(first), len(second))
    rng = np.random.default_rng(pair.seed)
    samples = [
        values if len(values) == fewest else rng.permutation(values)[:fewest] for values in (first, second)
    ]
    cut = diversity.similarity_cut(samples[0], seed=pair.seed)
    sizes = {
        name: diversity.support_size(sample, cut, seed=pair.seed)
        for name, sample in zip(("support_size_reference", "support_size"), samples, strict=True)
    }
    notes = [
        f"support size: two showers are alike if their standardised features are no farther apart than "
        f"{cut:.3g}, which 1 in 100 of full simulation are to their nearest neighbour"
    ]
    notes += [
        f"{name.replace('_', ' ')} is a lower bound: no two of {size.showers:,} showers are alike"
        for name, size in sizes.items()
        if size.is_lower_bound
    ]
    return Findings(estimates={name: size.estimate for name, size in sizes.items()}, notes=tuple(notes))


def memorised(pair: Pair) -> Findings:
    """Whether generated showers are copies of training showers; none without those.

    `memorisation_share_closer`, `memorisation_p_value`, `memorisation_tail_p_value`, and the numbers
    `memorised_copies` and `memorised_copies_in_reference`; by the shapes of the voxels.
    """
    if pair.training is None:
        return Findings()
    found = diversity.memorisation(
        voxel_matrix(pair.generated),
        voxel_matrix(pair.training),
        voxel_matrix(pair.reference),
        seed=pair.seed,
    )
    return Findings(
        estimates={
            "memorisation_share_closer": found.share_closer,
            "memorisation_p_value": Estimate(found.p_value),
            "memorisation_tail_p_value": Estimate(found.tail_p_value),
            "memorised_copies": Estimate(float(found.copies)),
            "memorised_copies_in_reference": Estimate(float(found.copies_in_test)),
        },
        curves=LearnedCurves(neighbours=Neighbours(found.test_distances, found.generated_distances)),
    )


def _pictures(showers: Showers) -> Array:
    """Share of the incident energy in each ring and layer, shape (N, n_r, n_z)."""
    n_r, n_phi, n_z = showers.grid.shape
    energy = binned_energy(
        showers.blocks(),
        len(showers),
        n_r * n_z,
        lambda voxels: voxels // (n_phi * n_z) * n_z + voxels % n_z,
    )
    share = energy / (1000.0 * np.asarray(showers.incident_energy_gev, dtype=np.float64))[:, None]
    return np.asarray(share.reshape(len(showers), n_r, n_z))
