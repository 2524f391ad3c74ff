#!/usr/bin/python3.11
"""The ten longest files and functions, and what each was at the last tag: a mirror, not a gate."""
import pathlib, re, subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent
SHOWN = 10
KINDS = {".cpp", ".h", ".py", ".ts", ".tsx"}


def git(*words):
    result = subprocess.run(["git", "-C", TOP, *words], capture_output=True, text=True)
    return result.stdout if result.returncode == 0 else ""


def functions(text):
    """(name, lines) of each C++ function that begins at the margin and ends with a brace there, as clang-format leaves them."""
    start = name = None
    for number, line in enumerate(text.splitlines()):
        if line.endswith("{") and (match := re.match(r"[A-Za-z].*?([\w:~]+)\(", line)) and not line.startswith("namespace"):
            start, name = number, match[1]
        elif line == "}" and start is not None:
            yield name, number - start + 1
            start = None


def show(title, lengths, before):
    print(title)
    for name, length in sorted(lengths.items(), key=lambda item: -item[1])[:SHOWN]:
        change = f" ({length - before[name]:+d})" if name in before and before[name] != length else ""
        print(f"  {length:5} {name}{change}")


def measure(read, paths):
    files, found = {}, {}
    for path in paths:
        text = read(path)
        files[path] = text.count("\n")
        if path.endswith((".cpp", ".h")):
            found.update({f"{path} {name}": length for name, length in functions(text)})
    return files, found


paths = [path for path in git("ls-files", "src", "include", "tests", "web/src").split() if pathlib.Path(path).suffix in KINDS]
files, found = measure(lambda path: (TOP / path).read_text() if (TOP / path).exists() else "", paths)
old_files, old_found = {}, {}
if tag := git("describe", "--tags", "--abbrev=0").strip():
    longest = {name.split(" ")[0] for name in sorted(found, key=found.get)[-SHOWN:]} | set(sorted(files, key=files.get)[-SHOWN:])
    old_files, old_found = measure(lambda path: git("show", f"{tag}:{path}"), longest)
show("Longest files, lines:", files, old_files)
show("Longest functions, lines:", found, old_found)
