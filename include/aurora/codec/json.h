// Core values to JSON text and back, driven by each struct's fields() list. The only JSON conversion in the
// program.
//
// Rules: enums as their names, Instant and Duration as milliseconds, ids as strings, unions as an object with
// one key, an empty optional is left out, empty collections are written. Requests: an unknown field, a wrong
// type, a NUL character in a text or a nesting deeper than 64 is an error that names the path (`task.resources.cpus: expected a number,
// found "x"`). The templates are defined in src/codec/ and instantiated there (src/codec/json_types.cpp); add
// a type to its list.
#pragma once

#include <string>
#include <string_view>

#include "aurora/base/result.h"
#include "aurora/codec/json_value.h"

namespace aurora::codec {

template <typename T>
std::string encode_json(const T& value);  // compact, keys in fields() order

template <typename T>
Result<T> decode_json(std::string_view text);

// A request refuses fields it does not know; a reader of another version's answers, or of answers that carry
// extra keys, ignores them.
enum class UnknownFields { Refuse, Ignore };
template <typename T>
Result<T> decode_json(const JsonValue& value, UnknownFields unknown = UnknownFields::Refuse);

// For pages and people: {"a": ...} indented by `spaces`.
std::string indent_json(std::string_view json, int spaces);

}  // namespace aurora::codec
