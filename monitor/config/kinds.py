"""From `kind = "csv"` to the module that is meant: `connectors/csv.py`, or somebody else's, with a dot.

Which kinds there are is read from the files' text, so that listing them imports none of them, nor what they
import. Only configured kinds are ever loaded.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from alerts.catalogue import Sentence
from monitor.config.near import guess


class Family(Enum):
    """What can be of a kind: its package, the class it holds beside `Options`, and its name in sentences."""

    SOURCE = ("connectors", "Source", "connector")
    RULE = ("detectors.rules", "Detector", "rule")
    CHANNEL = ("alerts", "Notifier", "channel")

    @property
    def package(self) -> str:
        """The package that holds the kinds that come with the monitor."""
        return self.value[0]

    @property
    def maker(self) -> str:
        """The class that does the work."""
        return self.value[1]

    @property
    def noun(self) -> str:
        """What people call one."""
        return Sentence(f"config.kind.{self.value[2]}")


class UnknownKindError(LookupError):
    """There is no such kind, or it cannot be loaded; `sentence` names the mend."""

    def __init__(self, word: str, **facts: object) -> None:
        self.sentence = Sentence(f"config.kind.{word}", **facts)
        super().__init__(self.sentence)


@dataclass(frozen=True, slots=True)
class Kind:
    """A loaded kind: its options' dataclass, and the class that is built with them."""

    module: ModuleType
    options: type[Any]
    maker: Callable[..., Any]


@cache
def kinds_of(family: Family) -> tuple[str, ...]:
    """The kinds that come with the monitor, by name."""
    return tuple(name for name in sorted(_files(family)) if _is_kind(family, name))


def load_kind(family: Family, name: str) -> Kind:
    """The kind of that name.

    Raises UnknownKindError.
    """
    # Parsing all files of a family to know one kind took a tenth of a second of each start.
    if "." not in name and not _is_kind(family, name):
        known = kinds_of(family)
        raise UnknownKindError("none", noun=family.noun, name=name, known=known, hint=guess(name, known))
    path = name if "." in name else f"{family.package}.{name}"
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name and (path == error.name or path.startswith(f"{error.name}.")):
            raise UnknownKindError("no_module", name=error.name) from error
        raise UnknownKindError("no_package", name=name, package=error.name) from error
    except Exception as error:  # whatever a module of somebody else's does while it is imported
        said = f"{type(error).__name__}: {error}"
        raise UnknownKindError("broken", name=name, error=said) from error
    options, maker = getattr(module, "Options", None), getattr(module, family.maker, None)
    if not isinstance(options, type) or not is_dataclass(options) or not callable(maker):
        raise UnknownKindError("other", name=path, noun=family.noun, maker=family.maker)
    return Kind(module=module, options=options, maker=maker)


@cache
def _files(family: Family) -> dict[str, Path]:
    """The modules of the family's package, by name."""
    spec = importlib.util.find_spec(family.package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return {
        module.name: Path(getattr(module.module_finder, "path", "")) / f"{module.name}.py"
        for module in pkgutil.iter_modules(folders)
        if not module.ispkg
    }


@cache
def _is_kind(family: Family, name: str) -> bool:
    """Whether the module's own text defines what a kind needs."""
    file = _files(family).get(name)
    if file is None:
        return False
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return False
    names = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    names |= {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return {"Options", family.maker} <= names and any(
        isinstance(node, ast.ClassDef) and node.name in {"Options", family.maker} for node in tree.body
    )
