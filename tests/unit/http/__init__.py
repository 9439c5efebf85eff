"""The transport, without a network."""
