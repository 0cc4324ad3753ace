"""Pages for people, on the control port: environments, tickets on simulated time, and the control API. Read-only."""
