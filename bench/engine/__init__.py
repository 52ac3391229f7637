"""The engine against the bare recipe, sharp and Pillow: python -m bench.engine [--photos DIR]."""
