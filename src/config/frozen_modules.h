// Python's standard library and src/config/python/, compiled: the table that tools/embed_assets writes.
#pragma once

#include <Python.h>

namespace aurora {

extern const _frozen kFrozenModules[];  // ends with a row of zeros

}  // namespace aurora
