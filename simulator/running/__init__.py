"""``run``: scenarios against a buyer, or against one that we play ourselves, each in an environment of its own."""
