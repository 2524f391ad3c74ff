"""AuroraConfig for code that imports it from here."""


def __getattr__(name):
  if name == 'AuroraConfig':
    from aurora_config.job import AuroraConfig
    return AuroraConfig
  raise AttributeError(name)
