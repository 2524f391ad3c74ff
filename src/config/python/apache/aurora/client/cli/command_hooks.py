"""Where hook files register hooks around noun-verb commands."""

import aurora_hooks
from aurora_hooks import CommandHookError

ALL_HOOKS = aurora_hooks.ALL


class CommandHook(object):
  """What runs before and after a command. `name` is a property or attribute."""

  Error = CommandHookError
  name = None

  def get_nouns(self):
    return []

  def get_verbs(self, noun):
    return []

  def pre_command(self, noun, verb, context, commandline):
    return 0

  def post_command(self, noun, verb, context, commandline, result):
    pass


class GlobalCommandHookRegistry(object):
  @classmethod
  def register_command_hook(cls, hook):
    aurora_hooks.register_command_hook(hook)

  @classmethod
  def get_command_hooks_for(cls, noun, verb):
    return aurora_hooks.hooks_for(noun, verb, '')

  @classmethod
  def reset(cls):
    aurora_hooks.command_hooks.clear()
