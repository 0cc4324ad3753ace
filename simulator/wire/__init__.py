"""Pure bytes and values: envelope, hardened reading, schema gate, typed binding, faults."""
