"""Ports: which a task asks for, after the announcer's port map."""


class CycleException(ValueError):
  """A port map that leads back to itself."""


def resolve_portmap(portmap):
  """The map with aliases followed to their end; numeric text becomes an int."""
  out = {}
  for name in portmap:
    seen, value = [name], portmap[name]
    while value in portmap:
      if value in seen:
        raise CycleException('Found cycle in portmap! %s' % ' -> '.join(seen + [value]))
      seen.append(value)
      value = portmap[value]
    out[name] = int(value) if value.isascii() and value.isdigit() else value
  return out


def referenced_ports(refs):
  """Names in {{thermos.ports[NAME]}} among refs, in order of appearance.

  Only those of processes count: a port that a health command or the announcer mentions is not asked for.
  """
  names = []
  for ref in refs:
    name = port_of(ref)
    if name is not None and name not in names:
      names.append(name)
  return names


def port_of(ref):
  """NAME of {{thermos.ports[NAME]}}, None for any other ref."""
  if str(ref).startswith('{{thermos.ports['):
    components = ref.components()
    if len(components) == 3:
      return components[2].value
  return None


def requested_ports(portmap, referenced):
  """What the scheduler allocates: every name that is not mapped to a number. Sorted."""
  resolved = resolve_portmap(portmap)
  wanted = {value for value in resolved.values() if not isinstance(value, int)}
  for name in referenced:
    value = resolved.get(name, name)
    if not isinstance(value, int):
      wanted.add(value)
  return sorted(wanted)
