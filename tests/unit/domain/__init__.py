"""The domain: pure, so tested without a database."""
