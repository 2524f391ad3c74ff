"""References that name nothing: what the message says, and what works for the braces of other programs."""

import json

from support import Case, ask, document, failure, job_text

_TEXT = """class Profile(Struct):
  hosts = List(String)
  ports = Map(String, Integer)
  version = String
  empty = List(String)
command = '''true
  run %s now'''
""" + job_text(process="cmdline=command") + """
profile = Profile(hosts=['a', 'b'], ports={'x': 1}, empty=[])
jobs = [jobs[0].bind(profile=profile, i=5, far='{{lost}}', word='w')]
"""
_ESCAPE = 'braces of another program are written {\'\'{%s}}, which the shell joins ({""{ between double quotes)'
_MALFORMED = 'malformed reference in a template: '


class ReferenceTest(Case):
  # (as it is written, as the message shows it, the hint)
  UNBOUND = [
      ('{{.Names}}', '{{.Names}}', 'nothing is named Names; ' + _ESCAPE % '.Names'),
      ('{{&foo}}', '{{foo}}', 'written {{&foo}}; & keeps braces for one evaluation, and a job has several; ' + _ESCAPE % 'foo'),
      ('{{foo}}', '{{foo}}', 'nothing binds it: --bind foo=VALUE'),
      ('{{thermos.ports.http}}', '{{thermos.ports.http}}', 'ports are written {{thermos.ports[http]}}'),
      ('{{profile.hosts[2]}}', '{{profile.hosts[2]}}', 'profile.hosts has 2 elements: [0] to [1]'),
      ('{{profile.hosts.x}}', '{{profile.hosts.x}}', 'elements of profile.hosts are written {{profile.hosts[0]}}'),
      ('{{profile.empty[0]}}', '{{profile.empty[0]}}', 'profile.empty is empty'),
      ('{{profile.ports[y]}}', '{{profile.ports[y]}}', 'profile.ports has no key y, only x'),
      ('{{profile.ports.x}}', '{{profile.ports.x}}', 'keys are written {{profile.ports[x]}}'),
      ('{{profile.version}}', '{{profile.version}}', 'profile.version is not set'),
      ('{{profile[version]}}', '{{profile[version]}}', 'fields are written {{profile.version}}'),
      ('{{profile.vrsion}}', '{{profile.vrsion}}', 'did you mean {{profile.version}}?'),
      ('{{profile.zzzz}}', '{{profile.zzzz}}', 'profile is a Profile, which has no field zzzz'),
      ('{{word.x}}', '{{word.x}}', 'word is one value, which has no parts'),
      ('{{a[{{b}}]}}', '{{b}}', 'inside {{a[{{b}}]}}; nothing binds it: --bind b=VALUE'),
      ('{{profile.hosts[{{i}}]}}', '{{profile.hosts[5]}}',
       'written {{profile.hosts[{{i}}]}}; profile.hosts has 2 elements: [0] to [1]'),
      ('{{profile.hosts[{{mesos.instance}}]}}', '{{profile.hosts[31337]}}', 'written {{profile.hosts[{{mesos.instance}}]}}; '
       'the inner one is known only on the host: let the shell choose by it'),
      ('{{thermos.ports[i_{{mesos.instance}}]}}', '{{thermos.ports[i_31337]}}', 'written {{thermos.ports[i_{{mesos.instance}}]}}; '
       'the inner one is known only on the host: let the shell choose by it'),
      ('{{{.x}}}', '{{.x}}', 'nothing is named x; ' + _ESCAPE % '.x'), ('{{ {{.x}}', '{{.x}}', 'nothing is named x; ' + _ESCAPE % '.x'),
      ('{{far}}', '{{lost}}', 'in the value of {{far}}; nothing binds it: --bind lost=VALUE')]
  MALFORMED = [
      ('{{ .Names }}', 'no blanks between the braces; '), ('{{ foo }}', 'no blanks between the braces: {{foo}}; '),
      ('{{#list}}', 'a name begins with a letter or _; '), ('{{/list}}', 'a name begins with a letter or _; '),
      ('{{profile.hosts.0}}', 'elements are written {{profile.hosts[0]}}; '),
      ('{{range .}}', 'names are of letters, digits and _, as in {{profile.hosts[0]}}; '),
      ('{{a-b}}', 'names are of letters, digits and _, as in {{profile.hosts[0]}}; ')]

  def test_unbound(self):
    for written, shown, hint in self.UNBOUND:
      with self.subTest(written):
        text = failure(ask('load', _TEXT % written))
        self.assertTrue(text.startswith('invalid: Task is invalid: Unexpected unbound refs: %s. Make sure' % shown), text)
        self.assertTrue(text.endswith('x.aurora:7; %s)' % hint), text)
        problem, = document(ask('eval', _TEXT % written))['problems']
        self.assertEqual((problem['line'], problem['text'], problem['hint']), (7, 'Unexpected unbound ref: ' + shown, hint))

  def test_malformed(self):
    for written, hint in self.MALFORMED:
      with self.subTest(written):
        hint += _ESCAPE % written[2:-2]
        text = failure(ask('load', _TEXT % written))
        self.assertTrue(text.startswith('loading: %s%s\n' % (_MALFORMED, written)), text)
        self.assertTrue(text.endswith('x.aurora:7; %s)' % hint), text)
        problem, = document(ask('eval', _TEXT % written))['problems']
        self.assertEqual((problem['line'], problem['text'], problem['hint']), (7, _MALFORMED + written, hint))

  def test_while_the_file_runs(self):
    self.assertRegex(failure(ask('load', "\nx = Environment({'a b': 1})")), r'^loading: malformed reference in a template: {{a b}}\n'
                     r'  \(at .*x.aurora:2; names are of letters')

  def test_of_a_value_that_has_none(self):
    problem, = document(ask('eval', job_text(job="name='{{.Names}}', ").replace("name='n', ", '')))['problems']
    self.assertEqual((problem['path'], problem['text']), ('jobs[0].name', 'Unbound variable: {{.Names}}'))
    problem, = document(ask('eval', job_text(job="instances='{{profile.n}}', ")
                            + "jobs = [jobs[0].bind({'profile.m': 1})]"))['problems']
    self.assertEqual((problem['line'], problem['text'], problem['hint']),
                     (2, "'{{profile.n}}' not an integer", 'did you mean {{profile.m}}?'))

  def test_the_line_is_where_it_is_written(self):
    for text, line in (
        ("x = '{{lost}}'\n" + job_text(process='cmdline=x'), 1),  # elsewhere, once
        ("x = '{{lost}}'\ny = '{{lost}}'\n" + job_text(process='cmdline=x'), 6),  # more than once: the call
        ("# {{lost}}\n" + job_text(process='cmdline=\'\'\'a\n{{lost}}\'\'\''), 6),  # in the call
        ("l = 'lost'\n" + job_text(process="cmdline='{{%s}}' % l"), 5)):  # nowhere
      with self.subTest(text):
        problem, = document(ask('eval', text))['problems']
        self.assertEqual(problem['line'], line)

  def test_in_json(self):
    job = {'name': 'n', 'role': 'r', 'cluster': 'c', 'environment': 'e', 'task': {
        'processes': [{'name': 'p', 'cmdline': '{{.x}}'}], 'resources': {'cpu': 1, 'ram': 1 << 20, 'disk': 1 << 20}}}
    problem, = document(ask('eval', json.dumps(job, indent=1), name='x.json', read_json=True))['problems']
    self.assertEqual((problem['line'], problem['text']), (10, 'Unexpected unbound ref: {{.x}}'))


