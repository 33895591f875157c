"""The listening socket: bound before anything starts, so that its address is known to all."""

import socket


def bound_socket(host: str, port: int, *, or_any: bool = False) -> socket.socket:
    """Return a socket bound to `host` and `port`; with `or_any` a free port if that one is taken."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        if not or_any:
            listening.close()
            raise
        listening.bind((host, 0))
    return listening


def free_port() -> int:
    """Return a port of this machine that nothing listens on now, for a process that is to listen there."""
    with bound_socket("127.0.0.1", 0) as probe:
        port: int = probe.getsockname()[1]
    return port


def base_url_of(listening: socket.socket) -> str:
    """Return the address under which a bound socket is reached."""
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"
