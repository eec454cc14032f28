"""
gunicorn as the origin runs in production: `.venv/bin/gunicorn` needs no arguments.

BIND and WEB_CONCURRENCY come from the environment; every other limit is here.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import tempfile

wsgi_app = "barbican.wsgi"

# Loopback only: the tunnel is the one way in.
bind = os.environ.get("BIND", "127.0.0.1:8000")

# Threads, so that a slow body holds one of many and not a whole worker.
# It is gunicorn's `gthread`, which no stalled caller stops, and which repeats no word of a request.
worker_class = "barbican.serving.worker.OriginWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
# Per worker, and with those that are being closed within the usual 1,024 open files.
worker_connections = 800
preload_app = True
timeout = 30
graceful_timeout = 10
keepalive = 75  # longer than the tunnel's idle connections

# A header written with underscores could pose as ours once WSGI has renamed it: refused outright.
header_map = "refuse"
# By default a peer on loopback may set SCRIPT_NAME and PATH_INFO, and the tunnel is such a peer:
# a client could then move a request past a path that Access protects.
forwarder_headers = ""
# The scheme comes from the tunnel, in this header alone: two that disagree would be a 400.
forwarded_allow_ips = "127.0.0.1,::1"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}

# The assertion may be 8 KiB, which the page measures and explains itself.
limit_request_field_size = 16_384
limit_request_fields = 100
limit_request_line = 8_190

# No second way to steer the process.
control_socket_disable = True

# The path without its query, where somebody could have put a secret; no header of the caller.
accesslog = None
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "warning")
# gunicorn's debug lines quote the head of a request that breaks off.
loglevel = "info" if loglevel.lower() == "debug" else loglevel


# With the extra `metrics`: the workers count into one folder, made anew at each start.
# Asked once: the package may be installed while this process runs.
counts = importlib.util.find_spec("prometheus_client") is not None
if counts:
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="barbican-metrics-"))


def child_exit(_server, worker):
    """Forget what a worker that ended was holding."""
    if counts:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def on_starting(server):
    """Say so when others than this machine could reach the port."""
    host = bind.rpartition(":")[0].strip("[]")
    try:
        is_local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = bind.startswith("unix:")
    if not is_local:
        server.log.warning(
            "BIND=%s is not loopback: whoever reaches this port goes round Access. Tokens are "
            "verified all the same; let the tunnel be the one way in.",
            bind,
        )


def when_ready(server):
    """Load everything before the workers are forked from this process."""
    from barbican.warm import warm

    warm(server.app.wsgi())
