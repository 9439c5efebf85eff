"""The service as its users meet it: over HTTP, through real clients, against the contract."""
