"""Where hook files register API hooks that run for every job."""

import aurora_hooks


class GlobalHookRegistry(object):
  @classmethod
  def register_global_hook(cls, hook):
    aurora_hooks.api_hooks.append(hook)

  @classmethod
  def get_hooks(cls):
    return [] if aurora_hooks.are_api_hooks_disabled else list(aurora_hooks.api_hooks)

  @classmethod
  def reset(cls):
    aurora_hooks.api_hooks.clear()
    cls.enable_hooks()

  @classmethod
  def disable_hooks(cls):
    aurora_hooks.are_api_hooks_disabled = True

  @classmethod
  def enable_hooks(cls):
    aurora_hooks.are_api_hooks_disabled = False
