import pytest
import torch

from metacalo.models.calibration import fit_prior, fit_response
from metacalo.models.response import Adjustment, ResponseHead


@pytest.fixture
def head() -> ResponseHead:
    torch.manual_seed(3)
    return ResponseHead(n_conditions=3)


def made_by(head: ResponseHead, n: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    noise = torch.Generator().manual_seed(1)
    conditions, width = torch.randn(n, 3, generator=noise), torch.full((n,), 0.05)
    with torch.no_grad():
        return head.sample(conditions, width, noise), conditions, width


def test_a_response_that_is_shifted_tilted_and_stretched_is_found(head: ResponseHead):
    showers = made_by(head, 20_000)
    head.adjust(Adjustment(*torch.tensor([0.3, -0.1, -0.2]), condition=1))
    before = {name: value.clone() for name, value in head.state_dict().items()}
    fit_response(head, *showers, angle=1)
    moved = {name: value - before[name] for name, value in head.state_dict().items()}
    bias = moved["network.4.bias"]
    # back again: in units of 0.1 in ln response, and the factor exp(-0.2) on the widths
    assert bias[3:6].tolist() == pytest.approx([-0.3] * 3, abs=0.02)
    assert bias[6:].tolist() == pytest.approx([0.2] * 3, abs=0.03)
    assert moved["slope"].tolist() == pytest.approx([0.0, 0.1, 0.0], abs=0.01)
    assert float(bias[:3].abs().max()) == float(moved["network.0.weight"].abs().max()) == 0.0


def test_the_response_stays_where_it_is_right(head: ResponseHead):
    showers = made_by(head, 20_000)
    before = {name: value.clone() for name, value in head.state_dict().items()}
    fit_response(head, *showers, angle=1)
    assert max(float((value - before[name]).abs().max()) for name, value in head.state_dict().items()) < 0.03


def test_the_prior_takes_the_mean_and_the_spread_of_many_posteriors():
    noise = torch.Generator().manual_seed(1)
    mean = torch.tensor([0.5, -1.0]) + torch.tensor([2.0, 0.3]) * torch.randn(50_000, 2, generator=noise)
    log_variance = torch.full((50_000, 2), -2.0)
    offsets = torch.zeros(4)
    fit_prior(offsets, (mean, log_variance), (torch.zeros(50_000, 2), torch.zeros(50_000, 2)))
    assert offsets[:2].tolist() == pytest.approx([0.5, -1.0], abs=0.02)
    spread2 = torch.tensor([4.0, 0.09]) + torch.exp(torch.tensor(-2.0))
    assert offsets[2:].tolist() == pytest.approx(spread2.log().tolist(), abs=0.02)


def test_few_showers_move_the_prior_by_little():
    mean, log_variance = torch.full((3, 1), 1.1), torch.zeros(3, 1)
    offsets = torch.zeros(2)
    fit_prior(offsets, (mean, log_variance), (torch.zeros(3, 1), torch.zeros(3, 1)))
    assert float(offsets[0]) == pytest.approx(1.1 * 3 / 303)


def test_a_prior_that_fits_stays():
    noise = torch.Generator().manual_seed(1)
    mean = torch.randn(50_000, 2, generator=noise) * 0.5**0.5
    offsets = torch.zeros(4)
    zero = torch.zeros(50_000, 2)
    fit_prior(offsets, (mean, torch.full((50_000, 2), 0.5).log()), (zero, zero))
    assert float(offsets.abs().max()) < 0.02
