import numpy as np
import pytest
import torch
from scipy.special import gammainccinv

from metacalo.models.gamma_quantile import gamma_quantile


@pytest.mark.parametrize("shape", [0.1, 0.8, 1.0, 3.3, 50.0, 9e3])
def test_quantiles_are_scipys(shape: float):
    upper = np.linspace(0.005, 0.995, 199)
    found = gamma_quantile(torch.full((199,), shape), torch.tensor(upper, dtype=torch.float32))
    wanted = gammainccinv(shape, upper)
    assert found.numpy()[wanted > 1e-6] == pytest.approx(wanted[wanted > 1e-6], rel=5e-3)


def test_probabilities_of_zero_and_one_give_finite_numbers():
    found = gamma_quantile(torch.full((2,), 2.0), torch.tensor([0.0, 1.0]))
    assert torch.isfinite(found).all()
    assert float(found[0]) > float(found[1])
