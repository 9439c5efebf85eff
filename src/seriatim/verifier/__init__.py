"""What a third party checks with: one file that needs nothing but Python's standard library."""
