"""Rules and values that nobody should be able to hurt us with."""
