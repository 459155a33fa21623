"""Which language a text is in, by its small words, and whether a translated sentence still says the same figures and names."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
#: English name -> words that are frequent there, and rare or other words elsewhere
_SMALL_WORDS = {
    "English": """a an the and of to is was what who when where which how did does do has have with for from that why are were
    said on by""",
    "German": """der die das den dem ein eine einen und oder nicht ist sind war wurde wer wen wem was wann wo wie warum
    welche welcher welches hat haben mit für auf von bei über zum zur im am sich auch nach viele viel wieviel
    wird werden gab es""",
    "Spanish": """de el la los las un una y o no es son fue qué quién quiénes cuándo dónde cómo cuál cuáles cuánto cuántos
    cuántas por para con del al se que ha han sobre según entre su en""",
    "French": """de à le la les un une et ou ne pas est sont fut qui que quoi quand où comment quel quelle quels quelles
    combien pourquoi pour avec du des au aux dans sur par se ce cette il elle ont a été""",
    "Italian": """il lo la gli le un una e o non è sono chi che cosa quando dove come quale quali quanto quanti perché per
    con del della di nel nella si ha hanno sul sulla""",
    "Portuguese": """o os as um uma e ou não é são foi quem que quando onde como qual quais quanto quantos por para com do da
    dos das no na se ao à em""",
    "Dutch": """de het een en of niet is zijn was werd wie wat wanneer waar hoe welke waarom heeft hebben met voor op van
    bij over aan""",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_ENOUGH, _MORE = 2, 2  #: small words that a language must have, and how many for each English one

_NOT = re.compile(
    r"\b(?:not|no|never|neither|nor|nobody|nothing|without|\w+n[’']t|nicht|kein\w*|nie|niemals|niemand|nichts|ohne|nunca|jamás|nadie|"
    r"nada|sin|ni|ne|n[’']\w+|pas|jamais|aucune?|rien|sans|non|mai|nessun\w*|niente|não|nem|niet|geen|nooit)\b",
    re.IGNORECASE,
)
_NUMERALS = [
    frozenset(row.split())
    for row in (
        "two zwei dos deux due dois duas twee|three drei tres trois tre três drie|four vier cuatro quatre quattro quatro|"
        "five fünf cinco cinq cinque vijf|six sechs seis sei zes|seven sieben siete sept sette sete zeven|"
        "eight acht ocho huit otto oito|nine neun nueve neuf nove negen|ten zehn diez dix dieci dez tien|"
        "eleven elf once onze undici|twelve zwölf doce douze dodici doze twaalf"
    ).split("|")
]
_NAMES_KEPT = 0.6  #: share of the names that a translation must keep as they are: "Germany" becomes "Deutschland"


def language_of(text: str) -> str:
    """The language's English name; "English" where it is that, or cannot be told."""
    words = [word.lower() for word in _WORD.findall(text)]
    counts = {language: sum(word in known for word in words) for language, known in _WORDS.items() if language != "English"}
    best = max(counts, key=lambda language: counts[language])
    own = sum(word in _WORDS[best] - _WORDS["English"] for word in words)  # "was" and "die" are words of both
    english = sum(word in _WORDS["English"] - _WORDS[best] for word in words)
    return best if own and counts[best] >= _ENOUGH and counts[best] > _MORE * english else "English"


def content(question: str, language: str) -> str:
    """The question without the small words of its language, which an English search takes for rare ones."""
    return " ".join(word for word in re.findall(r"[\w'’-]+", question) if word.lower() not in _WORDS[language]) or question


def says_the_same(original: str, translated: str) -> bool:
    """True if a translation has the figures of its original, most of its names, and a negation only if that has one."""
    if _figures(original) != _figures(translated) or bool(_NOT.search(original)) != bool(_NOT.search(translated)):
        return False
    names = [word for word in _WORD.findall(original)[1:] if word[0].isupper()]
    kept = sum(_stem(name) in translated.casefold() for name in names)
    return bool(translated.strip()) and kept >= _NAMES_KEPT * len(names)


def _figures(text: str) -> list[str]:
    """Digits as written but for their separators, and small numerals as their value, sorted."""
    digits = [re.sub(r"\D", "", number) for number in re.findall(r"\d[\d.,]*", text)]
    words = [word.lower() for word in _WORD.findall(text)]
    return sorted(digits + [str(value) for value, forms in enumerate(_NUMERALS, 2) for word in words if word in forms])


def _stem(name: str) -> str:
    return name.casefold()[:5]
