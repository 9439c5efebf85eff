"""The file that third parties check with."""
