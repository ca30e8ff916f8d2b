import sys

import pytest
from torch import nn

from metacalo.errors import MissingExtraError
from metacalo.meta import learn2learn_backend, learn2learn_maml


def test_without_learn2learn_the_error_has_the_commands_that_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(learn2learn_backend.PathFinder, "find_spec", lambda *_: None)
    with pytest.raises(MissingExtraError, match=r"\[learn2learn\]") as caught:
        learn2learn_maml(nn.Linear(1, 1), 0.1)
    for command in learn2learn_backend.INSTALL_COMMANDS:
        assert command in str(caught.value)
    assert isinstance(caught.value, ImportError)


def test_learn2learn_is_wrapped_without_the_packages_that_its_maml_does_not_use() -> None:
    if learn2learn_backend.PathFinder.find_spec("learn2learn") is None:
        pytest.skip("the extra [learn2learn] is not installed")
    learner = learn2learn_maml(nn.Linear(1, 1), 0.1).clone()
    assert type(learner).__module__ == "learn2learn.algorithms.maml"
    assert not {"gym", "torchvision", "learn2learn.vision", "learn2learn.data"} & set(sys.modules)
