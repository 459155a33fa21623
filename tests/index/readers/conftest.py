"""Files made on the spot, so that no binary lies in the repository, and one way to read them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from index.readers import ReadOptions, read_sources
from index.types import Article, Failure


@dataclass(frozen=True)
class Outcome:
    articles: list[Article]
    failures: list[Failure]

    @property
    def article(self) -> Article:
        """The one article that was read, with nothing else gone wrong."""
        assert not self.failures
        assert len(self.articles) == 1
        return self.articles[0]

    @property
    def reason(self) -> str:
        """The one failure there was."""
        assert len(self.failures) == 1, self.failures
        return self.failures[0].reason

    @property
    def texts(self) -> list[str]:
        return [article.text for article in self.articles]

    @property
    def ids(self) -> list[str]:
        return [article.id for article in self.articles]


@pytest.fixture
def read() -> Callable[..., Outcome]:
    def read(*sources: Path, options: ReadOptions = ReadOptions()) -> Outcome:
        items = list(read_sources(sources, options))
        return Outcome(
            [item for item in items if isinstance(item, Article)], [item for item in items if isinstance(item, Failure)]
        )

    return read


@pytest.fixture
def read_as(tmp_path: Path, read: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Read some bytes or text as the one file of that name."""

    def read_as(name: str, content: bytes | str, **options: object) -> Outcome:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path, options=ReadOptions(**options))  # type: ignore[arg-type]

    return read_as


@pytest.fixture
def make_pdf() -> Callable[..., bytes]:
    """A PDF of these pages, each a list of lines."""

    def make_pdf(*pages: list[str], title: str = "", author: str = "", password: str | None = None) -> bytes:
        from pypdf import PdfReader, PdfWriter

        plain = _plain_pdf(pages)
        writer = PdfWriter(clone_from=PdfReader(BytesIO(plain)))
        writer.add_metadata({"/Title": title, "/Author": author, "/CreationDate": "D:20010203040506Z"})
        if password is not None:
            writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
        made = BytesIO()
        writer.write(made)
        return made.getvalue()

    return make_pdf


def _plain_pdf(pages: tuple[list[str], ...]) -> bytes:
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for i, lines in enumerate(pages):
        shown = " ".join(f"({line}) Tj T*" for line in lines)
        content = f"BT /F1 11 Tf 14 TL 50 780 Td {shown} ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * i} 0 R >>"
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    made, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    start, count = len(made), len(objects) + 1
    made += f"xref\n0 {count}\n0000000000 65535 f \n{table}".encode()
    return made + f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.fixture
def make_docx() -> Callable[..., bytes]:
    """A Word file of these paragraphs: (style, text), or the inner XML of one."""

    def make_docx(*paragraphs: tuple[str, str] | str, title: str = "", author: str = "") -> bytes:
        inner = "".join(p if isinstance(p, str) else _paragraph(*p) for p in paragraphs)
        core = (
            '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
            f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator>"
            "<dcterms:created>2001-02-03T04:05:06Z</dcterms:created></cp:coreProperties>"
        )
        made = BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("[Content_Types].xml", "<Types/>")
            package.writestr("word/document.xml", f"<w:document {_W}><w:body>{inner}</w:body></w:document>")
            package.writestr("docProps/core.xml", core)
        return made.getvalue()

    return make_docx


def _paragraph(style: str, text: str) -> str:
    mark = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{mark}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


@pytest.fixture
def make_zip() -> Callable[[dict[str, bytes]], bytes]:
    def make_zip(members: dict[str, bytes]) -> bytes:
        made = BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return made.getvalue()

    return make_zip
