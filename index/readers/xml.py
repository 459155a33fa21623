"""XML from strangers: no entities, no network, no unbounded trees."""

from __future__ import annotations

from typing import Any

from index.errors import ReadError


def parse_xml(data: bytes, *, recover: bool = False, encoding: str | None = None) -> Any:
    """The root element. :param recover: read a damaged document as far as it goes.

    :param encoding: what `data` is in, whatever it declares; None is as it declares.

    :raises ReadError: not XML.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
        encoding=encoding,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise ReadError(f"is not valid XML{f' (line {line})' if line else ''}: save it again") from None
    if root is None:
        raise ReadError("is not valid XML: save it again")
    return root
