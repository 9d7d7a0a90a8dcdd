"""Table models, one per table."""
