"""The demonstration: real lots, invented bidders, one command."""
