"""`./run drill systemd [--root DIR]`: the service on a Debian that really boots.

Builds a Debian root with mmdebstrap (DIR is kept and used again), boots it with systemd-nspawn, installs Newsvane there
as the README says, and then: starts, tells an alert, is killed, hangs, gets signals, stops, backs up and restores, is
upgraded, has a wrong token, is removed. Telegram and the publisher are the stand-ins, on this machine's loopback.
Needs root, mmdebstrap and systemd-container. Prints a line a step; exit code 1 at a breach.
"""

import argparse
import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from standins.botapi import BotApi
from standins.publisher import Publisher

from bot.demo.story import HISTORY, NewsItem

ROOT = Path(__file__).parents[2]
PACKAGES = "systemd,systemd-sysv,dbus,python3,python3-venv,ca-certificates,util-linux"
SOURCE = "/opt/newsvane-source"
ANNA = 7
BOOT, STEP, HANG = 120.0, 300.0, 20
HOST_FILES = ("etc/resolv.conf", "etc/pip.conf", "etc/xdg/pip", "etc/ssl/certs/ca-certificates.crt")
"""What the root takes over from this machine, so that it reaches the package index in the same way."""


class Machine:
    """A booted root. `sh` runs a command in it."""

    def __init__(self, root: Path, leader: int) -> None:
        self._root, self._leader = root, leader

    async def sh(self, command: str, *, check: bool = True, **environ: str) -> str:
        """Run a command as root in the machine. Returns what it printed, stderr too; raises where it fails."""
        inside = ["nsenter", f"--target={self._leader}", "--mount", "--uts", "--ipc", "--pid", "--cgroup"]
        given = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
        path = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin"}
        settings = [f"{name}={value}" for name, value in {**path, **given, **environ}.items()]
        process = await asyncio.create_subprocess_exec(
            *inside, "env", "-i", *settings, "sh", "-c", command,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(STEP):
            out, _ = await process.communicate()
        if check and process.returncode:
            raise Breach(f"{command}: exit {process.returncode}: {out.decode()[-600:]}")
        return f"{out.decode()}exit {process.returncode}\n" if not check else out.decode()

    async def main_pid(self) -> int:
        """Return the process id of the service in the machine, 0 if it does not run."""
        return int(await self.sh("systemctl show --property=MainPID --value newsvane"))

    async def is_active(self) -> bool:
        """Return whether the service runs."""
        return (await self.sh("systemctl is-active newsvane || true")).strip() == "active"


class Breach(Exception):
    """A promise that was not kept."""


async def until(what: str, holds: Callable[[], Awaitable[bool]], seconds: float = STEP) -> None:
    """Wait until something holds. Raises Breach."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await holds():  # noqa: ASYNC110  # another machine's state has no event here
                await asyncio.sleep(0.5)
            return
    raise Breach(f"within {seconds:.0f} s it did not come to this: {what}")


class Drill:
    """The steps, in their order. Each is a method whose docstring is its line."""

    def __init__(self, machine: Machine, api: BotApi, publisher: Publisher) -> None:
        self.machine, self.api, self.publisher = machine, api, publisher
        self._published = 0

    async def told(self) -> None:
        """Publish an item and wait until Anna is told."""
        self._published += 1
        number, before = 90_000 + self._published, len(self.api.messages(ANNA))
        link = f"https://moscow-times.example/2020/03/06/report-a{number}"
        self.publisher.publish(NewsItem(title=f"Idlib {number}", summary="", link=link))
        await self.api.wait_for(before + 1, chat=ANNA, timeout=STEP)

    async def no_token(self) -> None:
        """Without a token and a terminal the installer says so at once and changes nothing."""
        said = await self.machine.sh(f"{SOURCE}/systemd/install", check=False)
        expect("There is no token yet" in said and said.endswith("exit 78\n"), said)
        expect("no\n" in await self.machine.sh("test -e /opt/newsvane && echo yes || echo no"), "something was made")

    async def wrong_token(self) -> None:
        """A token that Telegram refuses is said, and the installer fails."""
        said = await self.machine.sh(f"{SOURCE}/systemd/install", check=False, NEWSVANE_TOKEN="123456:wrong-token")
        expect("Telegram refuses the token" in said and said.endswith("exit 77\n"), said)
        expect("Newsvane runs" not in said and "wrong-token" not in said, said)

    async def install(self) -> None:
        """With the right token it is installed and runs."""
        await self.machine.sh(f"printf '%s\\n' '{self.api.token}' > /etc/newsvane/telegram-token")
        said = await self.machine.sh(f"{SOURCE}/systemd/install")
        expect("Newsvane runs." in said, said)
        expect(await self.machine.is_active(), "it is not active")

    async def alert(self) -> None:
        """Somebody subscribes and is told."""
        await self.publisher.wait_until_known(STEP)  # what the first poll shows is the feed's past
        self.api.say(ANNA, "/subscribe idlib")
        await self.api.wait_for(1, chat=ANNA, timeout=STEP)
        await self.told()

    async def killed(self) -> None:
        """After kill -9 it starts again and tells what came meanwhile."""
        await self._ends(signal.SIGKILL)

    async def hung(self) -> None:
        """When it hangs, the watchdog has it started again."""
        await self._ends(signal.SIGSTOP)

    async def _ends(self, number: signal.Signals) -> None:
        before = await self.machine.main_pid()
        await self.machine.sh(f"kill -{number} {before}")

        async def is_another() -> bool:
            return await self.machine.is_active() and await self.machine.main_pid() not in {0, before}

        await until("another process runs", is_another)
        await self.told()

    async def signals(self) -> None:
        """SIGHUP and the like end nothing."""
        before = await self.machine.main_pid()
        for name in ("HUP", "USR1", "USR2", "XCPU"):
            await self.machine.sh(f"systemctl kill -s {name} newsvane")
        await self.told()
        expect(await self.machine.main_pid() == before, "it was started anew")

    async def command(self) -> None:
        """`newsvane` is there, knows config and state, and works beside the running bot as the state's owner."""
        said = await self.machine.sh("newsvane state")
        expect("1 with 1 subscription" in said, said)
        expect("no mistakes" in await self.machine.sh("newsvane check-config"), "check-config")
        expect("moscow-times" in await self.machine.sh("newsvane feeds"), "feeds")
        expect("newsvane, version" in await self.machine.sh("newsvane --version"), "version")
        await self.machine.sh("newsvane backup /srv/kept.nv")
        await self._all_is_the_owners()

    async def restored(self) -> None:
        """It is stopped, restored from the backup by root, and starts; who subscribed is told."""
        await self.machine.sh("systemctl stop newsvane")
        await self.machine.sh("newsvane restore --yes /srv/kept.nv")
        await self._all_is_the_owners()
        await self.machine.sh(
            "STATE_DIRECTORY=/var/lib/newsvane CONFIGURATION_DIRECTORY=/etc/newsvane "
            "/opt/newsvane/venv/bin/newsvane restore --yes /srv/kept.nv"
        )
        await self._all_is_the_owners()
        await self.machine.sh("systemctl start newsvane")
        await self.told()

    async def _all_is_the_owners(self) -> None:
        owners = await self.machine.sh("stat -L -c %u /var/lib/newsvane/ /var/lib/newsvane/*")
        expect(len(set(owners.split())) == 1, f"files of several owners: {owners}")

    async def upgraded(self) -> None:
        """The installer brings it up to date and keeps config, token and state."""
        await self.machine.sh("echo '# mine' >> /etc/newsvane/watchlists.toml")
        said = await self.machine.sh(f"{SOURCE}/systemd/install")
        expect("Newsvane runs." in said, said)
        expect("# mine" in await self.machine.sh("tail -n 1 /etc/newsvane/watchlists.toml"), "the config was replaced")
        await self.told()

    async def left(self) -> None:
        """A package that cannot be installed leaves what runs as it is."""
        await self.machine.sh(f"sed -i '1s/==.*/==0.0.0.1 \\\\/' {SOURCE}/systemd/requirements.lock")
        said = await self.machine.sh(f"{SOURCE}/systemd/install", check=False)
        expect("left as it is" in said and said.endswith("exit 69\n"), said)
        await self.told()

    async def token_in_journal(self) -> None:
        """The journal has no token."""
        journal = await self.machine.sh("journalctl --no-pager -u newsvane")
        expect(self.api.token.partition(":")[2] not in journal, "the token stands in the journal")

    async def removed(self) -> None:
        """It is removed; config and state stay."""
        await self.machine.sh(f"{SOURCE}/systemd/install --remove")
        expect(not await self.machine.is_active(), "it still runs")
        left = await self.machine.sh("ls -d /opt/newsvane /usr/local/bin/newsvane /etc/newsvane /var/lib/private/newsvane 2>&1 || true")  # fmt: skip  # noqa: E501
        expect("cannot access '/opt/newsvane'" in left and "cannot access '/usr/local/bin/newsvane'" in left, left)
        expect("\n/etc/newsvane\n" in left and "\n/var/lib/private/newsvane\n" in left, left)


STEPS = (
    Drill.no_token, Drill.wrong_token, Drill.install, Drill.alert, Drill.killed, Drill.hung, Drill.signals,
    Drill.command, Drill.restored, Drill.upgraded, Drill.left, Drill.token_in_journal, Drill.removed,
)  # fmt: skip


def expect(holds: bool, what: str) -> None:
    """Raise Breach unless something holds."""
    if not holds:
        raise Breach(what.strip()[-800:])


def build(root: Path) -> None:
    """Build the root, and copy into it this checkout and the ways to the package index."""
    if not (root / "usr/bin/python3").exists():
        print("building a Debian root …", flush=True)
        sources = [*Path("/etc/apt").glob("sources.list"), *Path("/etc/apt/sources.list.d").glob("*debian*.sources")]
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root)]
        subprocess.run([*command, *map(str, sources[:1])], check=True)
    for name in HOST_FILES:
        source, target = Path("/", name), root / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy(source, target)
    shutil.rmtree(root / SOURCE[1:], ignore_errors=True)
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        target = root / SOURCE[1:] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)


