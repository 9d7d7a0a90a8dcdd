"""The settings window: everything the person can choose or enter, with one way back."""
