"""What a line of the inbox tells of a matter: what is proposed, short, without a personal number, at one question whatever the number."""

import pytest

from daihou.signoff.models import Matter
from daihou.web.brief import BRIEF, LONG, MOST, briefs_of
from daihou.web.signing import SHOWN

WARNING = {"level": "major", "measures": [{"measure": "lawsuit"}, {"measure": "freeze_assets"}]}
CONTENTS = {
    "duty": ({"completions": [{"remark": "已到库房点过"}]}, ["已到库房点过"]),
    "postponement": (
        {"due": None, "until": "2026-12-04", "reason": "客户外出"},
        ["从 — 延到 2026-12-04", "客户外出"],
    ),
    "warning_closing": ({**WARNING, "measures": [], "conclusion": "已还清"}, ["已还清"]),
    "watch_removal": ({"told": "连续三个月正常"}, ["连续三个月正常"]),
    "reclassing": ({"now": 2, "asked": 4}, ["从第 2 类改为第 4 类"]),
    "retiering": ({"now": "normal", "asked": "doubtful"}, ["从正常改为可疑"]),
    "responsibility_handover": ({"items": [1, 2], "reason": "离职"}, ["2 项", "离职"]),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", CONTENTS)
def test_a_line_says_what_is_proposed(kind) -> None:
    content, said = CONTENTS[kind]
    (points,) = briefs_of([Matter(pk=1, kind=kind, content=content)]).values()
    assert [text for one in points for text in one.texts] == said


@pytest.mark.django_db
def test_a_long_reason_is_cut_and_a_personal_number_hidden() -> None:
    content = {
        "due": "2026-12-01",
        "until": "2026-12-04",
        "reason": f"客户 510000199803180019 说{'等' * 200}",
    }
    (points,) = briefs_of([Matter(pk=1, kind="postponement", content=content)]).values()
    assert "19980318" not in points[1].texts[0]
    assert len(points[1].texts[0]) == LONG + 1
    assert len(points) <= MOST


@pytest.mark.django_db
def test_what_is_bad_comes_first_and_other_kinds_have_no_points() -> None:
    worse = Matter(pk=1, kind="reclassing", content={"now": 1, "asked": 2})
    other = Matter(pk=2, kind="trial", content={"检查": "有"})
    found = briefs_of([worse, other])
    assert (found[1][0].bad, found[2]) == (True, [])


def test_every_kind_that_has_a_page_has_a_line() -> None:
    assert BRIEF.keys() == SHOWN.keys()


@pytest.mark.django_db
def test_many_are_told_at_one_question(django_assert_num_queries) -> None:
    matters = [
        Matter(pk=n, kind="reclassing", content={"now": 1, "asked": 2, "paper": {"pk": n}})
        for n in range(1, 30)
    ]
    with django_assert_num_queries(1):
        briefs_of(matters)
