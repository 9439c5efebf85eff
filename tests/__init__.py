"""The tests, one folder a kind; see CONTRIBUTING.md."""
