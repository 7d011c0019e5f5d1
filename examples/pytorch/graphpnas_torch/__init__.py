"""Networks of GraphPNAS in PyTorch: built from plans, trained, and exchanged with Go as safetensors files.

    network = build(open("plan.json").read(), seed=1)        # an nn.Module
    load_weights("weights.safetensors", network)             # written by the Go trainer or this package
    network, classes, normalization = load("trained.safetensors")

The package needs PyTorch 1.13 or later and nothing else.
"""
from .errors import BadData, BadFile, Invalid
from .network import Network, build, set_weights, weights
from .plan import Plan
from .recipe import Recipe
from .saved import load, load_weights, save
from .training import Diverged, Training, measure

__all__ = [
    "BadData", "BadFile", "Diverged", "Invalid", "Network", "Plan", "Recipe", "Training", "build", "load", "load_weights",
    "measure", "save", "set_weights", "weights",
]
