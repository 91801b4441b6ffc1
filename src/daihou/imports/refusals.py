"""Why a step with a file is refused, in the user's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from daihou.screens.tags import word


class UploadRefusedError(ValueError):
    """A file that is not taken on, or a step that does not follow from where it stands; ``code`` says why, ``told`` what stands in the way."""

    def __init__(self, code: str, told: str = "") -> None:
        self.code, self.told = code, told
        super().__init__(code)


_TELLING = ("work-held", "changes-unseen")
"""Refusals that name what stands in the way."""


def refusal_of(code: str, params: Mapping[str, str]) -> str | None:
    """Why the work on a file ended; None where it could not be read as a file at all."""
    said = refusals().get(code)
    return said % {"told": params.get("told", "")} if said is not None and code in _TELLING else said


def named_tables(names: Iterable[str]) -> str:
    """Tables as a refusal names them."""
    return "、".join(word(name) for name in names)


def refusals() -> dict[str, str]:
    """What is said when a step is refused, by code."""
    return {
        "not-a-book": _("只收 Excel（.xlsx、.xls）、WPS（.et）、CSV 和 Parquet 文件。"),
        "empty-file": _("文件是空的；请重新导出一份再上传。"),
        "file-too-large": _("文件太大（超过 64 MB）；请分开上传，或由管理员用命令行导入。"),
        "no-file": _("请先选一个文件。"),
        "not-checked": _("这个文件现在不能导入：可能别人已经在导入它。"),
        "not-broken-off": _("这个文件没有中断的检查。"),
        "not-to-discard": _("这个文件现在不能放弃。"),
        "posts-not-yours": _(
            "文件里公司、机构、员工或任职有新的或改动：只有登记人事的岗位能导入这些表。请分两个文件：这几张表由管理员导入，导好以后其余的由您导入。"
        ),
        "changes-unseen": _(
            "文件要改动已登记的%(told)s，您的岗位看不全这些登记簿，所以不能由您导入：请把它们去掉再上传，或请能看全的人（如风控部经理）打开这个文件来导入；文件里员工、任职也有改动的，分两个文件，员工、任职由您导入。"
        ),
        "nothing-good": _("没有一行可以导入；请按检查意见改好再上传。"),
        "batch-built-upon": _("这一批里有记录后来又改过，不能整批撤回；请逐条更正。"),
        "batch-withdrawn": _("这一批已经撤回过了。"),
        "reason-missing": _("请写明理由。"),
        "work-held": _(
            "文件登记了有人离职，他名下却还有%(told)s：先办责任移交，或在同一个文件里改到别人名下。"
        ),
        "over-reason": _("要用文件覆盖本系统里改过的，请写明理由。"),
        "over-not-found": _("选的记录不在会保留的那些里，或不在您看得到的范围里；没有导入。请刷新后重新选。"),
        "mapping-empty": _("映射是空的。"),
        "mapping-too-large": _("映射太长（超过 20 万字）；映射只写怎么读，不放数据。"),
        "mapping-refused": _("映射里有错，整份没有保存；每一处写在下面。"),
        "mapping-name-long": _("映射的名字（“映射:”后面）最多 60 个字。"),
        "mapping-name-shipped": _("这个名字是随附的映射用的，请另起一个。"),
        "mapping-renamed": _("“映射:”后面的名字变了；要另存一份，请到映射清单里新建。"),
        "mapping-retired": _("这份映射已经停用了。"),
        "mapping-unknown": _("没有这份映射，或已经停用；请重新选。"),
        "match-nothing": _("没有选任何一行。"),
        "match-not-found": _("指定的号在登记簿里没有，或不在您看得到的范围里；一行也没有记下。"),
        "match-ended": _("这一条已经不算数了。"),
        "match-old": _("名单刚重新核对过，请看着新的结果再指定。"),
        "headings-none": _("这个文件里找不到表头：前十二行里至少要有一行是两个以上的列名。"),
        "headings-name": _("请给映射起个名字，例如“东城银行逾期名单”。"),
        "headings-lacking": _("还缺必填的列：%(columns)s。"),
        "headings-twice": _("“%(target)s”选了两次。"),
        "headings-day": _("日期要写成 2026-11-05 这样。"),
        "failed": _("处理时出了我们的错，已记录；登记簿没有变。请再试一次，仍不行请找管理员。"),
    }
