"""learn2learn's own MAML as an alternative backend, and as the reference that ours is tested against.

`import learn2learn` needs gym, torchvision and more, none of which its MAML uses. So the module of that class
alone is imported, below bare parent packages that only know where their files are.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, cast

from metacalo.errors import MissingExtraError

if TYPE_CHECKING:
    from torch import nn

    from metacalo.meta.maml import MetaLearner

INSTALL_COMMANDS = (
    "pip install cython setuptools wheel",
    "pip install learn2learn==0.2.0 --use-pep517 --no-deps --no-build-isolation "
    '--config-settings="--global-option=build_ext"',
)


def learn2learn_maml(model: nn.Module, rate: float, first_order: bool = False) -> MetaLearner:
    """Wrap a model in `learn2learn.algorithms.MAML`.

    Args:
        model: any module.
        rate: inner learning rate.
        first_order: drop the second derivatives.

    Raises:
        MissingExtraError: learn2learn is not installed; the message has the commands that install it.
    """
    return cast("MetaLearner", _maml_module().MAML(model, lr=rate, first_order=first_order))


def _maml_module() -> ModuleType:
    spec = PathFinder.find_spec("learn2learn")
    if spec is None or spec.submodule_search_locations is None:
        raise MissingExtraError(
            "the backend learn2learn needs the extra [learn2learn], which is not installed; its source "
            "distribution "
            "builds only with its Cython files translated anew:\n  "
            + "\n  ".join(INSTALL_COMMANDS)
            + "\nor take the default, --backend torch, which computes the same"
        )
    root = list(spec.submodule_search_locations)
    _bare_package("learn2learn", root)
    _bare_package("learn2learn.algorithms", [f"{folder}/algorithms" for folder in root])
    return importlib.import_module("learn2learn.algorithms.maml")


def _bare_package(name: str, folders: list[str]) -> None:
    """Let `name` stand for its folders without running its __init__, unless it was imported as a whole."""
    if name in sys.modules:
        return
    package = ModuleType(name)
    package.__path__ = folders
    package.__spec__ = ModuleSpec(name, loader=None, is_package=True)
    sys.modules[name] = package
