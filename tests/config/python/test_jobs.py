import json

from support import Case, Files, ask, ask_path, document, failure, first_line, job_text, load

_TWO = """
def job(name, **kw):
  return Job(cluster='c', role='r', name=name, task=Task(processes=[Process(name='p', cmdline='x')]), **kw)
jobs = [job('a', environment='devel'), job('b', environment='{{env}}'), job('m'), Job(name='x')]
"""


def config(**kw):
  return load(job_text(**kw))['job']


def task_config(**kw):
  return config(**kw)['taskConfig']


def payload(**kw):
  return json.loads(task_config(**kw)['executorConfig']['data'])


def problem(kind='load', bindings=(), **kw):
  return first_line(ask(kind, job_text(**kw), bindings=list(bindings)))


class SelectionTest(Case):
  def test_no_job(self):
    for text in ('x = 1', 'jobs = []', 'jobs = None'):
      for kind in ('load', 'dump', 'eval'):
        self.assertEqual(failure(ask(kind, text)), 'loading: No job defined in this config!')

  def test_none_matches(self):
    self.assertEqual(failure(ask('load', _TWO, key=('c', 'r', 'zz', 'a'), bindings=['env=prod'])), (
        'loading: Could not find job c/r/zz/a\n'
        "Job c/r/{MISSING}/m in configuration file doesn't specify an environment\n"
        "Job {MISSING}/{MISSING}/{MISSING}/x in configuration file doesn't specify an environment\n"
        'Candidates are:\n  c/r/devel/a\n  c/r/prod/b\n  c/r/{MISSING}/m\n  {MISSING}/{MISSING}/{MISSING}/x'))

  def test_several_match(self):
    self.assertEqual(first_line(ask('load', _TWO + 'jobs = [jobs[0], jobs[0]]', key=('c', 'r', 'devel', 'a'))),
                     'loading: Multiple jobs match, please disambiguate by specifying a job key.')

  def test_no_key(self):
    self.assertEqual(first_line(ask('load', _TWO)),
                     'loading: Configuration has multiple jobs but no job name specified!')

  def test_list(self):
    self.assertEqual(document(ask('list', _TWO + 'del jobs[2:]', bindings=['env=prod']))['keys'],
                     ['c/r/devel/a', 'c/r/prod/b'])
    self.assertEqual(document(ask('list', 'x = 1'))['keys'], [])

  def test_bindings(self):
    run = lambda *bindings: payload_of(ask('load', job_text(process="cmdline='{{foo}} {{bar.baz}}'"), bindings=list(bindings)))
    self.assertEqual(run('foo=1', 'bar.baz=2'), '1 2')
    self.assertEqual(run('foo=1', 'bar.baz=2', 'foo=a=b'), 'a=b 2')
    for binding, text in (('x', 'usage: Binding parameter must be formatted name=value'),
                          ('1x=2', 'usage: Could not parse binding parameter 1x=2: 1x'),
                          ('=2', "usage: Could not parse binding parameter =2: Invalid address: ''")):
      self.assertEqual(failure(ask('load', job_text(), bindings=[binding])), text)


def payload_of(outcome):
  return json.loads(document(outcome)['job']['taskConfig']['executorConfig']['data'])['task']['processes'][0]['cmdline']


class PresenceTest(Case):
  def test_what_must_be_there(self):
    full = {'cluster': "'c'", 'role': "'r'", 'task': "Task(processes=[Process(name='p', cmdline='x')])"}

    def missing(*names):
      kept = ', '.join('%s=%s' % item for item in full.items() if item[0] not in names)
      return first_line(ask('load', "jobs = [Job(name='n', environment='e', %s)]" % kept))
    self.check_table([
        ('cluster', 'invalid: Cluster required for job "n"'), ('task', 'invalid: Task required for job "n"'),
        ('role', 'invalid: Role required for job "n"')], missing)
    self.assertEqual(missing('cluster', 'role', 'task'), 'invalid: Cluster required for job "n"')
    for processes in ('', 'processes=[]'):
      self.assertEqual(first_line(ask('load', job_text(task='') .replace("processes=[Process(name='p', cmdline='true')]",
                                                                         processes))),
                       'invalid: Processes required for task on job "n"')


