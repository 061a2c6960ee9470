"""Markets for tests: each kind is stocked once, then copied, because verification takes a while."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders.shops import Shop, Stock, stocked


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {"": tmp_path_factory.mktemp("shelf")}


@pytest.fixture
def stock(shelf: dict[str, Path], tmp_path: Path) -> Stock:
    """A stocked market of its own; the same arguments as `stocked`."""

    def copy(name: str = "shop", **options: object) -> Shop:
        kind = repr(sorted(options.items(), key=repr))
        if kind not in shelf:
            shelf[kind] = stocked(shelf[""] / str(len(shelf)), **options).folder  # type: ignore[arg-type]
        return Shop(Path(shutil.copytree(shelf[kind], tmp_path / name)))

    return copy


@pytest.fixture
def shop(stock: Stock) -> Shop:
    return stock()
