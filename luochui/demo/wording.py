"""Titles, places and facts of the demonstration's lots, in Chinese and in English."""

from typing import Any

_PLACES = {
    "九江": "Jiujiang",
    "安义县": "Anyi County",
    "南昌县": "Nanchang County",
    "江西": "Jiangxi",
    "奉新县": "Fengxin County",
    "泰和县": "Taihe County",
    "景德镇": "Jingdezhen",
    "深圳": "Shenzhen",
}
_CLASSES = {
    "land_use_right": ("国有建设用地使用权", "Construction land-use right"),
    "mining_right": ("采矿权", "Mining right"),
    "forest_right": ("林权", "Forest right"),
    "emission_permit": ("排污权", "Emission permit"),
    "state_asset": ("国有资产", "State asset"),
}
_SPECIAL = {
    "FX2024-1": ("奉新县建筑用石料矿采矿权", "Fengxin building-stone mining right"),
    "FSS2025": ("景德镇枫树山林场林权", "Fengshushan forest farm, forest right"),
    "EXCAVATOR-2016": (
        "挖掘机一台（江西省系统首宗成交）",
        "An excavator (first deal on the Jiangxi system)",
    ),
    "JX25CB02040224": (
        "九江市 COD 排污权 20.68 吨/年 × 5 年",
        "Jiujiang COD permit, 20.68 t/yr x 5 yr",
    ),
    "DI011-2022": ("江西教育用地使用权 DI011", "Jiangxi education land, DI011"),
}
_FACTS = (
    ("area_mu", "面积（亩）", "Area (mu)"),
    ("area_km2", "面积（km²）", "Area (km2)"),
    ("resource_10kt", "资源储量（万吨）", "Resource (10,000 t)"),
    ("term_years", "年限（年）", "Term (years)"),
    ("pollutant", "指标", "Pollutant"),
    ("quantity_t_per_year", "数量（吨/年）", "Quantity (t/yr)"),
    ("bidders", "已公布竞买人数", "Published number of bidders"),
    ("rounds", "已公布报价轮次", "Published number of bids"),
)


def place_of(row: dict[str, Any]) -> dict[str, str]:
    """Return where the lot lies."""
    return {"zh": row["city"], "en": _PLACES[row["city"]]}


def title_of(row: dict[str, Any]) -> dict[str, str]:
    """Return the lot's title."""
    if row["id"] in _SPECIAL:
        zh, en = _SPECIAL[row["id"]]
        return {"zh": zh, "en": en}
    if row["id"].startswith("LQ360826"):
        number = row["id"].rpartition("-")[2]
        return {
            "zh": f"泰和县松脂采割权（2026–2028）第 {number} 标的",
            "en": f"Taihe resin-tapping right 2026-2028, lot {number}",
        }
    zh, en = _CLASSES[row["asset_class"]]
    return {
        "zh": f"{row['city']}{zh} {row['id']}",
        "en": f"{_PLACES[row['city']]}: {en} {row['id']}",
    }


def facts_of(row: dict[str, Any]) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Return the lines of the notice's table as (label, value)."""
    found = [
        ({"zh": zh, "en": en}, {"zh": str(row[key]), "en": str(row[key])})
        for key, zh, en in _FACTS
        if key in row
    ]
    if "elevation_m" in row:
        top, bottom = row["elevation_m"]
        span = f"{top} ~ {bottom} m"
        found.append(({"zh": "开采标高", "en": "Elevation"}, {"zh": span, "en": span}))
    if "note" in row:
        found.append(({"zh": "备注", "en": "Note"}, {"zh": row["note"], "en": row["note"]}))
    return found
