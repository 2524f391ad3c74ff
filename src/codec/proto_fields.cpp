#include "codec/proto_fields.h"

#include <array>

namespace aurora::codec::proto {

const FieldDescriptor* get_field(const Descriptor& message, std::string_view json_name) {
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->json_name() == json_name) return message.field(i);
  }
  const std::string missing = message.full_name() + " has no field named " + std::string(json_name);
  check_failed(missing.c_str(), __FILE__, __LINE__);
}

void Write::put(const FieldDescriptor* f, bool value) const {
  f->is_repeated() ? reflection_.AddBool(&message_, f, value) : reflection_.SetBool(&message_, f, value);
}
void Write::put(const FieldDescriptor* f, int32_t value) const {
  f->is_repeated() ? reflection_.AddInt32(&message_, f, value) : reflection_.SetInt32(&message_, f, value);
}
void Write::put(const FieldDescriptor* f, int64_t value) const {
  f->is_repeated() ? reflection_.AddInt64(&message_, f, value) : reflection_.SetInt64(&message_, f, value);
}
void Write::put(const FieldDescriptor* f, double value) const {
  f->is_repeated() ? reflection_.AddDouble(&message_, f, value) : reflection_.SetDouble(&message_, f, value);
}
void Write::put(const FieldDescriptor* f, const std::string& value) const {
  f->is_repeated() ? reflection_.AddString(&message_, f, value) : reflection_.SetString(&message_, f, value);
}
void Write::put_enum(const FieldDescriptor* f, int number) const {
  f->is_repeated() ? reflection_.AddEnumValue(&message_, f, number)
                   : reflection_.SetEnumValue(&message_, f, number);
}
Write Write::nested(const FieldDescriptor* f) const {
  Message* inner =
      f->is_repeated() ? reflection_.AddMessage(&message_, f) : reflection_.MutableMessage(&message_, f);
  return Write(*inner, configs_);
}

void Read::get(const FieldDescriptor* f, int index, bool& out) const {
  out = index == kSingle ? reflection_.GetBool(message_, f) : reflection_.GetRepeatedBool(message_, f, index);
}
void Read::get(const FieldDescriptor* f, int index, int32_t& out) const {
  out =
      index == kSingle ? reflection_.GetInt32(message_, f) : reflection_.GetRepeatedInt32(message_, f, index);
}
void Read::get(const FieldDescriptor* f, int index, int64_t& out) const {
  out =
      index == kSingle ? reflection_.GetInt64(message_, f) : reflection_.GetRepeatedInt64(message_, f, index);
}
void Read::get(const FieldDescriptor* f, int index, double& out) const {
  out = index == kSingle ? reflection_.GetDouble(message_, f)
                         : reflection_.GetRepeatedDouble(message_, f, index);
}
void Read::get(const FieldDescriptor* f, int index, std::string& out) const {
  out = index == kSingle ? reflection_.GetString(message_, f)
                         : reflection_.GetRepeatedString(message_, f, index);
}
// Many records in a row say the same: who wrote an event, and what it says. What this thread has read a short
// while ago is shared.
void Read::get(const FieldDescriptor* f, int index, SharedText& out) const {
  constexpr size_t kRemembered = 64;
  thread_local std::array<SharedText, kRemembered> remembered;
  std::string scratch;
  const std::string& text = index == kSingle
                                ? reflection_.GetStringReference(message_, f, &scratch)
                                : reflection_.GetRepeatedStringReference(message_, f, index, &scratch);
  SharedText& place = remembered[std::hash<std::string>{}(text) % kRemembered];
  if (place != text) place = SharedText(text);
  out = place;
}
int Read::get_enum(const FieldDescriptor* f, int index) const {
  return index == kSingle ? reflection_.GetEnumValue(message_, f)
                          : reflection_.GetRepeatedEnumValue(message_, f, index);
}
Read Read::nested(const FieldDescriptor* f, int index) const {
  return Read(index == kSingle ? reflection_.GetMessage(message_, f)
                               : reflection_.GetRepeatedMessage(message_, f, index));
}

}  // namespace aurora::codec::proto
