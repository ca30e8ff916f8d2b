"""Projected voxels against full simulation that is binned straight into cells."""
