"""What `make` cannot say in a rule: set up `.venv` from requirements.lock, and find Chromium and nginx for the tests.

`bootstrap.py setup` is done in a moment when nothing changed: a stamp in `.venv` holds what it was made from. Standard
library only, since it runs before anything is installed. Every failure is one sentence with the next step.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "citewire.stamp"
#: The environment takes 2.1 GB and the models 1.2 GB; packages are unpacked in a temporary folder first.
NEEDED_BYTES = 3_500_000_000
#: what tests need beside Python packages -> the programs of which any will do, and Debian's packages
DEBIAN = {
    "Chromium": (("chromium", "chromium-browser", "google-chrome"), ("chromium", "fonts-liberation")),
    "nginx": (("nginx",), ("nginx-light",)),
}
AGAIN = "then run the same command again: it goes on where it stopped."
NETWORK = f"The package registry cannot be reached: check the network, {AGAIN}"
#: what pip writes -> what it means; the first that fits is said
FAILURES = {
    "No space left on device": f"The disk is full: free about 3.5 GB, {AGAIN}",
    "NameResolutionError": NETWORK,
    "NewConnectionError": NETWORK,
    "ProxyError": NETWORK,
    "SSLError": NETWORK,
    "TimeoutError": NETWORK,
    "No matching distribution": "A package of requirements.lock does not exist for this system: see pip's lines above.",
}


def main() -> None:
    """Run one step by its name."""
    steps = {"setup": setup, "browser": browser}
    if len(sys.argv) != 2 or sys.argv[1] not in steps:
        fail(f"Usage: bootstrap.py {'|'.join(steps)}")
    steps[sys.argv[1]]()


def setup() -> None:
    """Make `.venv` what requirements.lock and pyproject.toml say, unless it is already."""
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return
    check_python()
    check_space()
    say("Setting up .venv from requirements.lock: a few minutes the first time.")
    make_venv()
    pip("install", "-r", str(ROOT / "requirements.lock"))
    # setuptools is in the lock, so the package itself is installed without asking the registry for a build environment.
    pip("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    STAMP.write_text(wanted, encoding="utf-8")
    say("Set up.")


def fingerprint() -> str:
    """What the environment is made from: two files, this Python, and the folder (an environment cannot be moved)."""
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return f"{digest.hexdigest()} {python_version()} {VENV}\n"


def python_version() -> str:
    """`3.11` or `3.12`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def check_python() -> None:
    """:raises SystemExit: if this Python does not fit, or cannot make environments."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 12):
        fail(f"Citewire needs Python 3.11 or 3.12, this is {python_version()}: name another with PYTHON=python3.11.")
    try:
        import ensurepip  # noqa: F401  Debian leaves it out of python3 and puts it into python3-venv
        import venv  # noqa: F401
    except ImportError:
        package = f"python3-venv (or python{python_version()}-venv)"
        fail(f"Python's venv module is missing: as root, `apt-get install {package}`, then run the same command again.")


def check_space() -> None:
    """:raises SystemExit: if a first installation cannot fit on the disk."""
    free = shutil.disk_usage(ROOT).free
    if not VENV.exists() and free < NEEDED_BYTES:
        fail(f"Only {free / 1e9:.1f} GB are free here, {NEEDED_BYTES / 1e9:.1f} GB are needed: free some and try again.")


def make_venv() -> None:
    """Create the environment; start over if it belongs to another Python."""
    config = VENV / "pyvenv.cfg"
    fits = config.is_file() and f"version = {python_version()}." in config.read_text(encoding="utf-8")
    command = [sys.executable, "-m", "venv", str(VENV)] + ([] if fits else ["--clear"])
    if subprocess.run(command, check=False).returncode:
        fail("The environment .venv could not be made: see the lines above; `make clean` removes what is there.")


def pip(*arguments: str) -> None:
    """Run the environment's pip with its progress in view. :raises SystemExit: with the cause, if it fails."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", *arguments, "--disable-pip-version-check"]
    # Only stderr is read here, for the cause of a failure: pip draws its progress bars on stdout.
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            sys.stderr.write(line)
            lines.append(line)
    if process.returncode:
        said = "".join(lines)
        fail(next((text for sign, text in FAILURES.items() if sign in said), "pip failed: see its lines above."))


def browser() -> None:
    """Make sure that tests find Chromium and nginx: as root they are installed, otherwise the command is named."""
    missing = [name for name, (programs, _) in DEBIAN.items() if not any(map(program, programs))]
    if not missing:
        return
    names, packages = " and ".join(missing), [package for name in missing for package in DEBIAN[name][1]]
    if os.geteuid() or not shutil.which("apt-get"):
        fail(f"The tests need {names}: install it (Debian: `apt-get install {' '.join(packages)}` as root) and try again.")
    say(f"Installing {names} for the tests.")
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *packages]):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
            fail(f"`{' '.join(command)}` failed: see the lines above; install {names} by hand, then try again.")


def program(name: str) -> str | None:
    """Where a program lies, also one that only root's PATH names."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def fail(text: str) -> None:
    """End with one sentence."""
    sys.exit(f"citewire: {text}")


if __name__ == "__main__":
    main()
