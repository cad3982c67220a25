"""A load balancer for two webhook processes: each new connection goes to the next one."""

from __future__ import annotations

import itertools
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from tests.flows.surroundings import free_port


class Balancer:
    """Passes bytes on, both ways; closes what it cannot connect, as a proxy whose backend died."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.port = free_port()
        self.ports = tuple(ports)
        self.served: Counter[int] = Counter()
        self._ports = itertools.cycle(ports)
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop, and close every connection."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._open):
            _hang_up(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._serve(client, next(self._ports))

    def _serve(self, client: socket.socket, port: int) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", port), timeout=2)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        self.served[port] += 1
        self._open |= {client, server}
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        source.close()
        self._open.discard(source)


def _hang_up(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
