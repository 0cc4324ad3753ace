"""Performs effects: the driver of the clock, delivery to buyers, environments. The only layer that reads real time."""
