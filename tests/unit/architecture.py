"""Who may import whom, as DESIGN has it: a checker of one module's source."""

from __future__ import annotations

import ast
import sys

from collections.abc import Iterator

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
    "yaml": "rateguard.adapters.imports",
    "rich": "rateguard.entrypoints.display",
    "sentry_sdk": "rateguard.entrypoints.sentry",
    "dependency_injector": "rateguard.entrypoints.container",
}
"""Libraries that are known in one place only."""

_ENVIRONMENT = "rateguard.entrypoints.settings.environment"
_ENVIRONMENT_NAMES = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}

_PURE_ADAPTER = "rateguard.adapters.postfix"
_CLOCKS = {"now", "utcnow", "today"}
_BUILTIN_IO = {"open", "print", "input", "eval", "exec", "__import__"}


@attrs.frozen
class Layer:
    """
    A part of the house.

    Attributes:
        name: What belongs together: within it, all may import each other.

        may_import: Other layers, by their names.
    """

    name: str
    may_import: frozenset[str] = frozenset()

    @classmethod
    def of(cls, module: str) -> Layer | None:
        """Return the layer of a dotted name, None if it is not RateGuard's."""
        top, *below = module.split(".")
        name, may_import = "package", frozenset[str]()
        match below:
            case ["domain", "ports", *_]:
                name, may_import = "ports", frozenset({"model"})
            case ["domain", "usecases", *usecase]:
                name = " ".join(["usecase", *usecase[:1]])
                may_import = frozenset({"model", "ports"})
            case ["domain", *_]:
                name = "model"
            case ["adapters", *adapter]:
                name = " ".join(["adapter", *adapter[:1]])
                may_import = frozenset({"model", "ports", "package"})
            case ["entrypoints" | "__main__", *_]:
                name = "entrypoints"
        return cls(name, may_import) if top == "rateguard" else None

    def admits(self, other: Layer) -> bool:
        """Whether a module of this layer may import one of the other."""
        everything = self.name == "entrypoints"
        return everything or self == other or other.name in self.may_import


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
