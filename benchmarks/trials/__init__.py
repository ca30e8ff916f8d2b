"""Few-shot trials: which ways of getting a model for a new detector are tried, how, and with what result."""
