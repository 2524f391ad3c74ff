"""Hooks: of job files and of the site, around calls to the scheduler and around commands (spec/client.md §9)."""

import json
import sys

import aurora_isolation

from support import Case, Files, ask, document, job_text


class HookTest(Case):
  TEXT = job_text(job='enable_hooks=True,') + '''
class Log(object):
  def generic_hook(self, hook_config, event, method_name, result_or_err, args, kw):
    config, key = hook_config
    return event == 'pre' and method_name == 'restart' and key.to_path() == 'c/r/devel/n'
class Checks(object):
  def pre_create_job(self, config): return config.role() == 'r' and config.instances() == 1
  def pre_kill_job(self, job_key, **kw): raise ValueError('no')
  def err_create_job(self, exc, config): assert str(exc) == 'APIError: BUSY: later'
  def post_create_job(self, result, config): raise ValueError('ignored')
hooks = [%s]
'''

  def call(self, hooks, event, method, arguments, outcome=''):
    document(ask('load', self.TEXT % hooks))
    return aurora_isolation.call_hooks(event, method, arguments, outcome)

  def test_hooks(self):
    key = '{"args": [{"@job_key": "c/r/devel/n"}], "kw": {"instances": [1]}}'
    self.check_table([
        (('Checks()', 'pre', 'create_job', '{"args": ["@config"]}'), (True, 0)),
        (('Checks()', 'pre', 'kill_job', key), (False, 1)), (('Checks()', 'pre', 'restart', key), (True, 0)),
        (('Log()', 'pre', 'restart', key), (True, 0)), (('Log()', 'pre', 'create_job', '{"args": ["@config"]}'), (False, 0)),
        (('Checks()', 'err', 'create_job', '{"args": ["@config"]}', 'BUSY: later'), (True, 0)),
        (('Checks()', 'post', 'create_job', '{"args": ["@config"]}', 'ok'), (True, 1)),
        (('Checks(), Log()', 'pre', 'create_job', '{"args": ["@config"]}'), (False, 0))],
        lambda arguments: (lambda r: (r['allowed'], len(r['warnings'])))(self.call(*arguments)))

  def test_a_traceback_is_the_hooks_own(self):
    document(ask('load', self.TEXT % 'Checks()'))
    warning = aurora_isolation.call_hooks('pre', 'kill_job', '{"args": [null]}', '')['warnings'][0]
    self.assertRegex(warning, r'(?s)^Error in pre_kill_job in Checks\nTraceback .*x.aurora", line \d+, in pre_kill_job\n')
    self.assertNotIn('hooks.py', warning)

  def test_only_a_job_that_enables_them_has_hooks(self):
    text = self.TEXT % 'Checks(), Log()'
    self.assertEqual([document(ask('load', text.replace('True', enabled)))['hooks'] for enabled in ('True', 'False')], [2, 0])


class SiteHooks(Case):
  """Hook files, which C++ gives to aurora_hooks.load() before a verb."""

  TEXT = """
from apache.aurora.client.config import GlobalHookRegistry
from apache.aurora.client.cli.command_hooks import CommandHook, GlobalCommandHookRegistry
from apache.aurora.client.commands.core import CoreCommandHook

class NoKills(object):
  def pre_kill_job(self, job_key, **kw): return kw['config'] is not None
  def generic_hook(self, *args): return True

class Guard(CommandHook):
  name = 'guard'
  def get_nouns(self): return ['job']
  def get_verbs(self, noun): return ['create', 'killall', 'list']
  def pre_command(self, noun, verb, context, commandline):
    if verb == 'list':
      raise self.Error(7, 'no lists')
    if context.options.open_browser:
      return 5
    return None if context.options.jobspec.role == 'r' and commandline[-1] == 'x.aurora' else 6
  def post_command(self, noun, verb, context, commandline, result):
    raise ValueError('after %d' % result)

class Old(CoreCommandHook):
  name = 'old'
  def execute(self, cmd, options, *args, **kw): return 9 if options.shards == '0' else None

GlobalHookRegistry.register_global_hook(NoKills())
GlobalCommandHookRegistry.register_command_hook(Guard())
CoreCommandHook.register_hook(Old())
"""

  def setUp(self):
    import aurora_hooks
    self.hooks = aurora_hooks
    self.addCleanup(self.clear)

  def clear(self):
    for hooks in (self.hooks.api_hooks, self.hooks.command_hooks, self.hooks.classic_hooks):
      hooks.clear()
    self.hooks._of_files, self.hooks.are_api_hooks_disabled = (), False

  def load(self, text, with_api_hooks=True):
    return self.hooks.load([Files().write('site.py', text)], with_api_hooks)

  def run_commands(self, event, noun, verb, options, skipped=''):
    request = {'noun': noun, 'verb': verb, 'words': ['c/r/e/n', 'x.aurora'], 'arguments': ['c/r/e/n'], 'options': options,
               'skipped': skipped, 'result': 0}
    answer = self.hooks.run_commands(event, json.dumps(request))
    return answer['code'], ''.join(answer['out'] + answer['err'])


