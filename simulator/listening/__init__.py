"""A buyer's endpoint that is ready: it tells what comes, acknowledges it, fails when told, or hands it on."""
