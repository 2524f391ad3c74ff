"""UpdateConfig -> UpdateSettings."""

_SECONDS_MAX = (2**31 - 1) // 1000  # the scheduler counts milliseconds in 32 bits
_AMBIGUOUS = 'Ambiguous update configuration. Cannot combine '


def convert(config):
  """The settings of an evaluated update_config, as core::UpdateSettings in JSON. Raises ValueError."""
  strategy = config.get('update_strategy')
  pulse = config.get('pulse_interval_secs')
  if config['batch_size'] <= 0:
    raise ValueError('Batch size should be greater than 0')
  if config['watch_secs'] < 0:
    raise ValueError('Watch seconds should be greater than or equal to 0')
  if config['watch_secs'] > _SECONDS_MAX or (pulse or 0) > _SECONDS_MAX:
    raise ValueError('Watch and pulse seconds should be at most %d' % _SECONDS_MAX)
  if pulse is not None and pulse < 60:
    raise ValueError('Pulse interval seconds must be at least 60 seconds.')
  if strategy is not None:
    if config['wait_for_batch_completion']:
      raise ValueError(_AMBIGUOUS + 'wait_batch_completion with an explicit update strategy.')
    if config['batch_size'] > 1:
      raise ValueError(_AMBIGUOUS + 'update strategy with batch size. '
                       'Please set batchsize inside of update strategy instead.')
  converted, first, waits = _strategy(config, strategy)
  settings = {
      'updateGroupSize': first,
      'maxPerInstanceFailures': config['max_per_shard_failures'],
      'maxFailedInstances': config['max_total_failures'],
      'minWaitInInstanceRunningMs': config['watch_secs'] * 1000,
      'rollbackOnFailure': config['rollback_on_failure'],
      'updateOnlyTheseInstances': [],
      'waitForBatchCompletion': waits,
      'slaAware': config['sla_aware'],
      'updateStrategy': converted,
  }
  if pulse is not None:
    settings['blockIfNoPulsesAfterMs'] = pulse * 1000
  return settings


def _strategy(config, strategy):
  """(union, first group size, whether a whole batch is waited for)"""
  if strategy is None:
    size, waits = config['batch_size'], config['wait_for_batch_completion']
    if waits:
      return {'batchStrategy': {'groupSize': size, 'autopauseAfterBatch': False}}, size, True
    return {'queueStrategy': {'groupSize': size}}, size, False
  if 'batch_sizes' in strategy:
    sizes = strategy['batch_sizes']
    if not sizes or any(size <= 0 for size in sizes):
      raise ValueError('Batch size should be greater than 0')
    return {'varBatchStrategy': {'groupSizes': sizes, 'autopauseAfterBatch': strategy['autopause_after_batch']}}, \
        sizes[0], False
  size = strategy['batch_size']
  if size <= 0:
    raise ValueError('Batch size should be greater than 0')
  if 'autopause_after_batch' in strategy:
    return {'batchStrategy': {'groupSize': size, 'autopauseAfterBatch': strategy['autopause_after_batch']}}, size, True
  return {'queueStrategy': {'groupSize': size}}, size, False
