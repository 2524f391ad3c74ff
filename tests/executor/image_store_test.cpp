// Images as they lie on a host, sound and damaged.
#include "aurora/executor/image_store.h"

#include <catch2/catch.hpp>

#include "aurora/base/sha256.h"
#include "aurora/os/files.h"
#include "aurora/os/processes.h"
#include "aurora/os/users.h"
#include "executor/image_users.h"
#include "executor/oci_config.h"
#include "support/fake_clock.h"
#include "support/tar_text.h"
#include "support/temp_folder.h"

using namespace aurora;
using namespace aurora::executor;
using test::TarText;

namespace {

class ImageFolder {
 public:
  explicit ImageFolder(ImagePolicy policy = {})
      : store_(with_folder(std::move(policy)), state(), os::own_program(), clock_) {}

  std::string path(const std::string& name) const { return folder_.path() + "/images/" + name; }
  std::string state() const { return folder_.path() + "/state"; }
  void write(const std::string& name, const std::string& content) const {
    REQUIRE(os::make_folders(path(name).substr(0, path(name).rfind('/'))).ok());
    REQUIRE(os::write_file(path(name), content).ok());
  }

  // Its digest.
  std::string add_blob(const std::string& layout, const std::string& content) const {
    const std::string hex = to_hex(sha256(content));
    write(layout + "/blobs/sha256/" + hex, content);
    return "sha256:" + hex;
  }
  // The digest of its manifest.
  std::string add_layout(const std::string& name, const std::string& tag,
                         const std::vector<std::string>& layers,
                         const std::string& architecture = "amd64") const {
    const std::string config = add_blob(
        name, R"({"architecture":")" + architecture + R"(","config":{"Env":["PATH=/opt:/bin","A=b"]}})");
    std::string list;
    for (const std::string& layer : layers)
      list += (list.empty() ? "" : ",") + (R"({"digest":")" + add_blob(name, layer) + R"("})");
    const std::string manifest =
        add_blob(name, R"({"config":{"digest":")" + config + R"("},"layers":[)" + list + "]}");
    write(name + "/oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    write(name + "/index.json", R"({"manifests":[{"digest":")" + manifest +
                                    R"(","annotations":{"org.opencontainers.image.ref.name":")" + tag +
                                    R"("}}]})");
    return manifest;
  }

  Result<Image> prepare(const std::string& name) {
    return store_.prepare(*core::parse_image_name(name), [] { return true; });
  }
  std::string refusal(const std::string& name) {
    const Result<Image> image = prepare(name);
    CHECK(unfinished().empty());
    return image.ok() ? "prepared" : image.error().message;
  }
  std::vector<std::string> unfinished() const {
    std::vector<std::string> names = os::list_names(state() + "/images");
    std::erase_if(names, [](const std::string& name) { return !name.starts_with('.') || name == ".lock"; });
    return names;
  }
  bool has(const std::string& name) const { return store_.has(*core::parse_image_name(name)); }
  ImageStore& store() { return store_; }
  test::FakeClock& clock() { return clock_; }

 private:
  ImagePolicy with_folder(ImagePolicy policy) const {
    policy.folder = folder_.path() + "/images";
    return policy;
  }
  test::TempFolder folder_;
  test::FakeClock clock_;
  ImageStore store_;
};

std::string read(const Image& image, const std::string& path) {
  const auto text = os::read_file(image.root + "/" + path);
  return text.ok() ? *text : "<none>";
}

const std::string kLower = TarText().file("bin/sh", "shell").file("etc/old", "old").text();
const std::string kUpper = TarText().file("etc/.wh.old", "").file("etc/new", "new").text();

}  // namespace

TEST_CASE("an OCI layout is unpacked once a digest") {
  if (!os::is_root()) return;
  ImageFolder images;
  images.add_layout("team/web", "1.2", {kLower, kUpper});
  const Result<Image> image = images.prepare("registry:5000/team/web:1.2");
  REQUIRE(image.ok());
  CHECK(read(*image, "bin/sh") == "shell");
  CHECK(read(*image, "etc/new") == "new");
  CHECK(read(*image, "etc/old") == "<none>");
  CHECK(image->environment == std::vector<std::string>{"PATH=/opt:/bin", "A=b"});
  CHECK(images.has("team/web:1.2"));
  CHECK_FALSE(images.has("team/web:1.3"));
  REQUIRE(os::write_file(image->root + "/mark", "").ok());
  CHECK(read(*images.prepare("team/web:1.2"), "mark").empty());
  CHECK(images.refusal("team/web:1.3").find("it is not on this host: put it into ") != std::string::npos);
}

TEST_CASE("an image is found by its digest, and by a folder of its own") {
  if (!os::is_root()) return;
  ImageFolder images;
  const std::string digest = images.add_layout("web", "1", {kLower});
  CHECK(images.prepare("web@" + digest).ok());
  CHECK_FALSE(images.prepare("web@sha256:" + std::string(64, '0')).ok());
  images.add_layout("own:7", "other", {kLower});
  CHECK(images.prepare("own:7").ok());
}

TEST_CASE("a plain folder is an image as it is") {
  ImageFolder images;
  images.write("plain/bin/sh", "shell");
  CHECK(images.prepare("plain")->root.ends_with("/plain"));
  CHECK_FALSE(images.prepare("plain:2").ok());
  images.write("appc:sha512-1/manifest", "{}");
  images.write("appc:sha512-1/rootfs/bin/sh", "shell");
  CHECK(images.prepare("appc:sha512-1")->root.ends_with("/rootfs"));
}

TEST_CASE("an archive of docker save is an image") {
  if (!os::is_root()) return;
  ImageFolder images;
  const std::string config =
      R"({"architecture":"amd64","config":{"Env":["A=b"]},"rootfs":{"diff_ids":["sha256:)" +
      to_hex(sha256(kLower)) + R"(","sha256:)" + to_hex(sha256(kUpper)) + R"("]}})";
  const std::string name = to_hex(sha256(config)) + ".json";
  const std::string manifest =
      R"([{"Config":")" + name + R"(","RepoTags":["saved:1"],"Layers":["x/layer.tar","y/layer.tar"]}])";
  const TarText whole = TarText()
                            .file("x/layer.tar", kLower)
                            .file("y/layer.tar", kUpper)
                            .file(name, config)
                            .file("manifest.json", manifest);
  images.write("saved:1.tar", whole.text());
  CHECK_FALSE(images.has("saved:1"));
  const Result<Image> image = images.prepare("saved:1");
  CHECK(images.has("saved:1"));
  REQUIRE(image.ok());
  CHECK(read(*image, "etc/new") == "new");
  CHECK(image->environment == std::vector<std::string>{"A=b"});
  CHECK(images.unfinished().empty());

  images.write("bad:1.tar", TarText()
                                .file("x/layer.tar", kUpper)
                                .file("y/layer.tar", kUpper)
                                .file(name, config)
                                .file("manifest.json", manifest)
                                .text());
  CHECK(images.refusal("bad:1").find("x/layer.tar has other bytes than its digest says") !=
        std::string::npos);
  // One that is asked for by its digest is that one.
  images.write("pinned.tar", whole.text());
  CHECK(images.prepare("pinned@sha256:" + name.substr(0, 64)).ok());
  CHECK(images.refusal("pinned@sha256:" + std::string(64, '0')).find("it is not on this host") != std::string::npos);
  images.write("short:1.tar", TarText()
                                  .file("manifest.json", R"([{"Config":")" + to_hex(sha256(R"({"rootfs":{"diff_ids":["sha256:"]}})")) +
                                                             R"(","Layers":["x"]}])")
                                  .file(to_hex(sha256(R"({"rootfs":{"diff_ids":["sha256:"]}})")), R"({"rootfs":{"diff_ids":["sha256:"]}})")
                                  .text());
  CHECK(images.refusal("short:1").find("'sha256:' is no SHA-256 digest") != std::string::npos);
  images.write(std::string(64, 'a') + ":1.tar", whole.text());  // as long as a digest
  CHECK(images.prepare(std::string(64, 'a') + ":1").ok());
  images.write("stray:1.tar", TarText().file("a", "b").text());
  CHECK(images.refusal("stray:1").find("it has neither a manifest.json nor an oci-layout") !=
        std::string::npos);
  images.write("out:1.tar", TarText().link("x", "/etc").file("x/passwd", "evil").text());
  CHECK(images.refusal("out:1").find("cannot unpack it") != std::string::npos);
}

