"""Independent recomputation of results from the journal; shares no code with the engine."""
