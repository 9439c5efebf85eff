"""Seriatim: gapless, provable document numbers."""
