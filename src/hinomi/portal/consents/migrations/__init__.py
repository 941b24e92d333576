"""Schema of consents."""
