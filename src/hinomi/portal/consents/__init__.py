"""見守りの同意: who agreed that what is watched and what for, as a history that only grows."""
