"""What can go wrong: each error says what was expected, what came, and what to do."""


class ModelFileError(ValueError):
    """A file that is no exported model, or was cut short or altered."""


class ConditionsError(ValueError):
    """Energies or angles that cannot be, that the model does not cover, or whose shapes do not agree."""


class RangeWarning(UserWarning):
    """Showers of conditions outside the range that the model was adapted with."""