class ValidationTest(Case):
  def test_update_limits(self):
    text = lambda job: failure(ask('load', job_text(job=job))).partition('\n  (at ')[0]
    self.assertEqual(text('instances=2, update_config=UpdateConfig(max_total_failures=2),'),
                     'fatal: \nmax_total_failures in update_config must be lesser than the job size.\n'
                     'Based on your job size (2) you should use max_total_failures <= 1.')
    self.assertEqual(text("instances=100, constraints={'dedicated': 'x'},"),
                     'fatal: Since this is a dedicated job, you must set your max_total_failures in\n'
                     'your update configuration to no less than 2% of your job size.\n'
                     'Based on your job size (100) you should use max_total_failures >= 2.')
    self.assertEqual(config(job="instances=49, constraints={'dedicated': 'x'},")['instanceCount'], 49)

  def test_health(self):
    text = 'fatal: Invalid value (%s) specified for %s. Value %s.'
    self.check_table([
        ('health_check_config=HealthCheckConfig(max_consecutive_failures=-1),',
         text % (-1, 'max_consecutive_failures', 'cannot be less than 0')),
        ('health_check_config=HealthCheckConfig(initial_interval_secs=-0.5),',
         text % (-0.5, 'initial_interval_secs', 'cannot be less than 0')),
        ('update_config=UpdateConfig(watch_secs=-1),', text % (-1, 'watch_secs', 'cannot be less than 0')),
        ('health_check_config=HealthCheckConfig(interval_secs=-1),', text % (-1.0, 'interval_secs', 'cannot be less than 0')),
        ('health_check_config=HealthCheckConfig(interval_secs=0),', text % (0.0, 'interval_secs', 'must be greater than 0')),
        ('health_check_config=HealthCheckConfig(min_consecutive_successes=-2),',
         text % (-2, 'min_consecutive_successes', 'cannot be less than 0'))], lambda job: problem(job=job))

  def test_announce(self):
    outcome = ask('load', job_text(job="announce=Announcer(primary_port='x', portmap={'a': 'y'}),"))
    self.assertIn("Announcer specified primary port as 'x' but no processes have bound that port.", outcome['warnings'][0])
    self.check_table([
        ("announce=Announcer(portmap={'http': 80}),", 'loading: Job must be dedicated in order to specify static ports!')],
        lambda job: problem(job=job))
    self.assertTrue(problem(job="announce=Announcer(portmap={'a': 'b', 'b': 'a'}),").startswith(
        'loading: Found cycle in portmap!'))

  def test_production_without_tier(self):
    outcome = ask('load', job_text(job='production=True,'))
    self.assertEqual((len(outcome['warnings']), outcome['warnings'][0], outcome['warnings'][-1]), (8, '*' * 80, '*' * 80))
    self.assertIn("* Job configuration attribute 'production' is deprecated.", outcome['warnings'])
    self.assertEqual(ask('load', job_text(job="production=True, tier='preferred',"))['warnings'], [])

  def test_tiers(self):
    tiers = lambda: ('preemptible', [('preferred', False, False), ('preemptible', True, False), ('revocable', True, True)])
    rows = [('', 'preemptible', False), ('production=True,', 'preferred', True), ("tier='preferred',", 'preferred', True),
            ("tier='revocable', production=True,", 'revocable', False), ("tier='zz',", 'zz', False)]
    for job, tier, production in rows:
      with self.subTest(job):
        task = document(ask('load', job_text(job=job), tiers=tiers))['job']['taskConfig']
        data = json.loads(task['executorConfig']['data'])
        self.assertEqual((task['tier'], task['production'], data['tier'], data['production']),
                         (tier, production, tier, production))
    self.assertEqual(list(data)[:6], ['name', 'role', 'cluster', 'environment', 'task', 'tier'])

  def test_ports(self):
    port = lambda cmdline, job='': task_config(process="cmdline='%s'" % cmdline, job=job)['resources']['ports']
    self.check_table([
        ('{{thermos.ports[b]}} {{thermos.ports[a]}}', '', ['a', 'b']), ('x', 'announce=Announcer(),', ['http']),
        ('{{thermos.ports[aurora]}}', 'announce=Announcer(),', ['http']),
        ('{{thermos.ports[x]}}', "announce=Announcer(portmap={'http': 80, 'aurora': 'http'}), constraints={'dedicated': 'd'},",
         ['x']),
        ('x', "announce=Announcer(portmap={'http': 80, 'aurora': 'http'}), constraints={'dedicated': 'd'},", []),
        ('x', "health_check_config=HealthCheckConfig(health_checker=HealthCheckerConfig("
              "shell=ShellHealthChecker(shell_command='{{thermos.ports[h]}}'))),", [])], port)
    self.assertIn('{{thermos.ports.http}}', problem(process="cmdline='{{thermos.ports.http}}'"))
    self.assertIn('{{thermos.ports[i_31337]}}', problem(process="cmdline='{{thermos.ports[i_{{mesos.instance}}]}}'"))


