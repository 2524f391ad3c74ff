"""tests/CHECKLIST.md and tests/PLANTED.md name tests: each of them must exist."""
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]


def title_of(match):
  """A test's name, of one literal or of several that follow each other."""
  return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match)).replace('\\"', '"')


def titles(text):
  return {title_of(match) for match in re.findall(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', text)}


def missing(page):
  """What a page names and the tree does not have."""
  bad = []
  for name in re.findall(r"`([^`]+)`", page.read_text()):
    file, separator, title = name.partition(": ")
    if not re.fullmatch(r"[\w/]+\.(cpp|txt|py|mjs)", file):
      continue
    path = TESTS / file
    if not path.is_file():
      bad.append("%s: there is no tests/%s" % (page.name, file))
    elif separator and title not in titles(path.read_text()):
      bad.append("%s: tests/%s has no test '%s'" % (page.name, file, title))
  return bad


def items(page):
  """The numbers of the checklist's rows, in order."""
  return [int(number) for number in re.findall(r"^\| (\d+) \|", page.read_text(), re.M)]


def check():
  """What is wrong, a line each."""
  bad = []
  for name in ("CHECKLIST.md", "PLANTED.md"):
    page = TESTS / name
    bad += missing(page) if page.is_file() else ["there is no tests/" + name]
  if items(TESTS / "CHECKLIST.md") != list(range(1, 21)):
    bad.append("CHECKLIST.md: its items are not 1 to 20")
  return bad


if __name__ == "__main__":
  print("\n".join(check()))
  sys.exit(bool(check()))
