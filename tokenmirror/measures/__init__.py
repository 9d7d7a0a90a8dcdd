"""Rows become figures: each measure is declared once, with its meaning, arithmetic and words."""