class ConversionTest(Case):
  def test_identifiers(self):
    self.check_table([
        ("role='a b',", "invalid: Invalid role 'a b'"), ("environment='x/y',", "invalid: Invalid environment 'x/y'"),
        ("name='x$y',", "invalid: Invalid name 'x$y'"), ("name='x\\n',", "invalid: Invalid name 'x\\n'"),
        ("name='{{mesos.instance}}',", "invalid: Invalid name '{{mesos.instance}}'")],
        lambda change: first_line(ask('load', job_text() + 'jobs = [jobs[0](%s)]' % change)))

  def test_resources(self):
    self.check_table([
        ('', 'invalid: Task must specify resources!'),
        ('resources=Resources(cpu=1, ram=0, disk=1)', 'invalid: Must specify ram and disk resources, got ram:0 disk:1'),
        ('resources=Resources(cpu=1, ram=1, disk=MB)', 'invalid: Task has invalid resources.  cpu/ramMb/diskMb must all be '
         'positive: cpu:1.0 ramMb:0 diskMb:1'),
        ('resources=Resources(cpu=-1, ram=MB, disk=MB)', 'invalid: Task has invalid resources.  cpu/ramMb/diskMb must all be '
         'positive: cpu:-1.0 ramMb:1 diskMb:1'),
        ("resources=Resources(cpu='nan', ram=MB, disk=MB)", 'invalid: Task has invalid resources.  cpu/ramMb/diskMb must all '
         'be positive: cpu:nan ramMb:1 diskMb:1')],
        lambda resources: first_line(ask('load', job_text().replace('resources=Resources(cpu=1, ram=MB, disk=MB)', resources)
                                         .replace('Task( ,', 'Task('))))
    self.assertEqual(task_config(task='').get('resources'), {'cpus': 1.0, 'ramMb': 1, 'diskMb': 1, 'gpus': 0, 'ports': []})
    rounded = job_text().replace('ram=MB, disk=MB', 'ram=2*MB - 1, disk=3*MB + 1, gpu=2')
    self.assertEqual(document(ask('load', rounded))['job']['taskConfig']['resources'],
                     {'cpus': 1.0, 'ramMb': 1, 'diskMb': 3, 'gpus': 2, 'ports': []})

  def test_constraints(self):
    convert = lambda text: task_config(job="constraints={'k': %s}," % text)['constraints'][0]['constraint']
    value = lambda negated, *values: {'value': {'negated': negated, 'values': list(values)}}
    self.check_table([
        ("'limit:2'", {'limit': {'limit': 2}}), ("'a,b'", value(False, 'a', 'b')), ("'!a,b'", value(True, 'a', 'b')),
        ("''", value(False, '')), ("' a'", value(False, ' a')), ('1', value(False, '1'))], convert)
    self.assertEqual(problem(job="constraints={'k': 'limit:x'},"),
                     'loading: limit:x is not a valid limit value, must be integer')

  def test_container(self):
    convert = lambda text: task_config(job='container=%s,' % text)['container']
    self.check_table([
        ("Docker(image='i', parameters=[{'name': 'a', 'value': 'b'}])",
         {'docker': {'image': 'i', 'parameters': [{'name': 'a', 'value': 'b'}]}}),
        ("Container(docker=Docker(image='i'))", {'docker': {'image': 'i', 'parameters': []}}),
        ("{'image': 'i'}", {'docker': {'image': 'i', 'parameters': []}}),
        ('Mesos()', {'mesos': {'volumes': []}}),
        ("Mesos(image=DockerImage(name='n', tag='t'), volumes=[Volume(container_path='c', host_path='h', mode='RO')])",
         {'mesos': {'image': {'docker': {'name': 'n', 'tag': 't'}},
                    'volumes': [{'containerPath': 'c', 'hostPath': 'h', 'mode': 'RO'}]}}),
        ("Mesos(image=AppcImage(name='n', image_id='t'))",
         {'mesos': {'image': {'appc': {'name': 'n', 'imageId': 't'}}, 'volumes': []}})], convert)
    self.assertEqual(task_config()['container'], {'mesos': {'volumes': []}})
    self.check_table([
        ('Container()', 'invalid: If a container is specified it must set one type.'),
        ('Docker()', 'loading: TypeCheck(FAILED): MesosJob[container] failed: Docker[image] is required.'),
        ("Docker(image='{{docker.image[a][b]}}')", 'loading: Unable to resolve image a:b')],
        lambda text: problem(job='container=%s,' % text))

  def test_other_fields(self):
    job = ("contact='a@b', tier='x', partition_policy=PartitionPolicy(delay_secs=7), priority=3, max_task_failures=-1, "
           "service=True, cron_schedule='* * * * *', cron_collision_policy='cancel_new', "
           "metadata=[Metadata(key='b', value='1'), {'key': 'a', 'value': '2'}, {'key': 'b', 'value': '1'}], "
           "sla_policy=PercentageSlaPolicy(percentage=95, duration_secs=60),")
    made = config(job=job)
    task = made['taskConfig']
    self.check_table([
        (made['cronSchedule'], '* * * * *'), (made['cronCollisionPolicy'], 'CANCEL_NEW'), (made['owner'], {'user': 'me'}),
        (made['key'], {'role': 'r', 'environment': 'devel', 'name': 'n'}), (task['contactEmail'], 'a@b'),
        (task['tier'], 'x'), (task['partitionPolicy'], {'reschedule': True, 'delaySecs': 7}), (task['priority'], 3),
        (task['maxTaskFailures'], -1), (task['isService'], True),
        (task['metadata'], [{'key': 'a', 'value': '2'}, {'key': 'b', 'value': '1'}]),
        (task['slaPolicy'], {'percentageSlaPolicy': {'percentage': 95.0, 'durationSecs': 60}})], lambda value: value)
    sla = lambda text: task_config(job='sla_policy=%s,' % text)['slaPolicy']
    self.check_table([
        ('CountSlaPolicy(count=1, duration_secs=2)', {'countSlaPolicy': {'count': 1, 'durationSecs': 2}}),
        ("CoordinatorSlaPolicy(coordinator_url='u')", {'coordinatorSlaPolicy': {'coordinatorUrl': 'u', 'statusKey': 'drain'}})],
        sla)
    self.assertEqual(problem(job="cron_collision_policy='foo',"), 'invalid: Invalid CronCollisionPolicy type: foo')
    self.assertNotIn('cronSchedule', config())

  def test_integers_that_do_not_fit(self):
    self.check_table([
        ('instances=2**31,', 'invalid: instances is out of range: 2147483648'), ('priority=-2**40,', 'invalid: priority is out '
         'of range: -1099511627776'), ('instances=10**5000,', 'invalid: instances is out of range: a huge number'),
        ('update_config=UpdateConfig(watch_secs=10**10),', 'invalid: update_config.watch_secs is out of range: 10000000000')],
        lambda job: problem(job=job))
    self.assertEqual(first_line(ask('load', job_text().replace('ram=MB', 'ram=10**20'))),
                     'invalid: task.resources.ram is out of range: 100000000000000000000')

  def test_task_plans(self):
    def plan(processes, constraints):
      text = job_text(task='constraints=%s,' % constraints).replace(
          "processes=[Process(name='p', cmdline='true')]",
          'processes=[%s]' % ', '.join("Process(name='%s', cmdline='x'%s)" % tuple(q) for q in processes))
      outcome = ask('load', text)
      return first_line(outcome) if 'failure' in outcome else 'ok'
    a, b, f = ('a', ''), ('b', ''), ('f', ', final=True')
    bad = 'invalid: Task is invalid: Task has invalid plan: '
    self.check_table([
        ([a, b], "order('a', 'b')", 'ok'), ([a, b], "order('a', 'b') + order('b', 'a')", bad + 'Cycles detected in the task schedule!'),
        ([a, b], "order('a', 'zz')", bad + 'Invalid process dependencies!'), ([a, b], "order('y', 'zz')", 'ok'),
        ([a, f], "order('a', 'f')", bad + 'Invalid process dependencies!'), ([a, f], "order('f')", 'ok'),
        ([a, b], '[Constraint(order=[])]', bad + 'Invalid process dependencies!'),
        ([('a', ', daemon=True'), b], "order('a', 'b')", bad + 'Process b may not depend upon daemon process a'),
        ([('a', ', ephemeral=True'), b], "order('a', 'b')",
         bad + 'Non-ephemeral process b may not depend upon ephemeral process a'),
        ([a, a], '[]', 'invalid: Task is invalid: Task has invalid process: Duplicate process name: a'),
        ([('.a', '')], '[]', 'invalid: Task is invalid: Task has invalid process: Invalid process name: .a'),
        ([('a/b', '')], '[]', 'invalid: Task is invalid: Task has invalid process: Invalid process name: a/b')], plan)

  def test_unbound_refs(self):
    refs = 'invalid: Task is invalid: Unexpected unbound refs: %s. Make sure you are not nesting template variables.'
    self.check_table([
        ('{{foo}} {{bar.baz}}', refs % '{{foo}} {{bar.baz}}'), ('{{&foo}}', refs % '{{foo}}'),
        ('{{arr[{{mesos.instance}}]}}', refs % '{{arr[31337]}}')], lambda text: problem(process="cmdline='%s'" % text))
    shell = ("health_check_config=HealthCheckConfig(health_checker=HealthCheckerConfig("
             "shell=ShellHealthChecker(shell_command='curl {{thermos.ports[x]}} {{foo}}'))),")
    self.assertEqual(problem(job=shell), 'invalid: Config contains unbound variables: {{foo}}')

  def test_acceptance_snippets(self):
    self.check_table([
        (dict(job='foo=1,'), 'loading: Unknown schema attribute foo'),
        (dict(job="instances='{{n}}',"), "loading: TypeCheck(FAILED): MesosJob[instances] failed: '{{n}}' not an integer")],
        lambda kw: problem(**kw))
    self.assertEqual(first_line(ask('load', job_text().replace('cpu=1', "cpu='abc'"))),
                     "loading: TypeCheck(FAILED): MesosJob[task] failed: Task[resources] failed: Resources[cpu] failed: "
                     "Unable to interpolate: Cannot coerce 'abc' to Float")
    self.assertEqual(document(ask('load', job_text(job="instances='{{n}}',"), bindings=['n=3']))['instances'], 3)
    names = '{{mesos.instance}} {{thermos.user}} {{mesos.role}} {{role}} {{name}} {{task.name}}'
    self.assertEqual(payload(process="cmdline='%s'" % names)['task']['processes'][0]['cmdline'],
                     '{{mesos.instance}} r r r p p')

  def test_what_older_releases_removed(self):
    self.check_table([
        (field, 'loading: Unknown schema attribute ' + field)
        for field in ('recipes', 'layout', 'package', 'health_check_interval_secs')], lambda field: problem(job=field + '=1,'))
    self.assertEqual(first_line(ask('load', 'AppPackage()')), "loading: name 'AppPackage' is not defined")

  def test_any_environment_is_for_the_scheduler_to_judge(self):
    self.assertEqual(config(job='')['key']['environment'], 'devel')
    self.assertEqual(document(ask('load', job_text() + "jobs = [jobs[0](environment='zzz')]"))['job']['key']['environment'], 'zzz')

  def test_profiles(self):
    text = """
class Profile(Struct):
  version = Required(String)
  env = Default(String, 'e-{{version}}')
""" + job_text(process="cmdline='{{profile.version}} {{profile.env}}'") + "jobs = [jobs[0].bind(profile=Profile(version=1))]"
    self.assertEqual(payload_of(ask('load', text)), '1 e-1')
    self.assertEqual(payload_of(ask('load', text, bindings=['profile.version=9'])), '9 e-1')

  def test_golden_payload(self):
    text = """
install = Process(name='fetch_package', cmdline='cp /vagrant/hello_world.py . && echo <md5> && chmod +x hello_world.py')
hello_world = Process(name='hello_world', cmdline='python hello_world.py')
task = SequentialTask(processes=[install, hello_world], resources=Resources(cpu=1, ram=1*MB, disk=8*MB))
jobs = [Service(task=task, cluster='devcluster', role='www-data', environment='devel', name='hello_world')]
"""
    self.assertEqual(document(ask('load', text))['job']['taskConfig']['executorConfig'],
                     {'name': 'AuroraExecutor', 'data': _GOLDEN})

  def test_another_executor(self):
    made = task_config(job="executor_config=ExecutorConfig(name='custom', data='{{role}} payload'),")
    self.assertEqual(made['executorConfig'], {'name': 'custom', 'data': 'r payload'})

  def test_scaling_and_update_policy_do_not_change_the_task(self):
    self.assertEqual(task_config(job='instances=3, update_config=UpdateConfig(batch_size=2),'), task_config())

  def test_inspect_view(self):
    view = load(job_text(job="contact='a@b', constraints={'host': 'limit:1'}, cron_schedule='x', "
                             "partition_policy=PartitionPolicy(reschedule=False, delay_secs=30),"))['inspect']
    self.assertEqual(view['job'], {
        'name': 'n', 'role': 'r', 'contact': 'a@b', 'cluster': 'c', 'instances': '1',
        'cron': {'schedule': 'x', 'policy': 'KILL_EXISTING'}, 'constraints': {'host': 'limit:1'},
        'partition_policy': {'reschedule': False, 'delay_secs': '30'}, 'service': False, 'production': False})


