"""Sessions, edits and commits become tasks with an outcome; prompts get an origin.

Pure rules over structs: no database, no files, and now is an argument.
"""
