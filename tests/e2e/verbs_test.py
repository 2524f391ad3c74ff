"""The words of the command line without a cluster: every verb and option of the list in verbs.txt is in our help, and what
is typed in another way is understood or answered with what was meant."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import AURORA, key, run_client

COMMON = ["-v", "--verbose", "-q", "--quiet", "-h", "--help"]


def listed_verbs():
  """verb -> options, from verbs.txt."""
  found = {}
  with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "verbs.txt")) as text:
    for line in text:
      if line.strip() and not line.startswith("#"):
        verb, _, options = line.partition(":")
        found[verb] = options.split()
  return found


def options_of(page):
  """The options that a help page shows, with dashes."""
  return {name.replace("_", "-") for line in page.splitlines() if re.match(r"  -", line)
          for name in re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", re.split(r" {2,}", line.strip())[0])}


class VerbsTest(unittest.TestCase):
  @classmethod
  def setUpClass(cls):
    cls.folder = tempfile.mkdtemp(prefix="aurora-e2e-")
    with open(cls.folder + "/clusters.json", "w") as out:
      json.dump([{"name": "devcluster", "scheduler_uri": "http://127.0.0.1:1", "slave_root": "/var/lib/it's"},
                 {"name": "west", "scheduler_uri": "http://127.0.0.1:1"}], out)
    cls.env = dict(os.environ, HOME=cls.folder, AURORA_CONFIG_ROOT=cls.folder)

  @classmethod
  def tearDownClass(cls):
    shutil.rmtree(cls.folder)

  def aurora(self, *words):
    return run_client(*words, env=self.env, cwd=self.folder)

  def test_every_listed_verb_and_option_is_in_our_help(self):
    overview = self.aurora("help").out
    for verb, options in listed_verbs().items():
      words = verb.split()
      with self.subTest(verb=verb):
        page = self.aurora("help", *words)
        self.assertEqual(page.code, 0, page)
        self.assertTrue(page.out.strip(), verb)
        missing = set(options + COMMON) - options_of(page.out)
        self.assertFalse(missing, page)
        self.assertIn(words[-1], overview)
        noun = self.aurora("help", words[0]).out
        self.assertIn(words[-1], noun)

  def test_every_verb_of_ours_is_listed_or_ours_alone(self):
    ours = {"admin store", "admin unknown_tasks", "job plan"}
    ours |= {"job logs", "job watch", "task exec", "host list", "host show", "host drain", "host activate"}
    known = set(listed_verbs()) | ours
    for noun in ("job", "cron", "update", "task", "quota", "sla", "config", "host", "admin"):
      page = self.aurora(noun, "-h").out
      for name in re.findall(r"(?m)^  ([a-z][\w-]*)(?:  | [A-Z]|\n)", page[page.lower().index("usage: aurora %s verb" % noun):]):
        self.assertIn("%s %s" % (noun, name), known)

  def test_verbosity_anywhere(self):
    for words in (("-q", "job", "status"), ("job", "-q", "status"), ("job", "status", "-q"), ("-q", "status"), ("status", "-q"),
                  ("admin", "-q", "get_locks"), ("-q", "admin", "get_locks")):
      target = ("devcluster",) if "admin" in words else (key("x"),)
      done = self.aurora(*words, *target, "--timeout", "1s")
      self.assertNotIn("WARN]", done.err)
      self.assertNotIn("unknown", done.err)
      loud = self.aurora(*["-v" if word == "-q" else word for word in words], *target, "--timeout", "1s")
      self.assertIn("DEBUG] Command=(", loud.err)

  def test_dashes_and_underscores_and_prefixes(self):
    listing = [("admin", "get_cluster_config", option, "west") for option in
               ("--bypass-leader-redirect", "--bypass_leader_redirect", "--bypass", "--secret-file=/x", "--secret_file=/x", "--secret=/x")]
    for words in listing:
      done = self.aurora(*words)
      self.assertEqual((done.code, json.loads(done.out)["name"]), (0, "west"), done)
    ambiguous = self.aurora("job", "restart", "--max", "1", key("x"))
    self.assertEqual(ambiguous.code, 2)
    self.assertIn("ambiguous option: --max could match --max-per-instance-failures, --max-total-failures", ambiguous.err)
    empty = self.aurora("admin", "query", "--states=", "west", "www", "web")
    self.assertIn("(states outside ACTIVE states", empty.err)

  def test_classic_update_and_the_noun(self):
    for options in (("--shards", "0"), ("-E", "x=y"), ("-v",), ()):
      done = self.aurora("update", *options, key("x"), "/no/such.aurora")
      self.assertEqual(done.code, 1, done)
      self.assertIn("No such file", done.out + done.err)
    for words, text in ((("update", "strat", key("x"), "f"), "did you mean start?"), (("update",), "too few arguments"),
                        (("update", "nope", key("x")), "unknown command 'nope'"), (("beta-update", "stop", key("x")), "unknown command 'stop'")):
      done = self.aurora(*words)
      self.assertEqual(done.code, 2, done)
      self.assertIn(text, done.err)
    bare = self.aurora("update", "hello_world", "hello_world.aurora")
    self.assertEqual((bare.code, bare.err[:40]), (1, "FATAL] Invalid path 'hello_world'. path "), bare)
    both = self.aurora("update", "-h").out
    self.assertIn("--shards", both)
    self.assertIn("rollback", both)

  def test_malformed_classic_keys(self):
    for verb in ("status", "kill", "killall", "restart", "start_cron", "cancel_update"):
      done = self.aurora(verb)
      self.assertEqual((done.code, done.err), (1, "FATAL] job path is required\n"), done)
      done = self.aurora(verb, "www-data")
      self.assertEqual((done.code, done.out), (1, ""), done)
      self.assertEqual(done.err, "FATAL] Invalid path 'www-data'. path should be a string in the form CLUSTER/ROLE/ENV/NAME\n")
    done = self.aurora("get_quota", "--cluster=west")
    self.assertEqual((done.code, done.err.splitlines()[0]), (1, "FATAL] usage: get_quota --cluster=CLUSTER role"), done)
    self.assertEqual(self.aurora("open").out, "Open command requires a jobkey parameter.\n")

  def test_clusters_that_were_meant(self):
    for words, code in ((("status", key("x", cluster="devcluter")), 1), (("job", "status", key("x", cluster="devcluter")), 3),
                        (("admin", "get_locks", "devcluter"), 1), (("quota", "get", "devcluter/www"), 3)):
      done = self.aurora(*words)
      self.assertEqual(done.code, code, done)
      self.assertIn("Unknown cluster: devcluter. Known clusters: devcluster, west", done.err)
      self.assertIn("did you mean devcluster?", done.err)

  def test_admin_words(self):
    for words in (("admin",), ("admin", "-v")):
      none = self.aurora(*words)
      self.assertEqual((none.code, none.out), (1, ""), none)
      self.assertTrue(none.err.startswith("Must supply one of the following commands: "), none)
      self.assertIn(", query,", none.err)
    nope = self.aurora("admin", "get_schedler", "west")
    self.assertEqual(nope.code, 1)
    self.assertTrue(nope.err.startswith("Must supply one of the following commands: "), nope)
    self.assertIn("did you mean get_scheduler?", nope.err)
    few = self.aurora("admin", "set_quota", "west")
    self.assertEqual((few.code, few.err), (1, "FATAL] usage: set_quota CLUSTER ROLE CPU RAM DISK\n\nsee the help subcommand for more details.\n"))
    self.assertEqual(self.aurora("admin", "get_locks", "west", "east").code, 1)
    option = self.aurora("admin", "get_cluster_config", "--expor_", "west")
    self.assertEqual(option.code, 2)
    self.assertIn("did you mean --export?", option.err)
    everything = self.aurora("admin", "help")
    self.assertEqual(everything.code, 0)
    self.assertTrue(everything.out.startswith("Available commands:\n"), everything)
    self.assertEqual(self.aurora("admin", "help", "query").out, self.aurora("help", "admin", "query").out)
    self.assertEqual((self.aurora("admin", "help", "nope").code, self.aurora("admin", "help", "nope").out), (1, "Subcommand nope not found.\n"))
    self.assertIn("did you mean query?", self.aurora("admin", "help", "qury").err)
    self.assertEqual(self.aurora("admin", "help", "query", "get_locks").err, "FATAL] Please specify at most one subcommand.\n")
    self.assertEqual(self.aurora("admin", "-h").code, 0)

  def test_a_link_named_aurora_admin(self):
    link = os.path.join(self.folder, "aurora_admin")
    os.symlink(AURORA, link)
    def admin(*words):
      return subprocess.run([link] + list(words), env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=60)
    done = admin("get_scheduler", "west")
    self.assertEqual((done.returncode, done.stdout), (0, "Found leading scheduler at: http://127.0.0.1:1\n"), done)
    self.assertEqual(admin().returncode, 1)
    self.assertEqual(admin("help").stdout, self.aurora("admin", "help").out)
    self.assertEqual(admin("-v", "get_scheduler", "west").returncode, 0)
    self.assertEqual(admin("--version").stdout, self.aurora("--version").out)
    self.assertIn("job create", self.aurora("job", "create", "-h").out)
    self.assertEqual(admin("create").returncode, 1)  # no verb of it

  def test_a_clusters_configuration_for_a_shell(self):
    done = self.aurora("admin", "get_cluster_config", "--sh", "--export", "devcluster")
    self.assertEqual(done.code, 0, done)
    shown = subprocess.run(["sh", "-c", done.out + 'sh -c \'echo "$AURORA_CLUSTER_SLAVE_ROOT"\''], capture_output=True, text=True, timeout=60)
    self.assertEqual(shown.stdout, "/var/lib/it's\n")

  def test_numbers_below_zero_are_no_options(self):
    done = self.aurora("admin", "increase_quota", "--timeout", "1s", "west", "www", "-1", "-2gb", "0mb")
    self.assertEqual(done.code, 1, done)
    self.assertIn("Getting quota for: www", done.err)
    add = self.aurora("job", "add", "--timeout", "1s", key("x") + "/0", "-1")
    self.assertNotEqual(add.code, 2, add)


if __name__ == "__main__":
  unittest.main()
