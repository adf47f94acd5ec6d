"""The network beyond this machine is shut in tests: what they say must not depend on it."""

import socket
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any


class NetworkClosed(RuntimeError):
    """A test tried to leave this machine."""


def close_network(besides: Iterable[str | None] = ()) -> None:
    """From now on Python's sockets reach this machine only, and the hosts named `besides`; others: NetworkClosed."""
    allowed = {"localhost", socket.gethostname(), "", *besides}
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host: object) -> None:
        name = host.decode() if isinstance(host, bytes) else host
        if not isinstance(name, str) or name in allowed:
            return
        try:
            if ip_address(name).is_loopback:
                return
        except ValueError:
            pass
        raise NetworkClosed(f"tests stay on this machine, but this one wanted {name}")

    def checked_connect(self: socket.socket, address: Any) -> None:
        check(address[0] if self.family in (socket.AF_INET, socket.AF_INET6) else None)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        check(address[0] if self.family in (socket.AF_INET, socket.AF_INET6) else None)
        return connect_ex(self, address)

    def checked_getaddrinfo(host: Any, *arguments: Any, **options: Any) -> list[Any]:
        check(host)
        found = getaddrinfo(host, *arguments, **options)
        allowed.update(str(address[0]) for *_, address in found)
        return found

    socket.socket.connect = checked_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = checked_connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = checked_getaddrinfo
