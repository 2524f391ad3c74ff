"""JSON text as json.dumps writes it. In the aurora executable the work is done in C++."""

try:
  from _aurora import dump_json
except ImportError:
  from json import dumps as dump_json