_GOLDEN = '{"name": "hello_world", "role": "www-data", "cluster": "devcluster", "environment": "devel", "task": {"name": "fetch_package", "processes": [{"cmdline": "cp /vagrant/hello_world.py . && echo <md5> && chmod +x hello_world.py", "name": "fetch_package", "max_failures": 1, "daemon": false, "ephemeral": false, "min_duration": 5, "final": false}, {"cmdline": "python hello_world.py", "name": "hello_world", "max_failures": 1, "daemon": false, "ephemeral": false, "min_duration": 5, "final": false}], "constraints": [{"order": ["fetch_package", "hello_world"]}], "resources": {"cpu": 1.0, "ram": 1048576, "disk": 8388608, "gpu": 0}, "max_failures": 1, "max_concurrency": 0, "finalization_wait": 30}, "cron_collision_policy": "KILL_EXISTING", "metadata": [], "service": true, "max_task_failures": 1, "production": false, "priority": 0, "health_check_config": {"health_checker": {"http": {"endpoint": "/health", "expected_response": "ok", "expected_response_code": 0}}, "initial_interval_secs": 15.0, "interval_secs": 10.0, "max_consecutive_failures": 0, "min_consecutive_successes": 1, "timeout_secs": 1.0}, "lifecycle": {"http": {"graceful_shutdown_endpoint": "/quitquitquit", "graceful_shutdown_wait_secs": 5, "port": "health", "shutdown_endpoint": "/abortabortabort", "shutdown_wait_secs": 5}}, "executor_config": {"data": "", "name": "AuroraExecutor"}, "enable_hooks": false}'


