"""Bounded load on one lot, to see what a machine bears: `luochui loadtest`."""
