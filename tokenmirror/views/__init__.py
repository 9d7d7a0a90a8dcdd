"""The window: figures drawn as a screen.  Nothing here knows SQL, logs or git."""
