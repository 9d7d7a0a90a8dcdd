"""One module per page; a page answers one question."""
