"""The engine, over books made of paper."""
