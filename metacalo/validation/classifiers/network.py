"""A dense network that learns to tell two samples apart, as the CaloChallenge trains it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metacalo.validation.classifiers.inputs import Index, Inputs
from metacalo.validation.classifiers.settings import NetworkSettings

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """Probabilities of a trained network.

    Attributes:
        validation: of label 1 for the validation showers, shape (K,).
        test: the same of the test showers, shape (T,).
        best_epoch: whose weights were taken, counted from 1.
        epochs: how many were trained.
    """

    validation: Array
    test: Array
    best_epoch: int
    epochs: int


def train_and_score(
    inputs: Inputs,
    label: NDArray[np.integer],
    parts: tuple[Index, Index, Index],
    settings: NetworkSettings,
    *,
    seed: int,
    device: str,
) -> Scored:
    """Train a network on one part of the showers, choose its epoch on the second, score second and third.

    Layers: linear, LeakyReLU (slope 0.01), dropout; the same `hidden_layers` times; linear. Binary
    cross-entropy, Adam. The weights of the epoch with the highest accuracy on the validation showers are
    taken, of equal ones the first, and training ends where that accuracy is 1.

    Args:
        inputs: rows of both samples.
        label: 0 or 1 for each row, shape (N + M,).
        parts: rows to train on, to validate on and to test on.
        settings: of network and training.
        seed: of weights, batches and dropout; torch's own generators are left as they were.
        device: auto, cpu or cuda.
    """
    import torch

    from metacalo.device import chosen_device

    place = chosen_device(device)
    train, validation, test = parts
    target = torch.as_tensor(label.astype(np.float32))
    with torch.random.fork_rng(devices=[place] if place.type == "cuda" else []):
        torch.manual_seed(seed)
        network = _network(inputs.width, settings).to(place)
        optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
        order = np.random.default_rng(seed)
        truth = label[validation].astype(bool)
        best, best_epoch, epoch = -1.0, 0, 0
        weights: dict[str, torch.Tensor] = {}
        while epoch < settings.epochs and best < 1.0:
            if settings.patience is not None and epoch - best_epoch >= settings.patience and epoch:
                break
            network.train()
            shuffled = order.permutation(train)
            for start in range(0, len(shuffled), settings.batch):
                rows = shuffled[start : start + settings.batch]
                loss = torch.nn.functional.binary_cross_entropy_with_logits(
                    network(torch.from_numpy(inputs.batch(rows)).to(place))[:, 0], target[rows].to(place)
                )
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call] # torch has no types here
                optimiser.step()
            epoch += 1
            accuracy = float(np.mean((_logits(network, inputs, validation, settings) > 0) == truth))
            if accuracy > best:
                best, best_epoch = accuracy, epoch
                weights = {name: value.detach().clone() for name, value in network.state_dict().items()}
        network.load_state_dict(weights)
        return Scored(
            validation=_probability(_logits(network, inputs, validation, settings)),
            test=_probability(_logits(network, inputs, test, settings)),
            best_epoch=best_epoch,
            epochs=epoch,
        )


def _network(width: int, settings: NetworkSettings) -> "torch.nn.Module":
    from torch import nn

    layers: list[nn.Module] = []
    for number in range(settings.hidden_layers + 1):
        layers += [
            nn.Linear(settings.width if number else width, settings.width),
            nn.LeakyReLU(),
            nn.Dropout(settings.dropout),
        ]
    return nn.Sequential(*layers, nn.Linear(settings.width, 1))


def _logits(network: "torch.nn.Module", inputs: Inputs, rows: Index, settings: NetworkSettings) -> Array:
    """Outputs of the network for the chosen rows, shape (n,)."""
    import torch

    network.eval()
    place = next(network.parameters()).device
    found = []
    with torch.no_grad():
        for start in range(0, len(rows), settings.batch):
            batch = torch.from_numpy(inputs.batch(rows[start : start + settings.batch])).to(place)
            found.append(network(batch)[:, 0].cpu().numpy())
    return np.concatenate(found).astype(np.float64)


def _probability(logits: Array) -> Array:
    from scipy.special import expit

    return np.asarray(expit(logits), dtype=np.float64)
