"""Files to articles: `read_sources` is the only way in.

One article a file: txt, md, html, pdf, docx. One article a record: jsonl, json, csv, rss, atom. And zip and gz of these.
"""

from index.readers.discovery import count_files
from index.readers.options import ReadOptions
from index.readers.sources import read_sources

__all__ = ["ReadOptions", "count_files", "read_sources"]
