"""The guard refuses networks in this process and leaves what is local alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

STAND = "from tokenmirror.app import guard; guard.stand(); guard.stand()\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run code behind the guard, in a process of its own: a hook cannot be taken away."""
    return subprocess.run(
        [sys.executable, "-c", STAND + code], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.socket(socket.AF_INET)",
        "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "import socket; socket.getaddrinfo('example.invalid', 80)",
        "import urllib.request; urllib.request.urlopen('http://example.invalid')",
        "import http.client; http.client.HTTPConnection('example.invalid').connect()",
    ],
    ids=["stream", "datagram", "name", "address", "http"],
)
def test_a_network_is_refused(code):
    found = run(code)

    assert found.returncode == 1
    assert "NetworkRefusedError" in found.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="local sockets are POSIX")
def test_sockets_of_this_machine_go_through():
    found = run("import socket; a, b = socket.socketpair(); a.send(b'x'); assert b.recv(1)")

    assert found.stderr == ""
