#!/usr/bin/python3.11
"""Fails when a file includes a layer, private header or third-party package that tools/layers.txt does not allow it."""
import pathlib, re, sys

TOP = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
PACKAGES = {  # the start or end of an include -> the only layer that may have it
    r"nlohmann/": "codec", r".*\.pb\.h$": "codec", r"google/protobuf/": "codec", r"httplib\.h": "net", r"boost/": "net", r"openssl/": "net",
    r"rocksdb/": "store", r"pybind11/": "config", r"Python\.h": "config", r"CLI/": "modes", r"zookeeper/": "coordination", r"archive(_entry)?\.h$": "os",
    r"thrift/": "api", r"absl/": "os", r"catch2/": "tests"}
PURE = {"core", "codec", "scheduler", "api"}  # no system calls of their own
SYSTEM = re.compile(r"(sys/|unistd\.h|fcntl\.h|signal\.h|csignal|poll\.h|pwd\.h|grp\.h|dirent\.h|netinet/|arpa/|netdb\.h)")
CORE = re.compile(r"(thread|mutex|shared_mutex|condition_variable|future|fstream|iostream|filesystem|random)$")

lines = [line.split("#")[0].split(":") for line in (TOP / "tools/layers.txt").read_text().splitlines() if re.match(r"[\w/]+:", line)]


def read_law(prefix: str) -> dict[str, set[str]]:
    """What each layer, or each folder of the layer `prefix`, may include."""
    law = {name.removeprefix(prefix): needs for name, needs in lines if name.rpartition("/")[0] == prefix.rstrip("/")}
    return {name: set(law) if "*" in needs else {name, *needs.split()} for name, needs in law.items()}


law = read_law("")
core_law = read_law("core/")
breaches = []
for path in sorted([*TOP.glob("src/**/*"), *TOP.glob("include/**/*")]):
    if path.suffix not in {".h", ".cpp"}:
        continue
    place = path.relative_to(TOP)
    public = place.parts[0] == "include"
    layer, *folders = place.parts[2 if public else 1:-1]
    if layer == "core" and folders and folders[0] not in core_law:
        breaches.append(f"{place}:1: tools/layers.txt does not say what core/{folders[0]} may include")
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not (match := re.match(r'\s*#\s*include\s*[<"]([^>"]+)', line)):
            continue
        name = match[1]
        first, _, rest = name.removeprefix("aurora/").partition("/")
        owner = next((owner for pattern, owner in PACKAGES.items() if re.match(pattern, name)), layer)
        if owner != layer or (public and any(re.match(p, name) for p in PACKAGES)):
            breaches.append(f"{place}:{number}: {name} may be included only by {owner}, in src/")
        elif ".." in name or (rest and first in law and (first not in law[layer] or
                              (public or first != layer) and not name.startswith("aurora/"))):
            breaches.append(f"{place}:{number}: {layer} may not include {name}")
        elif layer == first == "core" and folders and "/" in rest and rest.split("/")[0] not in core_law[folders[0]]:
            breaches.append(f"{place}:{number}: core/{folders[0]} may not include {name}")
        elif layer in PURE and SYSTEM.match(name) or layer == "core" and CORE.match(name):
            breaches.append(f"{place}:{number}: {layer} makes no system calls of its own: {name}")
print("\n".join(breaches), file=sys.stderr, end="\n" if breaches else "")
sys.exit(bool(breaches))
