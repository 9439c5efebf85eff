"""The REST service: transport, and the shapes on the wire."""
