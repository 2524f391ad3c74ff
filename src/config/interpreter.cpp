#include "config/interpreter.h"

#include <memory>

#include "config/frozen_modules.h"

namespace aurora {
namespace {

// Two small extension modules that `typing` and `contextvars` require and that libpython3.11.a leaves to shared objects.
PyObject* same(PyObject*, PyObject* object) { return Py_NewRef(object); }

PyMethodDef typing_methods[] = {{"_idfunc", same, METH_O, nullptr}, {}};
PyModuleDef typing_module = {PyModuleDef_HEAD_INIT, "_typing", nullptr, 0, typing_methods, nullptr, nullptr, nullptr, nullptr};

PyObject* init_typing() { return PyModule_Create(&typing_module); }

PyMethodDef contextvars_methods[] = {
    {"copy_context", [](PyObject*, PyObject*) { return PyContext_CopyCurrent(); }, METH_NOARGS, nullptr}, {}};
PyModuleDef contextvars_module = {
    PyModuleDef_HEAD_INIT, "_contextvars", nullptr, 0, contextvars_methods, nullptr, nullptr, nullptr, nullptr};

PyObject* init_contextvars() {
  PyObject* module = PyModule_Create(&contextvars_module);
  if (module == nullptr) return nullptr;
  for (PyTypeObject* type : {&PyContext_Type, &PyContextVar_Type, &PyContextToken_Type}) {
    if (PyModule_AddType(module, type) < 0) return nullptr;
  }
  return module;
}

PyStatus pre_initialize() {
  PyPreConfig config;
  PyPreConfig_InitIsolatedConfig(&config);
  config.utf8_mode = 1;  // job files are UTF-8 in every locale
  return Py_PreInitialize(&config);
}

PyStatus configure(PyConfig& config, const std::vector<std::string>& arguments) {
  config.site_import = 0;
  config.pathconfig_warnings = 0;
  config.write_bytecode = 0;
  // Sets are walked in the same order every time, so the same job file gives the same job.
  config.use_hash_seed = 1;
  config.hash_seed = 0;
  config.module_search_paths_set = 1;  // and empty: a job file's folder is added by whoever runs it
  PyStatus status = PyStatus_Ok();
  for (wchar_t** path : {&config.prefix, &config.exec_prefix, &config.base_prefix, &config.base_exec_prefix}) {
    if (!PyStatus_Exception(status)) status = PyConfig_SetString(&config, path, L"/proc/aurora");
  }
  for (wchar_t** path : {&config.executable, &config.base_executable}) {
    if (!PyStatus_Exception(status)) status = PyConfig_SetString(&config, path, L"/proc/self/exe");
  }
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  if (!PyStatus_Exception(status)) {
    status = PyConfig_SetBytesArgv(&config, static_cast<Py_ssize_t>(argv.size()), argv.data());
  }
  return status;
}

// Gives every module imported from here on a __file__ in a folder that cannot exist: some of the library asks for its own.
void name_library_folder() {
  PyObject* folder = PyUnicode_FromString("/proc/aurora/python");
  PySys_SetObject("_stdlib_dir", folder);
  Py_XDECREF(folder);
}

}  // namespace

Status start_interpreter(const std::vector<std::string>& arguments) {
  if (Py_IsInitialized() != 0) return Unit{};
  PyImport_FrozenModules = kFrozenModules;
  PyImport_AppendInittab("_typing", init_typing);
  PyImport_AppendInittab("_contextvars", init_contextvars);

  PyConfig config;
  PyStatus status = pre_initialize();
  PyConfig_InitIsolatedConfig(&config);
  const std::unique_ptr<PyConfig, decltype(&PyConfig_Clear)> clear(&config, PyConfig_Clear);
  if (!PyStatus_Exception(status)) status = configure(config, arguments);
  if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
  if (PyStatus_Exception(status)) {
    return Error{ErrorCode::Internal, std::string("the embedded Python does not start: ") +
                                         (status.err_msg ? status.err_msg : "unknown reason")};
  }
  name_library_folder();
  return Unit{};
}

}  // namespace aurora
