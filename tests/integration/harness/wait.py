"""Waiting for what a test expects: by asking again until a deadline, never by a fixed sleep."""

import time


def wait_for(what, probe, seconds=30.0, pause=0.02):
    """The first truthy value of probe(); fails the test when there is none in time.

    `what` says in words what is waited for; it may be a function, asked when the time is over.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(pause)


def observe_that(what, probe, seconds, pause=0.1):
    """Looks for some time that something stays as it is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not probe():
            raise AssertionError(f"no longer so: {what() if callable(what) else what}")
        time.sleep(pause)
