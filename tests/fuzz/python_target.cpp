// The libFuzzer target of a parser that is written in Python: AURORA_FUZZ_TARGET, a function of parsers.py.
//
// libFuzzer cannot instrument Python, but takes counters of ours for coverage: a trace function increments
// one for each pair of bytecode instructions that follow each other.
#include <Python.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "aurora/config/evaluator.h"

#define TEXT_OF(word) #word
#define TEXT_OF_VALUE(word) TEXT_OF(word)
#define TARGET_NAME TEXT_OF_VALUE(AURORA_FUZZ_TARGET)

namespace {

constexpr size_t kCounters = 1 << 17;
__attribute__((section("__libfuzzer_extra_counters"))) uint8_t counters[kCounters];

PyObject* target = nullptr;
PyObject* forget = nullptr;
size_t previous = 0;

// The same in every process: the interpreter's hashes are not randomised.
size_t place_of(PyFrameObject* frame) {
  PyCodeObject* code = PyFrame_GetCode(frame);
  const auto file = static_cast<size_t>(PyObject_Hash(code->co_filename));
  const auto name = static_cast<size_t>(PyObject_Hash(code->co_name));
  const auto line = static_cast<size_t>(code->co_firstlineno);
  Py_DECREF(code);
  const size_t mixed = file ^ name * 3 ^ (line << 16 | static_cast<size_t>(PyFrame_GetLasti(frame)));
  return mixed * 0x9E3779B97F4A7C15 >> 32;
}

int trace(PyObject*, PyFrameObject* frame, int what, PyObject*) {
  auto* object = reinterpret_cast<PyObject*>(frame);
  if (what == PyTrace_CALL) {
    PyObject_SetAttrString(object, "f_trace_lines", Py_False);
    PyObject_SetAttrString(object, "f_trace_opcodes", Py_True);
  } else if (what == PyTrace_OPCODE) {
    const size_t place = place_of(frame);
    uint8_t& counter = counters[(place ^ previous) % kCounters];
    if (counter < 255) ++counter;
    previous = place >> 1;
  }
  return 0;
}

[[noreturn]] void fail(const char* what) {
  PyErr_Print();
  std::fprintf(stderr, "fuzz target " TARGET_NAME ": %s\n", what);
  std::abort();
}

PyObject* function_of(PyObject* module, const char* name) {
  PyObject* function = PyObject_GetAttrString(module, name);
  if (function == nullptr) fail("no such function in parsers.py");
  return function;
}

}  // namespace

// Python frees nothing at its end, and keeps objects in memory that the leak detector does not search.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const std::string start = "sys = __import__('sys'); sys.path.insert(0, '" AURORA_SOURCE_DIR "/tests/fuzz')";
  if (aurora::config::run_python({"-c", start}) != 0) return 1;
  PyObject* module = PyImport_ImportModule("parsers");
  if (module == nullptr) fail("parsers.py cannot be imported");
  target = function_of(module, TARGET_NAME);
  forget = function_of(module, "forget");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  PyObject* input =
      PyBytes_FromStringAndSize(reinterpret_cast<const char*>(data), static_cast<Py_ssize_t>(size));
  Py_XDECREF(PyObject_CallNoArgs(forget));
  previous = 0;
  PyEval_SetTrace(trace, nullptr);
  PyObject* result = PyObject_CallOneArg(target, input);
  PyEval_SetTrace(nullptr, nullptr);
  if (result == nullptr) fail("the promise does not hold");
  Py_DECREF(result);
  Py_DECREF(input);
  return 0;
}
