"""Closed word lists: which words carry no claim, which two words say the same, what denies.

A word's *key* is what two texts are compared by: its stem, after spelling variants, demonyms and a few everyday synonyms of
news prose are folded together. Words that differ in what they claim (rose and fell, may and must) are never folded.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

FUNCTION_WORDS = frozenset(
    """a an the and or but if so as at be am is are was were been being by for from had has have having do does did doing done
    he her hers him his himself herself i it its itself me my myself we our ours us you your yours she they them their theirs
    themselves this that these those in into of off on onto to up with within who whom whose which what when where while why how
    will would shall should can could may might must than then there here not no nor only own too very just also about after
    again all any both each more most other some such over under out down before between during through above below per via
    said say says saying one s t re ve ll d m o y amid among upon because until since however according""".split()
)

NEGATIONS = frozenset("not no never without none neither nor cannot nobody nothing nowhere cant wont dont didnt".split())

# Verbs that deny by themselves: "declined to comment" is a fair source for "did not comment".
DENIALS = frozenset(
    """refus declin deni reject fail lack unabl imposs avoid prevent stop miss absent withdraw withdrawn ban block cancel
    unlik rule scrap drop""".split()
)

PERSONAL = frozenset("he she it they his her its their him them we i".split())

NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
        eighteen nineteen""".split()
    )
} | {word: 10 * tens for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}

# Numbers of two words are one word: "forty-one", "two dozen".
NUMBER_WORDS |= {
    f"{tens}-{unit}": NUMBER_WORDS[tens] + NUMBER_WORDS[unit]
    for tens in "twenty thirty forty fifty sixty seventy eighty ninety".split()
    for unit in "one two three four five six seven eight nine".split()
}
NUMBER_WORDS |= {f"{count} dozen": 12 * NUMBER_WORDS[count] for count in "two three four five six seven eight nine ten".split()}

SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}

SCALE_LETTERS = {"k": 1000, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12}

MONTHS = {
    form: number
    for number, forms in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        1,
    )
    for form in forms.split()
}

WEEKDAYS = {
    form: full
    for full, forms in {
        "monday": "mon",
        "tuesday": "tue tues",
        "wednesday": "wed",
        "thursday": "thu thur thurs",
        "friday": "fri",
        "saturday": "sat",
        "sunday": "sun",
    }.items()
    for form in [full, *forms.split()]
}

