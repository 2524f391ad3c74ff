"""Random jobs, most of them wrong: `create` and `config eval` refuse the same ones, for the same fields."""

import random

from support import Case, ask, document

_VALUES = ("'x'", "''", '3', '-1', '0', '1.5', "'{{u}}'", "'{{ b }}'", "'{{name}}'", "'{{role}}'", "'{{thermos.ports[p]}}'",
           "'{{mesos.instance}}'", "'{{&a}}'", 'Empty', 'True', 'None', "'limit:2'", "'limit:q'", '10**20', "float('nan')",
           "'a b'", "'KILL_EXISTING'", "'{{task.name}}'", "'{{a[{{mesos.instance}}]}}'", "'{{profile.v}}'")


class Writer(object):
  """Texts of random job files."""

  def __init__(self, seed):
    self.random = random.Random(seed)

  def value(self):
    return self.random.choice(_VALUES)

  def fields(self, chance, *names):
    return ', '.join('%s=%s' % (name, self.value()) for name in names if self.random.random() < chance)

  def either(self, good, chance_of_bad, name):
    return '%s=%s' % (name, self.value() if self.random.random() < chance_of_bad else good)

  def call(self, name, *arguments):
    return '%s(%s)' % (name, ', '.join(filter(None, arguments)))

  def process(self):
    name = self.random.choice(("'p'", "'p'", "'q'", "'.x'", self.value()))
    return self.call('Process', 'name=' + name, self.either("'run'", 0.4, 'cmdline'),
                     self.fields(0.1, 'max_failures', 'daemon', 'ephemeral', 'final', 'min_duration'))

  def task(self):
    processes = ', '.join(self.process() for _ in range(self.random.choice((0, 1, 2, 2, 3))))
    constraints = self.random.choice(('[]', '[]', "order('p', 'q')", "order('q', 'p') + order('p', 'q')", "order('p', 'zz')",
                                      '[Constraint(order=[])]'))
    resources = self.call('Resources', self.either('1', 0.3, 'cpu'), self.either('MB', 0.3, 'ram'), 'disk=MB')
    return self.call('Task', 'processes=[%s]' % processes, 'constraints=' + constraints, self.either(resources, 0, 'resources'),
                     self.fields(0.07, 'max_failures', 'max_concurrency', 'finalization_wait', 'name'))

  def structs(self):
    all_of_them = (
        "constraints={'a': %s}" % self.value().replace('Empty', "''"), 'container=Docker(image=%s)' % self.value(),
        'container=Container()', "container=Docker(image='{{docker.image[bad][b]}}')", "container=Docker(image='{{docker.image[a][b]}}')",
        self.call('update_config=UpdateConfig', self.fields(0.6, 'watch_secs', 'max_total_failures')),
        'announce=Announcer(primary_port=%s)' % self.value(), "announce=Announcer(portmap={'a': 'b', 'b': 'a'})",
        "announce=Announcer(portmap={'http': 80})", self.call('health_check_config=HealthCheckConfig', self.fields(
            0.5, 'interval_secs', 'initial_interval_secs', 'timeout_secs')),
        'sla_policy=CountSlaPolicy(count=%s, duration_secs=%s)' % (self.value(), self.value()),
        'partition_policy=PartitionPolicy(delay_secs=%s)' % self.value(), "metadata=[Metadata(key=%s, value='x')]" % self.value())
    chosen = self.random.sample(all_of_them, self.random.choice((0, 0, 1, 2)))
    return ', '.join({text.partition('=')[0]: text for text in chosen}.values())

  def job(self):
    return 'jobs = [%s]' % self.call(
        'Job', self.either("'c'", 0.1, 'cluster'), self.either("'r'", 0.1, 'role'), self.either("'e'", 0.1, 'environment'),
        self.either("'n'", 0.1, 'name'), 'task=' + self.task() if self.random.random() < 0.95 else '', self.structs(),
        self.fields(0.06, 'instances', 'priority', 'service', 'production', 'contact', 'cron_schedule', 'cron_collision_policy',
                    'max_task_failures', 'tier', 'enable_hooks'))


def resolve_image(cluster, name, tag):
  return (None, 'no such image') if name == 'bad' else (name + '@sha256:1', None)


class AgreementTest(Case):
  def test_create_and_eval_agree(self):
    for seed in range(60):
      text = Writer(seed).job()
      with self.subTest(text):
        loaded, evaluated = (ask(kind, text, resolve_image=resolve_image) for kind in ('load', 'eval'))
        refused = loaded.get('failure')
        self.assertNotIn('internal', str((refused or {}).get('text')) + str(evaluated.get('failure')))
        if 'failure' in evaluated:
          self.assertTrue(refused)
          continue
        problems = document(evaluated)['problems']
        self.assertEqual(refused is not None, bool(problems))
        if refused and refused['path']:
          self.assertIn(refused['path'], [problem['path'] for problem in problems])
