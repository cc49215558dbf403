"""
A policy service without a policy, to test the rigs themselves.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from queue import Empty, SimpleQueue
from socketserver import StreamRequestHandler, ThreadingMixIn, UnixStreamServer
from threading import Thread
