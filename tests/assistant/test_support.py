"""Does a text support a sentence: facts must match, wording need not."""

from __future__ import annotations

import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assistant.grounding.support import supports, why_not
from index.sentences import sentence_spans

settings.register_profile("busy", deadline=None)  # a shared machine may pause for seconds
settings.load_profile("busy")

TEXT = (
    "Ukrainian President Volodymyr Zelensky on Dec. 15 rejected a peace plan drafted by the United States, saying it would "
    "cost Kyiv territory. The plan was presented in Geneva by Secretary of State Marco Rubio. The talks lasted two hours. "
    "“We will not give up land,” he told reporters after the meeting. The European Union pledged $3 million, or 90 percent "
    "of the reconstruction fund. The North Atlantic Treaty Organization said it did not reject the offer. Hannah Moreau, a "
    "farmer from Lyon, has grown 1,250 olive trees since 2019. Her neighbour Paul Fontaine never sold his vineyard. "
    "Analysts expect oil prices to rise 5 percent next year, while Norway plans to close two of its seven refineries."
)
SENTENCES = [TEXT[start:end] for start, end in sentence_spans(TEXT)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The talks lasted 2 hours.",
        "The European Union pledged $3m, or 90% of the reconstruction fund.",
        "The EU pledged three million dollars, or 90 per cent of the reconstruction fund.",
        "Mr. Zelensky rejected a peace plan drafted by the US.",
        "President Zelensky rejected the peace plan on 15 December.",
        "NATO did not reject the offer.",
        "Marco Rubio presented the plan in Geneva.",
        "Hannah Moreau has grown 1250 olive trees since 2019.",
        "Norway plans to close 2 of its seven refineries.",
        "The talks lasted two hours, and Hannah Moreau has grown 1,250 olive trees since 2019.",
    ],
)
def test_wording_may_differ(sentence: str) -> None:
    verdict = supports(sentence, TEXT)
    assert verdict.supported, (verdict.score, why_not(sentence, TEXT))
    assert verdict.score >= 0.5


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("The talks lasted three hours.", "number"),
        ("The talks lasted two days.", "number"),
        ("The European Union pledged €3 million.", "number"),
        ("The European Union pledged $3 billion.", "number"),
        ("Zelensky rejected the peace plan on 16 December.", "date"),
        ("Zelensky rejected the peace plan on Tuesday.", "weekday"),
        ("Hannah Moreau has grown 1,250 olive trees since 2018.", "number"),
        ("Vladimir Putin rejected a peace plan drafted by the United States.", "name"),
        ("Petro Zelensky rejected a peace plan drafted by the United States.", "name"),
        ("Norway and Sweden plan to close two of its seven refineries.", "name"),
        ("Zelensky did not reject a peace plan drafted by the United States.", "negation"),
        ("NATO said it rejected the offer.", "negation"),
        ("Her neighbour Paul Fontaine sold his vineyard.", "negation"),
    ],
)
def test_a_fact_that_the_text_lacks_or_denies_refuses(sentence: str, because: str) -> None:
    verdict = supports(sentence, TEXT)
    assert not verdict.supported
    assert verdict.score < 0.5
    assert any(reason.startswith(because) for reason in why_not(sentence, TEXT)), why_not(sentence, TEXT)


@pytest.mark.parametrize(
    ("sentence", "instead"),
    [
        ("Hannah Moreau, a farmer from Geneva, has grown 1,250 olive trees since 2019.", "Geneva"),
        ("Hannah Moreau has grown 90 olive trees since 2019.", "90"),
        ("Analysts expect oil prices to rise 3 percent next year.", "3"),
    ],
)
def test_a_fact_of_the_text_in_the_place_of_another_refuses(sentence: str, instead: str) -> None:
    assert not supports(sentence, TEXT).supported
    assert any(reason.startswith((f"'{instead}' stands", "number")) for reason in why_not(sentence, TEXT))


@pytest.mark.parametrize(
    ("claim", "holds"), [("more than 1,200", True), ("about 1,300", True), ("nearly 1,250", True), ("more than 1,250,000", False)]
)
def test_a_hedged_figure_covers_the_exact_one(claim: str, holds: bool) -> None:
    assert (why_not(f"Moreau has grown {claim} olive trees.", TEXT) == []) == holds


