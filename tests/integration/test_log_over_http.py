"""The log over HTTP: anybody follows it, a bidder proves his bid, a supervisor checks whole lots."""

import asyncio
import json
from base64 import b64decode
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from luochui import verify as command
from luochui.config import ConfigError
from luochui.verify import VerifyOptions
from luochui.wiring.log import log_role
from supervision.log import verify
from supervision.merkle import is_prefix, root_of
from supervision.note import checked
from tests.support.log import ORIGIN, journal_of
from tests.support.server import LOT, Server, server_running
from transparency.checkpoint import Signer, make_key, read_key

pytestmark = pytest.mark.integration


@asynccontextmanager
async def logged_server(postgres_url: str, redis_url: str, folder: Path):
    """A server whose log is kept; yields it with the log's public key."""
    key = folder / "key.pem"
    make_key(key)
    settings = {"log_key_file": str(key), "log_origin": ORIGIN}
    async with (
        server_running(postgres_url, redis_url, **settings) as server,
        log_role(server.settings),
    ):
        yield server, Signer(ORIGIN, read_key(key)).public_key


async def get(server: Server, path: str, by: str | None = None):
    status, answer = await server.call("GET", path, by=by)
    assert status == 200, answer
    return answer


async def signed_all(server: Server) -> dict:
    """Wait until everything that was decided is signed; return the checkpoint."""
    async with asyncio.timeout(10):
        while True:
            status, answer = await server.call("GET", "/api/log/checkpoint")
            if status == 200 and answer["size"] >= len(await journal_of(server.pool)):
                return answer
            await asyncio.sleep(0.05)


async def test_a_bidder_proves_his_own_bid_and_nobody_elses(fresh_database, redis_url, tmp_path):
    async with logged_server(fresh_database, redis_url, tmp_path) as (server, key):
        await server.announce(LOT, "ann", "bob")
        await server.bid("ann", 100, "ann-bids-100")
        await server.bid("bob", 100, "bob-bids-100")
        await signed_all(server)
        path = f"/api/lots/{LOT}/bids/{{}}/receipt"
        for by, amount_bid, code in (
            ("ann", "ann-bids-100", None),
            ("bob", "bob-bids-100", "below_minimum"),
        ):
            receipt = await get(server, path.format(amount_bid), by=by)
            findings = verify(receipt, public_key=key, earlier=[])
            assert (findings.problems, findings.decisions, findings.opened) == ([], 1, 1)
            (shown,) = receipt["decisions"]
            told = json.loads(shown["decision"]["text"])
            assert told["command"]["actor"] == server.account[by]
            assert (told["rejection"] or {}).get("code") == code
            assert shown["events"]["text"] is shown["events"]["salt"] is None
        status, problem = await server.call("GET", path.format("ann-bids-100"), by="bob")
        assert (status, problem["code"]) == (404, "decision_unknown")


async def test_a_bid_that_is_not_in_the_log_yet_is_asked_for_again(fresh_database, redis_url):
    async with server_running(fresh_database, redis_url) as server:
        await server.announce(LOT, "ann")
        await server.bid("ann", 100, "ann-bids-100")
        path = f"/api/lots/{LOT}/bids/ann-bids-100/receipt"
        status, problem = await server.call("GET", path, by="ann")
        assert (status, problem["code"]) == (409, "not_logged_yet")
        for path in ("checkpoint", "checkpoints/1", "consistency?old=1&size=1", "leaves"):
            status, problem = await server.call("GET", f"/api/log/{path}")
            assert (status, problem["code"]) == (404, "checkpoint_unknown")


async def test_anybody_follows_the_log_without_being_told_what_is_in_it(
    fresh_database, redis_url, tmp_path
):
    async with logged_server(fresh_database, redis_url, tmp_path) as (server, key):
        await server.announce(LOT, "ann")
        old = checked((await signed_all(server))["note"], key)
        await server.bid("ann", 100, "ann-bids-100")
        answer = await signed_all(server)
        new = checked(answer["note"], key)
        assert new.size == old.size + 1
        again = await get(server, f"/api/log/checkpoints/{old.size}")
        assert checked(again["note"], key) == old
        found = await get(server, f"/api/log/consistency?old={old.size}&size={new.size}")
        proof = [b64decode(one) for one in found["proof"]]
        assert is_prefix(old.size, old.root, new.size, new.root, proof)
        leaves = await get(server, "/api/log/leaves")
        assert root_of([b64decode(one) for one in leaves["hashes"]]) == new.root
        part = await get(server, "/api/log/leaves?first=2&limit=3")
        assert (part["first"], part["hashes"]) == (2, leaves["hashes"][2:5])
        assert LOT not in str([answer, found, leaves]), "which leaf is whose is not told"
        for sizes in (f"old=2&size={new.size + 1}", "old=3&size=2"):
            status, problem = await server.call("GET", f"/api/log/consistency?{sizes}")
            assert (status, problem["code"]) == (404, "checkpoint_unknown")


