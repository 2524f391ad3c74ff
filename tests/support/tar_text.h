// Archives as tests need them: also such as no program would write.
#pragma once

#include <string>

namespace aurora::test {

class TarText {
 public:
  TarText& file(const std::string& name, const std::string& content, int mode = 0644) {
    add(name, '0', content.size(), "", mode);
    text_ += content + std::string((512 - content.size() % 512) % 512, '\0');
    return *this;
  }
  TarText& folder(const std::string& name, int mode = 0755) { return add(name + "/", '5', 0, "", mode); }
  TarText& link(const std::string& name, const std::string& target) {
    return add(name, '2', 0, target, 0777);
  }
  TarText& hard_link(const std::string& name, const std::string& target) {
    return add(name, '1', 0, target, 0644);
  }
  TarText& device(const std::string& name) { return add(name, '3', 0, "", 0666); }
  std::string text() const { return text_ + std::string(1024, '\0'); }

 private:
  static void put(std::string& header, size_t at, const std::string& value) {
    header.replace(at, value.size(), value);
  }
  static std::string octal(size_t value, int digits) {
    std::string text;
    for (int i = 0; i < digits; ++i, value /= 8)
      text.insert(text.begin(), static_cast<char>('0' + value % 8));
    return text;
  }
  TarText& add(const std::string& name, char type, size_t size, const std::string& target, int mode) {
    if (name.size() > 99) {  // GNU's way
      text_ += header_of("././@LongLink", 'L', name.size() + 1, "", 0644);
      const std::string content = name + '\0';
      text_ += content + std::string((512 - content.size() % 512) % 512, '\0');
    }
    text_ += header_of(name.substr(0, 99), type, size, target, mode);
    return *this;
  }
  static std::string header_of(const std::string& name, char type, size_t size, const std::string& target,
                               int mode) {
    std::string header(512, '\0');
    put(header, 0, name);
    put(header, 100, octal(static_cast<size_t>(mode), 7));
    put(header, 108, octal(0, 7));
    put(header, 116, octal(0, 7));
    put(header, 124, octal(size, 11));
    put(header, 136, octal(1'000'000'000, 11));
    put(header, 148, std::string(8, ' '));
    header[156] = type;
    put(header, 157, target);
    put(header, 257, std::string("ustar  "));
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(header, 148, octal(sum, 6) + '\0' + ' ');
    return header;
  }

  std::string text_;
};

}  // namespace aurora::test
