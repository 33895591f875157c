"""While no database server is the primary, engines wait for one: that is an outage, not the end of them."""

import asyncio

import asyncpg
import pytest

from auction.crew import Crew
from auction.journal import JournalError
from auction.journal_postgres import PostgresJournal
from auction.ownership_postgres import PostgresOwnership
from luochui.migrate import migrate
from luochui.tasks import running

pytestmark = pytest.mark.integration


@pytest.fixture
async def pool_without_a_primary(fresh_database):
    """A pool that wants another kind of server than there is, as after a primary's death."""
    await migrate(fresh_database)
    url = f"{fresh_database}&" if "?" in fresh_database else f"{fresh_database}?"
    async with asyncpg.create_pool(
        f"{url}target_session_attrs=standby", min_size=0, max_size=2
    ) as pool:
        yield pool


async def test_ownership_and_journal_say_that_they_cannot_tell(pool_without_a_primary):
    ownership = PostgresOwnership(pool_without_a_primary, owner="engine")
    for question in (
        ownership.survey(is_leaving=False),
        ownership.take(0),
        anext(PostgresJournal(pool_without_a_primary).replay(0, {})),
    ):
        with pytest.raises(JournalError):
            await question


async def test_a_crew_goes_on_asking(pool_without_a_primary):
    ownership = PostgresOwnership(pool_without_a_primary, owner="engine")
    crew = Crew(ownership, name="engine", engine_of=pytest.fail)
    async with running(crew.run(), name="crew"):
        await asyncio.sleep(0.6)
