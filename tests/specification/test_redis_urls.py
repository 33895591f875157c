"""Every form of Redis URL names a place; anything else is refused without repeating the password."""

import pytest

from auction.redis_connection import Address
from auction.redis_place import Kind, RedisPlace, RedisUrlError


def server(host, port, **sign_in):
    return Address(host=host, port=port, **sign_in)


@pytest.mark.parametrize(
    ("url", "kind", "nodes", "service"),
    [
        ("unix:///run/redis%20a.sock", Kind.SINGLE, [Address(path="/run/redis a.sock")], ""),
        ("redis://cache", Kind.SINGLE, [server("cache", 6379)], ""),
        ("redis://cache:7000/2", Kind.SINGLE, [server("cache", 7000, database=2)], ""),
        ("redis://:se%40cret@cache", Kind.SINGLE, [server("cache", 6379, password="se@cret")], ""),
        (
            "redis://ann:pw@[::1]:6380",
            Kind.SINGLE,
            [server("::1", 6380, user="ann", password="pw")],
            "",
        ),
        (
            "redis+sentinel://:pw@s1,s2:26380/main",
            Kind.SENTINEL,
            [server("s1", 26379, password="pw"), server("s2", 26380, password="pw")],
            "main",
        ),
        (
            "redis+cluster://a:7001,b:7002",
            Kind.CLUSTER,
            [server("a", 7001), server("b", 7002)],
            "",
        ),
    ],
)
def test_a_url_names_a_place(url, kind, nodes, service):
    assert RedisPlace.of(url) == RedisPlace(kind=kind, nodes=tuple(nodes), service=service)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cache:6379",
        "http://cache",
        "redis://",
        "redis://:secret@a,b",
        "redis://:secret@cache/first",
        "redis://:secret@cache:port",
        "redis+sentinel://:secret@s1",
        "redis+cluster://:secret@a/0",
    ],
)
def test_another_url_is_refused_and_its_password_not_repeated(url):
    with pytest.raises(RedisUrlError) as refused:
        RedisPlace.of(url)
    assert "secret" not in str(refused.value)
