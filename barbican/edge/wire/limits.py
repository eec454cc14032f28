"""
Every limit of the local edge on connections, requests and waiting, each with its unit.

Source: Cloudflare documentation, "Connection limits": 400 s for an idle caller, 120 s for an
origin that says nothing, 30 s for one that takes nothing, 19 s to connect. The rest is our own.
docs/performance.md says what they mean for a machine.
"""

from __future__ import annotations

# A caller's request.
LONGEST_LINE = 16 * 1024  # bytes of a target, of a header's name, or of its value
LARGEST_HEAD = 128 * 1024  # bytes of a request's line and headers together
MOST_HEADERS = 128  # headers of one request
HEAD_TIME = 15.0  # seconds from a request's first byte to the end of its headers
CALLER_SILENCE = 100.0  # seconds without a byte of an upload, or in which no answer is taken
CALLER_IDLE = 400.0  # seconds between two requests on one connection
LINGER = 2.0  # seconds in which a denied caller may finish its upload

# The origin.
CONNECT_TIME = 19.0  # seconds to reach it
ORIGIN_SILENCE = 120.0  # seconds without a byte of its answer, or on a WebSocket
ORIGIN_STALL = 30.0  # seconds in which it takes no byte of an upload
CONTINUE_TIME = (
    1.0  # seconds to say `100 Continue`; then the upload starts anyway (RFC 9110, 10.1.1)
)
# Shorter than any server keeps an idle connection, so that few go stale while they are held.
ORIGIN_IDLE = 1.0  # seconds
LONGEST_ANSWER_LINE = 32 * 1024  # bytes of its status line, or of a header
MOST_ANSWER_HEADERS = 256

# Memory of one exchange in each direction; reading stops above it.
BUFFER = 64 * 1024  # bytes

# Connections at the same time. Each caller takes one file handle, and one more while a request
# of it is at the origin; the rest of the process keeps some for itself.
MOST_CALLERS = 8_000
MOST_MANAGERS = 32  # connections to the management API, out of those spare handles
SPARE_HANDLES = 64
BACKLOG = 1024  # connections that the system may queue before the edge takes them
