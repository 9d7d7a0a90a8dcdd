"""The start of the program: its command line, and the window put together."""