@pytest.mark.parametrize(
    "sentence",
    [
        "The vineyard in Geneva will cost Norway 90 percent of its olive trees.",
        "Rubio rejected a peace plan drafted by the United States.",
        "Paul Fontaine presented the offer after the meeting.",
        "The moon is made of cheese.",
        "Bring them there",
    ],
)
def test_words_joined_from_many_places_are_no_support(sentence: str) -> None:
    assert not supports(sentence, TEXT).supported


@pytest.mark.parametrize(
    ("sentence", "text"), [("", TEXT), ("The talks lasted two hours.", ""), ("", ""), ("…!", TEXT), (" ", "\n")]
)
def test_nothing_supports_nothing(sentence: str, text: str) -> None:
    verdict = supports(sentence, text)
    assert (verdict.score, verdict.supported, verdict.spans) == (0.0, False, ())


@given(st.sampled_from(SENTENCES))
def test_a_verbatim_sentence_is_certain_and_is_its_own_span(sentence: str) -> None:
    verdict = supports(sentence, TEXT)
    assert verdict.supported
    assert verdict.score > 0.99
    assert [TEXT[start:end] for start, end in verdict.spans] == [sentence]


NUMBERED = [(s, n) for s in SENTENCES for n in ("two", "3", "90", "1,250", "2019", "5", "15", "seven") if f" {n} " in s]


@given(st.sampled_from(NUMBERED), st.integers(32, 99_999))
def test_another_number_is_not_supported(chosen: tuple[str, str], number: int) -> None:
    sentence, old = chosen
    assume(number not in (90, 1250, 2019))
    changed = sentence.replace(f" {old} ", f" {number} ", 1)
    assert not supports(changed, TEXT).supported


NAMED = [
    (s, n)
    for s in SENTENCES
    for n in ("Zelensky", "Geneva", "Rubio", "Kyiv", "Moreau", "Lyon", "Fontaine", "Norway", "Hannah", "Marco")
    if n in s
]


@given(st.sampled_from(NAMED), st.sampled_from(["Okafor", "Lindqvist", "Tbilisi", "Samira", "O’Leary", "Müller"]))
def test_another_name_is_not_supported(chosen: tuple[str, str], name: str) -> None:
    sentence, old = chosen
    assert not supports(sentence.replace(old, name), TEXT).supported


AFFIRMED = [
    ("The plan was presented", "The plan was not presented"),
    ("The European Union pledged", "The European Union never pledged"),
    ("has grown", "has not grown"),
    ("Analysts expect", "Analysts do not expect"),
    ("Norway plans", "Norway no longer plans"),
    ("on Dec. 15 rejected", "on Dec. 15 did not reject"),
    ("The talks lasted", "The talks hadn’t lasted"),
]


@given(st.sampled_from(AFFIRMED))
def test_a_negation_put_in_is_not_supported(change: tuple[str, str]) -> None:
    sentence = next(s for s in SENTENCES if change[0] in s)
    assert not supports(sentence.replace(*change), TEXT).supported


@given(st.sampled_from([("will not give", "will give"), ("did not reject", "did reject"), ("never sold", "sold")]))
def test_a_negation_left_out_is_not_supported(change: tuple[str, str]) -> None:
    sentence = next(s for s in SENTENCES if change[0] in s)
    assert not supports(sentence.replace(*change), TEXT).supported


DENIED = [
    ("The union signed the contract with the port.", "The union refused to sign the contract with the port."),
    ("Divers found the wreck off Tarn.", "Divers failed to find the wreck off Tarn."),
    ("The judge attended the opening of the museum.", "The judge declined to attend the opening of the museum."),
    ("Holt stole the painting from the museum.", "Dean Holt denied that he stole the painting from the museum."),
    ("Holt stole the painting from the museum.", "Dean Holt denied stealing the painting from the museum."),
    ("The ban on fishing was extended to the lake.", "The ban on fishing has yet to be extended to the lake."),
    ("The dam leaked into the valley.", "It is not true that the dam leaked into the valley."),
    ("The dam leaked into the valley.", "There is no evidence that the dam leaked into the valley."),
    ("The two firms merged in the spring.", "The two firms almost merged in the spring."),
    ("The firm sold beer at the stadium.", "The court barred the firm from selling beer at the stadium."),
]


