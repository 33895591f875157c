"""Live lots: one writer per lot, one order of arrival, nothing acknowledged before it is durable."""
