"""Writes the cars behind the car loans: papers, mortgage, tracking devices, insurance."""

from datetime import date, timedelta

from daihou.sample.company import HOME_VISITORS
from daihou.sample.deals import Deal
from daihou.sample.dice import Dice
from daihou.sample.identity import plate, vehicle_number
from daihou.sample.register import Register, Value
from daihou.units import add_months

_CARS: tuple[tuple[str, str, bool], ...] = (
    ("岚途", "E3", True),
    ("岚途", "S5", False),
    ("远川", "X70", False),
    ("远川", "H6", False),
    ("云驰", "Y1", True),
    ("云驰", "C20", False),
)
_DEVICE_TROUBLE = ("离线", "断电", "二押点停留", "出省", "停驶", "常停点不符", "持续低速", "拆机")
_WARRANTY_MONTHS = 12


def write_vehicles(register: Register, deals: list[Deal], seed: int) -> None:
    """Write the car of every car loan that was paid out."""
    cars = [deal for deal in deals if deal.line == "车贷" and deal.disbursed]
    for number, deal in enumerate(cars):
        key = _car(register, deal, number, Dice(seed, "car", deal.no))
        _mortgage(register, deal, key, number)
        _devices(register, deal, key, number)
    _queries(register, cars)


def _car(register: Register, deal: Deal, number: int, dice: Dice) -> str:
    brand, model, electric = dice.pick(_CARS)
    fresh = deal.product != "二手车分期担保"
    picked = deal.start - timedelta(days=3)
    plated = register.work(picked, 8)
    insured = _next_anniversary(register.as_of, picked, number)
    care = register.as_of + timedelta(days=(number * 5) % 120 - 1)
    lost = register.as_of - timedelta(days=2) if deal.fate == "逾期" and number % 5 == 1 else None
    cells: dict[str, Value] = {
        "垫款日": picked,
        "提车日": picked,
        "回票日": picked + timedelta(days=2) if number % 31 != 4 or deal.fate != "新放" else None,  # noqa: PLR2004
        "合格证交回日": picked + timedelta(days=2),
        "上牌日": plated,
        "抵押日": _arranged(register, deal, number),
        "资料交接日": register.work(plated, 7),
        "解押日": deal.closed + timedelta(days=9) if deal.closed else None,
    }
    return register.add(
        "车辆",
        车架号=vehicle_number(number + 1),
        合同=deal.no,
        车牌=plate(number + 1, electric=electric) if plated <= register.as_of else None,
        品牌=brand,
        车型=model,
        发动机号=f"FD{number + 1:06d}",
        新旧="新车" if fresh else "二手车",
        车辆用途="自用",
        能源="新能源" if electric else "燃油",
        生产标准="中规",
        车价=deal.amount * 10 // 7,
        评估价=deal.amount * 10 // 7 if fresh else deal.amount * 13 // 10,
        装GPS=True,
        **cells,
        交强险到期日=insured,
        商业险到期日=insured,
        第一受益人=None if deal.closed else "青岚城市银行",
        年检到期日=add_months(picked, 72) if fresh else _next_anniversary(register.as_of, picked, number),
        下次保养日=None if deal.closed else care,
        双设备失联=lost is not None,
        失联日=lost,
    )


def _next_anniversary(as_of: date, day: date, number: int) -> date:
    """Return the next yearly renewal; nearly all were renewed a month ahead."""
    years = 1
    while add_months(day, _WARRANTY_MONTHS * years) <= as_of + timedelta(days=-9 if number % 43 == 7 else 31):  # noqa: PLR2004
        years += 1
    return add_months(day, _WARRANTY_MONTHS * years)


def _called(register: Register, deal: Deal) -> date:
    """The day on which the bank first calls for the mortgage."""
    plated = register.work(deal.start - timedelta(days=3), 8)
    return register.work(plated, 4)


def _failed(number: int) -> bool:
    """Whether a client failed the first call, for reasons of his own: one in seventeen."""
    return number % 17 == 3  # noqa: PLR2004


def _arranged(register: Register, deal: Deal, number: int) -> date | None:
    """The day on which the mortgage was done, at the first call or the second; None where it still is to be done."""
    called = _called(register, deal)
    if not _failed(number):
        return None if deal.waits else register.work(called, 1)
    again = register.work(called, 6)
    return register.work(again, 1) if again < register.as_of - timedelta(days=4) else None


def _mortgage(register: Register, deal: Deal, key: str, number: int) -> None:
    """The bank calls for the mortgage; one client failed it once, for reasons of his own."""
    called, failed = _called(register, deal), _failed(number)
    register.add(
        "抵押通知",
        车辆=key,
        次序=1,
        通知日=called,
        客户原因=failed,
        办妥日=None if failed else _arranged(register, deal, number),
    )
    if failed:
        again, done = register.work(called, 6), _arranged(register, deal, number)
        register.add("抵押通知", 车辆=key, 次序=2, 通知日=again, 客户原因=False, 办妥日=done)


def _devices(register: Register, deal: Deal, key: str, number: int) -> None:
    """Two devices a car; here and there one was off for some hours, on a few cars something is wrong now."""
    for place, power in (("仪表台内", "有线"), ("后座夹层", "无线")):
        device = register.add(
            "设备",
            设备号=f"SB{number + 1:04d}{'A' if power == '有线' else 'B'}",
            车辆=key,
            供电=power,
            位置=place,
            安装人=HOME_VISITORS[number % 2],
            安装日=deal.start - timedelta(days=1),
            拆除日=deal.closed + timedelta(days=10) if deal.closed else None,
        )
        if deal.closed or deal.start > register.as_of - timedelta(days=30):
            continue
        if number % 9 == 0 and power == "有线":
            since = register.as_of - timedelta(days=25)
            register.add(
                "设备异常", 设备=device, 种类="离线", 自=since, 至=since + timedelta(days=1), 时长=20
            )
        trouble = number // 6
        if number % 6 == 1 and trouble < len(_DEVICE_TROUBLE) and power == "有线":
            since = register.as_of - timedelta(days=1 + trouble % 4)
            cells: dict[str, Value] = {"设备": device, "种类": _DEVICE_TROUBLE[trouble], "自": since}
            register.add("设备异常", **cells, 时长=24 * (1 + trouble % 4), 地点=deal.client.city)


def _queries(register: Register, cars: list[Deal]) -> None:
    """Who asked where a car was, and whether it was proved that he may."""
    for number, deal in enumerate(cars[10:16]):
        register.add(
            "定位查询",
            查询号=register.number("CX"),
            车辆=vehicle_number(number + 11),
            日期=register.as_of - timedelta(days=number * 3),
            申请人=deal.client.name,
            本人=number != 2,  # noqa: PLR2004 - the third is somebody else
            核验身份=number != 4,  # noqa: PLR2004 - the fifth was not asked for his card
            方式="到店" if number % 2 else "电话",
            经办人="E25",
        )
