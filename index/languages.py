"""Which language an article is in: by its script, and within the Latin and Cyrillic ones by its small words.

charset-normalizer, which is installed, tells languages by letters and takes English for Norwegian and French for Croatian; a
language identifier of its own would be one more dependency for one line of an overview.
"""

from __future__ import annotations

import re
from collections import Counter

#: Characters of a text that are looked at: a quarter of a page tells a language.
_HEAD = 1200
_WORD = re.compile(r"[^\W\d_]+")
#: English name -> its most frequent small words
_SMALL_WORDS = {
    "Czech": "a se v na je že s z do o i to jako za by ale po který podle od pro není však jeho ve",
    "Danish": "og i at det er en til af på for med den der ikke har de et fra som var blev efter også af hun",
    "Dutch": "de het een en van in is dat op te zijn met voor niet aan er om door bij ook naar wordt heeft maar",
    "English": "the of to and a in that is was for on it with as at by from his he has have said who not this which",
    "Finnish": "ja on ei että se oli ovat myös hän mukaan joka kun mutta ole sekä ollut jo nyt niin tai",
    "French": "de la le les et des en un une du que est pour dans qui par sur au pas il plus ne avec se ce aux",
    "German": "der die das und in den von zu mit ist im für auf dem nicht ein eine des sich auch als wird am bei nach",
    "Italian": "di il la che e un una per in è del non con della dei si le da sono nel alla ha gli anche più",
    "Norwegian": "og i det er på en til av som for med at den ikke har de et fra var å seg etter også ble være",
    "Polish": "w i na się z nie do że to jest o jak za po od przez ale który są dla oraz przy tym jego było",
    "Portuguese": "de a o que e do da em um para com não uma os no se na por mais as dos foi ao das são à",
    "Romanian": "de și în a la care pe cu o nu din un este că pentru să au mai fost al se prin după sunt",
    "Russian": "и в на не с что по о из за как для он от это было также его но году к был",
    "Serbian": "и у је да на се за од су са који али није као до што из по би",
    "Spanish": "de la que el en y a los del se las por un para con no una su al es lo como más fue",
    "Swedish": "och i att det som en på är av för med till den har inte om ett de var från men också efter vid",
    "Turkish": "ve bir bu için ile da de olarak olan çok daha gibi sonra en kadar ise dedi ancak oldu değil",
    "Ukrainian": "і в на не з що до у та за від як про для це але його який року було також є",
    "Vietnamese": "và của là có các cho được trong một với không người đã những này ở khi từ đến",
}
_LANGUAGES_OF: dict[str, list[str]] = {}  #: by small word
for _language, _words in _SMALL_WORDS.items():
    for _word in set(_words.split()):
        _LANGUAGES_OF.setdefault(_word, []).append(_language)
#: scripts that tell the language by themselves; kana before Han characters, which Japanese has as well
_SCRIPTS = {
    "Japanese": re.compile(r"[\u3040-\u30ff]"),
    "Korean": re.compile(r"[\uac00-\ud7af]"),
    "Chinese": re.compile(r"[\u3400-\u9fff]"),
    "Greek": re.compile(r"[\u0370-\u03ff]"),
    "Arabic": re.compile(r"[\u0600-\u06ff]"),
    "Hebrew": re.compile(r"[\u0590-\u05ff]"),
    "Hindi": re.compile(r"[\u0900-\u097f]"),
    "Thai": re.compile(r"[\u0e00-\u0e7f]"),
}
#: a script counts from this share of the letters, a language from this share of the words, if no other comes near it
_OF_LETTERS, _OF_WORDS, _AHEAD = 0.2, 0.15, 1.1


def language_of(text: str) -> str:
    """:return: its English name; "" if it cannot be told."""
    head = text[:_HEAD].casefold()
    letters = sum(character.isalpha() for character in head)
    for language, script in _SCRIPTS.items():
        if letters and len(script.findall(head)) > _OF_LETTERS * letters:
            return language
    words = _WORD.findall(head)
    counts = Counter(dict.fromkeys(_SMALL_WORDS, 0))
    for word, times in Counter(words).items():
        for language in _LANGUAGES_OF.get(word, ()):
            counts[language] += times
    (best, most), (_, second) = counts.most_common(2)
    return best if words and most >= _OF_WORDS * len(words) and most >= _AHEAD * second else ""
