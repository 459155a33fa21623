"""Text in an article that is meant for a machine which reads it, not for a reader: told apart, and made harmless.

An article is data. A sentence that gives orders to a model, or speaks as this program does, is no news: it is neither quoted nor
shown to a model, unless the question is about such orders. What is left cannot close the model's turn either: the marks of chat
templates are broken up, and characters that nobody sees are taken out. Quotes stay verbatim all the same.
"""

from __future__ import annotations

import re
import unicodedata

from index.terms import terms

_TEMPLATE = re.compile(
    r"<\s*[|｜][^<>\n]{0,40}[|｜]\s*>|\[/?(?:INST|SYS)\]|<</?SYS>>|</?(?:s|bos|eos|start_of_turn|end_of_turn|system|assistant|user)>"
    r"|(?<!\w)#{2,}\s*(?:system|instructions?|assistant|user|response|human)\b\s*:?",
    re.IGNORECASE,
)
_OBJECTS = "|".join(
    """instructions? rules? prompts? guidelines? directives? orders directions excerpts articles context anweisungen regeln
    vorgaben instrucciones reglas indicaciones règles consignes istruzioni regole instruções regras instructies regels инструкции
    правила""".split()
)
_FORGET = "|".join(
    r"""ignore ignorier\w* ignora ignorez disregard forget override bypass vergiss vergesst missachte\w* olvid\w* oubli\w*
    dimentica\w* esque[çc]\w* negeer vergeet игнорир\w* забудь\w*""".split()
)
_REPLY = "|".join(
    r"""answer reply respond antworte antworten responde responda rispondi réponds répondez antwoord отвечай\w*""".split()
)
_ALWAYS = "|".join(
    """every each all any only always exactly jede immer nur siempre cada toda todas solo sólo toujours seulement uniquement
    chaque sempre ogni alleen altijd только всегда""".split()
)
_MUST = r"you (?:must|should|shall|will|are to|have to)(?: now| always| only)*"
_ORDERS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:{_FORGET})\b[^.!?]{{0,60}}\b(?:{_OBJECTS})\b",
        r"(?:忽略|无视|忘记|無視)[^。！？]{0,30}(?:指令|指示|规则|提示|規則|命令)",
        rf"(?:^|[.,:;!*(\[\"“]\s*|\b(?:and|then|please|now|und|y|et|e|en|и) )(?:{_REPLY})\b[^.!?]{{0,50}}"
        rf"\b(?:{_ALWAYS}|with the (?:number|word)s?)\b",
        rf"\b{_MUST} (?:answer|reply|respond|output|print|cite|repeat|obey)\b",
        rf"^[^\"“”‘]*\b{_MUST} (?:say|state|write|act|pretend)\b",
        r"\byou are (?:now )?(?:an? )?(?:unrestricted|uncensored|helpful|different|new|evil|pirate|dan\b|chatgpt|ai\b|assistant|"
        r"chatbot|language model)",
        r"\b(?:if|when|whenever) (?:you are |anyone |somebody |someone |a user |the user |users? )?(?:is )?ask(?:ed|s)?\b"
        r"[^.!?]{0,80}, *(?:you |always |only |then |please )*(?:answer|reply|respond|say|write)\b",
        r"\b(?:system prompt|developer mode|jailbreak|prompt injection|new instructions?:|as an ai\b)",
        r"\b(?:ai (?:assistant|model|system)|language model)s? (?:reading|must|should)\b",
        r"\bnote to (?:the )?(?:ai|assistant|model|chatbot)s?\b",
        r"\b(?:reveal|print|repeat|show|output|leak|disclose|display)\b[^.!?]{0,30}\b(?:your|the system|hidden|secret)\b"
        r"[^.!?]{0,20}\b(?:prompt|instructions?|rules|configuration|api key|password)\b",
        r"\b(?:do not|don[’']t|never|stop) (?:cite|quote|mention|use|show)\b[^.!?]{0,30}"
        r"\b(?:source|citation|quote|article|excerpt)s?\b",
        r"\banswers? (?:to|for|of) (?:all|every|any|each)(?: of)?(?: the| your)? questions?\b",
        r"\bcite (?:this|source|article|excerpt)\b[^.!?]{0,30}\b(?:only|instead|always|for (?:every|all))",
        r"^\W*(?:\d+\W+)?(?:system|assistant|user|human|ai|developer|administrator|admin)(?: message| note| override)?\s*[:>]",
        # what this program says itself, put into an article
        r"\b(?:the )?(?:articles?|excerpts?) (?:do|does) not (?:say|contain|answer|mention|provide)\b|(?-i:\bNOT FOUND\b)",
        r"\bdie artikel (?:sagen|enthalten) (?:dazu )?nichts|\blos artículos no (?:dicen|contienen)",
        r"\bles articles ne (?:disent|contiennent)|\bnothing in [^.!?]{1,40} answers (?:this|that|the|your)\b",
    )
]
#: words of a question about such orders, as `terms` gives them
_ABOUT_ORDERS = frozenset(terms("ignore disregard forget override instruction rules prompt injection chatbot jailbreak"))


def is_order(sentence: str) -> bool:
    """True for a sentence that gives orders to whoever answers, imitates a conversation with a model, or speaks in our name."""
    return _order(sentence) is not None


def may_quote(sentence: str, question: str) -> bool:
    """True for news, and for an order that the question is about ("What were chatbots told to ignore?")."""
    found = _order(sentence)
    return found is None or bool(_ABOUT_ORDERS & set(terms(question)) & set(terms(found)))


def visible(text: str) -> str:
    """The text without characters that nobody sees: zero width, direction marks, tags, control characters but line breaks."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cf", "Cc", "Cs", "Co"))


def neutral(text: str) -> str:
    """What a model may read: visible, and no mark in it that a chat template would take for its own."""
    return _TEMPLATE.sub(lambda mark: f" {' '.join(re.findall(r'[a-zA-Z]+', mark.group()))} ", visible(text))


def _order(sentence: str) -> str | None:
    text = unicodedata.normalize("NFKC", visible(sentence))
    mark = _TEMPLATE.search(text)
    if mark:
        return mark.group()
    return next((match.group() for match in (pattern.search(text) for pattern in _ORDERS) if match), None)
