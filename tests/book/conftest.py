"""A small company without a fault, as a risk officer would keep it, and ways to put it into files."""

import copy
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

Cells = list[list[object]]
Sheets = dict[str, Cells]

D = date

GOOD: Sheets = {
    "公司": [["公司号", "名称", "类型", "自"], ["C1", "诚信担保", "融资担保公司", D(2015, 1, 1)]],
    "机构": [["机构号", "名称", "公司", "有库"], ["B1", "总部", "C1", "是"]],
    "员工": [
        ["工号", "姓名", "机构", "手机"],
        ["E1", "王强", "B1", "13800138000"],
        ["E2", "李敏", "B1", None],
    ],
    "主体": [
        ["证件号", "名称", "种类", "国有"],
        ["91110000600037341L", "远大机械", "企业", "否"],
        ["360426199101010071", "张三", "个人", "否"],
    ],
    "合同": [
        [
            *("合同号", "客户", "机构", "客户经理", "业务线", "产品", "品种", "金额", "期限月"),
            *("放款日", "到期日", "状态", "董事会批准", "展期次数"),
        ],
        [
            *("HT1", "91110000600037341L", "B1", "E1", "担保", "贷款担保", "流动资金贷款", 1000000, 12),
            *(D(2026, 1, 10), D(2027, 1, 10), "在保", "否", 0),
        ],
        [
            *("HT2", "360426199101010071", "B1", "E2", "车贷", "新车分期担保", "个人贷款", 120000.5, 36),
            *(D(2026, 3, 2), D(2029, 3, 2), "在保", "否", 0),
        ],
    ],
    "期供": [
        ["合同", "期次", "应还日", "应还额", "已还额", "还款日"],
        ["HT2", 1, D(2026, 4, 2), 3500, 3500, D(2026, 4, 1)],
        ["HT2", 2, D(2026, 5, 2), 3500, 0, None],
    ],
    "还款": [
        ["流水号", "合同", "期供", "起息日", "金额"],
        ["L1", "HT2", "HT2/1", D(2026, 4, 1), 3500],
    ],
    "车辆": [["车架号", "合同", "车牌"], ["1HGCM82633A004352", "HT2", "粤B12345"]],
    "变更记录": [
        ["表", "对象", "项目", "生效日", "原值", "新值"],
        ["合同", "HT1", "客户经理", D(2026, 1, 10), None, "E2"],
        ["合同", "HT1", "客户经理", D(2026, 6, 1), "E2", "E1"],
    ],
    "数据截至": [["表", "截至"], ["期供", D(2026, 11, 22)]],
}


@pytest.fixture
def good() -> Sheets:
    return copy.deepcopy(GOOD)


def save(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[[Sheets], Path]:
    return lambda sheets: save(tmp_path / "登记簿.xlsx", sheets)
