"""TokenMirror: a private mirror of one's own use of AI coding tools."""

__version__ = "0.1.0"
