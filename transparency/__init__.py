"""A tamper-evident log of all decisions: what was journaled once cannot be changed unnoticed (I15)."""
