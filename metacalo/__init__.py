"""A fast, accurate shower simulation for a new calorimeter, in minutes.

```python
import metacalo

model = metacalo.load("adapted/lhcb_ecal")
showers = model.sample(energy_gev=50.0, theta_rad=0.1, n=1000)
```
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING

__version__ = version("metacalo")

if TYPE_CHECKING:
    from metacalo.adaptation import AdaptSettings, adapt
    from metacalo.generation import AdaptedModel, load
    from metacalo.geometry import Detector, load_detector
    from metacalo.showers import Showers, open_showers, write_showers

__all__ = [
    "AdaptSettings",
    "AdaptedModel",
    "Detector",
    "Showers",
    "adapt",
    "load",
    "load_detector",
    "open_showers",
    "write_showers",
]

# torch takes seconds to import; what needs it is imported when it is first asked for
_HOME = {
    "AdaptSettings": "adaptation",
    "AdaptedModel": "generation",
    "Detector": "geometry",
    "Showers": "showers",
    "adapt": "adaptation",
    "load": "generation",
    "load_detector": "geometry",
    "open_showers": "showers",
    "write_showers": "showers",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'metacalo' has no attribute {name!r}")
    return getattr(import_module(f"metacalo.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
