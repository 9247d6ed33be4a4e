"""What operators see: all cases, and one case with everything that was tried and everything that can be done."""
