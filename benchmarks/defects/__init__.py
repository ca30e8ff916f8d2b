"""Known defects that are planted in fully simulated showers, and how to tell which figure sees which."""
