"""Whether an article is still the same."""

from __future__ import annotations

import hashlib
import json

from index.types import Article


def digest_of(article: Article) -> str:
    """Equal for two articles exactly if every field that is shown, quoted or searched is equal; the file's name is not one."""
    published = article.published.isoformat() if article.published else None
    fields = [article.title, article.text, published, article.source, article.url, article.author]
    return hashlib.sha256(json.dumps(fields).encode("utf-8", "surrogatepass")).hexdigest()