TEST_CASE("a damaged image is refused and leaves nothing") {
  if (!os::is_root()) return;
  ImageFolder images({.bytes_max = 10'000, .entries_max = 20});
  images.add_layout("digest", "latest", {kLower});
  images.write("digest/blobs/sha256/" + to_hex(sha256(kLower)), kUpper);
  CHECK(images.refusal("digest").find(" has other bytes than its digest says") != std::string::npos);
  images.add_layout("gone", "latest", {kLower});
  os::remove_file(images.path("gone/blobs/sha256/" + to_hex(sha256(kLower))));
  CHECK(images.refusal("gone").find("cannot unpack it: cannot open blobs/sha256/") != std::string::npos);
  images.add_layout("bomb", "latest", {TarText().file("zeros", std::string(20'000, '\0')).text()});
  CHECK(images.refusal("bomb") == "image bomb:latest: cannot unpack it: it has more than 10,000 bytes");
  images.add_layout("slip", "latest", {TarText().file("../../slip", "x").text()});
  CHECK(images.refusal("slip") == "image slip:latest: cannot unpack it: '../../slip' leads out of the image");
  images.add_layout("other", "latest", {kLower}, "arm64");
  CHECK(images.refusal("other").find("it is for arm64 processors") != std::string::npos);
  images.write("json/oci-layout", "{}");
  images.write("json/index.json", "{");
  CHECK(images.refusal("json").find("index.json is no JSON") != std::string::npos);
}

TEST_CASE("whoever does not want the image any more ends its unpacking") {
  if (!os::is_root()) return;
  ImageFolder images;
  images.add_layout("web", "1", {TarText().file("large", std::string(32 << 20, 'x')).text()});
  const Result<Image> image = images.store().prepare(*core::parse_image_name("web:1"), [] { return false; });
  CHECK((image.ok() || image.error().message.find("nobody wants it any more") != std::string::npos));
  CHECK(images.unfinished().empty());
}

TEST_CASE("unpacked images that nobody uses go") {
  if (!os::is_root()) return;
  ImageFolder images;
  images.add_layout("web", "1", {kLower});
  images.add_layout("db", "1", {kUpper});
  const std::string web = images.prepare("web:1")->root;
  const std::string db = images.prepare("db:1")->root;
  const auto uses_db = [&] { return std::set<std::string>{db}; };
  CHECK(images.store().collect(hours(1), uses_db) == 0);
  images.clock().advance(hours(2));
  CHECK(images.store().collect(hours(1), uses_db) == 1);
  CHECK_FALSE(os::exists(web));
  CHECK(os::exists(db));
  CHECK(images.prepare("web:1").ok());
}

TEST_CASE("what somebody who was killed has left is deleted, unless somebody is at it") {
  if (!os::is_root()) return;
  ImageFolder images;
  const std::string folder = images.state() + "/images";
  REQUIRE(os::make_folders(folder + "/.unfinished/rootfs").ok());
  REQUIRE(os::make_folders(folder + "/.old-x/rootfs").ok());
  {
    const Result<os::Fd> lock = os::open_for_append(folder + "/.lock", 0600);
    REQUIRE(os::try_lock(*lock));
    images.store().collect(hours(1), [] { return std::set<std::string>{}; });
    CHECK(os::exists(folder + "/.unfinished"));
    images.add_layout("web", "1", {kLower});
    int looks = 0;
    const auto image = images.store().prepare(*core::parse_image_name("web:1"), [&] { return ++looks < 3; });
    REQUIRE_FALSE(image.ok());
    CHECK(image.error().message == "image web:1: nobody wants it any more");
  }
  images.store().collect(hours(1), [] { return std::set<std::string>{}; });
  CHECK(images.unfinished().empty());
  CHECK(images.prepare("web:1").ok());
}

TEST_CASE("the role is in the image with the host's ids") {
  const os::User role{"www", 33, 34, {34}, "/var/www"};
  const AccountFiles empty = *add_role({}, role, "web", "/mnt/mesos/sandbox", "/bin/sh");
  CHECK(empty.passwd == "www:x:33:34::/mnt/mesos/sandbox:/bin/sh\n");
  CHECK(empty.group == "web:x:34:\n");
  const AccountFiles same =
      *add_role({"root:x:0:0::/:\nwww:x:33:34:::", "web:x:34:"}, role, "web", "/h", "/bin/sh");
  CHECK(same.passwd == "root:x:0:0::/:\nwww:x:33:34:::");
  CHECK(add_role({"www:x:1:34:::", ""}, role, "web", "/h", "/bin/sh").error().message ==
        "User group result www:x:1:34::: from image does not match name www and ids 33:34");
  CHECK(add_role({"", "web:x:7:"}, role, "web", "/h", "/bin/sh").error().message ==
        "Group id result web:x:7: from image does not match name web and id 34");
}

TEST_CASE("what the runtime is told") {
  const OciMounts mounts{
      .root = "/state/rootfs",
      .shell = "/bin/sh",
      .hides_processes = true,
      .run_folder = "/work/runs/1",
      .run_mount_point = "/mnt/mesos",
      .tmp = "/work/runs/1/sandbox/.tmp",
      .files = {{"/etc/hosts", "/etc/hosts"}},
      .volumes = {{"/data", "/srv/a \"b\"", core::VolumeMode::ReadOnly}, {"/more", "/srv/c"}}};
  CHECK(
      oci_config(mounts) ==
      R"({"ociVersion":"1.0.0","process":{"terminal":false,"user":{"uid":0,"gid":0},"args":["/bin/sh"],"env":[],"cwd":"/"},)"
      R"("root":{"path":"/state/rootfs","readonly":false},"mounts":[)"
      R"({"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev","hidepid=invisible"]},)"
      R"({"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=65536k"]},)"
      R"({"destination":"/dev/pts","type":"devpts","source":"devpts","options":["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620"]},)"
      R"({"destination":"/dev/shm","type":"tmpfs","source":"shm","options":["nosuid","noexec","nodev","mode=1777","size=65536k"]},)"
      R"({"destination":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","ro"]},)"
      R"({"destination":"/tmp","type":"bind","source":"/work/runs/1/sandbox/.tmp","options":["bind","rw"]},)"
      R"({"destination":"/mnt/mesos","type":"bind","source":"/work/runs/1","options":["bind","rw"]},)"
      R"({"destination":"/etc/hosts","type":"bind","source":"/etc/hosts","options":["bind","ro"]},)"
      R"({"destination":"/data","type":"bind","source":"/srv/a \"b\"","options":["bind","ro"]},)"
      R"({"destination":"/more","type":"bind","source":"/srv/c","options":["rbind","rw"]}],)"
      R"("linux":{"namespaces":[{"type":"mount"}],"rootfsPropagation":"private"}})");
}
