"""The black patch: a network in plain Python that finds a small black square in a grey image.

`images`, `network` and `training` use the standard library alone; `config` describes the knobs, `twins`
does the same in NumPy and in torch.
"""
