"""Generative models of showers."""

from metacalo.models.batch import Conditions, ShowerBatch
from metacalo.models.field_vae import FieldVAE, FieldVAESettings
from metacalo.models.generator import Generator, GeneratorSettings, Sampler
from metacalo.models.par04_vae import Par04VAE, Par04VAESettings
from metacalo.models.registry import FAMILIES, build_generator

__all__ = [
    "FAMILIES",
    "Conditions",
    "FieldVAE",
    "FieldVAESettings",
    "Generator",
    "GeneratorSettings",
    "Par04VAE",
    "Par04VAESettings",
    "Sampler",
    "ShowerBatch",
    "build_generator",
]
