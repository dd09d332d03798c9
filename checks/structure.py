#!/usr/bin/env python3
"""Fails where files of a crate import each other in a circle, where `gradstop` exports more names than a user needs, and
where a public function takes more arguments than a reader can tell apart.

A file imports another by a path that starts with `crate` or `super`, in a `use` or in the code itself, or by the bare
name of a child module. `mod child;` alone is not an import, and neither are what `lib.rs` exports and unit tests.
"""

import re
import sys
import tempfile
from pathlib import Path

MOST_PUBLIC_NAMES = 40
MOST_ARGUMENTS = 5


def flatten(tree: str, prefix: tuple[str, ...] = ()):
    """The paths of a `use` tree, each as a tuple of names."""
    tree = tree.strip()
    group = re.fullmatch(r"((?:\w+::)*)\{(.*)\}", tree, re.DOTALL)
    if not group:
        yield prefix + tuple(name for name in re.sub(r"\s+as\s+\w+$", "", tree).split("::") if name)
        return
    prefix += tuple(name for name in group[1].split("::") if name)
    depth, start, inside = 0, 0, group[2] + ","
    for at, letter in enumerate(inside):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            if inside[start:at].strip():
                yield from flatten(inside[start:at], prefix)
            start = at + 1


def modules(source: Path) -> dict[tuple[str, ...], Path]:
    """Every file of a crate by the path of its module; the root has the empty one."""
    found = {}
    for path in source.rglob("*.rs"):
        names = path.relative_to(source).with_suffix("").parts
        if names[-1] in ("mod", "lib", "main"):
            names = names[:-1]
        found[names] = path
    return found


def imports(source: Path) -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    """For each file of a crate the files that it imports from."""
    files = modules(source)
    edges: dict[tuple[str, ...], set[tuple[str, ...]]] = {name: set() for name in files}
    for name, path in files.items():
        code = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        code = code.split("#[cfg(test)]\nmod tests", 1)[0]
        if name == ():
            code = re.sub(r"\bpub use [^;]+;", "", code)
        used = [path for use in re.findall(r"\buse ([^;]+);", code) for path in flatten(use)]
        code = re.sub(r"\buse [^;]+;", "", code)
        used += [tuple(found.split("::")) for found in re.findall(r"\b(?:crate|super)(?:::\w+)+", code)]
        for child in re.findall(r"\bmod (\w+);", code):
            if name != () and re.search(rf"(?<![\w:]){child}::\w", code):
                used.append(("crate", *name, child))
        for names in used:
            if names[0] == "crate":
                target = names[1:]
            elif names[0] in ("self", "super"):
                base = name
                while names and names[0] in ("self", "super"):
                    base, names = (base[:-1] if names[0] == "super" else base), names[1:]
                target = base + names
            elif name + names[:1] in files:
                target = name + names
            else:
                continue
            while target not in files:
                target = target[:-1]
            if target != name:
                edges[name].add(target)
    return edges


def circle(edges: dict[tuple[str, ...], set[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """Files that import each other, one behind the other and the first one again; empty if there are none."""
    done: set[tuple[str, ...]] = set()

    def walk(name, way):
        if name in way:
            return [*way[way.index(name) :], name]
        if name not in done:
            for target in sorted(edges[name]):
                if found := walk(target, [*way, name]):
                    return found
            done.add(name)
        return []

    return next((found for name in sorted(edges) if (found := walk(name, []))), [])


def everything(source: Path, module: tuple[str, ...]) -> list[str]:
    """The names that `pub use module::*` exports: the last one of each path that a macro of the module's file lists."""
    files = modules(source)
    while module not in files:
        module = module[:-1]
    code = re.sub(r"//[^\n]*", "", files[module].read_text(encoding="utf-8"))
    blocks = re.findall(r"^\w+! \{(.*?)\n\}", code, re.DOTALL | re.MULTILINE)
    return [name for block in blocks for name in re.findall(r"::(\w+),", block)]


def public_names(library: Path) -> list[str]:
    """What `lib.rs` exports, without what its documentation hides."""
    code = re.sub(r"//[^\n]*", "", library.read_text(encoding="utf-8"))
    code = re.sub(r"#\[doc\(hidden\)\]\s*pub [^;{]*(?:;|\{.*?\n\})", "", code, flags=re.DOTALL)
    exported = []
    for use in re.findall(r"^pub use ([^;]+);", code, re.MULTILINE):
        for path in flatten(use):
            exported += everything(library.parent, path[:-1]) if path[-1] == "*" else [path[-1]]
    return exported + re.findall(r"^pub (?:mod|fn|struct|enum|trait|type|const) (\w+)", code, re.MULTILINE)


def arguments(code: str, start: int) -> int:
    """How many arguments the list has that opens in front of `start`."""
    depth, count, last = 1, 0, start
    for at in range(start, len(code)):
        arrow = code[at - 1 : at + 1] in ("->", "=>")
        depth += {"(": 1, "[": 1, "{": 1, "<": 1, ")": -1, "]": -1, "}": -1, ">": 0 if arrow else -1}.get(code[at], 0)
        if depth == 0 or (depth == 1 and code[at] == ","):
            count += bool(code[last:at].strip())
            last = at + 1
        if depth == 0:
            break
    return count


def crowded(source: Path) -> list[str]:
    """The public functions of a crate that take more than `MOST_ARGUMENTS` arguments."""
    found = []
    for path in source.rglob("*.rs"):
        code = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        for function in re.finditer(r"\bpub (?:const )?fn (\w+)(?:<[^(]*>)?\(", code):
            if arguments(code, function.end()) > MOST_ARGUMENTS:
                found.append(f"{path.relative_to(source)}: {function[1]}")
    return found


def finds_what_it_looks_for() -> bool:
    """Whether a made crate with a circle is found out, and one without is not."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        (source / "lib.rs").write_text("mod a;\nmod b;\npub use a::A;\npub use b::{B, C as D};\n")
        (source / "a.rs").write_text("use crate::b::{self, B};\npub struct A(B);\n")
        (source / "b.rs").write_text("pub struct B;\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n")
        if circle(imports(source)) or public_names(source / "lib.rs") != ["A", "B", "C"]:
            return False
        (source / "b.rs").write_text("pub struct B;\npub fn of(a: &super::a::A) {}\n")
        if circle(imports(source)) != [("a",), ("b",), ("a",)] or crowded(source):
            return False
        (source / "b.rs").write_text("pub fn six(a: u8, b: (u8, u8), c: Map<u8, u8>, d: u8, e: u8, f: fn(u8) -> u8) {}\n")
        return crowded(source) == ["b.rs: six"]


def main() -> int:
    if not finds_what_it_looks_for():
        print("structure.py does not find a circle that is there", file=sys.stderr)
        return 1
    root, wrong = Path(__file__).resolve().parent.parent, False
    for source in sorted(root.glob("crates/*/src")):
        if found := circle(imports(source)):
            way = " -> ".join("/".join(name) or "lib" for name in found)
            print(f"{source.parent.name}: files import each other in a circle: {way}", file=sys.stderr)
            wrong = True
        for function in crowded(source):
            print(f"{source.parent.name}/src/{function} takes more than {MOST_ARGUMENTS} arguments", file=sys.stderr)
            wrong = True
    names = public_names(root / "crates/gradstop/src/lib.rs")
    if len(names) > MOST_PUBLIC_NAMES:
        print(f"gradstop exports {len(names)} names, at most {MOST_PUBLIC_NAMES} are wanted: {', '.join(names)}", file=sys.stderr)
        wrong = True
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