@pytest.mark.parametrize(("sentence", "text"), DENIED)
def test_what_the_text_denies_without_a_not_is_refused(sentence: str, text: str) -> None:
    assert not supports(sentence, text).supported
    assert any(reason.startswith("the text denies") for reason in why_not(sentence, text)), why_not(sentence, text)


@pytest.mark.parametrize(
    "affirmed",
    [
        "The ban on fishing was extended to the lake.",
        "The new rules were published in May.",
        "The drop in rents was foreseen by the bank.",
        "The road block at the harbour was removed on Monday.",
        "The minister said the ban will be lifted in May.",
    ],
)
def test_a_noun_that_sounds_like_a_denial_hides_no_not(affirmed: str) -> None:
    denied = affirmed.replace(" was ", " was not ").replace(" were ", " were not ").replace(" will ", " will not ")
    assert not supports(affirmed, denied).supported
    assert not supports(denied, affirmed).supported
    assert supports(affirmed.replace(" on Monday", ""), f"{affirmed[:-1]}, the mayor declined to add.").supported


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("The union did not sign the contract.", "The union refused to sign the contract with the port."),
        ("The union refused to sign the contract.", "The union refused to sign the contract with the port."),
        ("Divers tried to find the wreck off Tarn.", "Divers tried and failed to find the wreck off Tarn."),
        (
            "Holt is accused of stealing the painting.",
            "Holt, accused of stealing the painting, denied that he stole it.",
        ),
        ("Holt won the race in 2021.", "Holt, who failed to win the race in 2019, won the race in 2021."),
        ("The tram line was not extended to the harbour.", "The tram line has yet to be extended to the harbour."),
        ("The firm sold beer until May.", "The firm sold beer until May, when a court banned it from selling wine."),
        ("NATO joined the talks in May.", "NATO did not refuse to join the talks. NATO joined the talks in May."),
        ("The minister did not comment on the drop in rents.", "The minister declined to comment on the drop in rents."),
        ("The company denied wrongdoing and paid a fine.", "The company denied wrongdoing and paid a fine of 3 million euros."),
    ],
)
def test_a_denial_told_as_one_stays_supported(sentence: str, text: str) -> None:
    assert supports(sentence, text).supported, why_not(sentence, text)


SWAPPED = [
    ("Lowick sued Harrow.", "Harrow sued Lowick."),
    ("Marta Quill succeeds Ada Stone as head of the museum.", "Ada Stone succeeds Marta Quill as head of the museum."),
    (
        "Lowick sued Harrow over the mill in the county court.",
        "Harrow sued Lowick over the mill in the county court.",
    ),
    ("The crew thanked the mayor.", "The mayor thanked the crew."),
    ("Four houses burned and nine were flooded.", "Nine houses burned and four were flooded."),
    ("Rents were up 4 percent in Tarn and 9 percent in Kessel.", "Rents were up 9 percent in Tarn and 4 percent in Kessel."),
    ("Exports fell 8 percent.", "Exports rose 8 percent in May but fell 2 percent over the year."),
    (
        "The crew searched for six hours on Friday.",
        "The crew searched for about three hours on Friday, after six hours on Thursday.",
    ),
    ("The kiln was lit after dawn.", "The kiln was lit before dawn."),
    ("More than 700 homes were flooded.", "Fewer than 700 homes were flooded."),
    ("70 homes were flooded in Tarn.", "At least 70 homes were flooded in Tarn."),
    ("Most shops closed.", "Few shops closed."),
    ("All pupils passed.", "Some pupils passed."),
    ("The room costs 90 euros a week.", "The room costs 90 euros a month."),
    ("The lake cooled to -7 degrees.", "The lake cooled to 7 degrees."),
    ("The lake cooled to 7 degrees.", "The lake cooled to -7 degrees."),
    ("The lake cooled to 7 degrees.", "The lake cooled to minus 7 degrees."),
    ("She will sell the mill.", "She may sell the mill."),
    ("The mine will close in May.", "The mine may close in May."),
    ("May 3 is the day when the mine will close.", "The mine may close on May 3, a day when shops close."),
    ("The director resigned.", "The deputy director resigned."),
    ("The pool is shut until June.", "The pool is shut since June."),
    ("Only three boats returned.", "All but three boats returned."),
]


