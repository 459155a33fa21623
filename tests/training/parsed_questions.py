"""Questions made from a parsed sentence, each with the words that answer it, and questions that the sentence no longer answers.

A clause with a subject and a verb is asked about by rule: for its subject, its object, its place, its time, a number in it, its
reason, what somebody said. The words of the clause that the question leaves out are left out at random, so that it is as short
as what people ask. Changing one thing in such a question (another name, another number, the opposite, a negation) makes one that
looks as if the sentence answered it, and that it does not.

Heilman and Smith, Good Question! Statistical Ranking for Question Generation, NAACL 2010 (asking by rule); Rajpurkar et al.,
Know What You Don't Know: Unanswerable Questions for SQuAD, ACL 2018 (the ways in which a question is made unanswerable).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

#: word, part of speech "n", "v" or "a" -> words of which one would be the opposite
Opposites = Callable[[str, str], Sequence[str]]

_WHEN, _WHERE = {"DATE", "TIME"}, {"GPE", "LOC", "FAC"}
_SPEECH = frozenset("say tell claim announce warn argue insist add explain suggest deny promise vow admit predict".split())
_PEOPLE = frozenset(
    "man woman boy girl official spokesman spokeswoman president minister police officer victim actor actress singer player "
    "coach leader author researcher scientist doctor teacher student father mother son daughter wife husband lawyer judge "
    "critic expert resident worker soldier people driver passenger director chairman owner senator governor mayor".split()
)
_PRONOUNS = frozenset("he she it they we i you who which that this these those there".split())
_MAX_ANSWER_TOKENS = 14
_AUXILIARY = re.compile(r"\b(did|does|do|was|were|is|are|has|have|had|will|would|could|can)\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """`start` and `end` are offsets of the answer in the parsed text. `changed`: questions that it does not answer."""

    question: str
    start: int
    end: int
    kind: str
    changed: tuple[str, ...]


class Asker:
    """Asks about the sentences of one article. :param about: the person whom the article mentions most, "" if none."""

    def __init__(self, doc: Any, opposites: Opposites, rng: random.Random) -> None:
        self._opposites, self._rng = opposites, rng
        self._names: dict[str, list[str]] = {}
        for entity in doc.ents:
            kind = "PLACE" if entity.label_ in _WHERE else entity.label_
            self._names.setdefault(kind, []).append(re.sub(r"['’]s$", "", entity.text.strip()))
        people = self._names.get("PERSON", [])
        self._about = max(people, key=people.count) if people else ""

    def ask(self, sentence: Any) -> Iterator[Asked]:
        """Every question that the rules make of one sentence."""
        for verb in sentence:
            if verb.pos_ not in ("VERB", "AUX") or verb.dep_ not in ("ROOT", "ccomp", "conj", "advcl", "relcl"):
                continue
            subjects = [t for t in verb.children if t.dep_ in ("nsubj", "nsubjpass")]
            if not subjects or any(t.dep_ == "neg" for t in verb.children):
                continue
            yield from self._clause(verb, subjects[0])

    def _clause(self, verb: Any, subject: Any) -> Iterator[Asked]:
        rest = [t for t in verb.children if t.i > verb.i and t.dep_ not in ("punct", "cc", "conj", "ccomp", "advcl", "parataxis")]
        auxiliaries = [t for t in verb.children if t.dep_ in ("aux", "auxpass") and t.i < verb.i]
        yield from self._of_subject(verb, subject, auxiliaries, rest)
        if subject.lower_ in _PRONOUNS and not self._named(subject):
            return
        for part in rest:
            if part.dep_ in ("dobj", "attr", "oprd", "acomp"):
                wh = "Who" if self._is_person(part) else "What"
                if part.dep_ == "dobj" and self._rng.random() < 0.25 and part.pos_ == "NOUN" and wh == "What":
                    wh = f"What {part.text}"
                yield from self._inverted(wh, verb, subject, auxiliaries, rest, part, part, "object")
            elif part.dep_ == "xcomp":
                yield from self._doing(verb, subject, auxiliaries, part)
            elif part.dep_ in ("prep", "agent"):
                yield from self._of_phrase(verb, subject, auxiliaries, rest, part)
            elif part.dep_ == "npadvmod" and part.ent_type_ in _WHEN:
                yield from self._inverted("When", verb, subject, auxiliaries, rest, part, part, "time")
        for part in [*rest, subject]:
            yield from self._number(verb, subject, auxiliaries, rest, part)
        for part in verb.children:
            if part.dep_ == "ccomp" and verb.lemma_ in _SPEECH:
                about = self._some_noun(part)
                tail = f" about {about}" if about and self._rng.random() < 0.6 else ""
                yield from self._built(f"What did {self._said(subject)} {verb.lemma_}{tail}?", part, "said", [subject])
            elif part.dep_ == "advcl" and part.i > verb.i and any(t.lower_ in ("because", "since") for t in part.children):
                yield from self._inverted("Why", verb, subject, auxiliaries, rest, part, part, "reason")

    def _of_subject(self, verb: Any, subject: Any, auxiliaries: list[Any], rest: list[Any]) -> Iterator[Asked]:
        if subject.lower_ in _PRONOUNS or not rest:
            return
        wh = "Who" if self._is_person(subject) else "What"
        if wh == "What" and subject.pos_ == "NOUN" and self._rng.random() < 0.4:
            wh = f"{self._rng.choice(('What', 'Which'))} {subject.text}"
        elif subject.ent_type_ in ("GPE", "ORG") and self._rng.random() < 0.5:
            wh = {"GPE": "Which country", "ORG": "Which organization"}[subject.ent_type_]
        words = [*(t.text for t in auxiliaries), verb.text, *self._kept(rest, None)]
        yield from self._built(f"{wh} {' '.join(words)}?", subject, "subject", rest)

    def _of_phrase(self, verb: Any, subject: Any, auxiliaries: list[Any], rest: list[Any], part: Any) -> Iterator[Asked]:
        objects = [t for t in part.children if t.dep_ == "pobj"]
        if not objects:
            return
        answer, word = objects[0], part.lower_
        if answer.ent_type_ in _WHEN and word in ("in", "on", "at", "since", "during", "by", "until", "after", "before"):
            yield from self._inverted("When", verb, subject, auxiliaries, rest, part, answer, "time")
        elif answer.ent_type_ in _WHERE and word in ("in", "at", "from", "to", "near", "into"):
            wh = "Which country" if self._rng.random() < 0.1 and answer.ent_type_ == "GPE" else "Where"
            yield from self._inverted(wh, verb, subject, auxiliaries, rest, part, answer, "place")
        else:
            wh = "Who" if self._is_person(answer) else "What"
            yield from self._inverted(wh, verb, subject, auxiliaries, rest, part, answer, "phrase", f" {part.text}")

    def _number(self, verb: Any, subject: Any, auxiliaries: list[Any], rest: list[Any], part: Any) -> Iterator[Asked]:
        if part.ent_type_ == "MONEY" and part.dep_ == "dobj":
            yield from self._inverted("How much", verb, subject, auxiliaries, rest, part, part, "money")
        numbers = [t for t in part.children if t.dep_ == "nummod" and t.i < part.i]
        if not numbers or not part.is_alpha or part.ent_type_ in (*_WHEN, "MONEY"):
            return
        noun = part.text
        if part.i == subject.i:
            words = [*(t.text for t in auxiliaries), verb.text, *self._kept(rest, None)]
            yield from self._built(f"How many {noun} {' '.join(words)}?", numbers[0], "number", rest)
        elif part.dep_ == "dobj":
            yield from self._inverted(f"How many {noun}", verb, subject, auxiliaries, rest, part, numbers[0], "number")

    def _doing(self, verb: Any, subject: Any, auxiliaries: list[Any], part: Any) -> Iterator[Asked]:
        """What somebody wants, plans or tries to do."""
        if any(t.dep_ == "aux" and t.lower_ == "to" for t in part.children) and verb.pos_ == "VERB":
            yield from self._inverted("What", verb, subject, auxiliaries, [], part, part, "doing", " to do")

    def _inverted(
        self, wh: str, verb: Any, subject: Any, auxiliaries: list[Any], rest: list[Any], gone: Any, answer: Any, kind: str,
        tail: str = "",
    ) -> Iterator[Asked]:  # fmt: skip
        """`wh` did the subject do with the rest, but for the part that is asked for."""
        name = self._said(subject)
        kept = " ".join(self._kept(rest, gone))
        if verb.lemma_ == "be" and not auxiliaries:
            words = f"{wh} {verb.text} {name} {kept}"
        elif auxiliaries:
            words = f"{wh} {auxiliaries[0].text} {name} {' '.join(t.text for t in [*auxiliaries[1:], verb])} {kept}"
        else:
            plural = subject.tag_ in ("NNS", "NNPS")
            do = "did" if verb.tag_ in ("VBD", "VBN") else "do" if plural else "does"
            words = f"{wh} {do} {name} {verb.lemma_} {kept}"
        yield from self._built(f"{words.strip()}{tail}?", answer, kind, [subject, *(t for t in rest if t.i != gone.i)])

    def _kept(self, rest: list[Any], gone: Any) -> list[str]:
        """What the question says of the rest of the clause: its object mostly, of the other parts few."""
        words: list[str] = []
        for part in rest:
            near = part.dep_ in ("dobj", "attr", "oprd", "acomp", "prt", "xcomp", "dative")
            if (gone is not None and part.i == gone.i) or part.dep_ in ("relcl",) or self._rng.random() > (0.9 if near else 0.4):
                continue
            tokens = [t for t in part.subtree if not self._hangs_low(t, part)]
            if len(tokens) <= 8:
                words += [t.text for t in tokens if t.dep_ != "punct" or t.text == "-"]
        return words

    def _hangs_low(self, token: Any, top: Any) -> bool:
        """True for what stands in a clause that only describes."""
        while token.i != top.i:
            if token.dep_ in ("relcl", "acl", "appos", "advcl", "parataxis"):
                return True
            token = token.head
        return False

    def _named(self, subject: Any) -> bool:
        return bool(self._about) and subject.lower_ in ("he", "she")

    def _said(self, subject: Any) -> str:
        """The subject as the question names it."""
        if subject.lower_ in _PRONOUNS:
            name = self._about
        else:
            tokens = [t for t in subject.subtree if not self._hangs_low(t, subject) and t.dep_ not in ("nummod", "prep", "pobj")]
            tokens = tokens if len(tokens) <= 7 else [subject]
            name = " ".join(t.lower_ if t.pos_ in ("DET", "PRON") else t.text for t in tokens if t.dep_ != "punct")
        name = re.sub(r" ([’']s)\b", r"\1", name)
        if subject.ent_type_ == "PERSON" and self._rng.random() < 0.5:
            name = name.split()[-1]
        return name

    def _some_noun(self, part: Any) -> str:
        nouns = [t for t in part.subtree if t.pos_ in ("NOUN", "PROPN") and len(t) > 2]
        return self._rng.choice(nouns).text if nouns else ""

    def _is_person(self, token: Any) -> bool:
        return token.ent_type_ == "PERSON" or token.lemma_.lower() in _PEOPLE or token.lower_ in ("he", "she", "him", "her")

    def _built(self, question: str, answer: Any, kind: str, told: Sequence[Any]) -> Iterator[Asked]:
        question = re.sub(r"\s+([’']s\b|[,.;:%?)])", r"\1", re.sub(r"\s+", " ", question))
        question = re.sub(r"([$(“])\s+", r"\1", question).replace(" - ", "-").replace(" n't", "n't")
        tokens = [t for t in answer.subtree if not self._hangs_low(t, answer)] if answer.dep_ not in ("nummod",) else [answer]
        if answer.dep_ in ("ccomp", "advcl", "xcomp"):
            tokens = list(answer.subtree)[:_MAX_ANSWER_TOKENS]
        tokens = [t for t in tokens if not t.is_space]
        while tokens and tokens[-1].is_punct:
            tokens.pop()
        if not tokens or len(tokens) > _MAX_ANSWER_TOKENS or not 4 <= len(question.split()) <= 18:
            return
        content = [w for w in re.findall(r"\w+", question) if len(w) > 3]
        if len(content) < 2:
            return
        start, end = tokens[0].idx, tokens[-1].idx + len(tokens[-1])
        said = answer.doc.text[start:end]
        if re.search(rf"\b{re.escape(said)}\b", question):
            return
        yield Asked(question, start, end, kind, tuple(self._changed(question, told, answer)))

    def _changed(self, question: str, told: Sequence[Any], answer: Any) -> Iterator[str]:
        """The question with one thing in it changed, in as many ways as can be."""
        tokens = [t for part in told for t in part.subtree]
        verb = answer
        while verb.pos_ not in ("VERB", "AUX") and verb.head.i != verb.i:
            verb = verb.head
        for entity in {t.ent_type_ for t in tokens if t.ent_type_}:
            kind = "PLACE" if entity in _WHERE else entity
            there = [n for n in self._names.get(kind, []) if n in question]
            others = [n for n in self._names.get(kind, []) if n not in question and n.split()[-1] not in question]
            if there and others:
                yield question.replace(max(there, key=len), self._rng.choice(others))
        swapped = [(t, o) for t in [*tokens, verb] for o in self._opposed(t) if re.search(rf"\b{re.escape(t.text)}\b", question)]
        if swapped:
            token, opposite = self._rng.choice(swapped)
            yield re.sub(rf"\b{re.escape(token.text)}\b", opposite, question, count=1)
        if self._rng.random() < 0.3:
            if found := _AUXILIARY.search(question):
                joined = " not" if found[1] in ("will", "can") else "n't"
                yield f"{question[: found.end()]}{joined}{question[found.end() :]}"
            elif question.startswith(("Who ", "What ")):
                yield re.sub(r"^(Who|What) ", self._rng.choice((r"\1 never ", r"\1 has not ")), question)

    def _opposed(self, token: Any) -> Sequence[str]:
        kind = {"NOUN": "n", "VERB": "v", "ADJ": "a"}.get(token.pos_)
        return self._opposites(token.lemma_.lower(), kind) if kind else ()
