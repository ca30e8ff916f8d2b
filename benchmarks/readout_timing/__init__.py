"""Clocks for projecting showers onto readout cells."""