@pytest.mark.parametrize(("sentence", "text"), SWAPPED)
def test_changed_places_and_other_bounds_are_refused(sentence: str, text: str) -> None:
    assert not supports(sentence, text).supported


def test_names_that_stand_elsewhere_too_do_not_hide_a_swap() -> None:
    text = "Harrow council sued the builder Orla Finch in March over the mill, and Finch repaid Harrow 3 million euros."
    assert supports("Finch repaid Harrow 3 million euros.", text).supported
    assert not supports("Harrow repaid Finch 3 million euros.", text).supported


REWORDED = [
    ("Lowick was sued by Harrow.", "Harrow sued Lowick."),
    ("Harrow sued Lowick.", "Lowick was sued by Harrow over the mill."),
    ("The mayor thanked the crew on Monday.", "On Monday the mayor thanked the crew."),
    ("On Monday, Harrow sued Lowick.", "Harrow sued Lowick on Monday."),
    ("Rents were up 4 percent in Kessel and 9 percent in Tarn.", "Rents were up 9 percent in Tarn and 4 percent in Kessel."),
    ("Rents were up 4 percent in Kessel.", "Rents were up 9 percent in Tarn and 4 percent in Kessel."),
    ("Tarn mayor Ada Stone opened the fair.", "Ada Stone, mayor of Tarn, opened the fair."),
    ("Ada Stone, the mayor of Tarn, opened the fair.", "Tarn mayor Ada Stone opened the fair."),
    ("Ada Stone met Marta Quill in Tarn.", "Marta Quill met Ada Stone in Tarn."),
    ("The union pledged 5 million euros in June.", "The union pledged 3 million euros in May, and 5 million euros in June."),
    ("Exports fell 2 percent over the year.", "Exports rose 8 percent in May but fell 2 percent over the year."),
    ("Exports rose 8 percent in May.", "Exports rose 8 percent in May but fell 2 percent over the year."),
    ("At least 70 homes were flooded.", "At least 70 homes were flooded in Tarn."),
    ("70 homes were flooded in Tarn.", "Some 70 homes were flooded in Tarn."),
    ("Some pupils passed.", "All pupils passed."),
    ("Most of the pupils passed.", "Most of the pupils passed the test."),
    ("The room costs 90 euros per week.", "The room costs 90 euros a week."),
    ("The room costs 90 euros.", "The room costs 90 euros a week."),
    ("The lake cooled to -7 degrees.", "The lake cooled to minus 7 degrees."),
    ("She might sell the mill.", "She may sell the mill."),
    ("She could sell the mill.", "She may sell the mill to the town."),
    ("The deputy director resigned.", "The deputy director resigned on Monday."),
    ("President Ford opened the fair.", "Former President Ford opened the fair."),
    ("The strike ended before the vote.", "The strike ended before the vote, and after the talks the union split."),
    ("More than 700 homes were flooded.", "Over 700 homes were flooded."),
    ("The fair lasts from 3 to 5 May.", "The fair lasts from 3 to 5 May."),
    ("The team won 3-1.", "The team won 3-1 on Saturday."),
    ("In 2019 Ada Stone bought the mill for $3 million.", "Ada Stone bought the mill for $3 million in 2019."),
    ("Two men and a woman were hurt in Tarn.", "In Tarn, a woman and two men were hurt."),
    ("Children aged 10-15 swim free.", "Children aged 10-15 swim free on Mondays."),
]


@pytest.mark.parametrize(("sentence", "text"), REWORDED)
def test_the_same_roles_and_bounds_in_another_order_are_supported(sentence: str, text: str) -> None:
    assert supports(sentence, text).supported, why_not(sentence, text)


