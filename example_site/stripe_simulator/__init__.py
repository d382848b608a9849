"""A stand-in for Stripe on loopback: v1 wire format, hosted pages, signed webhooks, clock, faults."""

from .command import main, serve
from .simulator import Simulator, running_simulator

__all__ = ["Simulator", "main", "running_simulator", "serve"]
