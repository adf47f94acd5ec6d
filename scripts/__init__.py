"""Commands, run as `python -m scripts.NAME`: the outermost layer, which may import everything."""