@pytest.mark.parametrize(
    ("sentence", "text", "holds"),
    [
        ("Sixty-three barges were waiting at the lock.", "The flood left 63 barges waiting at the lock.", True),
        ("The flood left two dozen barges at the lock.", "The flood left 24 barges at the lock.", True),
        ("The mill is worth 2.5 billion dollars.", "The mill is worth $2.5bn.", True),
        ("The mill is worth $2.5bn.", "The mill is worth 2.5 billion dollars.", True),
        ("The mill cost 30 million euros.", "The mill cost €30m.", True),
        ("Twenty-four barges sank.", "24 barges sank.", True),
        ("24 barges sank.", "Two dozen barges sank.", True),
        ("Sixty-two barges were waiting at the lock.", "The flood left 63 barges waiting at the lock.", False),
        ("The flood left three dozen barges at the lock.", "The flood left 24 barges at the lock.", False),
        ("The mill is worth 2.5 billion pounds.", "The mill is worth $2.5bn.", False),
        ("The mill is worth 2.5 million dollars.", "The mill is worth $2.5bn.", False),
        ("Sixty-three barges left.", "Sixty-four barges left.", False),
    ],
)
def test_a_number_is_the_same_however_it_is_written(sentence: str, text: str, holds: bool) -> None:
    assert supports(sentence, text).supported == holds, why_not(sentence, text)


LEFT_OPEN = [
    ("The mine will close.", "If the court agrees, the mine will close."),
    ("The mine will close.", "The mine will close if the court agrees."),
    ("The mine will close in June.", "The mine will close in June, provided that the court agrees."),
    ("The mine near Tarn will close.", "The owner said that the mine near Tarn will close unless the court objects."),
    ("The mine will close.", "Should the court agree, the mine will close."),
    ("The court agrees.", "If the court agrees, the mine will close."),
    ("The mine will close.", "Reporters asked whether the mine will close."),
    ("The mine near Tarn will close soon.", "Whether the mine near Tarn will close is unclear."),
    ("The drug works.", "It is unclear if the drug works."),
    ("The drug works.", "Experts doubted that the drug works."),
    ("The drug works.", "Experts doubted the drug works."),
    ("The drug works.", "Experts were sceptical that the drug works."),
    ("The drug works.", "Doctors are not sure that the drug works."),
    ("The mine will close in May.", "If the court agrees, the mine will close in May."),
    ("the mine will close in may", "If the court agrees, the mine will close in May."),
    ("The mine poisoned the river in May.", "The court will decide whether the mine poisoned the river in May."),
    ("The mine would close.", "If the court agreed, the mine would close."),
    ("The mine will close.", "The mine will close as long as the court agrees."),
    ("The mine will close.", "The mine will close on condition that the court agrees."),
    ("The mine will close in June.", "The mine will close in June, on condition that the court agrees."),
    ("The mine will close.", "The mine will close in the event of a strike."),
    ("The mine will close.", "In the event of a strike, the mine will close."),
    ("The mine will close.", "The mine will close only when the court agrees."),
    ("The mine will close.", "The mine will close only if the court agrees."),
    ("The mine will close.", "The mine will close provided the court agrees."),
    ("The mine will close.", "The mine will close, assuming the court agrees."),
    ("The mine will close.", "The mine will close should the court agree."),
    ("The drug works.", "Doctors are not sure the drug works."),
    ("The drug works.", "Doctors have not confirmed that the drug works."),
    ("The drug works.", "Doctors ruled out that the drug works."),
    ("The drug works.", "There is no proof the drug works."),
    ("The drug works.", "There is no proof that the drug works."),
    ("The drug works.", "It is a myth that the drug works."),
    ("The plant in Tarn will close.", "If the sale fails, the plant in Tarn, which employs 300 people, will close."),
    ("The plant in Tarn closes.", "If the plant in Tarn, which employs 300 people, closes, the mayor will resign."),
    ("The mayor of Tarn will resign.", "If the plant, which employs 300 people, closes, the mayor of Tarn will resign."),
    ("The mine will close.", "If the court agrees, which is unlikely, the mine will close."),
    ("The suspect acted alone.", "Police doubt the suspect acted alone but believe he had help."),
    ("The drug works.", "A few experts doubt the drug works."),
    (
        "The mayor of Tarn took bribes from the builders of the bridge.",
        "Did the mayor of Tarn take bribes from the builders of the bridge? Nobody knows.",
    ),
    ("Dean Holt planned the attack on the bank.", "Dean Holt planned the attack on the bank? Nobody believes it."),
    ("Dean Holt planned the attack on the bank.", "“Was it Dean Holt who planned the attack on the bank?” Nobody knows."),
]


