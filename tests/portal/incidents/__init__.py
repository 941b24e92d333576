"""The case page: merging, history, second look, words to the customer, playbooks."""
