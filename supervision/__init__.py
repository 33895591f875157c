"""Independent checks of results and of the log; shares no code with what it checks."""
