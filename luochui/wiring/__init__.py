"""Wiring: which object is handed to which, in start order. Engine and web are roles of one program."""