class UpdateSettingsTest(Case):
  def test_conversion(self):
    def settings(text):
      answer = load(job_text(job='instances=9, update_config=UpdateConfig(%s),' % text))
      return answer['update_error'] or answer['update_settings']['updateStrategy']
    ambiguous = 'Ambiguous update configuration. Cannot combine '
    self.check_table([
        ('', {'queueStrategy': {'groupSize': 1}}), ('batch_size=3', {'queueStrategy': {'groupSize': 3}}),
        ('batch_size=3, wait_for_batch_completion=True', {'batchStrategy': {'groupSize': 3, 'autopauseAfterBatch': False}}),
        ('update_strategy=QueueUpdateStrategy(batch_size=4)', {'queueStrategy': {'groupSize': 4}}),
        ('update_strategy=BatchUpdateStrategy(batch_size=4, autopause_after_batch=True)',
         {'batchStrategy': {'groupSize': 4, 'autopauseAfterBatch': True}}),
        ('update_strategy=VariableBatchUpdateStrategy(batch_sizes=[1, 2])',
         {'varBatchStrategy': {'groupSizes': [1, 2], 'autopauseAfterBatch': False}}),
        ('batch_size=0', 'Batch size should be greater than 0'),
        ('pulse_interval_secs=0', 'Pulse interval seconds must be at least 60 seconds.'),
        ('pulse_interval_secs=59', 'Pulse interval seconds must be at least 60 seconds.'),
        ('wait_for_batch_completion=True, update_strategy=QueueUpdateStrategy()',
         ambiguous + 'wait_batch_completion with an explicit update strategy.'),
        ('batch_size=2, update_strategy=QueueUpdateStrategy()',
         ambiguous + 'update strategy with batch size. Please set batchsize inside of update strategy instead.')], settings)

  def test_group_size_and_waiting_of_explicit_strategies(self):
    def settings(text):
      made = load(job_text(job='instances=9, update_config=UpdateConfig(update_strategy=%s),' % text))['update_settings']
      return made['updateGroupSize'], made['waitForBatchCompletion']
    self.check_table([
        ('QueueUpdateStrategy(batch_size=4)', (4, False)), ('BatchUpdateStrategy(batch_size=3)', (3, True)),
        ('VariableBatchUpdateStrategy(batch_sizes=[2, 5])', (2, False))], settings)

  def test_all_settings(self):
    answer = load(job_text(job='instances=9, update_config=UpdateConfig(batch_size=2, watch_secs=7, '
                               'max_per_shard_failures=3, max_total_failures=4, rollback_on_failure=False, '
                               'pulse_interval_secs=60, sla_aware=True),'))
    self.assertEqual(answer['update_settings'], {
        'updateGroupSize': 2, 'maxPerInstanceFailures': 3, 'maxFailedInstances': 4, 'minWaitInInstanceRunningMs': 7000,
        'rollbackOnFailure': False, 'updateOnlyTheseInstances': [], 'waitForBatchCompletion': False, 'slaAware': True,
        'updateStrategy': {'queueStrategy': {'groupSize': 2}}, 'blockIfNoPulsesAfterMs': 60000})


