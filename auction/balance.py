"""Who should own which shard: evenly shared, and as few as possible moved. Pure."""

from auction.ownership import Survey


def shares(survey: Survey) -> dict[int, str]:
    """Return by shard the engine that should own it; empty when no engine works.

    Every engine that looks at the same survey comes to the same result. Who owns shards keeps them up to
    its part; those who own most have the parts that are larger by one. The rest goes round by name.
    """
    engines = sorted(survey.engines)
    if not engines:
        return {}
    owned: dict[str, list[int]] = {name: [] for name in engines}
    for shard, owner in sorted(survey.owners.items()):
        if owner in owned:
            owned[owner].append(shard)
    part, larger = divmod(len(survey.owners), len(engines))
    by_need = sorted(engines, key=lambda name: (-len(owned[name]), name))
    room = {name: part + (rank < larger) for rank, name in enumerate(by_need)}
    kept = {shard: name for name in engines for shard in owned[name][: room[name]]}
    for name in kept.values():
        room[name] -= 1
    free = (shard for shard in sorted(survey.owners) if shard not in kept)
    takers = (name for name in engines for _ in range(room[name]))
    return kept | dict(zip(free, takers, strict=True))
