#include "aurora/os/huge_pages.h"

#include <catch2/catch.hpp>

namespace aurora::os {
namespace {

TEST_CASE("what asks the C library for huge pages") {
  CHECK(tunables_for_huge_pages("") == "glibc.malloc.hugetlb=1");
  CHECK(tunables_for_huge_pages("glibc.malloc.arena_max=2") == "glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1");
  // Whoever has decided is not asked again: that is also how the program that was executed anew knows it.
  CHECK(tunables_for_huge_pages("glibc.malloc.hugetlb=0").empty());
  CHECK(tunables_for_huge_pages(tunables_for_huge_pages("")).empty());
}

TEST_CASE("whether the kernel offers huge pages") {
  CHECK(offers_huge_pages("always [madvise] never\n"));
  CHECK(offers_huge_pages("[always] madvise never\n"));
  CHECK_FALSE(offers_huge_pages("always madvise [never]\n"));
  CHECK_FALSE(offers_huge_pages(""));
}

}  // namespace
}  // namespace aurora::os