@pytest.mark.parametrize(("sentence", "text"), LEFT_OPEN)
def test_what_the_text_leaves_open_is_no_fact(sentence: str, text: str) -> None:
    assert not supports(sentence, text).supported
    assert any("stands under" in reason or "denies" in reason for reason in why_not(sentence, text))


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("If the court agrees, the mine will close.", "The mine will close if the court agrees."),
        ("The mine could close.", "The mine will close if the court agrees."),
        ("Did the mayor take bribes from the builders?", "Did the mayor of Tarn take bribes from the builders? Nobody knows."),
        ("The mayor took bribes.", "Did the mayor take bribes from the builders? The mayor took bribes, he said on Friday."),
        (
            "The plant in Tarn employs 300 people.",
            "If the sale fails, the plant in Tarn, which employs 300 people, will close.",
        ),
        ("Police believe the suspect had help.", "Police doubt he acted alone but believe the suspect had help."),
        ("Police believe the suspect had help.", "Police doubt he acted alone and believe the suspect had help."),
        ("The storm destroyed the pier.", "Few doubt the storm destroyed the pier."),
        ("The storm destroyed the pier.", "Few experts doubt that the storm destroyed the pier."),
        ("The storm destroyed the pier.", "No one doubts the storm destroyed the pier."),
        ("The drug works.", "Doctors have never been more confident that the drug works."),
        ("The drug works.", "It could not be more clear that the drug works."),
        ("The drug works.", "It was not until Monday that it became clear that the drug works."),
        ("As long as the court agrees, the mine will close.", "The mine will close as long as the court agrees."),
        ("Should the court agree, the mine will close.", "If the court agrees, the mine will close."),
        ("The strike will last nine days.", "The strike will last as long as nine days."),
        ("Tarn will help the miners.", "Tarn will help the miners for as long as it takes."),
        ("The clerk will leave Tarn.", "The clerk, who spoke on condition of anonymity, will leave Tarn."),
        ("The mine closed.", "The mine closed only when the court agreed."),
        ("The bank provided the money for the mill.", "The bank, which will close, provided the money for the mill."),
        ("Ada Stone will leave the bank.", "Ada Stone will leave the bank, assuming the post of mayor of Tarn."),
        ("The firm will build a mill in Tarn.", "The firm will build a mill in Tarn, providing the town with 300 jobs."),
        ("The mine should close.", "The mayor said the mine should close."),
        ("Doctors confirmed that the drug works.", "Doctors confirmed that the drug works."),
        ("The drug works.", "Doctors did not rule out that it harms the liver. They found that the drug works."),
        ("In May the mine may close.", "If the court agrees, the mine will close in May."),
        ("All 300 may lose their jobs in Tarn.", "All 300 will lose their jobs in Tarn if the court agrees."),
        ("The fair will open on Monday.", "Even if it rains, the fair will open on Monday."),
        ("The fair is free on Mondays.", "If you live in Tarn, the fair is free on Mondays, the mayor said."),
        ("Ada Stone runs the mine.", "Ada Stone, who runs the mine, will resign if the court agrees."),
        ("Police arrested Dean Holt in Tarn.", "Police arrested Dean Holt in Tarn and will charge him if the court agrees."),
        ("The court will decide whether the mine will close.", "The court will decide on Friday whether the mine will close."),
        ("The council will vote on closing the mine.", "The council will vote on whether to close the mine."),
        ("The drug works.", "There is no doubt the drug works."),
        ("Analysts doubted the minister's claim.", "Analysts doubted the minister's claim about the mine."),
        ("The food was provided by the town.", "The food was provided by the town of Tarn."),
        (
            "The mine will close in June.",
            "If the court agrees, the mine will close in May. On Friday the court agreed, and the mine will close in June.",
        ),
    ],
)
def test_what_holds_without_the_condition_stays_supported(sentence: str, text: str) -> None:
    assert supports(sentence, text).supported, why_not(sentence, text)


