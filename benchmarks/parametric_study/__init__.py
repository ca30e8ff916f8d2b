"""What `parametric_truth.py` is made of."""
