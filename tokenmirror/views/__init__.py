"""The window: figures become pictures, lists and words; the only Qt besides app and review."""