def configure(root: Path, api: BotApi, publisher: Publisher) -> None:
    """Point the service at the stand-ins, and let its watchdog bite soon."""
    for left in ("opt/newsvane", "etc/newsvane", "var/lib/private/newsvane", "var/lib/newsvane"):
        path = root / left
        path.unlink() if path.is_symlink() else shutil.rmtree(path, ignore_errors=True)
    (root / "usr/local/bin/newsvane").unlink(missing_ok=True)
    config = root / "etc/newsvane"
    config.mkdir(parents=True)
    (config / "newsvane.toml").write_text(
        f'[telegram]\napi_url = "{api.url}"\n[fetch]\nchats_may_reach = ["127.0.0.0/8"]\n'
        '[poll]\ninterval = "2s"\nmin_interval = "1s"\n'
    )
    feed = f'[[feed]]\nname = "moscow-times"\nurl = "{publisher.url}"\nidentity = \'-a(\\d+)$\'\n'
    (config / "feeds.toml").write_text(feed)
    quick = root / "etc/systemd/system/newsvane.service.d/quick.conf"
    quick.parent.mkdir(parents=True, exist_ok=True)
    quick.write_text(f"[Service]\nWatchdogSec={HANG}s\nRestartSec=1s\n")


@asynccontextmanager
async def booted(root: Path) -> AsyncIterator[Machine]:
    """Boot the root; power it off afterwards."""
    command = ["systemd-nspawn", "--quiet", f"--directory={root}", "--boot", "--register=no", "--keep-unit"]
    console = (root.parent / f"{root.name}.console").open("wb")
    process = await asyncio.create_subprocess_exec(
        *command, "--machine=newsvane-drill", "--console=pipe",
        stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        leader = 0

        async def is_up() -> bool:
            nonlocal leader
            if process.returncode is not None:
                raise Breach(f"it does not boot: see {console.name}")
            leader = _child_of(process.pid)
            if not leader:
                return False
            state = await Machine(root, leader).sh("systemctl is-system-running || true")
            return state.strip() in {"running", "degraded"}

        await until("the root has booted", is_up, BOOT)
        yield Machine(root, leader)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
            async with asyncio.timeout(60):
                await process.wait()
        if process.returncode is None:
            process.kill()
        console.close()


def _child_of(pid: int) -> int:
    """Return the first child of a process, 0 if it has none."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0


async def drill(root: Path) -> int:
    """Take the steps one after the other. Returns the exit code."""
    api, publisher = BotApi(), Publisher(HISTORY)
    await api.start()
    await publisher.start()
    configure(root, api, publisher)
    breaches = 0
    try:
        async with booted(root) as machine:
            played = Drill(machine, api, publisher)
            for step in STEPS:
                try:
                    await step(played)
                except (Breach, TimeoutError) as breach:
                    breaches += 1
                    print(f"BREACH  {step.__doc__}\n        {breach or 'it took too long'}", flush=True)
                else:
                    print(f"ok      {step.__doc__}", flush=True)
    finally:
        await publisher.close()
        await api.close()
    print(f"{len(STEPS)} steps, {breaches} breaches")
    return 1 if breaches else 0


def main() -> int:
    """Run the drill."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--root", type=Path, help="build the root here, keep it, and use it if it is there")
    given = parser.parse_args()
    missing = [name for name in ("mmdebstrap", "systemd-nspawn", "nsenter", "git") if not shutil.which(name)]
    if missing or os.geteuid() != 0:
        print(f"This needs root{', and ' + ', '.join(missing) if missing else ''}. On Debian: apt install mmdebstrap systemd-container")  # fmt: skip  # noqa: E501
        return 2
    with tempfile.TemporaryDirectory(prefix="newsvane-root-") as name:
        root = (given.root or Path(name, "root")).resolve()
        build(root)
        return asyncio.run(drill(root))


if __name__ == "__main__":
    sys.exit(main())
