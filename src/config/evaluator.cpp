#include "aurora/config/evaluator.h"

#include <Python.h>

#include <memory>

#include "config/interpreter.h"
#include "config/json_writer.h"
#include "config/memory_limit.h"
#include "config/watchdog.h"

namespace aurora::config {
namespace {

struct Release {
  void operator()(PyObject* object) const { Py_XDECREF(object); }
};
using Owned = std::unique_ptr<PyObject, Release>;

// --- The module _aurora: what the evaluator's Python needs from here.

PyObject* dump_json(PyObject*, PyObject* value) {
  std::string out;
  if (!append_json(out, value)) return nullptr;
  return PyUnicode_FromStringAndSize(out.data(), static_cast<Py_ssize_t>(out.size()));
}

PyObject* limit_memory(PyObject*, PyObject* arguments) {
  long long more = 0;
  long long previous = 0;
  if (PyArg_ParseTuple(arguments, "LL", &more, &previous) == 0) return nullptr;
  if (more < 0) {
    restore_memory_limit(previous);
    Py_RETURN_NONE;
  }
  const int64_t replaced = limit_memory_growth(more);
  if (replaced < 0) Py_RETURN_NONE;
  return PyLong_FromLongLong(replaced);
}

PyMethodDef module_methods[] = {
    {"dump_json", dump_json, METH_O, nullptr}, {"limit_memory", limit_memory, METH_VARARGS, nullptr}, {}};
PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT, "_aurora", nullptr, 0, module_methods, nullptr, nullptr, nullptr, nullptr};

// --- The request's functions as Python callables. Each is called only while evaluate() runs.

struct Callbacks {
  const EvaluateRequest& request;
  Watchdog& watchdog;
  std::optional<Error> tiers_error;
};

Callbacks& callbacks_of(PyObject* capsule) {
  return *static_cast<Callbacks*>(PyCapsule_GetPointer(capsule, nullptr));
}

// (reference, None) or (None, problem)
PyObject* call_resolve_image(PyObject* self, PyObject* arguments) {
  const char *cluster = nullptr, *name = nullptr, *tag = nullptr;
  if (PyArg_ParseTuple(arguments, "sss", &cluster, &name, &tag) == 0) return nullptr;
  Callbacks& callbacks = callbacks_of(self);
  const Watchdog::Pause pause(callbacks.watchdog);
  const auto resolved = callbacks.request.resolve_image(cluster, name, tag);
  return resolved.ok() ? Py_BuildValue("(sO)", resolved->c_str(), Py_None)
                       : Py_BuildValue("(Os)", Py_None, resolved.error().message.c_str());
}

// (default name, [(name, preemptible, revocable)...]), or None with the error kept for the caller of
// evaluate().
PyObject* call_tiers(PyObject* self, PyObject*) {
  Callbacks& callbacks = callbacks_of(self);
  const Watchdog::Pause pause(callbacks.watchdog);
  auto tiers = callbacks.request.tiers();
  if (!tiers.ok()) {
    callbacks.tiers_error = std::move(tiers).error();
    Py_RETURN_NONE;
  }
  Owned list(PyList_New(0));
  for (const Tier& tier : tiers->tiers) {
    Owned row(Py_BuildValue("(sOO)", tier.name.c_str(), tier.preemptible ? Py_True : Py_False,
                            tier.revocable ? Py_True : Py_False));
    if (!row || PyList_Append(list.get(), row.get()) != 0) return nullptr;
  }
  return Py_BuildValue("(sO)", tiers->default_name.c_str(), list.get());
}

// [(field, text, hint)...]
PyObject* call_check_cron(PyObject* self, PyObject* arguments) {
  const char *schedule = nullptr, *zone = nullptr;
  if (PyArg_ParseTuple(arguments, "sz", &schedule, &zone) == 0) return nullptr;
  const auto problems = callbacks_of(self).request.check_cron(
      schedule, zone == nullptr ? std::nullopt : std::optional<std::string>(zone));
  Owned list(PyList_New(0));
  for (const FieldProblem& problem : problems) {
    Owned row(Py_BuildValue("(sss)", problem.field.c_str(), problem.text.c_str(), problem.hint.c_str()));
    if (!row || PyList_Append(list.get(), row.get()) != 0) return nullptr;
  }
  return list.release();
}

PyMethodDef resolve_image_method = {"resolve_image", call_resolve_image, METH_VARARGS, nullptr};
PyMethodDef check_cron_method = {"check_cron", call_check_cron, METH_VARARGS, nullptr};
PyMethodDef tiers_method = {"tiers", call_tiers, METH_NOARGS, nullptr};

// --- Building the request, reading the outcome.

Owned text_of(const std::string& text) {
  return Owned(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
}

std::string string_of(PyObject* text) {
  if (text == nullptr || PyUnicode_Check(text) == 0) return "";
  Owned bytes(PyUnicode_AsEncodedString(text, "utf-8", "surrogateescape"));
  if (!bytes) {
    PyErr_Clear();
    bytes.reset(PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace"));
  }
  return std::string(PyBytes_AS_STRING(bytes.get()), static_cast<size_t>(PyBytes_GET_SIZE(bytes.get())));
}

std::vector<std::string> strings_of(PyObject* list) {
  std::vector<std::string> out;
  const Py_ssize_t size = list != nullptr && PyList_Check(list) != 0 ? PyList_GET_SIZE(list) : 0;
  for (Py_ssize_t i = 0; i < size; ++i) out.push_back(string_of(PyList_GET_ITEM(list, i)));
  return out;
}

void set(PyObject* dict, const char* name, Owned value) { PyDict_SetItemString(dict, name, value.get()); }

const char* name_of(Ask ask) {
  switch (ask) {
    case Ask::Dump:
      return "dump";
    case Ask::List:
      return "list";
    case Ask::Eval:
      return "eval";
    case Ask::Load:
      return "load";
    case Ask::Thermos:
      return "thermos";
  }
  return "";
}

Owned request_dict(const EvaluateRequest& request, PyObject* capsule) {
  Owned dict(PyDict_New());
  set(dict.get(), "ask", text_of(name_of(request.ask)));
  set(dict.get(), "path", text_of(request.path));
  set(dict.get(), "user", text_of(request.user));
  set(dict.get(), "read_json", Owned(PyBool_FromLong(request.read_json ? 1 : 0)));
  set(dict.get(), "time_ms", Owned(PyLong_FromLongLong(request.limits.time_ms)));
  set(dict.get(), "memory_bytes", Owned(PyLong_FromLongLong(request.limits.memory_bytes)));
  set(dict.get(), "output_bytes", Owned(PyLong_FromLongLong(request.limits.output_bytes)));
  Owned bindings(PyList_New(0));
  for (const std::string& binding : request.bindings) PyList_Append(bindings.get(), text_of(binding).get());
  set(dict.get(), "bindings", std::move(bindings));
  if (request.key) {
    set(dict.get(), "key",
        Owned(Py_BuildValue("(NNNN)", text_of(request.key->cluster).release(),
                            text_of(request.key->role).release(), text_of(request.key->environment).release(),
                            text_of(request.key->name).release())));
  }
  if (request.resolve_image)
    set(dict.get(), "resolve_image", Owned(PyCFunction_New(&resolve_image_method, capsule)));
  if (request.check_cron) set(dict.get(), "check_cron", Owned(PyCFunction_New(&check_cron_method, capsule)));
  if (request.tiers) set(dict.get(), "tiers", Owned(PyCFunction_New(&tiers_method, capsule)));
  return dict;
}

FailureKind kind_of(const std::string& name) {
  if (name == "usage") return FailureKind::Usage;
  if (name == "invalid") return FailureKind::Invalid;
  return name == "fatal" ? FailureKind::Fatal : FailureKind::Loading;
}

Evaluation evaluation_of(PyObject* outcome) {
  Evaluation out;
  out.warnings = strings_of(PyDict_GetItemString(outcome, "warnings"));
  if (PyObject* failure = PyDict_GetItemString(outcome, "failure")) {
    const auto text = [failure](const char* name) { return string_of(PyDict_GetItemString(failure, name)); };
    PyObject* line = PyDict_GetItemString(failure, "line");
    out.failure = Failure{kind_of(text("kind")), text("text"),
                          text("traceback"),     text("file"),
                          line != nullptr ? static_cast<int>(PyLong_AsLong(line)) : 0,
                          text("summary"),       text("hint")};
  } else {
    out.document = string_of(PyDict_GetItemString(outcome, "document"));
  }
  return out;
}

// The pending Python exception as an error of the program: no job file can cause one here.
Error python_error(const char* doing) {
  PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  const Owned owned_type(type), owned_value(value), owned_trace(trace);
  const Owned text(value != nullptr ? PyObject_Repr(value) : nullptr);
  PyErr_Clear();
  return Error{ErrorCode::Internal, std::string("embedded Python, ") + doing + ": " + string_of(text.get())};
}

Status start(const std::vector<std::string>& arguments) {
  TRY(start_interpreter(arguments));
  PyObject* modules = PyImport_GetModuleDict();
  if (PyDict_GetItemString(modules, "_aurora") != nullptr) return Unit{};
  const Owned module(PyModule_Create(&module_definition));
  if (!module || PyDict_SetItemString(modules, "_aurora", module.get()) != 0)
    return python_error("creating _aurora");
  return Unit{};
}

// module.function(arguments...)
Result<Owned> call(const char* module_name, const char* function, const Owned& arguments) {
  const Owned module(PyImport_ImportModule(module_name));
  const Owned callable(module ? PyObject_GetAttrString(module.get(), function) : nullptr);
  Owned result(callable ? PyObject_CallObject(callable.get(), arguments.get()) : nullptr);
  if (!result) return python_error(function);
  return result;
}

}  // namespace

std::string to_message(const Failure& failure) {
  switch (failure.kind) {
    case FailureKind::Loading:
      return "Error loading configuration: " + failure.text;
    case FailureKind::Invalid:
      return "The configuration was invalid: " + failure.text;
    case FailureKind::Usage:
    case FailureKind::Fatal:
      return failure.text;
  }
  return failure.text;
}

Result<Evaluation> evaluate(const EvaluateRequest& request) {
  TRY(start({"aurora"}));
  Watchdog watchdog(request.path, request.limits.time_ms);
  Callbacks callbacks{request, watchdog, std::nullopt};
  const Owned capsule(PyCapsule_New(&callbacks, nullptr, nullptr));
  const Owned dict = request_dict(request, capsule.get());
  const Owned arguments(PyTuple_Pack(1, dict.get()));
  const Owned outcome = TRY(call("aurora_isolation", "evaluate", arguments));
  if (callbacks.tiers_error) return *std::move(callbacks.tiers_error);
  return evaluation_of(outcome.get());
}

int run_python(const std::vector<std::string>& arguments) {
  const Status started = start(arguments);
  Owned list(started.ok() ? PyList_New(0) : nullptr);
  for (const std::string& argument : arguments) {
    if (list) PyList_Append(list.get(), text_of(argument).get());
  }
  if (list) {
    const auto status = call("aurora_python", "run", Owned(PyTuple_Pack(1, list.get())));
    if (status.ok()) return static_cast<int>(PyLong_AsLong(status->get()));
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    return 1;
  }
  if (!started.ok()) std::fprintf(stderr, "%s\n", started.error().message.c_str());
  return 1;
}

HookOutcome call_hooks(const std::string& event, const std::string& method, const std::string& arguments,
                       const std::string& outcome) {
  if (!start({"aurora"}).ok()) return {};
  const Owned packed(Py_BuildValue("(NNNN)", text_of(event).release(), text_of(method).release(),
                                   text_of(arguments).release(), text_of(outcome).release()));
  const auto answer = call("aurora_isolation", "call_hooks", packed);
  if (!answer.ok()) return HookOutcome{event != "pre", {answer.error().message}, {}};
  return HookOutcome{PyObject_IsTrue(PyDict_GetItemString(answer->get(), "allowed")) == 1,
                     strings_of(PyDict_GetItemString(answer->get(), "warnings")),
                     strings_of(PyDict_GetItemString(answer->get(), "notes"))};
}

Result<LoadedHooks> load_hook_files(const std::vector<std::string>& paths, bool with_api_hooks) {
  TRY(start({"aurora"}));
  Owned list(PyList_New(0));
  for (const std::string& path : paths) PyList_Append(list.get(), text_of(path).get());
  const Owned arguments(PyTuple_Pack(2, list.get(), with_api_hooks ? Py_True : Py_False));
  const Owned answer = TRY(call("aurora_hooks", "load", arguments));
  return LoadedHooks{static_cast<int>(PyLong_AsLong(PyDict_GetItemString(answer.get(), "api_hooks"))),
                     string_of(PyDict_GetItemString(answer.get(), "failure")),
                     string_of(PyDict_GetItemString(answer.get(), "traceback"))};
}

Result<CommandHookOutcome> call_command_hooks(const std::string& event, const std::string& request) {
  TRY(start({"aurora"}));
  const Owned packed(Py_BuildValue("(NN)", text_of(event).release(), text_of(request).release()));
  const Owned answer = TRY(call("aurora_hooks", "run_commands", packed));
  CommandHookOutcome outcome;
  const long code = PyLong_AsLong(PyDict_GetItemString(answer.get(), "code"));
  if (code >= 0) outcome.exit_code = static_cast<int>(code);
  outcome.out = strings_of(PyDict_GetItemString(answer.get(), "out"));
  outcome.err = strings_of(PyDict_GetItemString(answer.get(), "err"));
  outcome.traceback = string_of(PyDict_GetItemString(answer.get(), "traceback"));
  return outcome;
}

}  // namespace aurora::config
