"""What the CaloChallenge's evaluation computes (arXiv:2410.21611): its features and separation powers."""

from metacalo.validation.calochallenge.features import (
    ChallengeFeatures,
    challenge_features,
    classifier_features,
)
from metacalo.validation.calochallenge.separations import challenge_separations

__all__ = ["ChallengeFeatures", "challenge_features", "challenge_separations", "classifier_features"]
