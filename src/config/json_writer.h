// Python data as JSON text, byte for byte as Python's json.dumps(allow_nan=False) writes it.
#pragma once

#include <Python.h>

#include <string>

namespace aurora::config {

// Appends `value` (dict, list, tuple, str, int, float, bool, None) to `out`.
// False with a Python exception set for anything else. REQUIRES: the GIL.
bool append_json(std::string& out, PyObject* value);

}  // namespace aurora::config
