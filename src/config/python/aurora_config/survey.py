"""Everything that is wrong with one job, for `config eval`: as much as can be said while parts of it have no value."""

from pystachio.composite import Empty, Frame, Structural
from pystachio.naming import Ref
from pystachio.parsing import Evaluation, MustacheParser

from . import checks, conversion, diagnose, jobs, validation
from .failures import Failure, InvalidConfig
from .ports import port_of, referenced_ports


def failures(session, job, path):
  """The Failures of a job: what is missing, what is not of its type, then what the checks say about the rest."""
  found = list(jobs.missing(job, path))
  job = jobs.with_standard_bindings(job)
  refs = diagnose.unbound_refs(job, path)
  if job._field('task') is Empty:
    refs = [one for one in refs if one.ref.address() != 'task.name']  # what is missing is said
  job, refs = _with_images(session, job, path, refs, found)
  unsound = [failure.path for failure in found]
  for failure in diagnose.all_problems(type(job), job, (), path):
    if failure.path not in unsound:
      meant = next((one for one in refs if one.path == failure.path), None)
      if meant is not None and not failure.hint:
        failure.hint, failure.written = _hint(job, meant), meant.written
      found.append(failure)
      unsound.append(failure.path)
  unbound = [one for one in refs if one.path not in unsound and not one.is_bound_on_host()]
  found += [_unbound(job, path, one) for one in unbound]
  unsound += [one.path for one in unbound if not one.path.startswith(path + '.task.')]
  refs = [one for one in refs if not one.late]
  subject = checks.Subject(path, job, jobs.complete(_sound_data(job, (), path, unsound)), _evaluation(refs),
                           referenced_ports(_refs_of_processes(refs, path)), session.warnings.append)
  subject.check_cron = session.request.get('check_cron')
  for table in (validation.CHECKS, conversion.CHECKS, conversion.LAST_CHECKS):
    found += checks.failures(table, subject, unsound)
  if not found:
    found += checks.failures(conversion.REF_CHECKS, subject, unsound)
  return found


def _with_images(session, job, path, refs, found):
  try:
    imaged = jobs.bind_images(job, [one.ref for one in refs], session.resolve_image)
  except Failure as failure:
    failure.path = next((one.path for one in refs if one.ref in failure.refs), '')
    found.append(failure)
    return job, [one for one in refs if one.ref.address()[:13] != 'docker.image[']
  except (ValueError, MustacheParser.Error, Ref.Error):
    return job, refs  # the cluster has no value, which is said elsewhere
  return (job, refs) if imaged is None else (imaged, diagnose.unbound_refs(imaged, path))


def _unbound(job, path, one):
  text = 'Unexpected unbound ref' if one.path.startswith(path + '.task.') else 'Unbound variable'
  failure = InvalidConfig('%s: %s' % (text, one.shown()), one.path, hint=_hint(job, one))
  failure.written = one.written
  return failure


def _hint(job, one):
  return one.hint(diagnose.visible_names(job, one.path))


def _evaluation(refs):
  evaluation = Evaluation()
  evaluation.unbound.update((one.ref, None) for one in refs)
  evaluation.nested = True  # looked at again, the long way
  return evaluation


def _refs_of_processes(refs, path):
  return [one.ref for one in refs if one.path.startswith(path + '.task.processes[') and port_of(one.ref) is not None]


def _sound_data(stored, outer, path, unsound):
  """Plain data of a struct without the fields that have no value."""
  frame, out = (Frame(stored, stored._scopes + outer),), {}
  for name, klazz, value in stored._fields():
    where = '%s.%s' % (path, name)
    if value is Empty or where in unsound:
      continue
    if any(bad.startswith((where + '.', where + '[')) for bad in unsound):
      if isinstance(value, Structural):
        out[name] = _sound_data(value, frame, where, unsound)
    else:
      out[name] = klazz._data(value, frame, Evaluation())
  return out
