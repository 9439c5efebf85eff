"""The command line: the same operations on a database or on a server."""
