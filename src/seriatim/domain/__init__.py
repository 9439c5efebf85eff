"""The domain: pure, without I/O or clock; imports nothing of the other layers."""
