"""The language of an article, by what it says."""

from __future__ import annotations

import pytest

from index.languages import language_of

ARTICLES = {
    "English": "The bridge over the harbour reopened on Sunday after nine days of repairs, the mayor said. It "
    "had been closed "
    "since a ship hit one of its pillars, and the city has yet to say who will pay for the work.",
    "German": "Die Brücke über den Hafen ist am Sonntag nach neun Tagen wieder geöffnet worden, sagte die "
    "Bürgermeisterin. Sie "
    "war gesperrt, weil ein Schiff gegen einen der Pfeiler gefahren war, und wer die Arbeit bezahlt, ist nicht bekannt.",
    "Dutch": "De brug over de haven is zondag na negen dagen weer geopend, zei de burgemeester. Zij was "
    "gesloten omdat een schip "
    "tegen een van de pijlers was gevaren, en het is nog niet bekend wie voor het werk zal betalen.",
    "French": "Le pont sur le port a rouvert dimanche après neuf jours de travaux, a déclaré la maire. Il "
    "était fermé depuis qu'un "
    "navire avait heurté un de ses piliers, et la ville ne sait pas encore qui paiera pour les réparations.",
    "Spanish": "El puente sobre el puerto volvió a abrir el domingo tras nueve días de obras, dijo la "
    "alcaldesa. Estaba cerrado "
    "desde que un barco chocó con uno de los pilares, y la ciudad no sabe quién va a pagar por las reparaciones.",
    "Portuguese": "A ponte sobre o porto voltou a abrir no domingo depois de nove dias de obras, disse a "
    "prefeita. Ela estava "
    "fechada desde que um navio bateu em um dos pilares, e a cidade ainda não sabe quem vai pagar.",
    "Italian": "Il ponte sul porto ha riaperto domenica dopo nove giorni di lavori, ha detto la sindaca. Era "
    "chiuso da quando una "
    "nave aveva urtato uno dei piloni, e la città non sa ancora chi pagherà per le riparazioni.",
    "Polish": "Most nad portem został otwarty w niedzielę po dziewięciu dniach, powiedziała burmistrz. Był "
    "zamknięty, bo statek "
    "uderzył w jeden z filarów, i nie wiadomo, kto za to zapłaci, ale miasto mówi, że to nie jest jego wina.",
    "Swedish": "Bron över hamnen öppnade på söndagen efter nio dagar, sade borgmästaren. Den var stängd för "
    "att ett fartyg hade "
    "kört på en av pelarna, och det är inte klart vem som ska betala för arbetet.",
    "Turkish": "Liman üzerindeki köprü dokuz gün sonra pazar günü açıldı ve belediye başkanı bir açıklama "
    "yaptı. Bir gemi ayağa "
    "çarptığı için kapalı olan köprü daha önce de bu kadar uzun kapalı kalmış değil dedi.",
    "Russian": "Мост через гавань вновь открылся в воскресенье, сообщил мэр. Он был закрыт с того дня, как "
    "судно ударило в опору, "
    "и пока не известно, кто заплатит за ремонт, но это не вина города.",
    "Ukrainian": "Міст через гавань знову відкрили у неділю, повідомив мер. Він був закритий з того дня, як "
    "судно вдарило в опору, "
    "і поки не відомо, хто заплатить за ремонт, але це не провина міста.",
    "Japanese": "港の橋は日曜日に再開した。市長によると、修理には九日かかった。",
    "Chinese": "港口大桥周日重新开放。市长说，修理用了九天。",
    "Korean": "항구의 다리가 일요일에 다시 열렸다고 시장이 말했다.",
    "Arabic": "أعيد فتح الجسر فوق الميناء يوم الأحد بعد تسعة أيام من الإصلاحات.",
    "Greek": "Η γέφυρα του λιμανιού άνοιξε ξανά την Κυριακή.",
}


@pytest.mark.parametrize("language", ARTICLES)
def test_each_language_is_told(language: str) -> None:
    assert language_of(ARTICLES[language]) == language


@pytest.mark.parametrize("text", ["", "…", "12 34 56", "Reuters AFP dpa", "Zxqv bnmt wrtz plkj " * 20])
def test_what_is_no_language_is_said_to_be_none(text: str) -> None:
    assert language_of(text) == ""


def test_a_name_in_another_script_changes_nothing() -> None:
    assert language_of(f"{ARTICLES['English']} The paper 港の橋 printed it first.") == "English"
