"""Scenarios: scripted suppliers in YAML. Pure: from a file's text to typed steps, and from steps to what happens."""
