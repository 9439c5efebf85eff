"""One suite that both databases must pass."""
