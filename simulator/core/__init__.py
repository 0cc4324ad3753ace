"""The deterministic core: inputs in, effects out. It knows no supplier; it is handed one as a value."""
