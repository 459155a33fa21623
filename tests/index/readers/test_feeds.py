from __future__ import annotations

from datetime import date

import pytest

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>The Courier</title><link>https://courier.example</link><description>News</description>
<item><title>Bridge &amp; harbour</title><link>https://courier.example/1</link><guid>g1</guid><dc:creator>Anna</dc:creator>
<pubDate>Sun, 12 May 2024 08:00:00 GMT</pubDate><description>Short.</description>
<content:encoded><![CDATA[<p>The bridge reopened.</p><p hidden>No.</p>
<p>Traffic flows.</p>]]></content:encoded></item>
<item><title>Ferry stops</title><link>https://courier.example/2</link>
<description>The ferry &lt;b&gt;stopped&lt;/b&gt;.</description></item>
<item><title>Only a headline</title></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>The Courier</title>
<entry><id>tag:1</id><title type="html">Bridge &amp;amp; harbour</title><link rel="self" href="https://courier.example/self"/>
<link href="https://courier.example/1"/><published>2024-05-12T08:00:00Z</published><updated>2024-06-01T08:00:00Z</updated>
<author><name>Anna</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>The bridge reopened.</p>
<p>Traffic flows.</p></div></content></entry>
<entry><id>tag:2</id><title>Ferry</title><updated>2024-06-01T08:00:00Z</updated>
<summary>The ferry stopped.</summary></entry></feed>"""


def test_rss(read_as):
    outcome = read_as("feed.rss", RSS)
    first, second = outcome.articles
    assert (first.id, first.title, first.text) == ("g1", "Bridge & harbour", "The bridge reopened.\n\nTraffic flows.")
    assert (first.published, first.source, first.author) == (date(2024, 5, 12), "The Courier", "Anna")
    assert (first.url, first.origin) == ("https://courier.example/1", "feed.rss")
    assert (second.id, second.text, second.published) == ("https://courier.example/2", "The ferry stopped.", None)
    assert (outcome.failures[0].path, "no text" in outcome.reason) == ("feed.rss:3", True)


@pytest.mark.parametrize("name", ["feed.atom", "feed.xml"])
def test_atom(read_as, name):
    first, second = read_as(name, ATOM).articles
    assert (first.id, first.title, first.text) == ("tag:1", "Bridge & harbour", "The bridge reopened.\n\nTraffic flows.")
    assert (first.published, first.url, first.author) == (date(2024, 5, 12), "https://courier.example/1", "Anna")
    assert (second.text, second.published) == ("The ferry stopped.", None)  # `updated` is another date


def test_rdf(read_as):
    feed = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        "<channel><title>Courier</title></channel><item><title>T</title><description>Text here.</description></item></rdf:RDF>"
    )
    article = read_as("feed.rdf", feed).article
    assert (article.id, article.text, article.source) == ("feed.rdf:1", "Text here.", "Courier")


def test_a_cut_feed_keeps_its_whole_items(read_as):
    outcome = read_as("feed.rss", RSS[: RSS.index("<item><title>Ferry")])
    assert [article.id for article in outcome.articles] == ["g1"]
    assert "1 items could still be read" in outcome.reason


@pytest.mark.parametrize(
    ("content", "word"),
    [("", "empty"), ("no xml", "not valid XML"), ("<a/>", "neither RSS nor Atom"), ("<rss><channel/></rss>", "without items")],
)
def test_what_is_no_feed(read_as, content, word):
    assert word in read_as("feed.xml", content).reason


def test_entity_bombs_and_files_are_not_expanded(read_as):
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    bomb = f'<!DOCTYPE r [<!ENTITY a0 "boom"><!ENTITY f SYSTEM "file:///etc/passwd">{entities}]>'
    item = "<item><title>T</title><description>&a11;&f;</description></item>"
    outcome = read_as("feed.rss", f"{bomb}<rss><channel>{item}</channel></rss>")
    assert not any(word in text for text in outcome.texts for word in ("boom", "root:"))


@pytest.mark.parametrize(
    "media",
    [
        '<media:content url="x.jpg"><media:credit>Photo: Anna</media:credit></media:content>',
        "<media:title>A photo</media:title><media:description>A street</media:description>",
        "<itunes:title>A photo</itunes:title><itunes:summary>A street</itunes:summary>",
    ],
)
def test_pictures_and_sounds_are_not_the_article(read_as, media):
    names = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    item = f"<item>{media}<title>Strike ends</title><description>The strike ended.</description></item>"
    article = read_as("feed.xml", f"<rss {names}><channel>{item}</channel></rss>").article
    assert (article.title, article.text) == ("Strike ends", "The strike ended.")


@pytest.mark.parametrize(
    "declared",
    ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="windows-1252"?>', '<?xml version="1.0" encoding="iso-8859-1"?>'],
)
def test_feeds_in_an_old_encoding(read_as, declared):
    feed = f"{declared}<rss><channel><item><description>He said “no” – in the café.</description></item></channel></rss>"
    assert read_as("feed.xml", feed.encode("cp1252")).texts == ["He said “no” – in the café."]


def test_damaged_bytes_in_a_feed_cost_one_item(read_as):
    items = "".join(f"<item><description>He said “no” {i} times.</description></item>" for i in range(3))
    feed = f"<rss><channel>{items}</channel></rss>".encode().replace("no” 1".encode(), b"no\xe2\x80 1")
    outcome = read_as("feed.xml", feed)
    assert outcome.texts == ["He said “no” 0 times.", "He said “no” 2 times."]
    assert (outcome.failures[0].path, "damaged bytes" in outcome.reason) == ("feed.xml:2", True)
