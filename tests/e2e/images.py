"""Small images made on the fly of busybox and bash: as plain folders, OCI layouts and archives of docker save."""
import hashlib
import io
import json
import os
import shutil
import tarfile

TOOLS = ("sh", "cat", "ls", "id", "echo", "sleep", "env", "touch", "mount", "grep", "head", "dd", "stat", "wc", "true", "tail", "seq")


def make_root(folder, marker):
  """A root file system; etc/marker tells it from others."""
  for name in ("bin", "etc", "usr/bin", "data"):
    os.makedirs(os.path.join(folder, name))
  shutil.copy("/bin/busybox", os.path.join(folder, "bin/busybox"))
  shutil.copy("/bin/bash-static", os.path.join(folder, "bin/bash"))
  for tool in TOOLS:
    os.symlink("/bin/busybox", os.path.join(folder, "bin", tool))
  for name, text in (("marker", marker), ("old", "old"), ("passwd", "root:x:0:0::/root:/bin/sh\n"), ("group", "root:x:0:\n")):
    with open(os.path.join(folder, "etc", name), "w") as out:
      out.write(text)


def tar_of(folder):
  data = io.BytesIO()
  with tarfile.open(fileobj=data, mode="w") as tar:
    for name in sorted(os.listdir(folder)):
      tar.add(os.path.join(folder, name), name)
  return data.getvalue()


def tar_with(files):
  data = io.BytesIO()
  with tarfile.open(fileobj=data, mode="w") as tar:
    for name, text in files:
      entry = tarfile.TarInfo(name)
      entry.size = len(text)
      tar.addfile(entry, io.BytesIO(text.encode()))
  return data.getvalue()


def sha256(data):
  return hashlib.sha256(data).hexdigest()


def make_layout(folder, tag, layers, env):
  """An OCI layout; the digest of its manifest."""
  blobs = os.path.join(folder, "blobs/sha256")
  os.makedirs(blobs, exist_ok=True)

  def add(data, media_type):
    with open(os.path.join(blobs, sha256(data)), "wb") as out:
      out.write(data)
    return {"mediaType": "application/vnd.oci.image." + media_type, "digest": "sha256:" + sha256(data), "size": len(data)}

  config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Env": env},
                       "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha256(layer) for layer in layers]}}).encode()
  manifest = add(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                             "config": add(config, "config.v1+json"),
                             "layers": [add(layer, "layer.v1.tar") for layer in layers]}).encode(), "manifest.v1+json")
  manifest["annotations"] = {"org.opencontainers.image.ref.name": tag}
  with open(os.path.join(folder, "oci-layout"), "w") as out:
    out.write('{"imageLayoutVersion": "1.0.0"}')
  with open(os.path.join(folder, "index.json"), "w") as out:
    json.dump({"schemaVersion": 2, "manifests": [manifest]}, out)
  return manifest["digest"]


def make_archive(path, name, layers, env):
  """As `docker save` writes it."""
  config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Env": env},
                       "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha256(layer) for layer in layers]}}).encode()
  manifest = [{"Config": sha256(config) + ".json", "RepoTags": [name],
               "Layers": ["%d/layer.tar" % number for number in range(len(layers))]}]
  with tarfile.open(path, "w") as tar:
    for entry, data in [("%d/layer.tar" % number, layer) for number, layer in enumerate(layers)] + [
        (sha256(config) + ".json", config), ("manifest.json", json.dumps(manifest).encode())]:
      info = tarfile.TarInfo(entry)
      info.size = len(data)
      tar.addfile(info, io.BytesIO(data))
