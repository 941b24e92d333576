"""Weekly re-judging."""
