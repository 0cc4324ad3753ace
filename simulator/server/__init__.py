"""HTTP: the supplier's endpoints on one port, the control API on another."""
