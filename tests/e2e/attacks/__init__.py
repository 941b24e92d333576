"""The detection core attacked from outside: the same answer everywhere, whatever is sent."""