async def test_what_is_secret_until_the_end_is_kept_back_from_supervisors_till_then(
    fresh_database, redis_url, tmp_path
):
    maximum, reserve = 987_650, 765_430
    async with logged_server(fresh_database, redis_url, tmp_path) as (server, key):
        await server.announce(LOT, "ann", "bob", proxies_allowed=True, reserve=reserve)
        status, answer = await server.move("ann", "set_maximum", maximum_fen=maximum)
        assert status == 200, answer
        size = (await signed_all(server))["size"]
        path = f"/api/supervision/lots/{LOT}/log?size={size}"
        shown = await get(server, path, by="supervisor")
        assert str(maximum) not in str(shown)
        assert str(reserve) not in str(shown)
        findings = verify(shown | {"lots": [LOT]}, public_key=key, earlier=[])
        assert findings.problems == []
        assert findings.decisions - findings.opened == 2, "the announcement and the maximum"
        receipt = await get(server, f"/api/lots/{LOT}/bids/move-000001/receipt", by="ann")
        assert str(maximum) in str(receipt), "it is hers"
        ended = {
            "outcome": "sold",
            "price_fen": 1,
            "winner": "A01",
            "at_us": 1,
            "reserve_met": None,
        }
        await server.pool.execute(
            "UPDATE lot_state SET state = (state::jsonb || $1::jsonb)::json",
            json.dumps({"result": ended}),
        )
        shown = await get(server, path, by="supervisor")
        assert str(maximum) in str(shown)
        findings = verify(shown | {"lots": [LOT]}, public_key=key, earlier=[])
        assert (findings.problems, findings.opened) == ([], findings.decisions)


async def told_by_command(capsys, options: VerifyOptions) -> tuple[int, str]:
    code = await asyncio.to_thread(command.main, options)
    return code, "".join(capsys.readouterr())


async def test_a_supervisor_checks_whole_lots_now_and_later_and_without_the_server(
    fresh_database, redis_url, tmp_path, capsys
):
    async with logged_server(fresh_database, redis_url, tmp_path) as (server, key):
        await server.announce(LOT, "ann", "bob")
        await server.announce("LOT-2", "ann")
        kept, token, saved = tmp_path / "kept.json", tmp_path / "token", tmp_path / "saved.json"
        kept.write_text(json.dumps(await signed_all(server)))
        token.write_text(server.token["supervisor"])
        for n in range(4):
            _, answer = await server.bid(("ann", "bob")[n % 2], 100 + 10 * n, f"bid-number-{n}")
        size = (await signed_all(server))["size"]
        options = VerifyOptions(
            url=server.base_url,
            lots=(LOT, "LOT-2"),
            token_file=token,
            key=key,
            checkpoints=(kept,),
            save=saved,
        )
        code, told = await told_by_command(capsys, options)
        assert (code, told.splitlines()[-1]) == (0, "all as it was signed")
        assert f"{size} of {size} leaves looked at, {size} decisions read, 2 lots whole" in told
        for table in ("journal", *(f"journal_{n}" for n in range(8))):
            await server.pool.execute(
                f"ALTER TABLE {table} DISABLE TRIGGER journal_is_insert_only"
            )
        await server.pool.execute(
            "UPDATE journal SET command = replace(command::text, '130', '110')::json"
            " WHERE command_id LIKE '%bid-number-3'"
        )
        code, told = await told_by_command(capsys, options)
        assert code == 1
        (wrong,) = [line for line in told.splitlines() if line.startswith("WRONG")]
        named = f"({LOT}, entry {answer['entry']})"
        assert f"{named}: the decision is not the one that was logged" in wrong
        nobody = VerifyOptions(url=server.base_url, lots=(LOT,))
        code, told = await told_by_command(capsys, nobody)
        assert (code, "401" in told) == (2, True)
    code, told = await told_by_command(
        capsys, VerifyOptions(file=saved, key=key, checkpoints=(kept,))
    )
    assert code == 1, "what was saved last is what was wrong"


async def test_a_log_without_a_usable_key_is_not_kept(fresh_database, redis_url, tmp_path):
    async with server_running(
        fresh_database, redis_url, log_key_file=str(tmp_path / "none")
    ) as server:
        with pytest.raises(ConfigError, match=r"LUOCHUI_LOG_KEY_FILE.*No such file"):
            async with log_role(server.settings):
                pass
