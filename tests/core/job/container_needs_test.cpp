#include "aurora/core/job/container_needs.h"

#include <catch2/catch.hpp>

using namespace aurora;
using namespace aurora::core;

namespace {

std::string shown(const std::string& text) {
  const Result<ImageName> name = parse_image_name(text);
  return name.ok() ? name->repository + " " + name->tag + " " + name->digest : "refused";
}
std::string refusal(const Container& container) {
  const auto needs = container_needs(container);
  return needs.ok() ? "accepted" : needs.error().message;
}
MesosContainer with_volume(const std::string& container_path, const std::string& host_path) {
  return {DockerImage{"web", "1"}, {{container_path, host_path, VolumeMode::ReadOnly}}};
}

}  // namespace

TEST_CASE("names of images") {
  const std::string digest(64, 'a');
  CHECK(shown("web") == "web latest ");
  CHECK(shown("web:1.2") == "web 1.2 ");
  CHECK(shown("library/web") == "library/web latest ");
  CHECK(shown("registry:5000/team/web:1") == "registry:5000/team/web 1 ");
  CHECK(shown("registry:5000/web") == "registry:5000/web latest ");
  CHECK(shown("web@sha256:" + digest) == "web latest " + digest);
  CHECK(shown("web:1@sha256:" + digest) == "web 1 " + digest);
  for (const std::string& bad :
       {std::string(), std::string("../web"), std::string("a//b"), std::string("/web"), std::string("web:"),
        std::string("-web"), std::string(".hidden"), std::string("a/../b"), std::string("web:../x"),
        std::string("we b"), std::string("a/b:c/d"), std::string("web@sha256:12"),
        std::string("web@md5:") + digest, std::string("web\0x", 5), std::string(300, 'a')})
    CHECK(shown(bad) == "refused");
}

TEST_CASE("what a container needs, however it is written") {
  CHECK_FALSE(container_needs(MesosContainer{})->has_value());
  const auto mesos = container_needs(with_volume("/data", "/srv"));
  CHECK((*mesos)->image == ImageName{"web", "1"});
  CHECK((*mesos)->volumes.size() == 1);
  const auto docker = container_needs(
      DockerContainer{"web:2", {{"volume", "/srv:/data:ro"}, {"env", "A=b=c"}, {"volume", "/x:/y"}}});
  REQUIRE(docker.ok());
  CHECK((*docker)->image.tag == "2");
  CHECK((*docker)->volumes ==
        std::vector<Volume>{{"/data", "/srv", VolumeMode::ReadOnly}, {"/y", "/x", VolumeMode::ReadWrite}});
  CHECK((*docker)->environment == std::vector<std::string>{"A=b=c"});
  CHECK((*container_needs(MesosContainer{AppcImage{"example.com/web", "sha512-12"}, {}}))->image.tag ==
        "sha512-12");
}

TEST_CASE("what no host does is refused with what to write instead") {
  CHECK(refusal(DockerContainer{"web", {{"privileged", "true"}}})
            .starts_with("the Docker parameter 'privileged' is not acted upon: volume and env are"));
  CHECK(refusal(DockerContainer{"web", {{"volume", "/srv"}}}).find("HOST_PATH:CONTAINER_PATH[:ro|rw]") !=
        std::string::npos);
  CHECK(refusal(DockerContainer{"web", {{"env", "=x"}}}).find("NAME=VALUE") != std::string::npos);
  CHECK(refusal(with_volume("data", "/srv")) == "the container's path 'data' of a volume is not absolute");
  CHECK(refusal(with_volume("/a/../b", "/srv")) ==
        "the container's path '/a/../b' of a volume has '..' in it; write where it leads");
  CHECK(refusal(with_volume("//.", "/srv")).find("is /, which is the image's") != std::string::npos);
  CHECK(refusal(with_volume("/proc/sys", "/srv")).find("the kernel's") != std::string::npos);
  CHECK(refusal(MesosContainer{std::nullopt, {{"/data", "/srv"}}})
            .starts_with("volumes are mounted into an image only"));
}
