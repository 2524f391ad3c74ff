"""Checks of a task that need no values from the host: process names and the order of processes."""

from .failures import InvalidConfig


def check_processes(processes):
  """Names are usable as folders and occur once. `processes` are evaluated process dicts."""
  seen = set()
  for process in processes:
    name = process.get('name')
    if not isinstance(name, str) or not name or name[0] in './' or '/' in name or '\n' in name:
      raise InvalidConfig('Task is invalid: Task has invalid process: Invalid process name: %s' % name)
    if name in seen:
      raise InvalidConfig('Task is invalid: Task has invalid process: Duplicate process name: %s' % name)
    seen.add(name)


def check_plan(processes, constraints):
  ordinary = {process['name']: process for process in processes if not process['final']}
  final = {process['name']: process for process in processes if process['final']}
  everything = set(ordinary) | set(final)
  for members in (ordinary, final):
    if members:  # what is wrong with an order list shows in the plan that its names belong to
      _check_one(members, constraints, everything)


def _check_one(members, constraints, everything):
  after = {name: set() for name in members}
  for constraint in constraints:
    order = constraint.get('order', [])
    known = [name for name in order if name in members]
    if not known:
      if order and not any(name in everything for name in order):
        continue  # names only strangers
      if order and all(name in everything for name in order):
        continue  # belongs to the other plan
      raise _bad('Invalid process dependencies!')
    if len(known) != len(order):
      raise _bad('Invalid process dependencies!')
    for first, second in zip(order, order[1:]):
      after[second].add(first)
      _check_edge(members[first], members[second])
  _check_acyclic(after)


def _check_edge(first, second):
  if first['daemon']:
    raise _bad('Process %s may not depend upon daemon process %s' % (second['name'], first['name']))
  if first['ephemeral'] and not second['ephemeral']:
    raise _bad('Non-ephemeral process %s may not depend upon ephemeral process %s'
               % (second['name'], first['name']))


def _check_acyclic(after):
  """`after` maps each name to its predecessors. Iterative, so that long chains are fine."""
  remaining = {name: len(before) for name, before in after.items()}
  followers = {name: [] for name in after}
  for name, before in after.items():
    for predecessor in before:
      followers[predecessor].append(name)
  ready = [name for name, count in remaining.items() if count == 0]
  done = 0
  while ready:
    done += 1
    for follower in followers[ready.pop()]:
      remaining[follower] -= 1
      if remaining[follower] == 0:
        ready.append(follower)
  if done != len(after):
    raise _bad('Cycles detected in the task schedule!')


def _bad(text):
  return InvalidConfig('Task is invalid: Task has invalid plan: %s' % text)
