"""How long things take and how much memory they need, each against what was promised."""
