"""Units that notices are written in: fen and microseconds."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YUAN = 100
WAN = 10_000 * YUAN
