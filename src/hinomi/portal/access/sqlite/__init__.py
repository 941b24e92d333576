"""Django's SQLite backend, with a fair turn for who wants to write."""
