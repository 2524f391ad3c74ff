#include "aurora/codec/change_json.h"

#include "aurora/codec/json_fields.h"
#include "codec/change_names.h"

namespace aurora::codec {
namespace {

template <size_t I = 0>
Result<core::Change> decode_case(std::string_view name, const JsonValue& record) {
  if constexpr (I == std::variant_size_v<core::Change>) {
    return Error{ErrorCode::InvalidArgument, "there is no record of the kind '" + std::string(name) + "'"};
  } else {
    using Case = std::variant_alternative_t<I, core::Change>;
    if constexpr (!kCaseName<Case>.empty()) {
      if (name == kCaseName<Case>) return core::Change(TRY(decode_json<Case>(record)));
    }
    return decode_case<I + 1>(name, record);
  }
}

}  // namespace

std::string encode_change_json(const core::Change& change) {
  return std::visit(
      []<typename C>(const C& chosen) -> std::string {
        AURORA_CHECK(!kCaseName<C>.empty());
        if constexpr (kCaseName<C>.empty()) {
          return "";
        } else {
          return JsonObject().add_raw(kCaseName<C>, encode_json(chosen)).text();
        }
      },
      change);
}

Result<core::Change> decode_change_json(std::string_view text) {
  const JsonValue value = TRY(JsonValue::parse(text));
  if (!value.is_object() || value.members().size() != 1)
    return Error{ErrorCode::InvalidArgument, "a record is an object with one member, the kind of the record"};
  const JsonMember& member = value.members()[0];
  return decode_case(member.name, member.value);
}

}  // namespace aurora::codec
