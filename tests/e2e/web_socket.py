"""A WebSocket client (RFC 6455) of the standard library, and what the daemons say over it about commands in sandboxes."""
import base64
import hashlib
import json
import os
import select
import socket
import struct
import time
import urllib.parse

from harness import HANG_SECONDS

STDIN, STDOUT, STDERR, CONTROL = range(4)
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Refused(Exception):
  """An answer that is no WebSocket."""

  def __init__(self, status, body):
    super().__init__("HTTP %d %s" % (status, body))
    self.status, self.body = status, body

  def message(self):
    return json.loads(self.body)["message"]


class Closed(Exception):
  def __init__(self, code, reason):
    super().__init__("closed with %s %s" % (code, reason))
    self.code, self.reason = code, reason


class WebSocket:
  def __init__(self, url, headers=None, receive_buffer=None, timeout=HANG_SECONDS):
    parts = urllib.parse.urlsplit(url)
    self.socket = socket.socket()
    if receive_buffer:
      self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    self.socket.settimeout(timeout)
    self.socket.connect((parts.hostname, parts.port))
    self.buffer = b""
    key = base64.b64encode(os.urandom(16))
    lines = ["GET %s HTTP/1.1" % urllib.parse.urlunsplit(("", "", parts.path, parts.query, "")), "Host: " + parts.netloc,
             "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + key.decode()]
    lines += ["%s: %s" % header for header in (headers or {}).items()]
    self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    self.open(key)

  def open(self, key):
    while b"\r\n\r\n" not in self.buffer:
      self.fill()
    head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
    if status != 101:
      body = self.take(int(fields.get("content-length", 0)))
      self.socket.close()
      raise Refused(status, body.decode("utf-8", "replace"))
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
    assert fields["sec-websocket-accept"] == accept.lower(), fields

  def fill(self):
    piece = self.socket.recv(1 << 18)
    if not piece:
      raise Closed(None, "")
    self.buffer += piece

  def take(self, size):
    if len(self.buffer) < size:
      pieces, have = [self.buffer], len(self.buffer)
      while have < size:
        piece = self.socket.recv(max(1 << 16, size - have))
        if not piece:
          raise Closed(None, "")
        pieces.append(piece)
        have += len(piece)
      self.buffer = b"".join(pieces)
    taken, self.buffer = self.buffer[:size], self.buffer[size:]
    return taken

  def send(self, payload, kind=BINARY):
    size = len(payload)
    mark = struct.pack("!B", 0x80 | size) if size < 126 else (
        struct.pack("!BH", 0x80 | 126, size) if size < 65536 else struct.pack("!BQ", 0x80 | 127, size))
    mask = os.urandom(4)
    masked = (int.from_bytes(payload, "little") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "little")).to_bytes(size, "little")
    self.socket.sendall(bytes([0x80 | kind]) + mark + mask + masked)

  def receive(self):
    """The next message; Closed at the end. Pings are answered, and are no progress."""
    deadline = time.monotonic() + HANG_SECONDS
    while time.monotonic() < deadline:
      first, second = self.take(2)
      size = second & 0x7f
      if size >= 126:
        size = struct.unpack("!H" if size == 126 else "!Q", self.take(2 if size == 126 else 8))[0]
      payload, kind = self.take(size), first & 0xf
      if kind == CLOSE:
        code = struct.unpack("!H", payload[:2])[0] if payload else None
        try:
          self.send(payload[:2], CLOSE)
        except OSError:
          pass
        raise Closed(code, payload[2:].decode("utf-8", "replace"))
      if kind == PING:
        self.send(payload, PONG)
      elif kind == BINARY:
        return payload
    raise socket.timeout("nothing but pings for %d s" % HANG_SECONDS)

  def vanish(self):
    """As a client that is killed."""
    self.socket.close()


def exec_url(base, command=(), **parameters):
  """Of a daemon's address, down to the task or instance."""
  query = [("command", word) for word in command] + [(name, str(value).lower()) for name, value in parameters.items()]
  return base + ":exec" + ("?" + urllib.parse.urlencode(query) if query else "")


class Exec:
  """A command in a sandbox."""

  def __init__(self, base, command=(), secret=None, headers=None, receive_buffer=None, **parameters):
    headers = dict(headers or {})
    if secret:
      headers["Authorization"] = "Bearer " + secret
    self.web_socket = WebSocket(exec_url(base, command, **parameters), headers, receive_buffer)
    self.out, self.err, self.end, self.close = b"", b"", None, None

  def write(self, data):
    data = data.encode() if isinstance(data, str) else data
    for at in range(0, len(data), 32768):
      self.web_socket.send(bytes([STDIN]) + data[at:at + 32768])

  def control(self, **what):
    self.web_socket.send(bytes([CONTROL]) + json.dumps(what).encode())

  def step(self):
    """One message more; False at the end."""
    try:
      message = self.web_socket.receive()
    except Closed as closed:
      self.close = closed
      return False
    if message[0] == STDOUT:
      self.out += message[1:]
    elif message[0] == STDERR:
      self.err += message[1:]
    elif message[0] == CONTROL:
      self.end = json.loads(message[1:])
    return True

  def read_until(self, text):
    """What it has written up to there and a little more; it is taken out of `out`."""
    deadline = time.monotonic() + HANG_SECONDS
    while text.encode() not in self.out:
      if not self.step() or time.monotonic() > deadline:
        raise AssertionError("%r does not come: %r, %r, %r, %r" % (text, self.out, self.err, self.end, self.close))
    taken, self.out = self.out, b""
    return taken.decode("utf-8", "replace")

  def wait(self):
    """How it ended: an exit code, or the name of a signal."""
    while self.step():
      pass
    if self.end is None:
      raise AssertionError("no end was told: %r" % self.close)
    return self.end["exit"].get("code", self.end["exit"].get("signal"))

  def is_quiet_for(self, seconds):
    return not self.web_socket.buffer and not select.select([self.web_socket.socket], [], [], seconds)[0]

  def vanish(self):
    self.web_socket.vanish()
