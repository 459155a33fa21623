"""Whether a question asks about what has happened. "Will it open before July?" means a July that is to come."""

from __future__ import annotations

import re

_TO_COME = re.compile(
    r"\b(?:will|won['’]t|shall|would|may|might|could|should|must|going to|(?:is|are) (?:due|to)|plan(?:s|ning)? to|due|upcoming|"
    r"(?:expected|planned|scheduled) to)\b",
    re.IGNORECASE,
)
#: forms that no present tense has; a verb that is missing here costs a filter, a wrong one hides articles
_PAST = re.compile(
    r"\b(?:did(?:n['’]t)?|was(?:n['’]t)?|were(?:n['’]t)?|had(?:n['’]t)?|has|have|been|said|told|made|took|gave|got|went|came|met|won|"
    r"lost|led|left|held|began|became|found|knew|saw|spoke|sent|paid|sold|bought|built|broke|fell|rose|ran|wrote|chose|fought|shot|"
    r"stood|struck|thought|threw|(?!(?:need|speed|feed|seed|indeed|hundred|breed|united)\b)\w{2,}ed)\b",
    re.IGNORECASE,
)


def asks_of_the_past(question: str) -> bool:
    """False where it asks of what is to come, and where no verb says which."""
    return _PAST.search(question) is not None and _TO_COME.search(question) is None
