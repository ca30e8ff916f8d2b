"""Meta-learning: generators that adapt to a new detector in a few steps."""

from metacalo.meta.initial import initial_generator
from metacalo.meta.learn2learn_backend import learn2learn_maml
from metacalo.meta.maml import MAML, Learner, MetaLearner
from metacalo.meta.meta_sgd import MetaSGD
from metacalo.meta.outer import OuterLoop, OuterStep
from metacalo.meta.pretrain import PretrainResult, pretrain
from metacalo.meta.reptile import Reptile, ReptileLearner
from metacalo.meta.settings import PretrainSettings
from metacalo.meta.tasks import Pool, Task, draw_tasks

__all__ = [
    "MAML",
    "Learner",
    "MetaLearner",
    "MetaSGD",
    "OuterLoop",
    "OuterStep",
    "Pool",
    "PretrainResult",
    "PretrainSettings",
    "Reptile",
    "ReptileLearner",
    "Task",
    "draw_tasks",
    "initial_generator",
    "learn2learn_maml",
    "pretrain",
]
