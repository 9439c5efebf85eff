"""The console: server-rendered pages over the services, for the people who own the numbers."""
