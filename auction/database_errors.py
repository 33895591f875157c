"""What asyncpg raises when the database is away, breaks off, or has no primary."""

import asyncpg

DATABASE_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""Whoever gets one of these knows nothing: not even whether a statement took effect.

`InternalClientError` is among them because asyncpg raises it on a connection whose server is just dying,
and, as `TargetServerAttributeNotMatched`, while none of several servers is the primary.
"""
