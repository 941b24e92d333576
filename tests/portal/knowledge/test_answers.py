"""Plain answers: found by what a frightened person types, in plain words, and light."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.knowledge.library import articles, find
from hinomi.portal.knowledge.models import Helped
from hinomi.portal.knowledge.search import Field, Index, folded
from hinomi.respond.check import texts_check
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from tests.portal.town import Town

PAGE_MOST = 25 * 1024


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("パソコンから大きな音がして電話しろと出る", "fake_warning"),
        ("ウィルスに感染しましたと出た", "fake_warning"),
        ("ファイルの名前が全部変わって開けません", "files_wont_open"),
        ("身代金を払えと英語で出ています", "files_wont_open"),
        ("メールの添付を開いちゃった", "opened_attachment"),
        ("宅配便の不在メールを押してしまった", "clicked_link"),
        ("このメール本物ですか？", "is_mail_real"),
        ("社長から急いで振り込めとメールが来た", "invoice_changed"),
        ("NTTを名乗る電話がかかってきた", "fake_call"),
        ("変なＦＡＸで料金を払えと", "fake_fax"),
        ("コンビニでカードを買えと言われた", "gift_card"),
        ("マウスが勝手に動く こわい", "mouse_moves"),
        ("スマホを電車に置き忘れた", "lost_device"),
        ("ﾕｰｴｽﾋﾞｰをなくした", "lost_usb"),
        ("辞めた人のパスワードどうしたら", "leaver"),
        ("ぱすわーどを教えてしまった", "password_leaked"),
        ("無線ＬＡＮのパスワードを変えたい", "wifi"),
        ("ネットがつながらない", "net_down"),
        ("バックアップってどうやるの", "backup"),
        ("補助金でいくら戻りますか", "subsidy"),
        ("保険はどこまで出る？", "insurance_cover"),
        ("うちから迷惑メールが届いたと取引先に言われた", "spam_from_us"),
        ("箱のランプが赤い", "box_light"),
        ("Windowsの更新は押していいの", "updates"),
        ("お客さんの名簿が漏れたかも", "personal_data"),
    ],
)
def test_what_a_frightened_person_types_finds_the_answer_among_the_first_three(
    typed: str, wanted: str
) -> None:
    assert wanted in [each.key for each in find(typed)][:3]


def test_most_questions_find_their_answer_first() -> None:
    """Every article is the first answer to its own title, and to most of its keywords among the
    first five."""
    assert [key for key, each in articles().items() if find(each.title)[0].key != key] == []
    words = [(key, word) for key, each in articles().items() for word in each.keywords]
    missed = [one for one in words if one[0] not in [each.key for each in find(one[1])][:5]]
    assert len(missed) < len(words) * 0.15, missed


def test_nothing_typed_and_nonsense_find_nothing_or_little() -> None:
    assert find("") == []
    assert find("。。。！！") == []
    assert find("zzqqxx") == []
    assert len(find("あ" * 10_000)) <= 10


def test_width_case_kana_and_long_vowels_do_not_matter() -> None:
    assert folded("ＵＳＢ メモリー") == folded("usbめもり")
    assert folded("ウイルス") == folded("ｳｨﾙｽ")


def test_a_rare_word_says_more_than_a_frequent_one() -> None:
    index = Index(
        {
            "a": [Field("電話 電話 電話", 1.0)],
            "b": [Field("電話 雪崩", 1.0)],
            "c": [Field("電話", 1.0)],
        },
        synonyms=[["雪崩", "なだれ"]],
    )
    assert index.find("電話の雪崩")[0].key == "b"
    assert [hit.key for hit in index.find("ナダレ")] == ["b"]


@pytest.mark.parametrize("key", sorted(articles()))
def test_every_article_keeps_the_word_rules(key: str) -> None:
    each = articles()[key]
    body = "\n".join((f"{each.title}。", each.short, *each.steps, *each.donts, *each.more))
    assert texts_check(body) == []
    assert len(each.title) <= 30
    assert len(body) <= 400
    assert len(each.steps) <= 3
    assert all(len(line) <= 50 for line in each.steps)


def test_there_are_enough_articles_for_the_everyday_fears() -> None:
    assert len(articles()) >= 30


def test_pages_are_light_and_ask_whether_they_helped(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    for url in ("/answers/", "/answers/?q=変な画面", *(f"/answers/{key}/" for key in articles())):
        page = owner.get(url).content
        assert len(gzip.compress(page)) <= PAGE_MOST, url
    assert "これで分かりましたか" in page.decode()


def test_no_leads_to_a_person_and_each_is_counted_once(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    for said in ("yes", "no", "no"):
        answer = owner.post("/answers/leaver/helped/", {"clear": said})
    assert answer["Location"].startswith("/consultations/?about=")
    assert "社員が退職するとき" in owner.get(answer["Location"]).content.decode()
    (row,) = Helped.objects.of(town.aoba.organisation.id)
    assert not row.is_clear
    assert owner.post("/answers/leaver/helped/", {}).status_code == 422
    assert owner.get("/answers/no-such/").status_code == 404
