import pickle
from pathlib import Path

import pytest
import torch

from metacalo.checkpoint import load_state, save_state
from metacalo.errors import CheckpointError


def test_a_state_comes_back_as_it_went(tmp_path: Path) -> None:
    state = {
        "step": 5,
        "weights": {"a": torch.arange(3.0)},
        "losses": [1.5, 2.5],
        "average": None,
        "name": "x",
    }
    save_state(tmp_path / "deep" / "state.pt", state)
    back = load_state(tmp_path / "deep" / "state.pt")
    assert torch.equal(back.pop("weights")["a"], state.pop("weights")["a"])
    assert back == state


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, ("1/0",))


def test_nothing_in_a_state_is_executed(tmp_path: Path) -> None:
    torch.save({"format": "metacalo-training-state", "version": 1, "state": Evil()}, tmp_path / "state.pt")
    with pytest.raises(CheckpointError, match="damaged or foreign"):
        load_state(tmp_path / "state.pt")


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    with pytest.raises(CheckpointError, match="no such file; start the training without --resume"):
        load_state(path)
    save_state(path, {"a": torch.zeros(1000)})
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CheckpointError, match="damaged or foreign"):
        load_state(path)
    path.write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(CheckpointError, match="damaged or foreign"):
        load_state(path)
    torch.save({"weights": 1}, path)
    with pytest.raises(CheckpointError, match="another file"):
        load_state(path)
    torch.save({"format": "metacalo-training-state", "version": 9, "state": {}}, path)
    with pytest.raises(CheckpointError, match=r"expected version 1 .* got 9"):
        load_state(path)
