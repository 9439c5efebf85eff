"""The store: one behaviour on two databases; the only layer that knows the drivers."""
