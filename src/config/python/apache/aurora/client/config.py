"""Where hook files register API hooks that run for every job."""

import aurora_hooks


class GlobalHookRegistry(object):
  @classmethod
  def register_global_hook(cls, hook):
    aurora_hooks.api_hooks.append(hook)

  @classmethod
  def get_hooks(cls):
    return list(aurora_hooks.api_hooks)

  @classmethod
  def reset(cls):
    aurora_hooks.api_hooks.clear()
