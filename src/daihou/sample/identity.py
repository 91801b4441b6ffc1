"""Numbers and names of people and firms that do not exist.

Every number passes its check, and none can belong to anybody: residents are registered in a province as a
whole (51 0000), firms under an area code that was never given (51 9900), cars have the unassigned maker L0D,
plates the letter I that no city has, telephones lie in 199 0000 xxxx. The cities are invented.
"""

from dataclasses import dataclass
from datetime import date

from daihou.sample.dice import Dice

PROVINCE = "四川省"
CITIES = ("青岚市", "云浦市", "临溪市", "松岭市", "白湾市")
STREETS = ("滨河路", "建设北路", "锦绣大道", "科园二路", "民主街", "东升路", "兴业大道", "望江路")
BANKS = ("青岚城市银行", "云浦农村商业银行", "临溪村镇银行", "松岭合作银行")

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
_GIVEN_1 = "建国志文明永海晓春玉秀丽美兰淑桂红雪梅佳嘉子浩宇思欣雨梓天俊泽瑞振兴德光荣学立成东"
_GIVEN_2 = "华军强平芳敏静涛超勇杰娟艳磊洋刚燕玲辉鹏飞斌波宁莉龙凯琳瑶轩博然怡萍霞"
_BRANDS_1 = "恒瑞宏安信达丰泰华盛金德嘉和顺昌明兴永康博诚正源远联美鑫"
_BRANDS_2 = "源达通丰泰盛昌隆瑞祥茂利福康佳成业发力辰川林原合益"
_TRADES: tuple[tuple[str, str], ...] = (
    ("食品", "制造业"),
    ("机械制造", "制造业"),
    ("包装", "制造业"),
    ("新型建材", "制造业"),
    ("家具", "制造业"),
    ("化工", "制造业"),
    ("服饰", "制造业"),
    ("商贸", "批发零售业"),
    ("农产品", "批发零售业"),
    ("医药", "批发零售业"),
    ("建筑工程", "建筑业"),
    ("装饰工程", "建筑业"),
    ("物流", "交通运输仓储邮政业"),
    ("生态农业", "农林牧渔业"),
    ("餐饮管理", "住宿餐饮业"),
    ("信息技术", "信息技术业"),
    ("文化传媒", "文化体育娱乐业"),
    ("环保科技", "水利环境公共设施业"),
)
_SHOPS: tuple[tuple[str, str], ...] = (
    ("副食店", "批发零售业"),
    ("汽修厂", "居民服务业"),
    ("小吃店", "住宿餐饮业"),
    ("五金店", "批发零售业"),
    ("养殖场", "农林牧渔业"),
    ("理发店", "居民服务业"),
)
_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_UNIT_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = {str(n): n for n in range(10)} | dict(
    zip(
        "ABCDEFGHJKLMNPRSTUVWXYZ",
        (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
)
_PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def company_code(number: int, *, shop: bool = False) -> str:
    """统一社会信用代码 of the n-th firm (or shop) of the sample; both proof characters are right."""
    unit = f"{number:08d}"
    total = sum(int(c) * w for c, w in zip(unit, _UNIT_WEIGHTS, strict=True))
    unit += "0123456789X0"[(11 - total % 11) % 11]
    body = f"{'92' if shop else '91'}519900{unit}"
    total = sum(_CODE_ALPHABET.index(c) * w for c, w in zip(body, _CODE_WEIGHTS, strict=True))
    return body + _CODE_ALPHABET[(31 - total % 31) % 31]


def resident_number(born: date, order: int) -> str:
    """居民身份证号 of nobody: place 51 0000, the day of birth, a running order below 1000."""
    assert 0 <= order < 1000, "the order has three digits"  # noqa: PLR2004 - said in the message
    body = f"510000{born:%Y%m%d}{order:03d}"
    total = sum(int(c) * w for c, w in zip(body, _RESIDENT_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def vehicle_number(number: int) -> str:
    """车架号 of the n-th car; the ninth character proves the others."""
    body = f"L0DBA4AE0T{number:07d}"
    total = sum(_VIN_VALUES[c] * w for c, w in zip(body, _VIN_WEIGHTS, strict=True))
    return f"{body[:8]}{'0123456789X'[total % 11]}{body[9:]}"


def plate(number: int, *, electric: bool) -> str:
    """车牌 of the n-th car; small electric cars carry the longer number beginning with D."""
    letter = _PLATE_LETTERS[number // 10000 % len(_PLATE_LETTERS)]
    return f"川ID{letter}{number % 10000:04d}" if electric else f"川I{letter}{number % 10000:04d}"


def mobile(number: int) -> str:
    """手机号 of the n-th person."""
    return f"1990000{number % 10000:04d}"


@dataclass(frozen=True, slots=True)
class Named:
    """A firm's name and its industry."""

    name: str
    industry: str


class Names:
    """Gives out names, each once."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._given: set[str] = set()

    def person(self) -> str:
        """Return a name of two or three characters."""
        while True:
            dice = self._dice
            name = (
                dice.pick(_SURNAMES) + (dice.pick(_GIVEN_1) if dice.chance(75) else "") + dice.pick(_GIVEN_2)
            )
            if self._take(name):
                return name

    def firm(self, city: str) -> Named:
        """Return the name of a limited company of that city."""
        while True:
            trade, industry = self._dice.pick(_TRADES)
            brand = self._dice.pick(_BRANDS_1) + self._dice.pick(_BRANDS_2)
            name = f"{city.removesuffix('市')}{brand}{trade}有限公司"
            if self._take(name):
                return Named(name, industry)

    def shop(self, city: str, owner: str) -> Named:
        """Return the name of a one-man business, called after its owner."""
        kind, industry = self._dice.pick(_SHOPS)
        return Named(f"{city}{owner}{kind}", industry)

    def _take(self, name: str) -> bool:
        fresh = name not in self._given
        self._given.add(name)
        return fresh
