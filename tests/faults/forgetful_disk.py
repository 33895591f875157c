"""A disk that loses power: `python -m tests.faults.forgetful_disk FOLDER MOUNT`, needs /dev/fuse and libfuse.

A file system that shows `FOLDER` at `MOUNT` and keeps what is written in memory until the file is synced.
SIGUSR1 is the power cut: what was not synced is gone, and every further call fails. Names (create, rename,
remove) are durable at once, and writes are lost whole, never torn: in this it is kinder than real disks.
"""

# A file system is told paths and descriptors, and hands them on.
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH115, PTH208, PTH211
import errno
import os
import signal
import sys
import threading
from collections import defaultdict
from typing import Any

import mfusepy

_STAT = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size")
_SPACE = (
    *("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail"),
    *("f_ffree", "f_files", "f_flag", "f_frsize", "f_namemax"),
)


class ForgetfulDisk(mfusepy.Operations):
    """Everything of `root`, and what was written to it but not synced."""

    use_ns = True

    def __init__(self, root: str) -> None:
        self._root = root
        self._unsynced: defaultdict[str, list[tuple[int, bytes]]] = defaultdict(list)
        self._sizes: dict[str, int] = {}
        self._lock = threading.RLock()
        self._has_power = True

    def cut_power(self) -> None:
        """Forget what was not synced, and fail from now on."""
        with self._lock:
            self._has_power = False
            lost = sum(len(writes) for writes in self._unsynced.values())
            self._unsynced.clear()
            self._sizes.clear()
        sys.stdout.write(f"{lost}\n")
        sys.stdout.flush()

    def _at(self, path: str) -> str:
        if not self._has_power:
            raise mfusepy.FuseOSError(errno.EIO)
        return self._root + path

    def getattr(self, path: str, _fh: int | None = None) -> dict[str, Any]:
        found = os.lstat(self._at(path))
        attributes = {name: getattr(found, name) for name in _STAT}
        times = {
            "st_atime": found.st_atime_ns,
            "st_mtime": found.st_mtime_ns,
            "st_ctime": found.st_ctime_ns,
        }
        size = {"st_size": self._sizes[path]} if path in self._sizes else {}
        return attributes | times | size

    def readdir(self, path: str, _fh: int) -> list[str]:
        return [".", "..", *os.listdir(self._at(path))]

    def statfs(self, path: str) -> dict[str, int]:
        found = os.statvfs(self._at(path))
        return {name: getattr(found, name) for name in _SPACE}

    def mkdir(self, path: str, mode: int) -> None:
        os.mkdir(self._at(path), mode)
        self._give(path)

    def _give(self, path: str) -> None:
        uid, gid, _ = mfusepy.fuse_get_context()
        os.chown(self._root + path, uid, gid)

    def rmdir(self, path: str) -> None:
        os.rmdir(self._at(path))

    def chmod(self, path: str, mode: int) -> None:
        os.chmod(self._at(path), mode)

    def utimens(self, path: str, _times: Any = None) -> None:
        os.utime(self._at(path))

    def unlink(self, path: str) -> None:
        with self._lock:
            os.unlink(self._at(path))
            self._unsynced.pop(path, None)
            self._sizes.pop(path, None)

    def rename(self, old: str, new: str) -> None:
        with self._lock:
            os.rename(self._at(old), self._at(new))
            for kept in (self._unsynced, self._sizes):
                kept.pop(new, None)
                for path in [p for p in kept if p == old or p.startswith(f"{old}/")]:
                    kept[new + path.removeprefix(old)] = kept.pop(path)

    def link(self, target: str, source: str) -> None:
        os.link(self._at(source), self._at(target))

    def symlink(self, target: str, source: str) -> None:
        os.symlink(source, self._at(target))

    def readlink(self, path: str) -> str:
        return os.readlink(self._at(path))

    def open(self, path: str, flags: int) -> int:
        readable = (flags & ~(os.O_APPEND | os.O_ACCMODE)) | os.O_RDWR
        return os.open(self._at(path), readable)

    def create(self, path: str, mode: int, _fi: Any = None) -> int:
        descriptor = os.open(self._at(path), os.O_RDWR | os.O_CREAT, mode)
        self._give(path)
        return descriptor

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        with self._lock:
            self._at(path)
            end = min(self._size(path, fh), offset + size)
            found = bytearray(max(0, end - offset))
            durable = os.pread(fh, len(found), offset)
            found[: len(durable)] = durable
            for at, data in self._unsynced.get(path, ()):
                first, last = max(at, offset), min(at + len(data), end)
                if first < last:
                    found[first - offset : last - offset] = data[first - at : last - at]
            return bytes(found)

    def _size(self, path: str, fh: int) -> int:
        return self._sizes.get(path, os.fstat(fh).st_size)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        with self._lock:
            self._at(path)
            self._sizes[path] = max(self._size(path, fh), offset + len(data))
            self._unsynced[path].append((offset, bytes(data)))
            return len(data)

    def truncate(self, path: str, length: int, _fh: int | None = None) -> None:
        with self._lock:
            self._at(path)
            self._sync(path)
            os.truncate(self._root + path, length)

    def fsync(self, path: str, _datasync: int, _fh: int) -> None:
        with self._lock:
            self._at(path)
            self._sync(path)

    def _sync(self, path: str) -> None:
        self._sizes.pop(path, None)
        writes = self._unsynced.pop(path, None)
        if writes is None:
            return
        descriptor = os.open(self._root + path, os.O_RDWR)
        for offset, data in writes:
            os.pwrite(descriptor, data, offset)
        os.close(descriptor)

    def flush(self, _path: str, _fh: int) -> None:
        """Nothing: a closed file is not a synced one."""

    def release(self, _path: str, fh: int) -> None:
        os.close(fh)


def main() -> None:
    root, mount = sys.argv[1:]
    disk = ForgetfulDisk(root)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})

    def wait_for_the_cut() -> None:
        signal.sigwait({signal.SIGUSR1})
        disk.cut_power()

    threading.Thread(target=wait_for_the_cut, daemon=True).start()
    mfusepy.FUSE(disk, mount, foreground=True, allow_other=True, default_permissions=True)


if __name__ == "__main__":
    main()
