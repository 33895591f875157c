"""Every task has an owner, and a stop signal is heard."""

import asyncio
import os
import signal

import pytest

from luochui.tasks import running, stop_requested, until_stopped


class JobError(Exception):
    pass


class BlockError(Exception):
    pass


async def test_the_job_runs_while_the_block_does_and_is_over_after_it():
    started, cleaned_up = asyncio.Event(), asyncio.Event()

    async def job():
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned_up.set()

    async with running(job(), name="job"):
        await started.wait()
        assert not cleaned_up.is_set()
    assert cleaned_up.is_set()


async def test_a_failing_job_ends_the_block_with_its_own_error_and_its_cause():
    cause = KeyError("why")

    async def job():
        raise JobError from cause

    with pytest.raises(JobError) as raised:
        async with running(job(), name="job"):
            await asyncio.sleep(3600)
    assert raised.value.__cause__ is cause


async def test_a_failing_block_ends_the_job_and_keeps_its_own_error():
    cleaned_up = asyncio.Event()

    async def job():
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned_up.set()

    with pytest.raises(BlockError):
        async with running(job(), name="job"):
            await asyncio.sleep(0)
            raise BlockError
    assert cleaned_up.is_set()


async def test_when_block_and_job_fail_neither_error_is_lost():
    async def job():
        try:
            await asyncio.sleep(3600)
        finally:
            raise JobError

    with pytest.raises(ExceptionGroup) as raised:
        async with running(job(), name="job"):
            await asyncio.sleep(0)
            raise BlockError
    assert {type(error) for error in raised.value.exceptions} == {JobError, BlockError}


async def test_a_job_that_ends_by_itself_lets_the_block_go_on():
    async def job():
        return

    async with running(job(), name="job"):
        await asyncio.sleep(0.01)


async def test_cancelling_the_owner_cancels_block_and_job():
    in_block, cleaned_up = asyncio.Event(), asyncio.Event()

    async def job():
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned_up.set()

    async def owner():
        async with running(job(), name="job"):
            in_block.set()
            await asyncio.sleep(3600)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(owner())
        await in_block.wait()
        task.cancel()
    assert task.cancelled()
    assert cleaned_up.is_set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_stop_signal_is_heard_and_the_handlers_are_put_back(number):
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    async def send():
        await asyncio.sleep(0.01)
        os.kill(os.getpid(), number)

    async with running(send(), name="send"), asyncio.timeout(5):
        await stop_requested()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


async def test_a_job_that_ends_before_a_stop_signal_gives_its_result():
    async def job():
        return 7

    assert await until_stopped(job()) == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_stop_signal_ends_the_job_after_its_clean_up(number):
    cleaned_up = asyncio.Event()

    async def job():
        os.kill(os.getpid(), number)
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.01)
            cleaned_up.set()

    async with asyncio.timeout(5):
        assert await until_stopped(job()) is None
    assert cleaned_up.is_set()


async def test_the_error_of_a_job_that_runs_until_stopped_arrives_as_raised():
    async def job():
        raise JobError

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(JobError):
        await until_stopped(job())
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