class EvalTest(Case):
  def test_configurations_are_those_that_create_would_send(self):
    text = job_text() + "\njobs = jobs + [jobs[0](name='bad', instances='x'), jobs[0](name='third', task=jobs[0].task()(name='t'))]\n"
    answer = document(ask('eval', text))
    self.assertEqual([key.rpartition('/')[2] for key in answer['keys']][1:], ['bad', 'third'])
    self.assertEqual(answer['configurations'][0], document(ask('load', text, key=tuple(answer['keys'][0].split('/'))))['job'])
    self.assertIsNone(answer['configurations'][1])
    self.assertEqual(answer['configurations'][2]['key']['name'], 'third')

  def test_all_problems_of_all_jobs(self):
    text = job_text() + """
bad = jobs[0](name='bad', instances='x', task=jobs[0].task()(processes=[Process(name='p'), Process(name='q', cmdline='x',
                                                                                                  min_duration='{{u}}')]))
jobs = jobs + [bad, jobs[0](name='third', role='a b'), Job(name='fourth')]
"""
    answer = document(ask('eval', text))
    self.assertEqual([(p['job'], p['path'], p['kind']) for p in answer['problems']], [
        ('c/r/devel/bad', 'jobs[1].instances', 'loading'),
        ('c/r/devel/bad', 'jobs[1].task.processes[0].cmdline', 'loading'),
        ('c/r/devel/bad', 'jobs[1].task.processes[1].min_duration', 'loading'),
        ('c/a b/devel/third', 'jobs[2].role', 'invalid')] + [
            ('{MISSING}/{MISSING}/{MISSING}/fourth', 'jobs[3].' + field, kind) for field, kind in (
                ('cluster', 'invalid'), ('task', 'invalid'), ('role', 'invalid'), ('environment', 'loading'))])
    self.assertEqual(len(answer['keys']), 4)


  def test_everything_that_is_wrong_with_one_job(self):
    text = """jobs = [Job(cluster='c', role='r r', environment='e', name='n', instances='{{n}}', service='maybe',
  cron_collision_policy='foo', constraints={'host': 'limit:x', 'rack': 'limit:2'}, container=Container(),
  update_config=UpdateConfig(max_total_failures=3, watch_secs=-1), contact='{{cntact}}',
  health_check_config=HealthCheckConfig(interval_secs=0, initial_interval_secs=-2),
  task=Task(constraints=order('p', 'zz'), resources=Resources(cpu=1, ram=0, disk='x'), processes=[
    Process(name='p', cmdline='{{nme}} {{ bad }}'),
    Process(name='p', cmdline='{{nme}} {{thermos.ports[x]}}', min_duration='y'),
    Process(name='.q', cmdline='{{profle.version}} {{arr[{{mesos.instance}}]}}'),
    Process(cmdline='x')]).bind({'profile.version': 1}))]
"""
    answer = document(ask('eval', text))
    self.assertEqual([(p['line'], p['path'][8:], p['text'], p['hint']) for p in answer['problems']], [
        (1, 'instances', "'{{n}}' not an integer", 'nothing binds it: --bind n=VALUE'),
        (6, 'task.processes[0].cmdline', 'malformed reference in a template: {{ bad }}', 'no blanks between the braces: {{bad}}; '
         'braces of another program are written {\'\'{ bad }}, which the shell joins ({""{ between double quotes)'),
        (7, 'task.processes[1].min_duration', "Cannot coerce 'y' to Integer", ''),
        (9, 'task.processes[3].name', 'Process[name] is required.', ''),
        (5, 'task.resources.disk', "Cannot coerce 'x' to Integer", ''),
        (1, 'service', "Cannot coerce 'maybe' to Boolean", ''),
        (3, 'contact', 'Unbound variable: {{cntact}}', 'did you mean {{contact}}?'),
        (7, 'task.processes[1].cmdline', 'Unexpected unbound ref: {{nme}}', 'did you mean {{name}}?'),
        (8, 'task.processes[2].cmdline', 'Unexpected unbound ref: {{profle.version}}', 'did you mean {{profile.version}}?'),
        (8, 'task.processes[2].cmdline', 'Unexpected unbound ref: {{arr[31337]}}', 'written {{arr[{{mesos.instance}}]}}; the inner '
         'one is known only on the host: let the shell choose by it'),
        (3, 'update_config.watch_secs', 'Invalid value (-1) specified for watch_secs. Value cannot be less than 0.', ''),
        (4, 'health_check_config.initial_interval_secs',
         'Invalid value (-2.0) specified for initial_interval_secs. Value cannot be less than 0.', ''),
        (4, 'health_check_config.interval_secs',
         'Invalid value (0.0) specified for interval_secs. Value must be greater than 0.', ''),
        (1, 'role', "Invalid role 'r r'", 'letters, digits, _, - and . are allowed'),
        (1, 'constraints[host]', 'limit:x is not a valid limit value, must be integer', ''),
        (1, 'container', 'If a container is specified it must set one type.', ''),
        (1, 'cron_collision_policy', 'Invalid CronCollisionPolicy type: foo', 'one of KILL_EXISTING, CANCEL_NEW, RUN_OVERLAP')])

  def test_what_only_shows_when_all_else_is_right(self):
    answer = document(ask('eval', job_text(process="cmdline='{{arr[{{mesos.instance}}]}}'")))
    self.assertIn('{{arr[31337]}}', answer['problems'][0]['text'])

  def test_an_update_that_would_be_refused_is_a_warning(self):
    outcome = ask('eval', job_text(job='update_config=UpdateConfig(batch_size=0),'))
    self.assertEqual(document(outcome)['problems'], [])
    self.assertIn('jobs[0].update_config: Batch size should be greater than 0', outcome['warnings'][0])