class SiteHookTest(SiteHooks):
  """Spec §9.2 and §9.3."""

  def test_a_broken_file_is_named(self):
    for text, pattern in (
        ('x = (', r'^Error loading hooks file /.*/site.py: .*\(site.py, line 1\)'),
        ('\n1/0', r'^Error loading hooks file /.*/site.py: division by zero\n  \(at /.*/site.py:2\)$'),
        ('import sys; sys.exit(0)', r'site.py: the file called sys.exit\(0\)'),
        (self.TEXT.replace("'guard'", "'all'"), "Invalid hook name 'all'")):
      self.assertRegex(self.load(text)['failure'], pattern)

  def test_api_hooks_run_for_every_job_and_without_one(self):
    self.assertEqual(self.load(self.TEXT)['api_hooks'], 1)
    document(ask('load', job_text() + 'from apache.aurora.client.config import GlobalHookRegistry as G\n'
                                      'G.register_global_hook(None)\n'))
    self.assertEqual(document(ask('load', job_text()))['hooks'], 1)  # what a job file registers ends with it
    kill = '{"args": [{"@job_key": "c/r/devel/n"}], "kw": {"config": "@config"}}'
    self.assertTrue(aurora_isolation.call_hooks('pre', 'kill_job', kill, '')['allowed'])
    aurora_isolation.last_session = None
    self.assertFalse(aurora_isolation.call_hooks('pre', 'kill_job', kill, '')['allowed'])
    self.assertTrue(aurora_isolation.call_hooks('pre', 'restart', kill, '')['allowed'])

  def test_disabled_api_hooks(self):
    self.assertEqual(self.load(self.TEXT, False)['api_hooks'], 0)
    self.assertEqual(len(self.hooks.command_hooks), 1)

  def test_command_hooks(self):
    self.load(self.TEXT)
    key = {'key': 'c/r/e/n'}
    aborted = 'Command aborted by command hook guard with error code %d'
    self.check_table([
        ('pre', 'job', 'create', key, '', (-1, '')), ('pre', 'job', 'status', key, '', (-1, '')),
        ('pre', 'job', 'create', {'key': 'c/x/e/n'}, '', (6, aborted % 6)),
        ('pre', 'job', 'create', dict(key, open_browser='true'), '', (5, aborted % 5)),
        ('pre', 'job', 'create', {'key': 'c/x/e/n'}, 'other,guard', (-1, '')),
        ('pre', 'job', 'create', {'key': 'c/x/e/n'}, 'all', (-1, '')),
        ('pre', 'job', 'list', key, '', (7, 'Error executing command hook guard: no lists; aborting')),
        ('post', 'job', 'create', key, '', (20, 'Error executing command hook guard: ValueError: after 0; aborting')),
        ('pre', '', 'kill', {'shards': '0'}, '', (9, 'Command execution aborted by hook old')),
        ('pre', '', 'kill', {'shards': '1'}, '', (-1, '')), ('pre', '', 'status', {'shards': '0'}, '', (-1, ''))],
        self.run_commands)


