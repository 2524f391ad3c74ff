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
    refs = [(where, ref) for where, ref in refs if ref.address() != 'task.name']  # what is missing is said
  job, refs = _with_images(session, job, path, refs, found)
  unsound = [failure.path for failure in found]
  for failure in diagnose.all_problems(type(job), job, (), path):
    if failure.path not in unsound:
      failure.hint = failure.hint or next((diagnose.hint_for_ref(ref, job, at) for at, ref in refs if at == failure.path), '')
      found.append(failure)
      unsound.append(failure.path)
  unbound = [(where, ref) for where, ref in refs if where not in unsound and not conversion.bound_on_host(ref)]
  found += [_unbound(job, path, where, ref) for where, ref in unbound]
  unsound += [where for where, _ in unbound if not where.startswith(path + '.task.')]
  subject = checks.Subject(path, job, jobs.complete(_sound_data(job, (), path, unsound)), _evaluation(refs),
                           referenced_ports(_refs_of_processes(refs, path)), session.warnings.append)
  for table in (validation.CHECKS, conversion.CHECKS, conversion.LAST_CHECKS):
    found += checks.failures(table, subject, unsound)
  if not found:
    found += checks.failures(conversion.REF_CHECKS, subject, unsound)
  return found


def _with_images(session, job, path, refs, found):
  try:
    imaged = jobs.bind_images(job, [ref for _, ref in refs], session.resolve_image)
  except Failure as failure:
    failure.path = next((where for where, ref in refs if ref in failure.refs), '')
    found.append(failure)
    return job, [(where, ref) for where, ref in refs if ref.address()[:13] != 'docker.image[']
  except (ValueError, MustacheParser.Error, Ref.Error):
    return job, refs  # the cluster has no value, which is said elsewhere
  return (job, refs) if imaged is None else (imaged, diagnose.unbound_refs(imaged, path))


def _unbound(job, path, where, ref):
  text = 'Unexpected unbound ref' if where.startswith(path + '.task.') else 'Unbound variable'
  return InvalidConfig('%s: %s' % (text, ref), where, hint=diagnose.hint_for_ref(ref, job, where))


def _evaluation(refs):
  evaluation = Evaluation()
  evaluation.unbound.update((ref, None) for _, ref in refs)
  evaluation.nested = True  # looked at again, the long way
  return evaluation


def _refs_of_processes(refs, path):
  return [ref for where, ref in refs if where.startswith(path + '.task.processes[') and port_of(ref) is not None]


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
