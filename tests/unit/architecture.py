"""Who may import whom, as DESIGN has it: a checker of one module's source."""

from __future__ import annotations

import ast
import sys

from collections.abc import Iterable, Iterator, Mapping

import attrs


NO_IO = frozenset(
    {"asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os",
     "pathlib", "queue", "select", "selectors", "shutil", "signal", "smtplib",
     "socket", "ssl", "subprocess", "tempfile", "threading", "time", "urllib"}
)  # fmt: skip
"""What the domain does without: it has no I/O, no log, no clock, no thread."""

HOMES = {
    "dbutils": "rateguard.adapters.sql",
    "pymysql": "rateguard.adapters.sql",
    "sqlite3": "rateguard.adapters.sql",
    "yoyo": "rateguard.adapters.sql",
    "prometheus_client": "rateguard.adapters.observe",
    "jinja2": "rateguard.adapters.notify",
    "jwt": "rateguard.adapters.notify",
    "requests": "rateguard.adapters.notify",
    "urllib3": "rateguard.adapters.notify",
    "yaml": "rateguard.adapters.policyd_rate_limit",
    "rich": "rateguard.entrypoints.cli.output",
    "sentry_sdk": "rateguard.adapters.sentry",
    "dependency_injector": "rateguard.entrypoints.container",
}
"""Libraries that are known in one place only."""

_ENVIRONMENT = "rateguard.entrypoints.settings.environment"
_ENVIRONMENT_NAMES = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}

_PURE_ADAPTER = "rateguard.adapters.postfix"
_CLOCKS = {"now", "utcnow", "today"}
_BUILTIN_IO = {"open", "print", "input", "eval", "exec", "__import__"}


_CORE = frozenset({"package", "model", "ports"})


@attrs.frozen
class Layer:
    """
    A part of the house.

    Attributes:
        name: What belongs together: within it, all may import each other.
        may_import: Names of other layers; "adapter" stands for all adapters and
            "usecase" for all use cases.
    """

    name: str
    may_import: frozenset[str] = frozenset()

    @classmethod
    def of(cls, module: str) -> Layer | None:  # noqa: PLR0911 - a table
        """Return the layer of a dotted name, None if it is not RateGuard's."""
        top, *below = module.split(".")
        if top != "rateguard":
            return None
        match below:
            case ["domain", "ports", *_]:
                return cls("ports", frozenset({"model"}))
            case ["domain", "usecases", *usecase]:
                name = " ".join(["usecase", *usecase[:1]])
                return cls(name, frozenset({"model", "ports"}))
            case ["domain", *_]:
                return cls("model")
            case ["adapters", *adapter]:
                return cls(" ".join(["adapter", *adapter[:1]]), _CORE)
            case ["entrypoints", ("settings" | "log") as room, *_]:
                return cls(room, _CORE | {"adapter", "settings"})
            case ["entrypoints", ("daemon" | "cli") as room, *_]:
                # What is concrete is handed to them.
                return cls(room, _CORE | {"usecase", "settings", "log"})
            case ["entrypoints", "container"] | ["__main__"]:
                return cls("container", _CORE | _ROOMS)
            case _:
                return cls("package")

    def admits(self, other: Layer) -> bool:
        """Whether a module of this layer may import one of the other."""
        kind = other.name.partition(" ")[0]
        return self == other or bool({other.name, kind} & self.may_import)


_ROOMS = frozenset({"usecase", "adapter", "settings", "log", "daemon", "cli"})


def circles(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return what imports itself in the end: one circle for each tangle, sorted."""
    reached = {name: _reachable(name, imports) for name in imports}
    tangles = {
        tuple(
            sorted(other for other in reached[name] if name in reached.get(other, ()))
        )
        for name in imports
        if name in reached[name]
    }
    return sorted(map(list, tangles))


def _reachable(start: str, imports: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [*imports[start]]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += imports.get(name, ())
    return found


def imports_of(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Return which of these modules each of them imports, wherever in its source."""
    found: dict[str, set[str]] = {}
    for module, source in sources.items():
        names = set(_imports(ast.parse(source), module))
        # What is imported from a package may be a module of it.
        known = {name for name in names if name in sources}
        faces = {
            name for name in known if any(_within(e, name) for e in known - {name})
        }
        found[module] = known - faces - {module}
    return found


def by_folder(imports: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """
    Return the same of neighbours: each edge is drawn where two paths part, so
    that ``a.b.c -> a.d.e`` becomes ``a.b -> a.d``.
    """
    found: dict[str, set[str]] = {}
    for module, names in imports.items():
        for name in names:
            mine, theirs = module.split("."), name.split(".")
            same = 0
            while mine[: same + 1] == theirs[: same + 1]:
                same += 1
            if same < min(len(mine), len(theirs)):
                here, there = (".".join(path[: same + 1]) for path in (mine, theirs))
                found.setdefault(here, set()).add(there)
    return found


def complaints(module: str, source: str) -> Iterator[str]:
    """Yield what is wrong with a module, a line each."""
    tree = ast.parse(source)
    layer = Layer.of(module)
    assert layer is not None
    for name in sorted(set(_imports(tree, module))):
        top = name.partition(".")[0]
        imported = Layer.of(name)
        if imported is not None and not layer.admits(imported):
            yield f"{module} ({layer.name}) imports {name} ({imported.name})"
        home = HOMES.get(top)
        if home is not None and not _within(module, home):
            yield f"{module} imports {name}, which belongs in {home}"
        pure = _within(module, "rateguard.domain")
        if (pure and top in NO_IO) or (
            (pure or _within(module, _PURE_ADAPTER))
            and not (imported or top == "attrs" or top in sys.stdlib_module_names)
        ):
            yield f"{module} imports {name}, which the {layer.name} does without"
    if module != _ENVIRONMENT and _reads_environment(tree):
        yield f"{module} reads the environment, which {_ENVIRONMENT} does"
    if _within(module, "rateguard.domain"):
        yield from (f"{module} calls {name}()" for name in _impure_calls(tree))


def _within(module: str, package: str) -> bool:
    return f"{module}.".startswith(f"{package}.")


def _imports(tree: ast.AST, module: str) -> Iterator[str]:
    """
    Yield every dotted name that is imported, wherever in the source; of
    ``from a import b`` both a and a.b, since b may be a module.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=base, names=names, level=level):
                package = module.split(".")[:-level] if level else []
                origin = ".".join([*package, *filter(None, [base])])
                yield origin
                yield from (f"{origin}.{each.name}" for each in names)
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name


def _reads_environment(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if name in _ENVIRONMENT_NAMES:
                return True
            case ast.ImportFrom(module="os", names=names):
                if {each.name for each in names} & {*_ENVIRONMENT_NAMES, "*"}:
                    return True
    return False


def _impure_calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in _BUILTIN_IO:
                yield name
            case ast.Call(
                func=ast.Attribute(
                    attr=name,
                    value=ast.Name(id=owner) | ast.Attribute(attr=owner),
                )
            ) if name in _CLOCKS and owner in {"datetime", "date"}:
                yield f"{owner}.{name}"
