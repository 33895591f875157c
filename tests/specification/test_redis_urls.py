"""Every form of Redis URL names a place; anything else is refused without repeating the password."""

import pytest

from auction.redis_connection import Address, Tls
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
            [server("s1", 26379), server("s2", 26380)],
            "main",
        ),
        (
            "redis+sentinel://:pw@s1/main?sentinel_user=eve&sentinel_password=p%26q",
            Kind.SENTINEL,
            [server("s1", 26379, user="eve", password="p&q")],
            "main",
        ),
        (
            "redis+cluster://a:7001,b:7002",
            Kind.CLUSTER,
            [server("a", 7001), server("b", 7002)],
            "",
        ),
        ("rediss://cache", Kind.SINGLE, [server("cache", 6379, tls=Tls())], ""),
        (
            "rediss+cluster://:pw@a:7001?ca=/etc/ca%20file&cert=/c&key=/k",
            Kind.CLUSTER,
            [server("a", 7001, password="pw", tls=Tls(ca="/etc/ca file", cert="/c", key="/k"))],
            "",
        ),
    ],
)
def test_a_url_names_a_place(url, kind, nodes, service):
    place = RedisPlace.of(url)
    assert (place.kind, place.nodes, place.service) == (kind, tuple(nodes), service)


def test_servers_behind_sentinels_have_a_user_and_a_password_of_their_own():
    place = RedisPlace.of("rediss+sentinel://ann:pw@s1/main?sentinel_password=other&ca=/ca")
    tls = Tls(ca="/ca")
    assert place.server == Address(user="ann", password="pw", tls=tls)
    assert place.nodes == (server("s1", 26379, password="other", tls=tls),)


def test_a_place_that_is_printed_keeps_its_passwords_to_itself():
    place = RedisPlace.of("redis+sentinel://ann:hidden@s1/main?sentinel_password=hidden")
    assert "hidden" not in repr(place)


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
        "redis://:secret@cache?ca=/secret",
        "redis://:secret@cache?sentinel_password=secret",
        "rediss://:secret@cache?tls=secret",
        "rediss://:secret@cache?secret",
    ],
)
def test_another_url_is_refused_and_its_password_not_repeated(url):
    with pytest.raises(RedisUrlError) as refused:
        RedisPlace.of(url)
    assert "secret" not in str(refused.value)
