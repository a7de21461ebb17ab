"""One commit, whole or not at all, when the disk or the process fails."""

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from examples import NOW, a_matched_item

from bot.errors import StoreUnwritable
from bot.model import Chat, FeedState
from bot.poll.news import plan
from bot.store import open_store
from bot.store.journal import JournalStorage

URL = "tinydb:newsvane.db"


def committed(path: Path) -> dict[str, dict[int, dict[str, object]]]:
    return JournalStorage(path / "newsvane.db", read_only=True).tables


def poll(store, key):
    result = plan([a_matched_item(key, "idlib")], known=frozenset(), audience=store.audience(), primed=True, now=NOW)
    store.commit_poll(result, FeedState(feed="moscow-times", last_poll=NOW))


@pytest.mark.parametrize("step", ["write", "sync"])
def test_a_disk_that_refuses_leaves_disk_and_memory_as_they_were(tmp_path, monkeypatch, step):
    store = open_store(URL, tmp_path)
    store.subscribe(Chat(id=1), ["idlib"])
    before = committed(tmp_path)

    def refuse(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        if step == "write":
            limits = resource.getrlimit(resource.RLIMIT_FSIZE)
            handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "newsvane.db.log.1").stat().st_size + 40, limits[1]))
        else:
            broken.setattr(os, "fdatasync", refuse)
        try:
            with pytest.raises(StoreUnwritable, match="Nothing is lost"):
                poll(store, "a1")
        finally:
            if step == "write":
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)
                signal.signal(signal.SIGXFSZ, handler)

    assert committed(tmp_path) == before
    assert (store.known(["a1"]), store.heads(), store.counts().queued) == ({}, [], 0)
    poll(store, "a1")  # it recovers by itself
    assert store.known(["a1"]).keys() == {"a1"}
    store.close()


def test_a_state_directory_that_cannot_be_written_says_so(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(StoreUnwritable, match="--state DIR"):
        open_store(URL, in_the_way / "state")


def test_the_state_is_readable_by_its_owner_alone(tmp_path):
    store = open_store(URL, tmp_path)
    store.subscribe(Chat(id=1), ["idlib"])
    store.close()
    assert (tmp_path / "newsvane.db").stat().st_mode & 0o077 == 0


def test_killed_at_any_system_call_of_a_commit_the_state_is_the_old_or_the_new_one(tmp_path):
    """Every call that touches files is replaced in turn by the death of the process."""
    script = """
import os, sys, signal
from bot.model import Chat
from bot.store import open_store
store = open_store("tinydb:newsvane.db", __import__("pathlib").Path(sys.argv[1]))
kill_at, count = int(sys.argv[2]), 0
def watch(event, args):
    global count
    if event in {"open", "os.rename", "os.fsync", "os.remove"} or event.startswith("os."):
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
for name in ("write", "fsync", "fdatasync"):
    call = getattr(os, name)
    setattr(os, name, lambda *args, call=call: (sys.audit("os.call"), call(*args))[1])
store.subscribe(Chat(id=2), ["s-400"])
print("done")
"""
    outcomes = []
    for kill_at in range(1, 12):
        path = tmp_path / str(kill_at)
        store = open_store(URL, path)
        store.subscribe(Chat(id=1), ["idlib"])
        store.close()
        ran = subprocess.run(
            [sys.executable, "-c", script, str(path), str(kill_at)], check=False, capture_output=True, text=True
        )
        store = open_store(URL, path)
        outcomes.append(dict(store.audience()))
        store.close()
        if "done" in ran.stdout:
            break
    else:
        pytest.fail("the commit never ended")
    old, new = {"idlib": [1]}, {"idlib": [1], "s-400": [2]}
    assert all(outcome in (old, new) for outcome in outcomes)
    assert outcomes[0] == old
    assert outcomes[-1] == new