class PlaceTest(Case):
  """Problems of fields say where: the path, and the line that set the field."""

  TEXT = """class Profile(Struct):
  version = Required(String)
base = Process(name='p', cmdline='run {{profile.vrsion}}',
               min_duration=3)
t = Task(processes=[base(max_failures=2),
    base(name='q', min_duration='x')], resources=Resources(cpu=1, ram=MB,
    disk=MB))
jobs = [Job(cluster='c', role='r', environment='e', name='n', task=t).bind(profile=Profile(version='1'))]
jobs.append(jobs[0](
    name='{{ bad }}'))
jobs.append(jobs[0](name='m', task=Task(processes=[base], resources=Resources(cpu=1, ram=MB, disk=MB))))
"""

  def test_places(self):
    files = Files(x_aurora=self.TEXT)
    details = lambda name: failure(ask_path('load', files.path('x.aurora'), key=('c', 'r', 'e', name))).split('\n')[1:]
    at = '  (at %s, ' + files.path('x.aurora') + ':%d%s)'
    self.check_table([
        ('n', [at % ('jobs[0].task.processes[1].min_duration', 6, '')]),
        ('m', [at % ('jobs[2].task.processes[0].cmdline', 3, '; did you mean {{profile.version}}?')])],
        details)
    bad = failure(ask('load', self.TEXT.replace("name='n'", "name='{{ bad }}'").replace("'x')", '5)') + 'jobs = jobs[:1]'))
    self.assertRegex(bad, r"^loading: malformed reference in a template: {{ bad }}\n  \(at jobs\[0\].name, .*:8; no blanks")