class ImageTest(Case):
  """Spec §9.4: references that a registry resolves, or does not."""

  def problems(self, image):
    text = job_text(job='container=Docker(image=%r),' % image)
    resolve = lambda cluster, name, tag: (None, 'Unable to resolve image %s:%s' % (name, tag)) if name == 'bad' else (name + '@sha256:1', None)
    loaded, evaluated = ask('load', text, resolve_image=resolve), document(ask('eval', text, resolve_image=resolve))
    found = [(problem['text'], problem['hint']) for problem in evaluated['problems']]
    if 'failure' in loaded:
      self.assertEqual(loaded['failure']['hint'], found[0][1])
      self.assertEqual(loaded['failure']['line'], 2)
      return found
    return loaded and document(loaded)['job']['taskConfig']['container']['docker']['image']

  def test_images(self):
    written = 'images are written {{docker.image[NAME][TAG]}}'
    self.check_table([
        ('{{docker.image[library/web][1.0]}}', 'library/web@sha256:1'), ('{{docker.image[bad][1]}}', [('Unable to resolve image bad:1', '')]),
        ('{{docker.image[web]}}', [('Unbound variable: {{docker.image[web]}}', written)]),
        ('{{docker.image.web}}', [('Unbound variable: {{docker.image.web}}', written)]),
        ('{{docker.image[host:5000/web][1]}}', [(_MALFORMED + '{{docker.image[host:5000/web][1]}}', written + ', without the host of the '
                                                 "registry: that is the cluster's docker_registry")])], self.problems)


class EscapeTest(Case):
  """What the messages tell to write is sent as it stands; that the shell joins it is in tests/e2e/client_test.py."""

  def test_split_braces_are_text(self):
    for escaped in ("docker ps --format '{\'\'{.Names}}'", 'docker ps --format "{""{ .Names }}"', "{''{#list}}{''{/list}}",
                    "{''{range .x}}{''{.y}}{''{end}}", '{"a":{"b":1}}'):
      with self.subTest(escaped):
        job = document(ask('load', job_text(process='cmdline=%r' % escaped)))['job']
        payload = json.loads(job['taskConfig']['executorConfig']['data'])
        self.assertEqual(payload['task']['processes'][0]['cmdline'], escaped)
