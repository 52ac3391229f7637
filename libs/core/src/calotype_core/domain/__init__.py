"""Frozen values and pure functions: what happens to an image, with no disk, clock or network."""