_KEY = {'@job_key': 'c/r/devel/n'}
# (method, arguments as the client gives them)
_CALLS = [
    ('create_job', ['@config'], {}), ('add_instances', [_KEY, 0, 3], {'config': '@config'}),
    ('kill_job', [_KEY], {'instances': [0, 2], 'config': '@config', 'message': 'why'}),
    ('restart', [_KEY, [0, 1], {'batch_size': 1, 'watch_secs': 30}], {'config': '@config'}),
    ('start_cronjob', [_KEY], {'config': '@config'}),
    ('start_job_update', ['@config', 'why'], {'instances': None, 'metadata': {'id': 'x'}}),
    ('update_job', ['@config', 3, [0]], {}), ('cancel_update', [_KEY], {'config': '@config'})]


class ApiHookTest(Case):
  """Spec §9.1: every method of the table, before and after, by name and by the generic hook."""

  TEXT = job_text(job='enable_hooks=True,') + """
import sys
seen = sys.modules['seen_by_hooks'].seen
class Named(object):
  def __getattr__(self, name):
    if name.partition('_')[0] not in ('pre', 'post', 'err'):
      raise AttributeError(name)
    def note(*args, **kw):
      seen.append((name, args, kw))
      return answer
    return note
class Generic(object):
  def generic_hook(self, hook_config, event, method_name, result_or_err, args, kw):
    seen.append((hook_config, event, method_name, result_or_err, args, kw))
    return answer
class Nothing(object):
  pre_create_job = 'is not callable'
class Exits(object):
  def pre_create_job(self, config): sys.exit(0)
answer, hooks = %s, [%s]
"""

  def setUp(self):
    self.seen = []
    module = type(sys)('seen_by_hooks')
    module.seen = self.seen
    sys.modules['seen_by_hooks'] = module
    self.addCleanup(sys.modules.pop, 'seen_by_hooks')

  def call(self, event, method, args, kw, outcome='', hooks='Named(), Generic()', answer='True', **further):
    document(ask('load', self.TEXT % (answer, hooks)))
    del self.seen[:]
    return aurora_isolation.call_hooks(event, method, json.dumps(dict(args=args, kw=kw, **further)), outcome)

  def test_arguments(self):
    for method, args, kw in _CALLS:
      with self.subTest(method):
        self.assertTrue(self.call('pre', method, args, kw)['allowed'])
        (name, given, given_kw), (config_and_key, event, method_name, nothing, generic_args, generic_kw) = self.seen
        config, key = config_and_key
        self.assertEqual((name, event, method_name, nothing), ('pre_' + method, 'pre', method, None))
        self.assertEqual((config.name(), config.role(), config.cluster(), config.environment(), config.instances()),
                         ('n', 'r', 'c', 'devel', 1))
        self.assertEqual(((key.cluster, key.role, key.env, key.name), key.to_path(), config.job_key() == key),
                         (('c', 'r', 'devel', 'n'), 'c/r/devel/n', True))
        self.assertEqual((generic_args, generic_kw), (given, given_kw))
        self.assertEqual(len(given), len(args))
        self.assertEqual(set(given_kw), set(kw))
        self.assertIs(given[0] if args[0] == '@config' else given_kw['config'], config)
        self.assertEqual(str(config.raw().task().name()), 'p')
        self.assertEqual(len(config.hooks), 2)

  def test_settings_have_attributes(self):
    self.call('pre', 'restart', [_KEY, [0], {'batch_size': 1, 'watch_secs': 30}], {})
    settings = self.seen[0][1][2]
    self.assertEqual((settings.batch_size, settings['watch_secs'], hasattr(settings, 'other')), (1, 30, False))

  def test_results_and_errors(self):
    self.call('post', 'kill_job', [_KEY], {}, 'OK')
    result = self.seen[0][1][0]
    self.assertEqual((str(result), result.responseCode, result.details), ('OK', 1, []))
    self.assertIs(self.seen[1][3].__class__, result.__class__)
    self.call('err', 'kill_job', [_KEY], {}, 'INVALID_REQUEST: no: such job')
    error = self.seen[0][1][0]
    self.assertEqual((str(error), error.response.responseCode, error.response.details[0].message, isinstance(error, Exception)),
                     ('APIError: INVALID_REQUEST: no: such job', 0, 'no: such job', True))

  def test_what_hooks_say(self):
    create = ('create_job', ['@config'], {})
    named, generic = 'Running pre_create_job in Named', 'Running generic_hook in Generic'
    for hooks, answer, allowed, notes in (
        ('Named(), Generic()', 'True', True, [named, generic]),
        ('Named(), Generic()', 'None', False, [named, 'pre_create_job in Named returned False', generic,
                                                'generic_hook in Generic returned False']),
        ('Nothing()', 'None', True, []), ('', 'None', True, [])):
      with self.subTest((hooks, answer)):
        outcome = self.call('pre', *create, hooks=hooks, answer=answer)
        self.assertEqual((outcome['allowed'], outcome['notes'], outcome['warnings']), (allowed, notes, []))
    self.assertTrue(self.call('post', *create, 'OK', answer='None')['allowed'])
    ended = self.call('pre', *create, hooks='Exits(), Named()')
    self.assertEqual((ended['allowed'], len(self.seen)), (False, 1))
    self.assertRegex(ended['warnings'][0], r'(?s)^Error in pre_create_job in Exits\nTraceback .*SystemExit: 0$')

  def test_the_classic_update_is_a_start_for_who_knows_only_that(self):
    other = {'method': 'start_job_update', 'arguments': {'args': ['@config', 'why'], 'kw': {'instances': None}}}
    text = """
class Old(object):
  def pre_update_job(self, config, health_check_interval_seconds, instances):
    seen.append(('old', health_check_interval_seconds, instances)); return True
class New(object):
  def pre_start_job_update(self, config, message, instances=None): seen.append(('new', message)); return True
hooks = [Old(), New(), Generic()]
"""
    document(ask('load', self.TEXT % ('True', '') + text))
    aurora_isolation.call_hooks('pre', 'update_job', json.dumps({'args': ['@config', 5, [1]], 'or': other}), '')
    self.assertEqual([self.seen[0], self.seen[1], self.seen[2][2]], [('old', 5, [1]), ('new', 'why'), 'update_job'])

  def test_hooks_that_are_no_list(self):
    outcome = ask('load', self.TEXT % ('True', '') + 'hooks = Generic()')
    self.assertRegex(outcome['failure']['text'], r'^/.*x.aurora: `hooks` must be a list of objects, not Generic$')

  def test_a_hook_can_ask_the_user(self):
    import io
    self.addCleanup(setattr, sys, 'stdin', sys.stdin)
    self.addCleanup(setattr, sys, 'stdout', sys.stdout)
    sys.stdout = io.StringIO()
    text = self.TEXT % ('True', '') + """
class Confirms(object):
  def pre_kill_job(self, job_key, **kw): return raw_input('Kill %s? ' % job_key) == input()
hooks = [Confirms()]
"""
    document(ask('load', text))
    for typed, allowed in (('yes\nyes\n', True), ('yes\nno\n', False)):
      sys.stdin = io.StringIO(typed)
      self.assertIs(aurora_isolation.call_hooks('pre', 'kill_job', json.dumps({'args': [_KEY]}), '')['allowed'], allowed)
    self.assertEqual(sys.stdout.getvalue(), 'Kill c/r/devel/n? ' * 2)
    sys.stdin = io.StringIO('')  # nobody is there
    outcome = aurora_isolation.call_hooks('pre', 'kill_job', json.dumps({'args': [_KEY]}), '')
    self.assertFalse(outcome['allowed'])
    self.assertIn('EOFError', outcome['warnings'][0])


