"""Git on disk becomes commits and claimed lines; repositories are read, never written."""
