"""The reference: one page per name on a face, one per document that leaves the program.

A face is a package with ``__all__``; a document is a pydantic model below ``fairpool.documents`` with a field
``format``.  Both are found, not listed, so a room or a document that is added has its page.  The pages are written
into docs/reference each time the site is built, and are not committed.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from sphinx.application import Sphinx

import fairpool
from building.docstrings import plain

DOCUMENTS = (
    "Everything that leaves the program as JSON carries its ``format``; here is the JSON Schema of each."
)


ALONE = ":orphan:\n\n"  # reached from the room's page: with every name in the margin, a page would be mostly margin


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", lambda app: write_reference(Path(app.srcdir) / "reference"))
    return {"parallel_read_safe": True}


def write_reference(folder: Path) -> None:
    """Write the pages that changed, and remove those of names that are gone: a second build is a short one."""
    before = {path for path in folder.rglob("*") if path.is_file()}
    for gone in before - {written(folder / name, text) for name, text in pages(folder)}:
        gone.unlink()


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def pages(folder: Path) -> Iterator[tuple[str, str]]:
    """The name of each page below ``folder``, and its text."""
    rooms, models = list(faces()), documents()
    for face in rooms:
        names = {name: page_name(name, face.__all__) for name in face.__all__}
        yield f"rooms/{face.__name__}/index.rst", page_of_room(face, names)
        yield from (
            (f"rooms/{face.__name__}/{page}.rst", page_of_name(face, name)) for name, page in names.items()
        )
    yield "documents/index.rst", page_of_documents(models)
    yield from ((f"documents/{name}.rst", page_of_document(model)) for name, model in models.items())
    yield "package.rst", page_of_package(rooms)
    yield "changes.md", changes(folder.parents[1] / "CHANGELOG.md")


def title(text: str) -> str:
    return f"{text}\n{'=' * len(text)}\n\n"


def changes(log: Path) -> str:
    """The log of changes, with its links as this folder sees them."""
    return log.read_text(encoding="utf-8").replace("](docs/", "](../")


# ---------------------------------------------------------------- rooms


def faces() -> Iterator[ModuleType]:
    """Every package below ``fairpool`` that has names to offer."""
    for found in pkgutil.walk_packages(fairpool.__path__, "fairpool."):
        if found.ispkg:
            module = importlib.import_module(found.name)
            if getattr(module, "__all__", ()):
                yield module


def page_name(name: str, names: list[str]) -> str:
    """Two names that differ in capitals only need two files, also on disks that do not tell them apart."""
    twins = [other for other in names if other.lower() == name.lower()]
    return f"{name}-class" if len(twins) > 1 and name[0].isupper() else name


def page_of_room(face: ModuleType, names: Mapping[str, str]) -> str:
    rows = {f":doc:`{name} <{page}>`": first_paragraph(getattr(face, name)) for name, page in names.items()}
    return title(face.__name__) + f".. automodule:: {face.__name__}\n   :no-members:\n\n" + listed(rows)


def page_of_name(face: ModuleType, name: str) -> str:
    """The docstring of the name, and of the file it comes from, where the symbols of the paper are explained."""
    thing = getattr(face, name)
    home = inspect.getmodule(thing) if callable(thing) else None
    lent = home is not None and not home.__name__.startswith(f"{face.__name__}.")
    described = directive(thing, f"{face.__name__}.{name}", lent=lent)
    return ALONE + title(name) + described + ("" if home is None else origin(home))


def directive(thing: object, path: str, *, lent: bool) -> str:
    """What autodoc is to describe; a name that a face lends from another room is in the index once."""
    kind = "class" if inspect.isclass(thing) else "function" if inspect.isroutine(thing) else "data"
    options = ["members", "undoc-members"] * (kind == "class") + ["no-index"] * lent
    return f".. auto{kind}:: {path}\n" + "".join(f"   :{option}:\n" for option in options) + "\n"


def origin(home: ModuleType) -> str:
    file = home.__name__.replace(".", "/") + ".py"
    said = "".join(f"   {line}\n" for line in (inspect.getdoc(home) or "").splitlines())
    return f".. rubric:: The file\n\n``{file}`` begins:\n\n.. code-block:: text\n\n{said}\n"


def page_of_package(rooms: list[ModuleType]) -> str:
    """``import fairpool``: which of its names is which name of which room."""
    rows: dict[str, str] = {}
    for name in getattr(fairpool, "__all__", ()):
        thing = getattr(fairpool, name)
        home = home_of(name, thing, rooms)
        if home is not None:
            name = f":doc:`{name} <rooms/{home.__name__}/{page_name(name, home.__all__)}>`"
        elif thing in rooms:
            name = f":doc:`{name} <rooms/{thing.__name__}/index>`"
        rows[name] = first_paragraph(thing)
    return title("fairpool") + ".. automodule:: fairpool\n   :no-members:\n\n" + listed(rows)


def home_of(name: str, thing: object, rooms: list[ModuleType]) -> ModuleType | None:
    """The room that offers this name; where two do, the one it is made in."""
    offering = [room for room in rooms if name in room.__all__ and getattr(room, name) is thing]
    made = [
        room for room in offering if str(getattr(thing, "__module__", "")).startswith(f"{room.__name__}.")
    ]
    return next(iter([*made, *offering]), None)


def first_paragraph(thing: object) -> str:
    said = inspect.getdoc(thing) if callable(thing) or inspect.ismodule(thing) else repr(thing)
    return plain(" ".join((said or "").split("\n\n")[0].split()))


# ---------------------------------------------------------------- documents


def documents() -> dict[str, Any]:
    """The models of documents, by name."""
    room = importlib.import_module("fairpool.documents")
    found = pkgutil.walk_packages(room.__path__, "fairpool.documents.")
    return {
        thing.__name__: thing
        for module in (importlib.import_module(each.name) for each in found)
        for thing in vars(module).values()
        if inspect.isclass(thing) and "format" in getattr(thing, "model_fields", ())
    }


def page_of_documents(models: Mapping[str, Any]) -> str:
    rows = {f":doc:`{name} <{name}>`": first_paragraph(model) for name, model in models.items()}
    return f"{title('Documents')}{DOCUMENTS}\n\n{listed(rows)}"


def page_of_document(model: Any) -> str:
    schema = json.dumps(model.model_json_schema(mode="serialization"), indent=2, ensure_ascii=False)
    code = "".join(f"   {line}\n" for line in schema.splitlines())
    where = f"The model is ``{model.__module__}.{model.__name__}``."
    said = f"{first_paragraph(model)}\n\n{where}\n\n"
    return f"{ALONE}{title(model.__name__)}{said}.. code-block:: json\n\n{code}\n"


# ---------------------------------------------------------------- parts of a page


def listed(rows: Mapping[str, str]) -> str:
    """Names, each with its sentence below it, which fits a page of any width."""
    return "".join(f"{name}\n   {said}\n\n" for name, said in rows.items())
