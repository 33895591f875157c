"""A load test is bounded, stays on this machine, and does not overlook what goes wrong."""

from dataclasses import replace

import pytest

from luochui.loadtest.bidding import Bidders
from luochui.loadtest.command import main
from luochui.loadtest.crowd import Crowd, Seen, Watcher
from luochui.loadtest.health import Health
from luochui.loadtest.options import LoadOptions, LoadOptionsError
from luochui.loadtest.place import Place
from luochui.loadtest.run import _judged

SMALL = LoadOptions(watchers=10, bidders=2, rate=5, seconds=5)
ELSEWHERE = replace(
    SMALL, url="http://127.0.0.1:8080", lot_id="L", accounts=(("a", "x"), ("b", "y"))
)
PLACE = Place(url="http://127.0.0.1:1", lot_id="L", accounts=(), metrics_token="")
AT_REST = {"memory": 100.0, "files": 20.0, "tasks": 10.0, "connections": 0.0}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"watchers": 20_001}, "--watchers"),
        ({"rate": 501}, "--rate"),
        ({"seconds": 0}, "--seconds"),
        ({"bidders": 1}, "--bidders"),
        ({"url": "http://192.0.2.7:8080"}, "--url"),
        ({"url": "http://luochui.example:8080"}, "--url"),
        ({"lot_id": ""}, "--lot"),
        ({"accounts": (("a", "x"),)}, "--accounts"),
        ({"soak": True}, "--soak"),
    ],
)
def test_what_is_too_much_or_aimed_at_strangers_is_refused_by_name(changes, said):
    ELSEWHERE.check()
    with pytest.raises(LoadOptionsError, match=said):
        replace(ELSEWHERE, **changes).check()


def test_a_file_of_accounts_that_is_none_is_said_so(tmp_path, capsys):
    path = tmp_path / "accounts"
    path.write_text("ann,secret\nbob\n")
    assert main(SMALL, path, as_json=False) == 1
    assert "line 2 is not LOGIN,PASSWORD" in capsys.readouterr().err
    assert main(SMALL, tmp_path / "none", as_json=False) == 1
    assert "cannot be read" in capsys.readouterr().err


async def test_events_that_a_watcher_is_not_shown_are_counted():
    seen = Seen()
    watcher = Watcher(None, "http://127.0.0.1:1", "L", seen)
    for seq in (4, 5, 6, 9):
        watcher._hear(watcher.following, {"seq": seq, "kind": "bid_accepted", "at_us": 0})
    assert (seen.events, seen.missed) == (4, 2)


@pytest.mark.parametrize("name", ["files", "tasks", "connections"])
def test_what_is_left_behind_is_named(name):
    health = Health(PLACE, before=AT_REST, after=AT_REST)
    assert health.leaks() == []
    health.after = AT_REST | {name: AT_REST[name] + 9}
    (leak,) = health.leaks()
    assert leak.startswith(name)


def course(grows_to):
    """Ten minutes of memory that grows evenly."""
    return [(t, AT_REST | {"memory": 100 + (grows_to - 100) * t / 600}) for t in range(0, 600, 2)]


def test_memory_that_grows_after_the_warm_up_is_a_fault():
    assert Health(PLACE, course=course(104)).growth() < 0.05
    assert Health(PLACE, course=course(112)).growth() > 0.05
    assert Health(PLACE, course=course(112)[:5]).growth() is None, "too short to tell"


def judged_with(**wrong):
    crowd, bidders = Crowd(PLACE.url, "L", 10, comes_and_goes=True), Bidders(None, PLACE, 5)
    bidders.answers["accepted"] = 7
    health = Health(PLACE, before=AT_REST, after=AT_REST)
    health.course = course(wrong.pop("memory", 100))
    bidders.answers["lost"] = wrong.pop("lost", 0)
    crowd.seen.missed = wrong.pop("missed", 0)
    behind = wrong.pop("behind", 0)
    bidders.answers["accepted"] -= wrong.pop("unheard", 0)
    return _judged(replace(SMALL, soak=True), crowd, bidders, behind, health).faults


@pytest.mark.parametrize("fault", ["memory", "lost", "missed", "behind", "unheard"])
def test_each_fault_is_judged(fault):
    assert judged_with() == ()
    assert len(judged_with(**{fault: {"memory": 120, "unheard": 7}.get(fault, 1)})) == 1
