"""The running server of 落槌 (luòchuí, "the hammer falls"): configuration, wiring, doors, pages."""
