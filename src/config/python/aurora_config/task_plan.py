"""Checks of a task that need no values from the host: process names and the order of processes."""

from .failures import InvalidConfig


def check_processes(subject):
  """Names are usable as folders and occur once."""
  seen = set()
  for position, process in enumerate(subject.data['task'].get('processes', ())):
    name, problem = process.get('name'), None
    if not isinstance(name, str) or not name or name[0] in './' or '/' in name or '\n' in name:
      problem = 'Invalid process name'
    elif name in seen:
      problem = 'Duplicate process name'
    if problem is not None:
      yield InvalidConfig('Task is invalid: Task has invalid process: %s: %s' % (problem, name),
                          subject.at('task.processes[%d].name' % position))
    seen.add(name)


def check_plan(subject):
  """The first thing that is wrong with the order of processes: what is wrong with an order list shows in the plan that
  its names belong to, first of the ordinary processes, then of the final ones."""
  problem, hint = problem_of_order(subject.data['task'])
  if problem is not None:
    yield InvalidConfig('Task is invalid: Task has invalid plan: %s' % problem, subject.at('task.constraints'), hint=hint)


def problem_of_order(task):
  """(what is wrong with the plans of a task's data or None, a hint)"""
  processes, constraints = task.get('processes', ()), task.get('constraints', ())
  everything = {process['name'] for process in processes}
  for final in (False, True):
    members = {process['name']: process for process in processes if process.get('final', False) is final}
    problem, hint = _problem_of_plan(members, constraints, everything) if members else (None, '')
    if problem is not None:
      return problem, hint
  return None, ''


def _problem_of_plan(members, constraints, everything):
  """(what is wrong or None, a hint)"""
  after = {name: set() for name in members}
  for constraint in constraints:
    order = constraint.get('order', [])
    known = [name for name in order if name in members]
    if not known:
      if order and not any(name in everything for name in order):
        continue  # names only strangers
      if order and all(name in everything for name in order):
        continue  # belongs to the other plan
      return 'Invalid process dependencies!', _why_invalid(order, everything)
    if len(known) != len(order):
      return 'Invalid process dependencies!', _why_invalid(order, everything)
    for first, second in zip(order, order[1:]):
      after[second].add(first)
      problem = _problem_of_edge(members[first], members[second])
      if problem is not None:
        return problem, ''
  cycle = _in_cycles(after)
  return ('Cycles detected in the task schedule!', 'among %s' % ', '.join(cycle)) if cycle else (None, '')


def _why_invalid(order, everything):
  if not order:
    return 'an order list is empty'
  strangers = [name for name in order if name not in everything]
  if strangers:
    return 'no process of the task is named %s' % ', '.join(strangers)
  return 'an order list mixes ordinary and final processes: %s' % ', '.join(order)


def _problem_of_edge(first, second):
  if first['daemon']:
    return 'Process %s may not depend upon daemon process %s' % (second['name'], first['name'])
  if first['ephemeral'] and not second['ephemeral']:
    return 'Non-ephemeral process %s may not depend upon ephemeral process %s' % (second['name'], first['name'])
  return None


def _in_cycles(after):
  """The names that can never start. `after` maps each to its predecessors. Iterative, so that long chains are fine."""
  remaining = {name: len(before) for name, before in after.items()}
  followers = {name: [] for name in after}
  for name, before in after.items():
    for predecessor in before:
      followers[predecessor].append(name)
  ready = [name for name, count in remaining.items() if count == 0]
  while ready:
    for follower in followers[ready.pop()]:
      remaining[follower] -= 1
      if remaining[follower] == 0:
        ready.append(follower)
  return [name for name, count in remaining.items() if count > 0]
