"""The live feed: delivers what happened, decides nothing."""
