"""Typed HTTP layer: handlers with annotations, OpenAPI 3.1, RFC 9457 problems."""
