#include "aurora/os/channel.h"

#include <catch2/catch.hpp>

#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::os;

TEST_CASE("messages arrive whole, in order and with their files") {
  const test::TempFolder folder;
  auto [near, far] = make_channel().value();
  const Fd file = open_for_append(folder.path() + "/file").value();
  REQUIRE(send_message(near, "one", {file.get()}).ok());
  REQUIRE(send_message(near, std::string(4096, 'x')).ok());
  auto first = receive_message(far, Receive::WaitForIt).value();
  REQUIRE(first);
  CHECK(first->bytes == "one");
  REQUIRE(first->files.size() == 1);
  REQUIRE(append_all(first->files[0], "through the channel").ok());
  CHECK(*read_file(folder.path() + "/file") == "through the channel");
  CHECK(receive_message(far, Receive::IfThere).value()->bytes.size() == 4096);
  CHECK_FALSE(receive_message(far, Receive::IfThere).value().has_value());
}

TEST_CASE("a lock travels with its file, also while nobody has received it") {
  const test::TempFolder folder;
  auto [near, far] = make_channel().value();
  {
    const Fd file = open_for_append(folder.path() + "/file").value();
    REQUIRE(try_lock(file));
    REQUIRE(send_message(near, "take it", {file.get()}).ok());
  }
  CHECK_FALSE(try_lock(*open_for_append(folder.path() + "/file")));
  receive_message(far, Receive::WaitForIt).value().reset();
  CHECK(try_lock(*open_for_append(folder.path() + "/file")));
}

TEST_CASE("what was sent before an end was closed is still received") {
  auto [near, far] = make_channel().value();
  REQUIRE(send_message(near, "last").ok());
  { const Fd closed = std::move(near); }
  CHECK(receive_message(far, Receive::WaitForIt).value()->bytes == "last");
  CHECK_FALSE(receive_message(far, Receive::WaitForIt).ok());
  CHECK_FALSE(send_message(far, "anybody").ok());
}

TEST_CASE("a channel takes no message that is too long or empty") {
  const auto ends = make_channel().value();
  CHECK_FALSE(send_message(ends.first, "").ok());
  CHECK_FALSE(send_message(ends.first, std::string(4097, 'x')).ok());
}
