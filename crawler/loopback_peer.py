"""Who stands at the other end of a loopback connection, by the kernel's own table (Linux).

A forwarder's port is open to every user of this machine, and behind it stands somebody's proxy
with its password. So each connection is asked for the user that opened it. What another program
of the same user could do is not the question: it may read the password where we read it.
"""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

TABLE = Path("/proc/net/tcp")
_LOCAL, _REMOTE, _UID = 1, 2, 7
"""Columns of the table: addresses as `0100007F:1F90`, and the user's number."""


def opened_by_us(peer: tuple[str, int], here: tuple[str, int], table: Path = TABLE) -> bool:
    """Whether a process of our own user opened the connection from `peer` to `here` (IPv4).

    False where the table cannot be read: who cannot be told is not let in.
    """
    wanted = (_as_kernel_writes(peer), _as_kernel_writes(here))
    try:
        lines = table.read_text("ascii").splitlines()[1:]
    except OSError:
        return False
    found = (
        fields for fields in map(str.split, lines) if (fields[_LOCAL], fields[_REMOTE]) == wanted
    )
    return any(int(fields[_UID]) == os.getuid() for fields in found)


def _as_kernel_writes(address: tuple[str, int]) -> str:
    """The address in the machine's own byte order, the port in the network's."""
    host, port = address
    (number,) = struct.unpack("=I", socket.inet_aton(host))
    return f"{number:08X}:{port:04X}"