class JsonTest(Case):
  JOB = {'name': 'n', 'role': 'r', 'cluster': 'c', 'environment': 'e',
         'task': {'processes': [{'name': 'p', 'cmdline': 'x'}], 'resources': {'cpu': 1, 'ram': 1 << 20, 'disk': 1 << 20}}}

  def ask_json(self, document, kind='list'):
    text = document if isinstance(document, (str, bytes)) else json.dumps(document)
    return ask_path(kind, Files().write('x.json', text), read_json=True)

  def test_forms(self):
    self.assertEqual(document(self.ask_json(self.JOB))['keys'], ['c/r/e/n'])
    self.assertEqual(document(self.ask_json({'jobs': [self.JOB, self.JOB], 'x': 1}))['keys'], ['c/r/e/n'] * 2)
    self.assertEqual(document(self.ask_json(b'\xef\xbb\xbf' + json.dumps(self.JOB).encode()))['keys'], ['c/r/e/n'])
    dumped = document(self.ask_json(self.JOB, 'dump'))['jobs'][0]
    self.assertEqual(document(self.ask_json(dumped, 'dump'))['jobs'][0], dumped)

  def test_errors(self):
    self.check_table([
        ('[1]', 'a JSON configuration is an object, either one job or {"jobs": [...]}, not an array', True),
        ('3', 'not a number', True), ('{', 'is not JSON', True), ('[' * 100000, 'nested too deeply', True),
        ('{"jobs": 1}', '"jobs" must be an array', True), ('{"jobs": [1]}', 'jobs[0] must be an object', True),
        ('{"foo": 1}', 'Unknown schema attribute foo', True), (b'\xff', 'not valid utf-8', True)],
        lambda text, part: part in failure(self.ask_json(text)))

  def test_errors_name_the_field(self):
    task = lambda **kw: dict(self.JOB, task=dict(self.JOB['task'], **kw))
    self.check_table([
        (dict(self.JOB, fooo=1), "jobs[0].fooo, %s; MesosJob has no field 'fooo'"),
        ({'jobs': [self.JOB, task(proceses=[])]}, "jobs[1].task.proceses, %s; Task has no field 'proceses', did you mean 'processes'?"),
        (task(processes=[{'name': 'p'}, {'nme': 'q'}]), "jobs[0].task.processes[1].nme, %s; Process has no field 'nme', did you mean 'name'?"),
        (task(processes=[3]), 'jobs[0].task.processes[0], %s'), (task(processes='x'), 'jobs[0].task.processes, %s'),
        (task(processes=[{'logger': {'mode': 'x'}}]), 'jobs[0].task.processes[0].logger.mode, %s'),
        (dict(self.JOB, constraints=['a']), 'jobs[0].constraints, %s'), (dict(self.JOB, task=None), 'jobs[0].task, %s')],
        self.place_of_error)

  def place_of_error(self, document):
    path = Files().write('x.json', json.dumps(document))
    return failure(ask_path('dump', path, read_json=True)).partition('\n  (at ')[2][:-1].replace(path, '%s')


class CronTest(Case):
  """What the client knows of schedules comes from core; here what is asked, and where the answers go."""

  def problems(self, job, **request):
    check = lambda schedule, zone: [('cron_schedule', 'bad ' + schedule, 'so')] if schedule == 'x' else (
        [('cron_time_zone', 'no ' + zone, '')] if zone == 'z' else [])
    found = document(ask('eval', job_text(job=job), **dict({'check_cron': check}, **request)))['problems']
    return [(problem['job'], problem['path'], problem['line'], problem['text'], problem['hint']) for problem in found]

  def test_problems(self):
    of = lambda field, text, hint: [('c/r/devel/n', 'jobs[0].' + field, 2, text, hint)]
    self.check_table([
        ("cron_schedule='* * * * *',", []), ('', []), ("cron_schedule='x',", of('cron_schedule', 'bad x', 'so')),
        ("cron_schedule='{{v}}', ", of('cron_schedule', 'Unbound variable: {{v}}', 'nothing binds it: --bind v=VALUE')),
        ("cron_schedule='* * * * *', cron_time_zone='z',", of('cron_time_zone', 'no z', '')),
        ("cron_schedule='',", of('cron_schedule', 'Job has an empty cron schedule.',
                                 'five fields: minute, hour, day of month, month, day of week')),
        ("cron_schedule='1 * * * *', cron_collision_policy='run_overlap',", of(
            'cron_collision_policy', 'The RUN_OVERLAP collision policy has been removed (AURORA-38).', 'one of KILL_EXISTING, CANCEL_NEW')),
        ("cron_schedule='1 * * * *', service=True,", of('service', 'A service task may not be run on a cron schedule',
                                                        'a cron job ends by itself'))], self.problems)

  def test_only_when_somebody_can_tell(self):
    self.assertEqual(self.problems("cron_schedule='x',", check_cron=None), [])
    self.assertEqual(config(job="cron_schedule='x',")['cronSchedule'], 'x')
