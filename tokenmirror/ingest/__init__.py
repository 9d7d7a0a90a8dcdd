"""The pump: sources and repositories into the archive, in one order, stoppable anywhere."""
