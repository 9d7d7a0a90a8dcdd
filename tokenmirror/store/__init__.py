"""The archive: one SQLite file of facts, what is derived from them, and the person's rows."""
