"""The control API (``docs/control-api.md``): plain HTTP and JSON, by which tests steer and question the simulator."""
