"""Django's PostgreSQL backend, made to take what stands in logs."""
