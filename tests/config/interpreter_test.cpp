#include "config/interpreter.h"

#include <Python.h>

#include <catch2/catch.hpp>

namespace {

// Runs `code` in a module of its own; a Python exception is printed and fails the test.
bool runs(const char* code) {
  REQUIRE(aurora::start_interpreter({"test"}).ok());
  return PyRun_SimpleString(code) == 0;
}

}  // namespace

TEST_CASE("the embedded interpreter imports the standard library from the executable alone") {
  CHECK(runs("import json, re, datetime, hashlib; assert json.loads('[1]') == [1]"));
  CHECK(runs("import sys; assert (sys.path, json.__file__) == ([], '/proc/aurora/python/json/__init__.py')"));
  CHECK(runs("import typing, decimal, textwrap, random, copy, collections, itertools, string, math"));
  CHECK(runs("assert hashlib.md5(b'a').hexdigest() == '0cc175b9c0f1b6a831c399e269772661'"));
  CHECK(runs("assert sys.flags.isolated and sys.flags.utf8_mode"));
}

TEST_CASE("the embedded lib2to3 has its grammars") {
  CHECK(runs("import warnings; warnings.simplefilter('ignore')\n"
             "from lib2to3 import refactor\n"
             "tool = refactor.RefactoringTool(['lib2to3.fixes.fix_print', 'lib2to3.fixes.fix_has_key'])\n"
             "assert str(tool.refactor_string('print 1\\n', 'x')) == 'print(1)\\n'"));
}

TEST_CASE("sets are walked in the same order in every process") {
  CHECK(runs("assert hash('aurora') == 1049771137516210242"));
}
