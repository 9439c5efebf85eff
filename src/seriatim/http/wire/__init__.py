"""Shapes on the wire: the only place where names are camelCase."""
