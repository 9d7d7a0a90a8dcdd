"""The first run: five steps from nothing to the first figures; nothing is read unasked."""
