#include "config/json_writer.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace aurora::config {
namespace {

void append_escaped(std::string& out, Py_UCS4 c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\b':
      out += "\\b";
      return;
    default:
      break;
  }
  if (c >= ' ' && c <= '~') {
    out += static_cast<char>(c);
    return;
  }
  std::array<char, 16> text{};
  if (c > 0xffff) {
    const Py_UCS4 rest = c - 0x10000;
    std::snprintf(text.data(), text.size(), "\\u%04x\\u%04x", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
  } else {
    std::snprintf(text.data(), text.size(), "\\u%04x", c);
  }
  out += text.data();
}

void append_string(std::string& out, PyObject* text) {
  const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
  const auto kind = PyUnicode_KIND(text);
  const void* data = PyUnicode_DATA(text);
  out += '"';
  for (Py_ssize_t i = 0; i < length; ++i) append_escaped(out, PyUnicode_READ(kind, data, i));
  out += '"';
}

bool append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    PyErr_SetString(PyExc_ValueError, "Out of range float values are not JSON compliant");
    return false;
  }
  char* text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
  if (text == nullptr) return false;
  out += text;
  PyMem_Free(text);
  return true;
}

bool append_repr(std::string& out, PyObject* value) {
  PyObject* text = PyLong_Type.tp_repr(value);
  const char* bytes = text == nullptr ? nullptr : PyUnicode_AsUTF8(text);
  if (bytes != nullptr) out += bytes;
  Py_XDECREF(text);
  return bytes != nullptr;
}

bool append_scalar(std::string& out, PyObject* value) {
  if (value == Py_None) {
    out += "null";
  } else if (PyBool_Check(value)) {
    out += value == Py_True ? "true" : "false";
  } else if (PyUnicode_Check(value)) {
    append_string(out, value);
  } else if (PyLong_Check(value)) {
    return append_repr(out, value);
  } else if (PyFloat_Check(value)) {
    return append_double(out, PyFloat_AS_DOUBLE(value));
  } else {
    PyErr_Format(PyExc_TypeError, "Object of type %s is not JSON serializable", Py_TYPE(value)->tp_name);
    return false;
  }
  return true;
}

// Keys are text in JSON: numbers, booleans and None are quoted.
bool append_key(std::string& out, PyObject* key) {
  if (PyUnicode_Check(key)) {
    append_string(out, key);
    return true;
  }
  if (PyDict_Check(key) || PyTuple_Check(key) || PyList_Check(key)) {
    PyErr_Format(PyExc_TypeError, "keys must be str, int, float, bool or None, not %s",
                 Py_TYPE(key)->tp_name);
    return false;
  }
  out += '"';
  if (!append_scalar(out, key)) return false;
  out += '"';
  return true;
}

bool append_dict(std::string& out, PyObject* dict) {
  out += '{';
  PyObject* key = nullptr;
  PyObject* value = nullptr;
  Py_ssize_t position = 0;
  bool first = true;
  while (PyDict_Next(dict, &position, &key, &value) != 0) {
    if (!first) out += ", ";
    first = false;
    if (!append_key(out, key)) return false;
    out += ": ";
    if (!append_json(out, value)) return false;
  }
  out += '}';
  return true;
}

bool append_sequence(std::string& out, PyObject* sequence) {
  out += '[';
  const Py_ssize_t length = PySequence_Fast_GET_SIZE(sequence);
  for (Py_ssize_t i = 0; i < length; ++i) {
    if (i > 0) out += ", ";
    if (!append_json(out, PySequence_Fast_GET_ITEM(sequence, i))) return false;
  }
  out += ']';
  return true;
}

}  // namespace

bool append_json(std::string& out, PyObject* value) {
  const bool is_dict = PyDict_Check(value) != 0;
  if (!is_dict && PyList_Check(value) == 0 && PyTuple_Check(value) == 0) return append_scalar(out, value);
  if (Py_EnterRecursiveCall(" while writing JSON") != 0) return false;
  const bool good = is_dict ? append_dict(out, value) : append_sequence(out, value);
  Py_LeaveRecursiveCall();
  return good;
}

}  // namespace aurora::config
