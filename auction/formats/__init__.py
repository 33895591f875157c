"""What a live lot needs to know of its sale format: one row each, in one registry."""
