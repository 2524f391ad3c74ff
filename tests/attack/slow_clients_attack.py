"""Clients that take their time must not keep the daemons from anybody, least of all executors from their scheduler."""
import selectors
import socket
import threading
import time
import unittest

import attack
from attack import SHORT
from daemons import HANG_SECONDS
from harness import http, key

CONNECTIONS = 400
ATTACK_SECONDS = 20 if SHORT else 45  # longer than a silent host is waited for
PAUSE_SECONDS = 3
HEAD = b"GET /v1/tasks HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"


class SlowClients(threading.Thread):
  """Connections from one address, each of which sends a byte every few seconds and is opened again when it is closed."""

  def __init__(self, port, source):
    super().__init__(daemon=True)
    self.port, self.source, self.stopped = port, source, threading.Event()
    self.sockets, self.opened = {}, 0

  def open(self, number):
    connection = socket.socket()
    connection.bind((self.source, 0))
    connection.settimeout(5)
    connection.connect(("127.0.0.1", self.port))
    connection.sendall(HEAD if number % 2 else BODY)
    connection.setblocking(False)
    self.opened += 1
    return connection

  def run(self):
    begin, round_number = time.monotonic(), 0
    while not self.stopped.is_set() and time.monotonic() < begin + 4 * ATTACK_SECONDS:
      for number in range(CONNECTIONS):
        if self.stopped.is_set():
          break
        try:
          if number not in self.sockets:
            self.sockets[number] = self.open(number)
          self.sockets[number].send(b"x")
        except OSError:
          if number in self.sockets:
            self.sockets.pop(number).close()
      round_number += 1
      self.stopped.wait(max(0.1, begin + PAUSE_SECONDS * round_number - time.monotonic()))
    for connection in self.sockets.values():
      connection.close()

  def __enter__(self):
    self.start()
    deadline = time.monotonic() + HANG_SECONDS
    while self.opened < CONNECTIONS and self.is_alive() and time.monotonic() < deadline:
      time.sleep(0.1)
    return self

  def __exit__(self, *error):
    self.stopped.set()
    self.join()


class SlowClientsAttack(attack.Attack):
  executors = 1
  healthy_instances = 2

  def check_served(self, what, rounds):
    self.assertEqual(http(self.cluster.url + "/health", timeout=HANG_SECONDS).status, 200, what)
    self.assertEqual(http(self.cluster.host_url(0) + "/health", timeout=HANG_SECONDS).status, 200, what)
    if rounds:
      done = self.cluster.aurora("job", "status", key(attack.HEALTHY), timeout=HANG_SECONDS)
      self.assertEqual(done.code, 0, done)

  def attack(self, port, source, what, with_status):
    with SlowClients(port, source):
      end = time.monotonic() + ATTACK_SECONDS
      while time.monotonic() < end:
        self.check_served(what, with_status)
        self.assert_hosts_report(what)
        time.sleep(0.5)
    self.assert_unharmed(what)

  def test_the_scheduler_with_strangers(self):
    self.attack(self.cluster.port, "127.0.0.66", "400 slow strangers at the scheduler", True)

  def test_the_executor_with_strangers(self):
    self.attack(self.cluster.port + 1, "127.0.0.66", "400 slow strangers at the executor", True)

  def test_the_scheduler_from_the_executors_own_address(self):
    self.attack(self.cluster.port, "127.0.0.1", "400 slow clients on the executor's machine", False)

  def test_a_thousand_clients_that_keep_their_connections(self):
    """Each asks now and then; none is turned away without an answer."""
    clients = KeepAlive(self.cluster.port, 300 if SHORT else 1000)
    try:
      for _ in range(3):
        self.assertEqual(clients.ask_all()[:3], [])
        self.assert_hosts_report("while many clients are connected")
    finally:
      clients.close()
    self.assert_unharmed("many clients")


class KeepAlive:
  REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"

  def __init__(self, port, count):
    self.port, self.sockets = port, [None] * count
    for number in range(count):  # from some addresses, as a fleet of clients would
      self.connect(number)

  def connect(self, number):
    connection = socket.socket()
    connection.bind(("127.0.0.%d" % (2 + number % 20), 0))
    connection.settimeout(HANG_SECONDS)
    connection.connect(("127.0.0.1", self.port))
    self.sockets[number] = connection

  def ask_all(self):
    """What went wrong, for each client that got no answer. One whose idle connection was closed comes again."""
    troubles = []
    for number in range(len(self.sockets)):
      trouble = self.ask(number)
      if trouble == "closed":
        self.sockets[number].close()
        self.connect(number)
        trouble = self.ask(number)
      if trouble:
        troubles.append("client %d: %s" % (number, trouble))
    return troubles

  def ask(self, number):
    connection = self.sockets[number]
    with selectors.DefaultSelector() as selector:  # an idle connection may be closed, at any time but this
      selector.register(connection, selectors.EVENT_READ)
      if selector.select(0) and not connection.recv(1, socket.MSG_PEEK):
        return "closed"
    try:
      connection.sendall(self.REQUEST)
      answer = b""
      while b"\r\n\r\n" not in answer:
        piece = connection.recv(4096)
        if not piece:
          return "no answer, the connection was closed"
        answer += piece
    except OSError as error:
      return str(error)
    return None if answer.startswith(b"HTTP/1.1 200") else answer[:100].decode("latin-1")

  def close(self):
    for connection in self.sockets:
      if connection:
        connection.close()


if __name__ == "__main__":
  unittest.main()
