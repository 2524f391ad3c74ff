"""Where hook files register hooks around classic commands."""

import aurora_hooks


class CoreCommandHook(object):
  """What runs before `create`, `kill`, `killall`, `restart`, `start_cron`, `update` and `cancel_update`."""

  name = None

  @classmethod
  def register_hook(cls, hook):
    aurora_hooks.classic_hooks.append(hook)

  @classmethod
  def clear_hooks(cls):
    aurora_hooks.classic_hooks.clear()

  @classmethod
  def all_hooks(cls):
    return list(aurora_hooks.classic_hooks)

  def execute(self, cmd, options, *args, **kwargs):
    return 0