class SiteHooksStayTest(SiteHooks):
  """Spec §9.2: nothing that a job file does takes the site's hooks away."""

  def test_a_job_file_cannot_take_them_away(self):
    self.load(self.TEXT)
    text = job_text() + """
from apache.aurora.client.config import GlobalHookRegistry as Registry
Registry.reset()
Registry.disable_hooks()
"""
    self.assertEqual(document(ask('load', text))['hooks'], 1)

  def test_order(self):
    """The site's come first; those of the file only if the job wants them."""
    self.load(self.TEXT)
    text = job_text(job='enable_hooks=%s,') + 'class Mine(object): pass\nhooks = [Mine()]\n'
    for enabled, names in ((True, ['NoKills', 'Mine']), (False, ['NoKills'])):
      document(ask('load', text % enabled))
      self.assertEqual([hook.__class__.__name__ for hook in aurora_isolation.last_session.list_hooks()], names)

  def test_disabled_by_a_hook_file(self):
    self.assertEqual(self.load(self.TEXT + 'GlobalHookRegistry.disable_hooks()')['api_hooks'], 0)

  def test_what_a_hook_file_prints_goes_to_stderr(self):
    import io
    self.addCleanup(setattr, sys, 'stdout', sys.stdout)
    sys.stdout = io.StringIO()
    self.load('print("hello")')
    self.assertEqual(sys.stdout.getvalue(), '')