ORDINALS = {
    word: f"{value}th"
    for value, word in enumerate("third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 3)
}

TITLES = frozenset(
    """mr mrs ms miss dr sir dame lord lady president prime minister chancellor senator sen rep congressman congresswoman
    governor gov mayor king queen prince princess pope general gen colonel col captain capt sergeant sgt lieutenant lt major
    professor prof judge justice secretary chairman chairwoman chief ceo director coach attorney rev reverend st saint
    ambassador detective officer inspector sheriff commissioner speaker former vice deputy acting foreign defense defence
    spokesman spokeswoman""".split()
)

# Units a number can be wrong in. Several spellings, one name.
UNITS = {
    form: name
    for name, forms in {
        "%": "% percent percentage pct",
        "$": "$ dollar dollars usd",
        "£": "£ pound pounds gbp quid",
        "€": "€ euro euros eur",
        "¥": "¥ yen yuan",
        "mile": "mile miles mi",
        "km": "km kilometer kilometers kilometre kilometres kms",
        "metre": "metre metres meter meters",
        "foot": "foot feet ft",
        "inch": "inch inches",
        "kg": "kg kilogram kilograms kilo kilos kgs",
        "ton": "ton tons tonne tonnes",
        "acre": "acre acres",
        "hectare": "hectare hectares",
        "second": "seconds",
        "minute": "minute minutes min mins",
        "hour": "hour hours hr hrs",
        "day": "day days",
        "week": "week weeks",
        "month": "month months",
        "year": "year years yr yrs",
        "degree": "degree degrees",
        "mph": "mph",
        "barrel": "barrel barrels",
    }.items()
    for form in forms.split()
}

UNITS["per cent"] = "%"

_SAME_NAME = """america american usa united_states united_states_of_america
|britain british uk united_kingdom|europe european eu european_union|un united_nations
|england english|scotland scottish|wales welsh
|ireland irish|france french|germany german|spain spanish|italy italian|russia russian|ukraine ukrainian|china chinese
|japan japanese|india indian|pakistan pakistani|iran iranian|iraq iraqi|israel israeli|palestine palestinian|syria syrian
|turkey turkish turk|egypt egyptian|greece greek|poland polish|sweden swedish|norway norwegian|denmark danish|finland finnish
|netherlands dutch holland|belgium belgian|switzerland swiss|austria austrian|hungary hungarian|canada canadian|mexico mexican
|brazil brazilian|argentina argentinian argentine|venezuela venezuelan|colombia colombian|cuba cuban|australia australian
|korea korean|vietnam vietnamese|thailand thai|afghanistan afghan|libya libyan|nigeria nigerian|kenya kenyan|africa african
|asia asian|democrat democratic|kyiv kiev""".replace("\n", "")

_SAME_MEANING = """kill die death dead slay|begin start commence launch|buy purchase acquire|help aid assist|show reveal disclose
|big large huge|near close nearby|attempt try|child kid children|man men|woman women|person people|company firm|car vehicle
|arrest detain|shut close|choose pick select|doctor physician|murder homicide|job employment|house home|film movie|town city
|student pupil|win won victory|lose lost loss|beat beaten defeat|sell sold sale|leave left depart|hold held|find found|make made
|get got gotten|give gave given|take took taken|go went gone|come came|see saw seen|know knew known|think thought|tell told
|become became|keep kept|bring brought|build built|send sent|meet met|pay paid|run ran|speak spoke spoken|write wrote written
|fall fell fallen|rise rose risen|grow grew grown|steal stole stolen|shoot shot|drive drove driven|break broke broken
|choose chose chosen|flee fled|lead led|teach taught|catch caught|fight fought|spend spent|lie lay|sink sank sunk
|injure wound hurt|announce unveil|injured injury|approve endorse|demand urge|allege accuse|jail prison imprison
|police officer cop|criticise criticize|organise organize|defence defense|centre center|labour labor|favour favor
|colour color|programme program|honour honor|neighbour neighbor|mum mom mother|dad father|okay ok|photo photograph picture
|football soccer|nearly almost|approximately about around|million m|annual yearly|probe investigate investigation
|dollar $|pound £|euro €|billion bn|trillion tn
|boss chief head|row dispute|quit resign|axe cut|aged age|marry married wed|bid attempt|ill sick|pm premier"""


_MONTH_KEYS = {number: form for form, number in MONTHS.items()}


@lru_cache(maxsize=1)
def _tools() -> tuple[Any, dict[str, str]]:
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    folded: dict[str, str] = {}
    for group in (_SAME_NAME + "|" + _SAME_MEANING.replace("\n", "")).split("|"):
        forms = group.split()
        key = stemmer.stemWord(forms[0])
        for form in (form.replace("_", " ") for form in forms):
            folded.setdefault(stemmer.stemWord(form), key)
    folded |= {"%": "percent", "per cent": "percent", "pct": "percent"}
    for word, value in NUMBER_WORDS.items():
        folded[stemmer.stemWord(word)] = str(value)
    for word, ordinal in ORDINALS.items():
        folded[stemmer.stemWord(word)] = ordinal
    for form, month in MONTHS.items():
        folded[stemmer.stemWord(form)] = _MONTH_KEYS[month]
    for form, day in WEEKDAYS.items():
        folded[stemmer.stemWord(form)] = stemmer.stemWord(day)
    return stemmer, folded


@lru_cache(maxsize=200_000)
def key_of(form: str) -> str:
    """The key two texts are compared by. :param form: a word in lower case."""
    stemmer, folded = _tools()
    stem = str(stemmer.stemWord(form))
    return folded.get(stem, stem)
