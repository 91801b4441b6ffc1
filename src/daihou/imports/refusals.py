"""Why a step with a file is refused, in the user's words."""

from __future__ import annotations

from django.utils.translation import gettext as _


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
            "文件里有公司、机构、员工或任职：只有登记人事的岗位能导入这些表，请把它们去掉再上传。"
        ),
        "nothing-good": _("没有一行可以导入；请按检查意见改好再上传。"),
        "batch-built-upon": _("这一批里有记录后来又改过，不能整批撤回；请逐条更正。"),
        "batch-withdrawn": _("这一批已经撤回过了。"),
        "reason-missing": _("请写明理由。"),
        "work-held": _(
            "文件登记了有人离职，他名下却还有客户、合同、交办或下属：先办责任移交，或在同一个文件里改到别人名下。"
        ),
        "failed": _("处理时出了我们的错，已记录；登记簿没有变。请再试一次，仍不行请找管理员。"),
    }
