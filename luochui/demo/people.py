"""The demonstration's people: one account a role for visitors, and invented bidders."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from luochui.identity.accounts import Accounts
from luochui.identity.roles import Role

INVENTED_MAX = 14
_STAFF = (
    ("bidder", "演示竞买人甲", Role.BIDDER),
    ("bidder2", "演示竞买人乙", Role.BIDDER),
    ("auctioneer", "演示拍卖师", Role.AUCTIONEER),
    ("settlement", "演示结算复核员", Role.SETTLEMENT),
    ("cashier", "演示结算登记员", Role.SETTLEMENT),
    ("supervisor", "演示监督员", Role.SUPERVISOR),
    ("owner", "演示转让方", Role.OWNER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account of the demonstration with its password in clear, which only a demonstration has."""

    account_id: str
    login: str
    password: str
    role: Role


async def demo_people(accounts: Accounts, folder: Path, *, invented: int) -> dict[str, Person]:
    """Return the demonstration's people by login, making the missing ones.

    Their passwords are kept in the data folder, readable by its owner only, so that the next start can
    print them again.
    """
    path = folder / "demo-accounts.json"
    passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    wanted = [*_STAFF, *(_invented(n) for n in range(1, invented + 1))]
    for login, _, _ in wanted:
        passwords.setdefault(login, secrets.token_urlsafe(9))
    path.touch(mode=0o600)
    path.write_text(json.dumps(passwords))
    people = {}
    for login, name, role in wanted:
        known = await accounts.find(login)
        account_id = (
            known.account_id
            if known
            else await accounts.create(
                login, passwords[login], name=name, roles=frozenset({role}), invented=True
            )
        )
        people[login] = Person(
            account_id=account_id, login=login, password=passwords[login], role=role
        )
    return people


def invented_login(number: int) -> str:
    """Return the login of an invented bidder, from 1."""
    return f"invented{number:02d}"


def _invented(number: int) -> tuple[str, str, Role]:
    return (invented_login(number), f"虚构竞买人 {number:02d}", Role.BIDDER)
