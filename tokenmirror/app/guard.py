"""Nothing leaves the machine: a guard that stops Python's own ways to a network.

It does not see Qt's sockets or child processes: we ship no QtNetwork, and git runs with
every protocol forbidden.
"""

from __future__ import annotations

import sys

UNIX = 1  # AF_UNIX: sockets of this machine, such as the display's
ADDRESSED = frozenset({"socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg"})
NAMED = frozenset(
    {
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
        "socket.getnameinfo",
        "urllib.Request",
        "http.client.connect",
        "smtplib.connect",
        "ftplib.connect",
    }
)


class NetworkRefusedError(RuntimeError):
    """Something tried to reach a network: always a fault of the program."""


def stand() -> None:
    """Refuse networks from now on; an audit hook cannot be taken away again."""
    global _standing
    if not _standing:
        _standing = True
        sys.addaudithook(_refuse)


_standing = False


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__":
        if arguments[1] != UNIX:
            raise NetworkRefusedError(event)
    elif event in NAMED or (event in ADDRESSED and _leaves(arguments[1:2])):
        raise NetworkRefusedError(event)


def _leaves(address: tuple[object, ...]) -> bool:
    return bool(address) and isinstance(address[0], tuple)
