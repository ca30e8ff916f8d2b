"""What the classifying networks are and how they are trained: the CaloChallenge's way, and a quick one."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """A dense network and its training.

    Attributes:
        width: nodes of the input layer and of each hidden layer.
        hidden_layers: number of hidden layers between the input layer and the output.
        dropout: share of nodes that are left out in training.
        epochs: passes over the training showers, at most.
        patience: epochs without a better validation accuracy after which training ends; None for never.
        batch: showers of a step.
        learning_rate: of Adam.
        standardise: bring each input to mean 0 and spread 1 on the training showers (features only); the
            CaloChallenge's own inputs are scaled by hand instead.
    """

    width: int = 512
    hidden_layers: int = 2
    dropout: float = 0.0
    epochs: int = 50
    patience: int | None = None
    batch: int = 1000
    learning_rate: float = 2e-4
    standardise: bool = False


CHALLENGE_FEATURES = NetworkSettings()
"""The CaloChallenge's classifier of high-level features (its `evaluate.py`, arXiv:2410.21611)."""

THOROUGH_FEATURES = NetworkSettings(standardise=True)
"""As `CHALLENGE_FEATURES`, for features of any unit."""

CHALLENGE_VOXELS = NetworkSettings(width=2048, dropout=0.2)
"""The CaloChallenge's classifier of voxels of datasets 2 and 3, wider than the default of its script."""

QUICK_FEATURES = NetworkSettings(epochs=20, patience=6, batch=256, learning_rate=5e-4, standardise=True)
"""The layers of `CHALLENGE_FEATURES`; fewer epochs of smaller steps at a higher rate, inputs standardised."""

QUICK_VOXELS = NetworkSettings(epochs=12, patience=4, batch=500, learning_rate=5e-4)
"""The script's default layers (512 wide, no dropout); fewer epochs of smaller steps at a higher rate."""
