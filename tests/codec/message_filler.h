// Full messages by reflection, so that a field which is added later is tested without a word here.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <catch2/catch.hpp>
#include <string>

namespace aurora::codec {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Sets every field, each to another value than its default, repeated ones twice. `choice` picks the case of
// each oneof.
class MessageFiller {
 public:
  static constexpr int kChoices = 6;  // a multiple of the number of cases of every oneof
  explicit MessageFiller(int choice) : choice_(choice) {}

  void fill(Message& message) {
    const google::protobuf::Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor* f = type.field(i);
      const auto* oneof = f->containing_oneof();
      if (oneof != nullptr && oneof->field(choice_ % oneof->field_count()) != f) continue;
      for (int n = 0; n < (f->is_repeated() ? 2 : 1); ++n) put(message, f);
    }
  }

 private:
  void put(Message& m, const FieldDescriptor* f) {
    const auto& r = *m.GetReflection();
    const bool many = f->is_repeated();
    const int number = ++counter_;
    switch (f->cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        many ? r.AddBool(&m, f, true) : r.SetBool(&m, f, number % 2 == 0);
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        many ? r.AddInt32(&m, f, number) : r.SetInt32(&m, f, number);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        many ? r.AddInt64(&m, f, number) : r.SetInt64(&m, f, number);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        many ? r.AddDouble(&m, f, number) : r.SetDouble(&m, f, number);
        break;
      case FieldDescriptor::CPPTYPE_STRING: {
        // Sets come back sorted: numbers of equal width keep the order in which they are made.
        const std::string text = "text" + std::to_string(1000 + number);
        many ? r.AddString(&m, f, text) : r.SetString(&m, f, text);
        break;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const EnumDescriptor& type = *f->enum_type();
        const auto* value = type.value(number % type.value_count());
        many ? r.AddEnum(&m, f, value) : r.SetEnum(&m, f, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        fill(many ? *r.AddMessage(&m, f) : *r.MutableMessage(&m, f));
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64:
      case FieldDescriptor::CPPTYPE_FLOAT:
        FAIL("no such type is used: " << f->full_name());
    }
  }

  int choice_;
  int counter_ = 0;
};

}  // namespace aurora::codec
