"""TLS on the supplier's port: who its clients are, by their certificates, and why some were refused."""
