"""How much of the reference a generator covers: precision and recall, support size, memorisation."""

from metacalo.validation.diversity.manifold import (
    MIN_SHOWERS_FOR_COVERAGE,
    Coverage,
    precision_recall_density_coverage,
)
from metacalo.validation.diversity.memorisation import (
    MIN_SHOWERS_FOR_MEMORISATION,
    Memorisation,
    memorisation,
)
from metacalo.validation.diversity.prd import (
    MIN_SHOWERS_FOR_PRD,
    PrecisionRecallCurve,
    precision_recall_curve,
)
from metacalo.validation.diversity.ssim import (
    MIN_SHOWERS_FOR_SSIM,
    SsimDiversity,
    ssim_diversity,
    structural_similarity,
)
from metacalo.validation.diversity.support_size import (
    MIN_SHOWERS_FOR_SUPPORT,
    SupportSize,
    similarity_cut,
    support_size,
)

__all__ = [
    "MIN_SHOWERS_FOR_COVERAGE",
    "MIN_SHOWERS_FOR_MEMORISATION",
    "MIN_SHOWERS_FOR_PRD",
    "MIN_SHOWERS_FOR_SSIM",
    "MIN_SHOWERS_FOR_SUPPORT",
    "Coverage",
    "Memorisation",
    "PrecisionRecallCurve",
    "SsimDiversity",
    "SupportSize",
    "memorisation",
    "precision_recall_curve",
    "precision_recall_density_coverage",
    "similarity_cut",
    "ssim_diversity",
    "structural_similarity",
    "support_size",
]