class CommandHookTest(SiteHooks):
  """Spec §9.3: rows that SiteHookTest does not have."""

  MORE = """
from apache.aurora.client.cli.command_hooks import CommandHook, GlobalCommandHookRegistry
from apache.aurora.client.commands.core import CoreCommandHook
class Hook(CommandHook):
  def __init__(self, name, returns=None, raises=None): self._name, self.returns, self.raises = name, returns, raises
  name = property(lambda self: self._name)
  def get_nouns(self): return ['job']
  def get_verbs(self, noun): return ['kill'] if noun == 'job' else None
  def pre_command(self, noun, verb, context, commandline):
    if self.raises: raise self.raises
    spec = context.options.instance_spec
    return self.returns if spec is None or spec.instance is None else sum(spec.instance)
  def post_command(self, noun, verb, context, commandline, result):
    context.print_out('%%s: %%s of %%s/%%s' %% (self.name, result, noun, verb))
    if self.raises: raise self.raises
class Old(CoreCommandHook):
  name = 'old'
  def execute(self, cmd, options, *args, **kw): raise ValueError('broken')
for hook in [%s]:
  (CoreCommandHook.register_hook if isinstance(hook, CoreCommandHook) else GlobalCommandHookRegistry.register_command_hook)(hook)
"""

  def run_with(self, hooks, event='pre', key='c/r/e/n', noun='job', verb='kill', skipped=''):
    self.clear()
    self.assertEqual(self.load( self.MORE % hooks)['failure'], '')
    return self.run_commands(event, noun, verb, {'key': key}, skipped)

  def test_rows(self):
    aborted = 'Command aborted by command hook %s with error code %d'
    self.check_table([
        ("Hook('a', 0), Hook('b', 3), Hook('c', 4)", (3, aborted % ('b', 3))), ("Hook('a', None)", (-1, '')),
        ("Hook('a', True)", (1, aborted % ('a', 1))), ("Hook('a', 'no')", (1, aborted % ('a', 1))),
        ("Hook('a', raises=CommandHook.Error(9, 'not now'))", (9, 'Error executing command hook a: not now; aborting')),
        ("Hook('a', raises=SystemExit(3))", (20, 'Error executing command hook a: SystemExit: 3; aborting'))], self.run_with)
    self.assertEqual(self.run_with("Hook('a', 3), Hook('b', 4)", skipped='a,zz'), (4, aborted % ('b', 4)))
    self.assertEqual(self.run_with("Hook('a', 3), Hook('b', 4)", skipped='all'), (-1, ''))
    self.assertEqual(self.run_with("Hook('a')", key='c/r/e/n/2,4-5'), (11, aborted % ('a', 11)))
    self.assertEqual(self.run_with('Old()', noun=''), (20, 'Error executing command hook old: ValueError: broken; aborting'))

  def test_all_post_hooks_run(self):
    import io
    self.addCleanup(setattr, sys, 'stdout', sys.stdout)
    sys.stdout = io.StringIO()
    answer = self.run_with("Hook('a', raises=CommandHook.Error(9, 'late')), Hook('b')", 'post')
    self.assertEqual((answer, sys.stdout.getvalue()), ((9, 'Error executing command hook a: late; aborting'),
                                                      'a: 0 of job/kill\nb: 0 of job/kill\n'))
