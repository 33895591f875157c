"""Projects, lots, notices and applications: what a sale is before the first bid."""
