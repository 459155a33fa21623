"""What a page's own style sheets hide by class or id: as good a place for hidden text as a style attribute."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Not opacity: pages fade their paragraphs in by scripts.
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|!|$)", re.IGNORECASE
)
_SHOWING = re.compile(r"display\s*:\s*(?!none)\w|visibility\s*:\s*visible", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SELECTOR = re.compile(r"([a-zA-Z][\w-]*)?((?:[.#][\w-]+)+)")


@dataclass(frozen=True, slots=True)
class _Rule:
    tag: str  #: "" is any
    names: frozenset[str]  #: ".class" and "#id", all of which an element has to have
    hides: bool
    weight: tuple[int, int, int, int]  #: ids, classes, tags, and place: of two rules that match, the heavier holds


class Stylesheets:
    """The rules of a page that hide elements or show them again; those of the screen, with selectors of one element."""

    def __init__(self, root: HtmlElement) -> None:
        self._rules: dict[str, list[_Rule]] = defaultdict(list)
        for place, (selector, is_hiding) in enumerate(_rules(root)):
            for match in filter(None, (_SELECTOR.fullmatch(part.strip()) for part in selector.split(","))):
                names = frozenset(re.findall(r"[.#][\w-]+", match[2]))
                ids = sum(name.startswith("#") for name in names)
                weight = (ids, len(names) - ids, bool(match[1]), place)
                self._rules[min(names)].append(_Rule((match[1] or "").lower(), names, is_hiding, weight))

    def hide(self, element: HtmlElement) -> bool:
        """True of an element that is not shown, unless its own style attribute says otherwise."""
        if not self._rules:
            return False
        names = {f".{name}" for name in (element.get("class") or "").split()} | {f"#{element.get('id')}"}
        rules = (rule for name in names for rule in self._rules.get(name, ()))
        matching = [rule for rule in rules if rule.names <= names and rule.tag in ("", element.tag)]
        holds = max(matching, key=lambda rule: rule.weight, default=None)
        return holds is not None and holds.hides and not _SHOWING.search(element.get("style") or "")


def _rules(root: HtmlElement) -> Iterator[tuple[str, bool]]:
    """Selector, and True for hiding or False for showing."""
    for style in root.iter("style"):
        is_of_screen = (style.get("media") or "all").strip().lower() in ("all", "screen")
        if is_of_screen and next(style.iterancestors("noscript", "template", "svg"), None) is None:
            for selector, declarations in _blocks(_COMMENT.sub(" ", style.text or "")):
                if _HIDING.search(declarations):
                    yield selector, True
                elif _SHOWING.search(declarations):
                    yield selector, False


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """The rules outside of @media and the like, which hold on some screens and in print."""
    depth, prelude = 0, ""
    for match in re.finditer(r"([^{}]*)([{}])", css):
        if match[2] == "{":
            depth += 1
            prelude = match[1].rpartition(";")[2].strip() if depth == 1 else prelude
        else:
            if depth == 1 and not prelude.startswith("@"):
                yield prelude, match[1]
            depth = max(0, depth - 1)
