"""The configuration of a job for code that imports it from here; loaded when it is asked for, for every evaluation imports
this package."""

from pystachio.compatibility import lazily

__all__ = ('AuroraConfig', 'PortResolver')

__getattr__ = lazily(
    __name__, AuroraConfig='aurora_config.job:AuroraConfig', AuroraConfigLoader='apache.aurora.config.loader:AuroraConfigLoader',
    AuroraJobKey='apache.aurora.common.aurora_job_key:AuroraJobKey', Empty='pystachio:Empty', Environment='pystachio:Environment',
    InvalidThriftConfig='apache.aurora.config.thrift:InvalidConfig', MesosContext='apache.aurora.config.schema.base:MesosContext',
    PortExtractor='apache.thermos.config.loader:PortExtractor', PortResolver='apache.aurora.config.port_resolver:PortResolver',
    Ref='pystachio:Ref', ThermosContext='apache.thermos.config.schema:ThermosContext',
    ThermosTaskWrapper='apache.thermos.config.loader:ThermosTaskWrapper', defaultdict='collections:defaultdict')
