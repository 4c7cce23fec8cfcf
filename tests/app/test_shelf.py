"""What visitors have made is kept: changed by several pages at once, and nobody pushes others out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ui.shelf import Shelf


def test_who_comes_under_many_names_takes_no_place_of_others() -> None:
    shelf: Shelf[int] = Shelf(4)
    shelf.keep("anna", 1, "room")
    for number in range(20):
        shelf.keep(f"flood {number}", number, "elsewhere")
    assert shelf.kept("anna") == 1
    assert [shelf.kept(f"flood {number}") for number in (16, 17, 18, 19)] == [None, 17, 18, 19]


def test_at_one_address_the_oldest_is_forgotten() -> None:
    shelf: Shelf[int] = Shelf(2)
    for name in ("anna", "ben", "anna", "carl"):
        shelf.keep(name, len(name))
    assert [shelf.kept(name) for name in ("anna", "ben", "carl")] == [4, None, 4]


def test_changes_of_several_pages_at_once_are_all_there() -> None:
    shelf: Shelf[tuple[int, ...]] = Shelf(2)

    def add(number: int) -> None:
        shelf.change("anna", lambda before: (*(before or ()), number))

    with ThreadPoolExecutor(8) as pages:
        list(pages.map(add, range(500)))
    assert sorted(shelf.kept("anna") or ()) == list(range(500))
    assert shelf.change("anna", lambda before: None) is None
    assert shelf.kept("anna") is None
