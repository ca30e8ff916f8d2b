"""What can go wrong, by cause: every error says what was expected, what came, and what to do."""


class MetacaloError(Exception):
    """Base of all errors that metacalo raises for a mistake that the user can mend."""


class GeometryError(MetacaloError, ValueError):
    """A detector description that cannot be a calorimeter."""


class UnknownMaterialError(GeometryError):
    """A material that is neither in the table nor defined in the description."""


class ShowerFileError(MetacaloError, ValueError):
    """A file of showers that is damaged, foreign, or holds impossible values."""


class GridMismatchError(MetacaloError, ValueError):
    """Showers, model and detector that do not share one grid."""


class ReadoutError(MetacaloError, ValueError):
    """A description of readout cells that cannot be, or a cell or place that it does not have."""


class PlacementError(MetacaloError, ValueError):
    """A shower that cannot enter the detector where, or in the direction, that was asked for."""


class EventFileError(MetacaloError, ValueError):
    """A file of events on readout cells that is damaged or foreign, or an event that it does not hold."""


class CheckpointError(MetacaloError, ValueError):
    """A model file that is damaged, altered, or of another version."""


class SettingsError(MetacaloError, ValueError):
    """An option or setting with a value that makes no sense."""


class ExportError(MetacaloError, ValueError):
    """A model that cannot be exported as asked, or an exported file that is damaged or altered."""


class OutputError(MetacaloError, OSError):
    """Results that cannot be written where they were asked for."""


class SimulationError(MetacaloError, RuntimeError):
    """A simulation that cannot be started, or that failed on its way."""


class MissingExtraError(MetacaloError, ImportError):
    """An optional dependency that is needed here and not installed."""


class MetacaloWarning(UserWarning):
    """A result that is given, with a reason to doubt it."""