@pytest.mark.parametrize(
    ("sentence", "text", "holds"),
    [
        ("The strike lasted 9 days.", "The nine-day strike ended.", True),
        ("The strike lasted 9 days.", "The nine\u2011day strike ended.", True),
        ("The strike at the mill was nine days long.", "The nine-day strike at the mill ended on Friday.", True),
        ("The deal runs for 3 years.", "Ada Stone signed a three-year deal with the mill.", True),
        ("Ada Stone signed a three-year deal.", "Ada Stone signed a deal for 3 years.", True),
        ("The mill cost $2 million.", "Ada Stone bought the $2-million mill.", True),
        ("The mill cost 2 million dollars.", "Ada Stone bought the $2-million mill.", True),
        ("The club had 10 men.", "The 10-man club held Tarn to a draw.", True),
        ("The ride covers 15 miles.", "The 15-mile ride starts in Tarn.", True),
        ("The strike lasted 8 days.", "The nine-day strike ended.", False),
        ("The strike lasted 9 weeks.", "The nine-day strike ended.", False),
        ("The strike lasted 9 days.", "The nine-day rail strike crippled Tarn.", True),
        ("The strike lasted 9 days.", "The nine-day strike, which the union called, ended.", True),
        ("The strike lasted 9 days.", "The nine-day strike finally ended.", True),
        ("The deal runs for three years.", "He signed a three-year deal worth $3 million.", True),
        ("The ban lasted 9 days.", "The nine-day strike ban ended.", True),
        ("The fair lasted 9 days.", "The nine-day strike ended before the fair.", False),
        ("The strike lasted nine days.", "The nine-day strike ban ended.", False),
        ("The strike lasted nine days.", "The nine-day strike-ban ended.", False),
        ("The mill cost $2 million.", "The $2-million mill fine was paid.", False),
        ("The bank cost $5 million.", "The $5-million bank robbery trial opened.", False),
        ("The prison lasted two years.", "Holt got a two-year prison sentence.", False),
        ("The mill cost 2 million euros.", "Ada Stone bought the $2-million mill.", False),
        ("The club had 11 men.", "The 10-man club held Tarn to a draw.", False),
    ],
)
def test_a_hyphenated_measure_says_how_long_or_how_much(sentence: str, text: str, holds: bool) -> None:
    assert supports(sentence, text).supported == holds, why_not(sentence, text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.text(max_size=400))
def test_any_unicode_gives_a_score_and_valid_spans(sentence: str, text: str) -> None:
    verdict = supports(sentence, text)
    assert 0.0 <= verdict.score <= 1.0
    assert verdict.supported == (verdict.score >= 0.5)
    assert len(verdict.spans) <= 3
    for start, end in verdict.spans:
        assert 0 <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end] != ""


WORDS = st.sampled_from(
    "Zelensky rejected the plan not 3 $3m 15 December of Geneva “We said” never US 90% 1.2.3 ² ٣ January may a.m. "
    "İstanbul ﬁre U.S. 2:30 10-15 twenty-five hundred million 4th can't the if unless whether should doubted lasted $2-million "
    "nine-day provided that , . ? May as long as on condition in the event of only when which few doubt but".split()
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=25), st.lists(WORDS, max_size=60), st.sampled_from([" ", "\n", ", ", ""]))
def test_odd_words_in_any_order_never_raise(sentence: list[str], text: list[str], gap: str) -> None:
    joined = gap.join(text)
    for start, end in supports(" ".join(sentence), joined).spans:
        assert joined[start:end].strip()


def test_the_same_answer_every_time() -> None:
    sentence = "Zelensky rejected the plan that Marco Rubio presented in Geneva."
    assert len({supports(sentence, TEXT + " " * i) for i in range(5)}) == 1


def test_similarity_moves_the_score_but_not_an_objection() -> None:
    doubtful, wrong = "Olive trees are grown by Moreau near Lyon.", "The talks lasted three hours."
    low, high = (supports(doubtful, TEXT, similarity=lambda a, b, s=s: s).score for s in (0.1, 0.95))
    assert low < high
    assert not supports(wrong, TEXT, similarity=lambda a, b: 1.0).supported


def test_time_grows_no_faster_than_the_text() -> None:
    sentence = "Hannah Moreau has grown the 1,250 olive trees of the fund since 2019 in the plan of the United States."

    def seconds(copies: int) -> float:
        text = "\n".join(f"{i} {TEXT}" for i in range(copies))
        started = time.perf_counter()
        supports(sentence, text)
        return time.perf_counter() - started

    seconds(1)
    small, large = min(seconds(10 + i) for i in range(3)), min(seconds(100 + i) for i in range(3))
    assert large < 25 * small
