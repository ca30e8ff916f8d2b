import pytest
import torch

from metacalo.device import chosen_device
from metacalo.errors import SettingsError


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert chosen_device("auto") == torch.device("cpu")
    with pytest.raises(SettingsError, match="take --device cpu"):
        chosen_device("cuda")
    with pytest.raises(SettingsError, match="auto, cpu or cuda"):
        chosen_device("tpu")
