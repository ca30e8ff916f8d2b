"""Showers on a cylinder grid: a sparse container, its native HDF5 store, and the checks on both."""

from metacalo.showers.combine import concatenate
from metacalo.showers.showers import Showers
from metacalo.showers.store import open_showers
from metacalo.showers.writer import ShowerWriter, write_showers

__all__ = ["ShowerWriter", "Showers", "concatenate", "open_showers", "write_showers"]
