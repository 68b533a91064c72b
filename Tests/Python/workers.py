"""What the tests run in processes of their own; importable, so that spawned ones find it."""

import logging
import os


def log_some(first, count):
    """Logs `count` records that say their number and who logged them."""
    log, pid = logging.getLogger("worker"), os.getpid()
    for number in range(first, first + count):
        log.info("record %d", number, extra={"n": number, "own": pid})
    return pid


def log_with(handler, count):
    import logd_client

    logd_client.install(handler, logging.INFO)
    log_some(0, count)


def log_until_killed(handler, path):
    """Logs 0, 1, 2, ... and writes after each call how many have returned."""
    import logd_client

    logd_client.install(handler, logging.INFO)
    log = logging.getLogger("worker")
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    for number in range(10**9):
        log.info("record", extra={"n": number})
        os.pwrite(file, (number + 1).to_bytes(8, "little"), 0)


def continue_in(task_id, handler):
    """A part of a task that another process began."""
    import logd_client

    logd_client.install(handler, logging.INFO)
    with logd_client.continue_task(task_id, "remote", pid=os.getpid()):
        logging.info("in the worker")
