"""One chart for each kind of figure, all in the same frame."""
