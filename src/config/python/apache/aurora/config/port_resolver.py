"""PortResolver: port maps with their aliases followed."""


class PortResolver(object):
  class CycleException(Exception): pass

  @classmethod
  def resolve(cls, portmap):
    """{'http': 80, 'aurora': 'http', 'thrift': 'service'} -> {'http': 80, 'aurora': 80, 'thrift': 'service'}"""
    for name, port in portmap.items():
      if not isinstance(name, str):
        raise ValueError('All portmap keys must be strings!')
      if not isinstance(port, (int, str)):
        raise ValueError('All portmap values must be strings or integers!')
    return {name: cls._resolve_one(portmap, name) for name in portmap}

  @classmethod
  def _resolve_one(cls, portmap, name):
    seen, port = {name}, portmap[name]
    while port in portmap:
      if port in seen:
        raise cls.CycleException('Found cycle in portmap!')
      seen.add(port)
      port = portmap[port]
    try:
      return int(port)
    except ValueError:
      return port
