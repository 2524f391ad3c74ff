"""A service in the emulated machine: healthy until there is a file `sick`; what it is asked to do is in `asked`."""
import http.server
import os
import sys


class Handler(http.server.BaseHTTPRequestHandler):
  def do_GET(self):
    self.send_response(200)
    self.end_headers()
    self.wfile.write(b"sick" if os.path.exists("sick") else b"ok")

  def do_POST(self):
    with open("asked", "a") as out:
      out.write(self.path + "\n")
    self.send_response(200)
    self.end_headers()

  def log_message(self, *ignored):
    pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
