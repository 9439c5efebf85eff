"""Tests that read the tree itself: sizes, names, where a thing may stand."""
